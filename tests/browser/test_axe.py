"""The accessibility check itself bites, and its source is the one we vendored."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import chromium

GOOD = "<!doctype html><html lang=vi><title>Lớp 8A3</title><main><h1>Lớp 8A3</h1><p>32 em</p></main></html>"


def test_a_plain_good_page_has_no_faults(page: Page) -> None:
    page.set_content(GOOD)
    assert chromium.axe_faults(page) == []


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (GOOD.replace("<p>32 em</p>", "<input name=x>"), "label"),
        (GOOD.replace("<p>", "<p style='color:#ccc;background:#fff'>"), "color-contrast"),
        (GOOD.replace(" lang=vi", ""), "html-has-lang"),
        (GOOD.replace("<p>32 em</p>", "<button></button>"), "button-name"),
        (GOOD.replace("<p>32 em</p>", "<img src=data:,>"), "image-alt"),
    ],
)
def test_what_a_blind_or_weak_sighted_person_stumbles_over_is_found(
    page: Page, broken: str, rule: str
) -> None:
    page.set_content(broken)
    assert [fault for fault in chromium.axe_faults(page) if fault.startswith(f"{rule}:")]


def test_another_file_than_the_vendored_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "axe.min.js").write_text("axe = {run: () => ({violations: []})}")
    (tmp_path / "CHECKSUMS").write_text((chromium.VENDOR / "CHECKSUMS").read_text())
    monkeypatch.setattr(chromium, "VENDOR", tmp_path)
    with pytest.raises(ValueError, match="CHECKSUMS"):
        chromium.axe_source()
