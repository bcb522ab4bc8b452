"""All results of a pupil at once: averages and levels of both semesters and the year, quick enough for a province."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khue.school.gradebook.rules.averages import quick_average, quick_comment, year_average, year_comment
from khue.school.gradebook.rules.levels import Judged, quick_level
from khue.school.gradebook.rules.marks import NOT_TAKEN, Assessed, Cell
from khue.school.gradebook.rules.older import OlderJudged, quick_older_level
from khue.school.gradebook.rules.rule_sets import RuleSet

AnyJudged = Judged | OlderJudged


@dataclass(frozen=True, slots=True)
class CourseShape:
    """A course of a class: subject code, how it is assessed, the weights of its columns in each semester."""

    subject: str
    assessed: Assessed
    first: tuple[int, ...]
    second: tuple[int, ...]


Row = Sequence[Cell] | None
"""The cells of a pupil in a course and semester, side by side with the weights; None: not taught or not taken then."""


@dataclass(frozen=True, slots=True)
class PupilResults:
    """Results by course, side by side with the shapes, and the levels; None where something is missing."""

    first: tuple[Cell, ...]
    second: tuple[Cell, ...]
    year: tuple[Cell, ...]
    first_level: AnyJudged | None
    second_level: AnyJudged | None
    year_level: AnyJudged | None


def quick_any_level(
    rules: RuleSet, shapes: Sequence[CourseShape], results: Sequence[Cell], *, special: str | None = None
) -> AnyJudged | None:
    """Judge the results of a pupil's courses by whichever secondary rule set is given."""
    comments = [
        result for shape, result in zip(shapes, results, strict=True) if shape.assessed is Assessed.COMMENTS
    ]
    if rules.has_subject_mean:
        by_subject = {
            shape.subject: result
            for shape, result in zip(shapes, results, strict=True)
            if shape.assessed is Assessed.MARKS
        }
        return quick_older_level(rules, by_subject, comments, special=special)
    scored = [
        result for shape, result in zip(shapes, results, strict=True) if shape.assessed is Assessed.MARKS
    ]
    return quick_level(rules, scored, comments)


def pupil_results(
    rules: RuleSet,
    shapes: Sequence[CourseShape],
    rows: Sequence[tuple[Row, Row]],
    *,
    special: str | None = None,
) -> PupilResults:
    """Compute a pupil's semester and year results and levels from the rows of cells of all courses."""
    first: list[Cell] = []
    second: list[Cell] = []
    year: list[Cell] = []
    passes = rules.comment_passes
    for shape, (row_1, row_2) in zip(shapes, rows, strict=True):
        if shape.assessed is Assessed.COMMENTS:
            one = NOT_TAKEN if row_1 is None else quick_comment(row_1, passes=passes)
            two = NOT_TAKEN if row_2 is None else quick_comment(row_2, passes=passes)
            year.append(year_comment(one, two))
        else:
            one = NOT_TAKEN if row_1 is None else quick_average(row_1, shape.first)
            two = NOT_TAKEN if row_2 is None else quick_average(row_2, shape.second)
            year.append(year_average(one, two))
        first.append(one)
        second.append(two)
    return PupilResults(
        tuple(first),
        tuple(second),
        tuple(year),
        quick_any_level(rules, shapes, first, special=special),
        quick_any_level(rules, shapes, second, special=special),
        quick_any_level(rules, shapes, year, special=special),
    )
