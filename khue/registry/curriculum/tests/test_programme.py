"""The programme's sums are those of the circular."""

import pytest

from khue.registry.curriculum import programme


@pytest.mark.parametrize(
    ("level", "grade", "total"),
    [
        ("TH", 1, 875), ("TH", 2, 875), ("TH", 3, 980), ("TH", 4, 1050), ("TH", 5, 1050),
        ("THCS", 6, 1015), ("THCS", 7, 1015), ("THCS", 8, 1032), ("THCS", 9, 1032),
        ("THPT", 10, 997), ("THPT", 12, 997),
    ],
)  # fmt: skip
def test_the_periods_of_a_grade_add_up_to_the_total_of_the_circular(
    level: str, grade: int, total: int
) -> None:
    assert programme.total_compulsory(level, grade) == total


def test_every_line_names_a_subject_that_exists() -> None:
    known = {line.code for line in programme.SUBJECTS}
    assert {line.subject for line in programme.plan_lines()} <= known
