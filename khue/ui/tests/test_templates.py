"""What every template of Khuê owes the browser: no inline script or style, icons that exist, honest vendored files."""

import hashlib
import re
from pathlib import Path

import pytest

KHUE = Path(__file__).parents[2]
STATIC = KHUE / "ui" / "static" / "ui"
TEMPLATES = sorted(path for path in KHUE.rglob("templates/**/*.html"))
PAGES = sorted(path for path in TEMPLATES if "email" not in path.parts)
SYMBOLS = set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', (STATIC / "icons.svg").read_text("utf-8")))

INLINE = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "a javascript: address": re.compile(r"[\"']\s*javascript:", re.I),
    "a data: address": re.compile(r"(?:src|href)\s*=\s*[\"']data:", re.I),
    "an htmx script (hx-on, js:)": re.compile(r"\bhx-on\b|\bhx-(?:vals|headers)\s*=\s*[\"']js:", re.I),
    "an address of another host": re.compile(
        r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I
    ),
}


def faults(source: str) -> list[str]:
    bare = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", source, flags=re.S)
    return [what for what, pattern in INLINE.items() if pattern.search(bare)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(KHUE)))
def test_no_template_breaks_the_content_policy(path):
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ['<p style="color:red">',
     "<style>a{}</style>", '<a onclick="x()">', "<script>x()</script>", '<a href="javascript:1">',
     '<img src="data:image/png;base64,">', '<p hx-on:click="x">', '<script src="//cdn.example/x.js"></script>'],
)  # fmt: skip
def test_the_scan_sees_what_it_looks_for(source):
    assert faults(source)


def test_every_icon_named_anywhere_is_in_the_sprite():
    named = set()
    for path in TEMPLATES:
        named |= {
            (name, path.name)
            for name in re.findall(r"""\{% icon ["']([^"']+)["']""", path.read_text("utf-8"))
        }
    for path in KHUE.rglob("*.py"):
        if "tests" not in path.parts:
            source = path.read_text("utf-8")
            named |= {
                (name, path.name) for name in re.findall(r"""\bicon(?:_name)?=["']([a-z0-9-]+)["']""", source)
            }
    assert ("search", "_finder.html") in named
    assert [(name, where) for name, where in sorted(named) if name not in SYMBOLS] == []


def test_icons_chosen_by_the_components_are_in_the_sprite():
    from khue.ui.templatetags.ui import BADGE_ICONS, NOTE_ICONS

    assert {*BADGE_ICONS.values(), *NOTE_ICONS.values()} <= SYMBOLS


def test_vendored_files_are_what_their_checksums_say():
    vendor = STATIC / "vendor"
    lines = [
        line.split()
        for line in (vendor / "CHECKSUMS").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert {line[1] for line in lines} == {path.name for path in vendor.glob("*.js")}
    for digest, name, package, licence in lines:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, f"{package} {licence}"


def test_stylesheets_take_values_from_the_tokens_and_nothing_from_elsewhere():
    for name in ("tokens.css", "khue.css", "wall.css"):
        for address in re.findall(r"url\([\"']?([^\"')]+)", (STATIC / name).read_text("utf-8")):
            assert (STATIC / address).is_file(), f"{name}: {address}"


def test_every_class_a_template_of_the_look_uses_is_styled_or_a_hook():
    styled = set(re.findall(r"\.([a-zA-Z][\w-]*)", (STATIC / "khue.css").read_text("utf-8")))
    hooks = {"bare-page"}  # marks for the script
    used = set()
    for path in (KHUE / "ui" / "templates").rglob("*.html"):
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text("utf-8"))
        for names in re.findall(r'class="([^"]*)"', source):
            used |= set(names.split())
    assert sorted(used - styled - hooks) == []
