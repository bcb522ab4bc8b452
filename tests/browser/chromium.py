"""A real Chromium for the journeys, and axe-core's verdict on what it shows."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

VENDOR = Path(__file__).resolve().parents[1] / "vendor"
NAMES = ("chromium", "chromium-browser", "google-chrome")
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


def executable() -> str | None:
    """The Chromium of this machine: KHUE_CHROMIUM, or one on the path; None when there is none."""
    wanted = os.environ.get("KHUE_CHROMIUM")
    return next((found for name in ([wanted] if wanted else NAMES) if (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window."""
    return playwright.chromium.launch(executable_path=executable(), args=FLAGS, headless=True)


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
        "() => axe.run(document, {resultTypes: ['violations'], runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{violation['id']}: {' '.join(node['target'])}"
        for violation in result["violations"]
        if violation["impact"] in impacts
        for node in violation["nodes"]
    ]
