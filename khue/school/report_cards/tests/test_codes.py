"""Codes people type and references machines read."""

from __future__ import annotations

from khue.school.report_cards import codes


def test_codes_are_typed_in_any_dress() -> None:
    assert codes.clean_code(" 7kq4 m2xd-91tb") == "7KQ4-M2XD-91TB"
    assert codes.clean_code("7KQ4M2XD9ITB") == "7KQ4-M2XD-91TB"  # I for 1
    assert codes.clean_code("7KQ4-M2XD-O1TB") == "7KQ4-M2XD-01TB"  # O for 0
    for wrong in ("", "7KQ4", "7KQ4-M2XD-91T!", "7KQ4-M2XD-91TBX"):
        assert codes.clean_code(wrong) is None


def test_new_names_are_their_own_clean_form_and_never_meet() -> None:
    made = {codes.new_code() for _one in range(500)} | {codes.new_reference() for _one in range(500)}
    assert len(made) == 1000
    for one in made:
        assert one in (codes.clean_code(one), codes.clean_reference(one))
