"""Pure decisions of the end of a year."""

from __future__ import annotations

import pytest

from khue.registry.roster.rules_year import default_outcome, next_name


@pytest.mark.parametrize(
    ("name", "grade", "after"),
    [
        ("6A1", 6, "7A1"), ("9A1", 9, "10A1"), ("11 Toán 1", 11, "12 Toán 1"), ("12A", 12, ""),
        ("Nhà trẻ 1", -4, "Mầm 1"), ("Nhà trẻ 1", -5, "Nhà trẻ 1"), ("Mầm 2", -3, "Chồi 2"), ("Chồi 3", -2, "Lá 3"),
        ("Mẫu giáo bé A", -3, "Mẫu giáo nhỡ A"), ("Mẫu giáo nhỡ A", -2, "Mẫu giáo lớn A"),
        ("3-4 tuổi B", -3, "4-5 tuổi B"),
        ("Hoa Hồng", -3, ""),
    ],
)  # fmt: skip
def test_a_class_is_called_next_year(name: str, grade: int, after: str) -> None:
    assert next_name(name, grade) == after


@pytest.mark.parametrize(
    ("status", "grade", "level", "levels", "outcome"),
    [
        ("studying", 6, "THCS", ["THCS"], "promote"), ("studying", 9, "THCS", ["THCS"], "complete"),
        ("studying", 5, "TH", ["TH", "THCS"], "promote"), ("studying", 5, "TH", ["TH"], "complete"),
        ("studying", -1, "MN", ["MN"], "complete"), ("reserved", 7, "THCS", ["THCS"], "retain"),
        ("suspended", 7, "THCS", ["THCS"], "promote"), ("studying", 12, "GDTX", ["GDTX"], "complete"),
    ],
)  # fmt: skip
def test_what_happens_by_default(
    status: str, grade: int, level: str, levels: list[str], outcome: str
) -> None:
    assert default_outcome(status, grade, level, levels) == outcome
