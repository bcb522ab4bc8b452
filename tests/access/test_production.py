"""H6: what real settings promise: only over TLS, cookies of this host alone, for a year and more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(HTTP_HOST="khue.example.vn")
safe = client.get("/ui/ngoai-mang/", HTTP_X_FORWARDED_PROTO="https")
plain = client.get("/ui/ngoai-mang/")
form = client.get("/tai-khoan/kich-hoat/", HTTP_X_FORWARDED_PROTO="https")
print(json.dumps({
    "status": safe.status_code, "hsts": safe.headers.get("Strict-Transport-Security", ""),
    "plain": plain.status_code, "to": plain.headers.get("Location", ""),
    "cookies": {name: [bool(one["secure"]), bool(one["httponly"]), one["samesite"], one["path"], one["domain"]]
                for name, one in form.cookies.items()},
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_SAMESITE],
    "debug": settings.DEBUG, "demo": settings.DEMO,
}))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a process with the settings of production answers; it opens no database."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KHUE_", "DJANGO_"))}
    more = {
        "KHUE_PRODUCTION": "1", "KHUE_SECRET_KEY": "x" * 60, "KHUE_HOSTS": "khue.example.vn",
        "DATABASE_URL": "postgresql:///khue", "DJANGO_SETTINGS_MODULE": "khue.config.settings",
    }  # fmt: skip
    code = ASKED.replace(
        "from django.conf import settings",
        'from django.conf import settings\nsettings.STORAGES["staticfiles"] = '
        '{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}',
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_browser_comes_back_by_tls_only_for_a_year(told: dict[str, Any]) -> None:
    seconds = int(told["hsts"].partition("max-age=")[2].partition(";")[0])
    assert told["status"] == 200
    assert seconds >= 365 * 24 * 3600
    assert "includeSubDomains" in told["hsts"]


def test_a_plain_address_leads_to_the_safe_one(told: dict[str, Any]) -> None:
    assert (told["plain"], told["to"][:24]) == (301, "https://khue.example.vn/")


def test_cookies_belong_to_this_host_and_no_script(told: dict[str, Any]) -> None:
    assert told["session"][0].startswith("__Host-")
    assert told["session"][1:] == [True, True, "Lax"]
    assert told["cookies"]
    for name, (secure, http_only, same_site, path, domain) in told["cookies"].items():
        assert (secure, http_only, same_site, path, domain) == (True, True, "Lax", "/", ""), name
        assert name.startswith("__Host-")


def test_production_is_no_demonstration(told: dict[str, Any]) -> None:
    assert (told["debug"], told["demo"]) == (False, False)
