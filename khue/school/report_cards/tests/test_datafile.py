"""The data file says everything the card says, in one way only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.school.report_cards import datafile
from khue.school.report_cards.packing import LARGEST
from khue.school.report_cards.printing import samples

REFERENCE = "0123456789ABCDEFGHJKMNPQRS"
# What XML 1.0 can say: no control characters but line breaks and tabs, no lone surrogates.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t<>&\"'"),
    max_size=80,
)
CARD = replace(samples.SECONDARY, signatures=(), proof=None)


def test_a_card_comes_back_from_its_file_as_it_was() -> None:
    assert datafile.read(datafile.write(CARD, REFERENCE)) == (CARD, REFERENCE)


def test_a_card_comes_back_from_the_database_as_it_was() -> None:
    assert datafile.card_of(datafile.content_of(CARD)) == CARD


@given(name=WORDS, comment=WORDS)
def test_whatever_people_write_comes_back(name: str, comment: str) -> None:
    card = replace(CARD, pupil=replace(CARD.pupil, full_name=name), homeroom_comment=comment)
    assert datafile.read(datafile.write(card, REFERENCE))[0] == card


def test_equal_cards_give_equal_bytes_and_any_difference_another_fingerprint() -> None:
    assert datafile.write(CARD, REFERENCE) == datafile.write(replace(CARD), REFERENCE)
    line = replace(CARD.subjects[0], year="9.9")
    other = replace(CARD, subjects=(line, *CARD.subjects[1:]))
    assert datafile.fingerprint(CARD, REFERENCE) != datafile.fingerprint(other, REFERENCE)
    assert datafile.fingerprint(CARD, REFERENCE) != datafile.fingerprint(CARD, REFERENCE[::-1])


def test_every_subject_names_its_card() -> None:
    root = datafile.parse(datafile.write(CARD, REFERENCE))
    rows = root.findall(f"{{{datafile.NAMESPACE}}}MonHoc")
    assert len(rows) == len(CARD.subjects)
    assert {row.get("the") for row in rows} == {REFERENCE}
    assert len({row.get("Id") for row in rows}) == len(rows)


def test_signatures_are_not_part_of_what_the_card_says() -> None:
    data = datafile.write(CARD, REFERENCE)
    signed = data.replace(
        b"</HocBa>", b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">x</ds:Signature></HocBa>'
    )
    assert datafile.without_signatures(signed) == data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hoc ba", b"<HocBa/>", b'<HocBa xmlns="urn:hbs:1"/>',
        b'<!DOCTYPE HocBa [<!ENTITY x "y">]><HocBa xmlns="urn:hbs:1" version="1" the="A">&x;</HocBa>',
        b'<HocBa xmlns="urn:hbs:1" version="1" the="A" khoi="bay"/>',
        b" " * (LARGEST + 1),
    ],
)  # fmt: skip
def test_what_is_no_card_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(datafile.DataFileError) as refused:
        datafile.read(data)
    assert str(refused.value).endswith(".")


def test_a_transfer_sheet_is_read_back_as_it_was_written() -> None:
    sheet = replace(samples.TRANSFER, proof=None)
    data = datafile.write_sheet(sheet, "A" * 26)
    assert datafile.read_sheet(data) == (sheet, "A" * 26)
    assert datafile.write_sheet(sheet, "A" * 26) == data


def test_a_transfer_sheet_is_no_card_and_a_card_no_sheet() -> None:
    sheet = datafile.write_sheet(samples.TRANSFER, "A" * 26)
    card = datafile.write(samples.SECONDARY, "A" * 26)
    with pytest.raises(datafile.DataFileError):
        datafile.read(sheet)
    with pytest.raises(datafile.DataFileError):
        datafile.read_sheet(card)
