"""H1: the museum of uploads; each is refused with its own reason, or made harmless."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khue.kernel.actions import DomainError
from khue.kernel.files.checking import check
from khue.kernel.files.images import clean_jpeg, clean_png, clean_webp
from khue.kernel.files.tests.pictures import chunk, exif, jpeg, pdf, png, segment, webp

ZIP = b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("Ảnh thẻ.png", png(), "png"), ("a.jpg", jpeg(), "jpeg"), ("a.JPEG", jpeg(sof=0xC2), "jpeg"),
        ("a.webp", webp(), "webp"), ("Đơn xin học.pdf", pdf(), "pdf"), ("a.pdf", pdf(after=b"\r\n\r\n"), "pdf"),
        ("Ảnh quét.pdf", pdf(after=b"\n").replace(b"trailer", b"stream\n\x8f/JS\x91\xe2\nendstream\ntrailer"), "pdf"),
        ("a.csv", "Họ tên,Lớp\nLê An,8A3\n".encode(), "csv"),
    ],
)  # fmt: skip
def test_what_schools_send_is_taken(name: str, data: bytes, kind: str) -> None:
    checked = check(name, data)
    assert (checked.kind, checked.name) == (kind, name)


MUSEUM: list[tuple[str, bytes, str]] = [
    ("a.png", b"", "empty"),
    ("a.svg", b"<svg onload=alert(1)>", "kind"),
    ("a.gif", b"GIF89a", "kind"),
    ("a.html", b"<html>", "kind"),
    ("a", b"x", "kind"),
    ("a.png", jpeg(), "mismatch"),
    ("a.jpg", png(), "mismatch"),
    ("a.webp", png(), "mismatch"),
    ("a.pdf", png(), "mismatch"),
    ("a.png", b"<svg onload=alert(1)>", "mismatch"),
    ("a.jpg", b"GIF89a/*", "mismatch"),
    ("a.pdf", b"MZ" + pdf(), "mismatch"),
    ("a.pdf", b"<html>" + pdf(), "mismatch"),
    ("bomb.png", png(12000, 12000), "too_many_pixels"),
    ("bomb.png", png(2**31 - 1, 1), "too_many_pixels"),
    ("bomb.jpg", jpeg(65000, 65000), "too_many_pixels"),
    ("bomb.webp", webp(16000, 16000), "too_many_pixels"),
    ("none.png", png(0, 5), "damaged"),
    ("none.jpg", jpeg(0, 5), "damaged"),
    ("cut.png", png()[:-5], "damaged"),
    ("cut.jpg", jpeg()[:-2], "damaged"),
    ("cut.jpg", jpeg()[:30], "damaged"),
    ("cut.webp", webp()[:-8], "damaged"),
    ("cut.pdf", pdf()[:40], "damaged"),
    ("crc.png", png().replace(b"IDAT", b"IDAX"), "damaged"),
    ("headless.png", png()[:8] + png()[33:], "damaged"),
    ("empty.png", png().replace(png()[33:-12], b""), "damaged"),
    ("moving.png", png(3, 2, chunk(b"acTL", bytes(8))), "animated"),
    ("moving.webp", webp(16, 16, b"ANIM" + struct.pack("<I", 6) + bytes(6)), "animated"),
    ("lossless.jpg", jpeg(sof=0xC3), "unusual"),
    ("js.pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "active"),
    ("js.pdf", pdf(b"/OpenAction << /S /J#61vaScript >>"), "active"),
    ("launch.pdf", pdf(b"/Launch"), "active"),
    ("inner.pdf", pdf(b"/EmbeddedFiles 5 0 R"), "active"),
    ("xfa.pdf", pdf(b"/XFA 5 0 R"), "active"),
    ("media.pdf", pdf(b"/RichMedia"), "active"),
    ("form.pdf", pdf(b"/SubmitForm"), "active"),
    ("shown.pdf", pdf(b"/OpenAction << /S /Rendition /JS (app.alert(1)) >>"), "active"),
    ("both.pdf", pdf(after=b"\n" + ZIP), "polyglot"),
    ("both.pdf", b"%PDF-1.7\n" + ZIP + b"\n%%EOF\n", "polyglot"),
    ("page.pdf", pdf(b"<script>alert(1)</script>"), "polyglot"),
    ("more.pdf", pdf(after=b"\n<script>alert(1)</script>"), "polyglot"),
    ("virus.pdf", pdf(b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"), "malware"),
    ("virus.png", png(3, 2, chunk(b"tEXt", b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE")), "malware"),
    ("a.php.png", png(), "name"),
    ("a.exe.pdf", pdf(), "name"),
    ("../a.png", png(), "name"),
    ("..\\a.png", png(), "name"),
    ("a\u202egnp.png", png(), "name"),
    ("a\0.png", png(), "name"),
    ("a" * 300 + ".png", png(), "name"),
    ("a.xlsm", ZIP, "kind"),
    ("a.zip", ZIP, "kind"),
    ("a.csv", b"MZ\0\0", "mismatch"),
    ("a.xlsx", png(), "mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "code"), MUSEUM, ids=[f"{n[:20]!a}-{c}" for n, _d, c in MUSEUM])
def test_each_piece_of_the_museum_is_refused_with_its_own_reason(name: str, data: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check(name, data)
    assert refusal.value.code == code
    assert "%(" not in refusal.value.message


def test_what_is_not_wanted_here_is_refused_though_it_is_sound() -> None:
    with pytest.raises(DomainError) as refusal:
        check("a.png", png(), kinds={"pdf"})
    assert refusal.value.code == "kind"
    with pytest.raises(DomainError) as refusal:
        check("a.csv", b"a,b\n", kinds={"pdf"})
    assert refusal.value.code == "kind"


def test_too_heavy_is_refused(monkeypatch: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        check("a.pdf", pdf(b"x" * (21 * 1024 * 1024)))
    assert refusal.value.code == "too_large"


def test_a_photo_loses_its_place_and_keeps_which_way_is_up() -> None:
    made = clean_jpeg(jpeg(640, 480, exif(6), segment(0xFE, b"taken at home"), segment(0xED, b"Photoshop")))
    assert (made.width, made.height) == (640, 480)
    for told in (b"21.0285", b"taken at home", b"Photoshop"):
        assert told not in made.data
    assert clean_jpeg(made.data).data == made.data
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in made.data
    assert b"Exif" not in clean_jpeg(jpeg(640, 480, exif(1))).data


def test_what_hangs_behind_a_picture_is_cut_off() -> None:
    for clean, data in ((clean_jpeg, jpeg()), (clean_png, png()), (clean_webp, webp())):
        assert ZIP not in clean(data + ZIP).data
        assert clean(data + ZIP).data == clean(data).data


def test_words_and_places_inside_png_and_webp_are_dropped() -> None:
    told = b"21.0285,105.8542"
    assert told not in clean_png(png(3, 2, chunk(b"eXIf", told), chunk(b"iTXt", told))).data
    exif_chunk = b"EXIF" + struct.pack("<I", len(told)) + told
    assert told not in clean_webp(webp(16, 16, exif_chunk)).data


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_broken_picture_makes_us_stumble(data: Any) -> None:
    name, good = data.draw(
        st.sampled_from(
            [("a.png", png()), ("a.jpg", jpeg(9, 9, exif())), ("a.webp", webp()), ("a.pdf", pdf())]
        )
    )
    broken = bytearray(good)
    for _time in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(broken[: data.draw(st.integers(1, len(broken)))])
    with contextlib.suppress(DomainError):  # a plain "no" is as good as a "yes"; anything else fails
        check(name, cut)
