"""The tidy rules over all files, and each of them seen to bite (M5, M6, H4)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tools import tidy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def put(house: Path, name: str, text: str) -> list[str]:
    path = house / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return tidy.faults(house)


PAGE = "khue/meals/templates/meals/page.html"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        (PAGE, '<p style="color:red">', "inline style"),
        (PAGE, "<style>p{}</style>", "inline style"),
        (PAGE, "<script>alert(1)</script>", "inline style"),
        (PAGE, '<a onclick="x()">', "inline style"),
        (PAGE, '<a href="javascript:x">', "inline style"),
        (PAGE, "{{ text|safe }}", "escaping off"),
        (PAGE, "{% autoescape off %}", "escaping off"),
        ("requirements.txt", "--index-url https://py" + "pi.org/simple", "registry"),
        ("package.json", '"https://registry.npm' + 'js.org/x"', "registry"),
        ("tools/x.sh", "cd /ro" + "ot/khue/", "path of one machine"),
        ("tools/x.sh", "cat /wo" + "rk/main/x", "path of one machine"),
        ("khue/meals/utils.py", "", "no drawers"),
        ("khue/meals/long.py", "x = 1\n" * 601, "split it"),
        ("khue/meals/key.py", f'KEY = "{KEY}"', "secret"),
        ("docs/x.md", "postgresql://khue:" + "tRoub4dor@db.example.vn/khue", "secret"),
    ],
)
def test_each_rule_bites(house: Path, name: str, text: str, complaint: str) -> None:
    assert [fault for fault in put(house, name, text) if complaint in fault and fault.startswith(name)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (PAGE, '<script src="{% static "ui/khue.js" %}" defer></script><p class="muted">'),
        (PAGE, '<script type="application/json" id="grid">{}</script>'),
        (PAGE, "{{ text|safe_name }}"),
        ("docs/x.md", "Settings live in khue/config; data in var/."),
        ("khue/meals/short.py", "x = 1\n" * 600),
    ],
)
def test_what_is_allowed_passes(house: Path, name: str, text: str) -> None:
    assert put(house, name, text) == []


def test_the_repository_is_tidy() -> None:
    assert tidy.faults(ROOT) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-build.txt"])
def test_every_locked_package_has_a_version_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(packages) >= 2
    assert [p.split()[0] for p in packages if not re.match(r"[a-z0-9._-]+(\[[a-z,-]+\])?==\S+ ", p)] == []
    assert [p.split()[0] for p in packages if p.count("--hash=sha256:") < 1] == []
    assert re.findall(r"^ *--?(?:i|f|index-url|extra-index-url|find-links)\b|://|@ ", text, re.M) == []


def test_the_tests_run_with_the_same_versions_as_the_province() -> None:
    def pins(name: str) -> dict[str, str]:
        found = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,-]+\])?==(\S+)", (ROOT / name).read_text(), re.M)
        return dict(found)

    runtime, all_of_it = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: all_of_it.get(name) for name in runtime} == runtime


def test_every_dependency_we_name_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements-dev.txt").read_text()
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[~=<>]", line)[0] for line in named]
    assert [name for name in names if not re.search(rf"^{re.escape(name)}(\[|==)", locked, re.M)] == []
