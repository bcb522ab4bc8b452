"""L2: poppler's pdfsig and xmlsec1 agree on every good file and accept none whose bytes are bad."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from khue.kernel.signing import engine
from khue.kernel.signing.engine import Box
from khue.kernel.signing.samples import sample_pdf, sample_xml
from tests.signatures.museum import by_name, exhibits
from tests.signatures.tools import needs, pdfsig_accepts, xmlsec_accepts
from tests.signatures.world import NOW, card, sign, world

BAD_PDF = [each.name for each in exhibits() if each.by_bytes and each.is_pdf]
BAD_XML = [each.name for each in exhibits() if each.by_bytes and not each.is_pdf]


def good_files(count: int) -> list[bytes]:
    """Cards of many shapes: lengths, parts, numbers of signatures, with and without stamps, both kinds of key."""
    some, found = world(), []
    for place in range(count):
        stamper = some.stamper() if place % 3 == 0 else None
        found.append(card(sample_pdf(pages=1 + place % 7, text=f"Diem {place}"), stamper=stamper))
        xml = sample_xml(subjects=1 + place % 20)
        if place % 2:
            xml = sign(xml, some.lan, "BM", "Giáo viên Toán", part="MON-1", stamper=stamper)
        found.append(card(xml, stamper=stamper))
    return found


def agree(count: int, folder: Path) -> None:
    policy = world().policy()
    for place, data in enumerate(good_files(count)):
        is_pdf = data.startswith(b"%PDF-")
        verdict = (engine.validate_pdf if is_pdf else engine.validate_xml)(data, policy, NOW)
        assert verdict.is_valid, verdict.codes
        file = folder / f"{place}{'.pdf' if is_pdf else '.xml'}"
        file.write_bytes(data)
        assert pdfsig_accepts(file) if is_pdf else xmlsec_accepts(file, len(verdict.signatures)), file


def test_others_agree_on_good_files(tmp_path: Path) -> None:
    needs("pdfsig", "xmlsec1")
    agree(8, tmp_path)


@pytest.mark.slow
def test_others_agree_on_five_hundred_good_files(tmp_path: Path) -> None:
    needs("pdfsig", "xmlsec1")
    agree(250, tmp_path)


@pytest.mark.parametrize("name", BAD_PDF)
def test_pdfsig_accepts_no_bad_file(name: str, tmp_path: Path) -> None:
    needs("pdfsig")
    (tmp_path / "bad.pdf").write_bytes(by_name(name).data)
    assert not pdfsig_accepts(tmp_path / "bad.pdf")


@pytest.mark.parametrize("name", BAD_XML)
def test_xmlsec_accepts_no_bad_file(name: str, tmp_path: Path) -> None:
    needs("xmlsec1")
    data = by_name(name).data
    (tmp_path / "bad.xml").write_bytes(data)
    assert not xmlsec_accepts(tmp_path / "bad.xml", data.count(b"<ds:Signature "))


def test_a_visible_signature_shows_a_drawing_and_stays_sound(tmp_path: Path) -> None:
    needs("pdfsig")
    some = world()
    box = Box(0, 300, 80, 560, 200, sample_pdf(text="Da ky"))
    data = sign(some.pdf, some.hung, "HT", "Hiệu trưởng", box=box)
    data = sign(data, some.school, "TRUONG", "Trường", box=Box(0, 40, 80, 280, 200))
    assert engine.validate_pdf(data, some.policy(), NOW).is_valid
    (tmp_path / "seen.pdf").write_bytes(data)
    assert pdfsig_accepts(tmp_path / "seen.pdf")


def test_files_that_last_are_sound_for_others(tmp_path: Path) -> None:
    needs("pdfsig")
    some = world()
    data = engine.with_revocation(card(some.pdf, stamper=some.stamper()), some.policy(), NOW)
    lasting = engine.archive(data, some.stamper())
    (tmp_path / "long.pdf").write_bytes(lasting)
    said = subprocess.run(
        ["pdfsig", "-nocert", str(tmp_path / "long.pdf")], capture_output=True, text=True, check=False
    )
    assert said.stdout.count("Signature is Valid.") == 3
    assert "Total document signed" in said.stdout
