"""What follows an approved year: re-tests, summer training, supplements, the principal's decisions, titles.

The year's own results stay as they were approved; what is written here stands beside them, the outcome follows anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gradebook import cells, judging
from khue.school.gradebook.actions.results import compute, follow_year, one_line
from khue.school.gradebook.judging import TEST, TRAIT, YEAR, Pupil, Room, Stored
from khue.school.gradebook.layout import TRAITS
from khue.school.gradebook.models import Result, Review
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.rules import promotion
from khue.school.gradebook.rules.levels import Level
from khue.school.gradebook.rules.marks import HIGHEST, LOWEST
from khue.school.gradebook.rules.primary import YearResult
from khue.school.gradebook.rules.promotion import Outcome

_BETWEEN: Final = frozenset({Outcome.RETEST, Outcome.SUMMER_TRAINING, Outcome.RETAINED, Outcome.PROMOTED})


def _case(enrolment: Enrolment, version: int) -> tuple[Result, Room, Pupil, Stored]:
    """The approved year of a pupil; raises DomainError when there is none, Conflict when somebody was quicker."""
    if enrolment.classroom_id is None:
        raise DomainError(_("Em chưa có lớp nên chưa có kết quả cả năm."))
    row = Result.objects.select_for_update().filter(enrolment=enrolment, term=YEAR, is_approved=True).first()
    if row is None:
        raise DomainError(_("Kết quả cả năm của em chưa được duyệt."))
    if row.version != version:
        raise Conflict(_("Người khác vừa ghi cho em này. Mở lại trang để xem bản mới."))
    rooms = facts.all_rooms([enrolment.classroom_id], facts.all_choices())
    pupils = facts.all_pupils([enrolment.classroom_id], enrolment.pk)
    pupil = next(iter(pupils.get(enrolment.classroom_id, ())), None)
    if not rooms or pupil is None:
        raise DomainError(_("Em không còn học ở lớp."))
    return row, rooms[0], pupil, pupil.stored[YEAR]


def _settle(work: Work, row: Result, room: Room, pupil: Pupil, kept: Stored, **values: object) -> Result:
    """Write what is new and the outcome that follows from it."""
    after = judging.settle(room, pupil, kept.verdict, replace(kept, **values))  # type: ignore[arg-type]
    work.change(row, **values, outcome=after.outcome, retest_learning=after.retest_learning)
    work.touch_people([pupil.person_id])
    review = Review.objects.filter(classroom_id=room.id, term=YEAR).first()
    if review is not None:
        follow_year(work, room.id, room.name, room.school_id, review)
    return row


@action("gradebook.choose_retest", permission="gradebook.enter_retest")
def choose_retest(work: Work, enrolment: Enrolment, *, version: int, subjects: list[str]) -> Result:
    """Write down the subjects a pupil chose for the re-test (TT 22/2021, Điều 14); marks written already are kept.

    Raises DomainError for a subject that may not be taken again.
    """
    row, room, pupil, kept = _case(enrolment, version)
    eligible = _eligible(room, kept)
    if not set(subjects) <= set(eligible) or room.is_primary:
        raise DomainError(_("Có môn không thuộc diện kiểm tra lại."))
    if kept.outcome not in _BETWEEN or (kept.outcome == Outcome.PROMOTED and not kept.retest):
        raise DomainError(_("Em không thuộc diện kiểm tra lại."))
    chosen = {key: kept.retest.get(key) for key in eligible if key in subjects}
    return _settle(work, row, room, pupil, kept, retest=chosen, is_retest_over=False)


def _eligible(room: Room, kept: Stored) -> list[str]:
    return [each.key for each in promotion.retest_subjects(judging.subjects_of(room, kept.verdict.subjects))]


@action("gradebook.enter_retest")
def enter_retest(
    work: Work, enrolment: Enrolment, *, version: int, marks: Mapping[str, int | None], source: str,
    is_over: bool = False,
) -> Result:  # fmt: skip
    """Write results of re-tests in tenths, or Đ and CĐ; `source` names the paper they come from (biên bản, bảng điểm).

    They stand in place of the year's results and the rules run again; `is_over` ends the re-test for the pupil.
    Raises DomainError for subjects not chosen, marks that cannot be, or no source.
    """
    row, room, pupil, kept = _case(enrolment, version)
    work.reason = one_line(source, _("Ghi điểm lấy từ biên bản hay bảng điểm nào."))
    if not kept.retest and not is_over:
        raise DomainError(_("Chọn môn kiểm tra lại trước khi ghi điểm."))
    courses = {course.subject: course for course in room.courses}
    for key, mark in marks.items():
        if key not in kept.retest:
            raise DomainError(
                _("Em không chọn kiểm tra lại môn này."), fields={key: _("Không có trong các môn đã chọn.")}
            )
        most = HIGHEST if courses[key].is_scored else cells.PASS
        if mark is not None and not LOWEST <= mark <= most:
            raise DomainError(_("Điểm từ 0 đến 10."), fields={key: _("Điểm từ 0 đến 10.")})
    return _settle(work, row, room, pupil, kept, retest={**kept.retest, **marks}, is_retest_over=is_over)


@action("gradebook.supplement", permission="gradebook.enter_retest")
def supplement(
    work: Work, enrolment: Enrolment, *, version: int, values: Mapping[str, int], source: str
) -> Result:
    """Write a primary pupil's supplementary assessment (TT 27/2020): levels, tests (TOAN.KT), qualities (PC.yn).

    Raises DomainError for what the class does not have, values that cannot be, or no source.
    """
    row, room, pupil, kept = _case(enrolment, version)
    work.reason = one_line(source, _("Ghi kết quả lấy từ biên bản hay phiếu nào."))
    if not room.is_primary or kept.verdict.learning != YearResult.NOT_DONE.name:
        raise DomainError(_("Em không thuộc diện đánh giá bổ sung."))
    known = {course.subject: 2 for course in room.courses}
    known |= {course.subject + TEST: HIGHEST for course in room.courses if course.has_test}
    known |= {TRAIT + code: 2 for code, *_words_of in TRAITS}
    for key, value in values.items():
        if key not in known or not 0 <= value <= known[key] or (key.endswith(TEST) and value % 10):
            raise DomainError(
                _("Giá trị này không ghi được."), fields={key: _("Giá trị này không ghi được.")}
            )
    return _settle(work, row, room, pupil, kept, retest={**kept.retest, **values}, is_retest_over=True)


@action("gradebook.assign_summer_training", permission="gradebook.report_summer")
def assign_summer_training(work: Work, enrolment: Enrolment, *, version: int, task: str) -> Result:
    """Say what a pupil trains at in the summer (TT 22/2021, Điều 13); the homeroom teacher or the head."""
    row, room, pupil, kept = _case(enrolment, version)
    _check_summer(kept)
    words = one_line(task, _("Ghi nhiệm vụ rèn luyện hè."))
    return _settle(work, row, room, pupil, kept, summer_task=words)


@action("gradebook.report_summer_training", permission="gradebook.report_summer")
def report_summer_training(work: Work, enrolment: Enrolment, *, version: int, is_signed: bool) -> Result:
    """Say that the report of the training came back with the parents' signature."""
    row, room, pupil, kept = _case(enrolment, version)
    _check_summer(kept)
    if not kept.summer_task:
        raise DomainError(_("Chưa giao nhiệm vụ rèn luyện hè cho em."))
    return _settle(work, row, room, pupil, kept, summer_signed=is_signed)


@action("gradebook.judge_summer_training", permission="gradebook.finish_year")
def judge_summer_training(work: Work, enrolment: Enrolment, *, version: int, conduct: str) -> Result:
    """Judge conduct again after the summer; the new level stands in place of the year's (TT 22/2021, Điều 13).

    Raises DomainError without the signed report.
    """
    row, room, pupil, kept = _case(enrolment, version)
    _check_summer(kept)
    if conduct not in Level.__members__:
        raise DomainError(_("Chọn mức rèn luyện."))
    if not kept.summer_signed:
        raise DomainError(_("Chưa có báo cáo rèn luyện hè có chữ ký của phụ huynh."))
    return _settle(work, row, room, pupil, kept, summer_conduct=conduct)


def _check_summer(kept: Stored) -> None:
    is_on = kept.outcome == Outcome.SUMMER_TRAINING or kept.summer_conduct or kept.summer_task
    if not is_on:
        raise DomainError(_("Em không thuộc diện rèn luyện trong kì nghỉ hè."))


@action("gradebook.decide_promotion", permission="gradebook.finish_year")
def decide_promotion(
    work: Work, enrolment: Enrolment, *, version: int, is_promoted: bool, words: str
) -> Result:
    """Write the principal's decision about a pupil whom no rule promotes or retains, in words.

    They are primary pupils who did not complete after the supplement, and those with an individual plan. Raises
    DomainError for others.
    """
    row, room, pupil, kept = _case(enrolment, version)
    work.reason = one_line(words, _("Ghi quyết định của hiệu trưởng bằng lời."))
    is_open = kept.outcome == Outcome.PRINCIPAL_DECIDES or (
        pupil.has_plan and kept.outcome == Outcome.INCOMPLETE
    )
    if not is_open and not kept.decision:
        raise DomainError(_("Kết quả của em đã rõ theo quy định, không cần hiệu trưởng quyết định."))
    outcome = Outcome.PROMOTED if is_promoted else Outcome.RETAINED
    decided = replace(kept, values=_with_outcome(kept, str(outcome)), decision=work.reason)
    return _settle(work, row, room, pupil, decided, decision=work.reason)


def _with_outcome(kept: Stored, outcome: str) -> tuple[object, ...]:
    place = judging.FIELDS.index("outcome") - 1
    return (*kept.values[:place], outcome, *kept.values[place + 1 :])


@action("gradebook.recognise", permission="gradebook.submit_results")
def recognise(work: Work, room: Classroom, *, words: Mapping[int, str]) -> int:
    """Say in what the class recognised primary pupils (tiêu biểu, TT 27/2020): enrolment to words, empty to take back.

    Only before the year's results are approved. Gives how many changed.
    """
    if Review.objects.filter(classroom=room, term=YEAR, state="approved").exists():
        raise Conflict(_("Kết quả cả năm đã được duyệt."))
    found = facts.all_rooms([room.pk], facts.all_choices())
    if not found or not found[0].is_primary:
        raise DomainError(_("Chỉ cấp tiểu học có danh hiệu tiêu biểu."))
    compute(work, [room.pk], facts.all_choices(), [YEAR])
    changed = {}
    for pupil in facts.all_pupils([room.pk]).get(room.pk, ()):
        kept = pupil.stored[YEAR]
        said = " ".join(words.get(pupil.enrolment_id, kept.distinction).split())[:300]
        if said == kept.distinction:
            continue
        if said and kept.verdict.learning != YearResult.WELL.name:
            raise DomainError(_("Em %(name)s chưa ở mức Hoàn thành tốt.") % {"name": pupil.name})
        result = judging.YEAR_RESULTS.get(kept.verdict.learning)
        title = judging.primary_award(result, said)
        changed[kept.id] = ([kept.distinction, kept.verdict.award], [said, str(title) if title else ""])
    work.change_many(Result, ["distinction", "award"], changed, is_touched=False)
    return len(changed)
