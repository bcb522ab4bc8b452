"""A common exam brings its marks: into empty cells, with their source, reconciled to nought or signed for (D3)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.school.gradebook import actions, cells, exams
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import Deadline, MarkRow, Sheet
from khue.school.gradebook.tests.places import SLOT, classmates, open_sheets
from tests.cast import Cast

SYSTEM = Actor.system("exams.publish")


@dataclass
class PaperExam:
    """An exam as a module of its own will be: it keeps its marks and hands them over."""

    name: str
    column: str
    marks: dict[int, int | None] = field(default_factory=dict)

    def hand_over(
        self, actor: Actor, sheet: Sheet, over: dict[int, int | None] | None = None
    ) -> actions.Outcome:
        return exams.bring_exam_marks(
            actor, sheet, column=self.column, marks=self.marks, exam=self.name, over=over
        )

    def differences(self, sheet: Sheet) -> list[exams.Difference]:
        return exams.differences(sheet.pk, column=self.column, marks=self.marks)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


@pytest.fixture
def exam(cast: Cast, sheet: Sheet) -> PaperExam:
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 9)]
    marks: dict[int, int | None] = {pk: 40 + 5 * n for n, pk in enumerate(pupils)}
    marks[pupils[-1]] = cells.ABSENT
    return PaperExam("KT-HK1-2026/TOAN/8", "ck", marks)


def test_marks_of_an_exam_fill_the_column_and_nothing_differs(
    cast: Cast, sheet: Sheet, exam: PaperExam
) -> None:
    outcome = exam.hand_over(SYSTEM, sheet)
    assert len(outcome.written) == 10
    assert exam.differences(sheet) == []
    assert {row.sources[SLOT["ck"]] for row in MarkRow.objects.all()} == {cells.EXAM}
    assert Entry.objects.order_by("-pk")[0].reason == exam.name


def test_sent_twice_they_are_there_once(cast: Cast, sheet: Sheet, exam: PaperExam) -> None:
    exam.hand_over(SYSTEM, sheet)
    versions = list(MarkRow.objects.order_by("pk").values_list("version", flat=True))
    assert not exam.hand_over(SYSTEM, sheet).clashes
    assert list(MarkRow.objects.order_by("pk").values_list("version", flat=True)) == versions


def test_a_mark_that_is_there_is_not_overwritten_unless_it_was_seen(
    cast: Cast, sheet: Sheet, exam: PaperExam
) -> None:
    an = cast.enrolments["an"].pk
    actions.enter_marks(cast.lan, sheet, cells=[Cell(an, SLOT["ck"], None, 100)])
    outcome = exam.hand_over(SYSTEM, sheet)
    assert [(clash.enrolment_id, clash.now) for clash in outcome.clashes] == [(an, 100)]
    (left,) = exam.differences(sheet)
    assert (left.exam, left.book, left.came_by) == (40, 100, cells.TYPED)
    assert not exam.hand_over(SYSTEM, sheet, over={an: 100}).clashes
    assert exam.differences(sheet) == []


def test_a_change_after_the_exam_is_found_with_who_and_why(cast: Cast, sheet: Sheet, exam: PaperExam) -> None:
    an = cast.enrolments["an"].pk
    exam.hand_over(SYSTEM, sheet)
    actions.enter_marks(
        cast.lan, sheet, cells=[Cell(an, SLOT["ck"], 40, 45)], reason="Phúc khảo, biên bản 03"
    )
    (left,) = exam.differences(sheet)
    assert left.change is not None
    assert (left.exam, left.book, left.change.who, left.change.reason) == (
        40, 45, "Nguyễn Thị Lan", "Phúc khảo, biên bản 03",
    )  # fmt: skip
    assert left.is_signed


def test_a_mark_the_exam_does_not_know_is_found_too(cast: Cast, sheet: Sheet, exam: PaperExam) -> None:
    exam.hand_over(SYSTEM, sheet)
    dropped = next(iter(exam.marks))
    del exam.marks[dropped]
    (left,) = exam.differences(sheet)
    assert (left.enrolment_id, left.exam, left.book) == (dropped, None, 40)


def test_every_altered_cell_of_many_is_found_and_no_other(cast: Cast, sheet: Sheet) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    pupils = classmates(cast, 40)
    paper = PaperExam("KT", "gk", {pk: chance.randrange(0, 100) for pk in pupils})
    paper.hand_over(SYSTEM, sheet)
    altered = chance.sample(pupils, 13)
    actions.enter_marks(
        cast.lan,
        sheet,
        cells=[Cell(pk, SLOT["gk"], paper.marks[pk], (paper.marks[pk] or 0) ^ 1) for pk in altered],
        reason="Nhập lại",
    )
    found = paper.differences(sheet)
    assert sorted(one.enrolment_id for one in found) == sorted(altered), f"seed {seed}"
    assert all(one.is_signed for one in found)


def test_a_locked_column_takes_no_exam(cast: Cast, sheet: Sheet, exam: PaperExam) -> None:
    today = timezone.localdate()
    Deadline.objects.create(
        unit=cast.school,
        year=cast.year,
        term=1,
        column="ck",
        due_on=today - timedelta(days=9),
        locks_on=today,
    )
    assert len(exam.hand_over(SYSTEM, sheet).refusals) == 10
    assert not MarkRow.objects.exists()
    assert len(exam.differences(sheet)) == 10


def test_only_heads_and_the_system_bring_exam_marks(cast: Cast, sheet: Sheet, exam: PaperExam) -> None:
    for who in ("lan", "tam", "son", "ha", "mai", "binh"):
        with pytest.raises((NotAllowed, NotVisible)):
            exam.hand_over(cast.actor(who), sheet)
    assert not MarkRow.objects.exists()
    assert exam.hand_over(cast.hung, sheet).written


def test_what_is_no_column_for_an_exam_is_refused(cast: Cast, sheet: Sheet) -> None:
    with pytest.raises(DomainError):
        exams.bring_exam_marks(SYSTEM, sheet, column="hk9", marks={}, exam="KT")
    with pytest.raises(DomainError):
        exams.bring_exam_marks(SYSTEM, sheet, column="ck", marks={}, exam=" ")
    conduct = Sheet.objects.get(classroom=cast.classroom, kind="conduct", term=1)
    with pytest.raises(NotVisible):
        exams.bring_exam_marks(SYSTEM, conduct, column="rl", marks={}, exam="KT")
