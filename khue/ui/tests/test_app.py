"""The app in the browser: its manifest, its worker, and whose copies a device may keep."""

import json
import re
import struct

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from khue.ui import app
from khue.ui.app import KEEP, STATIC, keepable


def test_the_manifest_names_khue_and_icons_of_the_size_they_say(client):
    answer = client.get("/app.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    said = json.loads(answer.content)
    assert (said["name"], said["start_url"], said["display"]) == ("Khuê", "/", "standalone")
    assert {one["purpose"] for one in said["icons"]} == {"any", "maskable"}
    for one in said["icons"]:
        head = (STATIC / one["src"].removeprefix("/static/")).read_bytes()[:24]
        width, height = struct.unpack(">II", head[16:])
        assert one["sizes"] == f"{width}x{height}"


def test_the_colours_of_the_app_are_those_of_the_tokens():
    tokens = (STATIC / "ui" / "tokens.css").read_text()
    said = json.loads(app.manifest("/"))
    assert f"--band: {said['theme_color']};" in tokens
    assert f"--paper: {said['background_color']};" in tokens


@pytest.mark.parametrize("start", ["//evil.example/", "https://evil.example/", "/khong-co-trang-nay/", ""])
def test_the_app_opens_at_a_page_of_ours_or_at_the_first(start):
    assert json.loads(app.manifest(start))["start_url"] == "/"


def test_the_worker_stands_at_the_root_and_is_asked_of_nobody(client):
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    text = answer.content.decode()
    told = json.loads(re.match(r"var KHUE = (.*);\n", text)[1])
    assert told["offline"] == "/ui/ngoai-mang/"
    for address in [*told["shell"], *told["more"]]:
        assert (STATIC / address.removeprefix("/static/")).is_file()
    again = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_shell_holds_all_that_the_head_of_every_page_asks_for():
    head = (STATIC.parent / "templates" / "ui" / "_head.html").read_text()
    base = (STATIC.parent / "templates" / "ui" / "base.html").read_text()
    wanted = set(re.findall(r"""\{% static '([^']+\.(?:css|js|woff2|svg))' %\}""", head + base))
    assert wanted <= set(app.SHELL)


def test_only_what_was_read_well_may_be_kept():
    request = RequestFactory().get("/")
    assert keepable(lambda _request: HttpResponse("x"))(request).headers[KEEP] == "1"
    assert KEEP not in keepable(lambda _request: HttpResponse("x", status=404))(request).headers
    assert KEEP not in keepable(lambda _request: HttpResponse("x"))(RequestFactory().post("/")).headers
