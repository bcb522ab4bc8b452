"""A real Chromium for the journeys, and axe-core's verdict on what it shows."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

VENDOR = Path(__file__).resolve().parents[1] / "vendor"
WHOLE = ("chromium", "chromium-browser", "google-chrome")
NAMES = ("chromium-headless-shell", *WHOLE)  # the shell has no window to draw around a page: a third faster
# No sandbox: tests may run as root. Nothing may call home: the machine may have no network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SERIOUS = {"serious", "critical"}


def executable(*, whole: bool = False) -> str | None:
    """The Chromium of this machine: KHUE_CHROMIUM, or one on the path; None when there is none.

    With `whole` no shell, which shows no notices.
    """
    wanted = os.environ.get("KHUE_CHROMIUM")
    names = [wanted] if wanted else WHOLE if whole else NAMES
    return next((found for name in names if (found := shutil.which(name))), None)


def launch(playwright: Playwright, *, whole: bool = False) -> Browser:
    """Start Chromium without a window; skips, or fails where journeys are required, when there is none."""
    path = executable(whole=whole)
    if path is None:
        reason = "no Chromium here: tools/ensure_chromium.sh installs one"
        if os.environ.get("KHUE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return playwright.chromium.launch(executable_path=path, args=FLAGS, headless=True)


def ill_fitting(page: Page, *, widths: Sequence[int] = (1440, 768, 360)) -> list[str]:
    """The widths of a window at which the page shown now must be pushed sideways to be read."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) != width:
            found.append(f"{wide} in a window of {width}")
    return found


def axe_source() -> str:
    """The vendored axe-core; raises ValueError when it is not the file its checksum names."""
    source = VENDOR / "axe.min.js"
    expected = (VENDOR / "CHECKSUMS").read_text().split()[0]
    if hashlib.sha256(source.read_bytes()).hexdigest() != expected:
        raise ValueError("tests/vendor/axe.min.js is not the file that CHECKSUMS names")
    return source.read_text()


def axe_faults(page: Page, *, impacts: set[str] = SERIOUS) -> list[str]:
    """What axe-core finds on the page as shown now: `rule: selector`, of the given impacts (WCAG 2.2 AA)."""
    page.evaluate(axe_source())  # not a script element: the content policy of our pages refuses those
    result: dict[str, Any] = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], preload: false, runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{violation['id']}: {' '.join(node['target'])}"
        for violation in result["violations"]
        if violation["impact"] in impacts
        for node in violation["nodes"]
    ]
