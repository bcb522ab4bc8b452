"""How a file that is being signed is kept."""

from __future__ import annotations

import pytest

from khue.school.report_cards.packing import LARGEST, packed, unpacked

FILE = b'<HocBa xmlns="urn:hbs:1">' + b'<MonHoc Id="MON_TOAN" ten="To\xc3\xa1n"></MonHoc>' * 200 + b"</HocBa>"


def test_a_packed_file_comes_back_as_it_was_and_is_much_smaller() -> None:
    assert unpacked(packed(FILE)) == FILE
    assert len(packed(FILE)) < len(FILE) / 6


def test_a_file_kept_plain_is_read_as_it_is() -> None:
    assert unpacked(FILE) == FILE


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        packed(FILE)[:-1],
        packed(FILE) + b"x",
        b"x" + packed(FILE),
        packed(FILE)[:40] + b"\x00" + packed(FILE)[41:],
        packed(b"<" + b" " * LARGEST),
    ],
    ids=["nothing", "cut off", "longer", "begun otherwise", "changed", "too large"],
)
def test_what_was_spoilt_or_is_too_large_is_no_file(kept: bytes) -> None:
    assert unpacked(kept) == b""
