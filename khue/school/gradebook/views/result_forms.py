"""What is asked for on a pupil's page after the year, and how what was typed is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError
from khue.school.gradebook import cells, judging
from khue.school.gradebook.judging import TEST, TRAIT, Room
from khue.school.gradebook.layout import TRAITS, Column, Kind
from khue.school.gradebook.queries.result_pages import PupilResult
from khue.school.gradebook.rules import marks, promotion
from khue.school.gradebook.rules.levels import Level

MARK, PASS = Column(0, "kt", "", "", Kind.MARK), Column(0, "kt", "", "", Kind.PASS)
LEVEL, TESTED = Column(0, "kt", "", "", Kind.LEVEL), Column(0, "kt", "", "", Kind.TEST)
RANK = Column(0, "kt", "", "", Kind.TRAIT)


@dataclass(frozen=True, slots=True)
class Field:
    """One result that may be written again."""

    key: str
    label: str
    before: str
    value: str
    is_chosen: bool


@dataclass(slots=True)
class AfterForms:
    """What may be done about a pupil after the year."""

    retest: list[Field] = field(default_factory=list)
    has_chosen: bool = False
    supplement: list[Field] = field(default_factory=list)
    has_summer: bool = False
    levels: list[tuple[str, str]] = field(default_factory=list)
    has_decision: bool = False


def forms_of(found: PupilResult) -> AfterForms:
    """What the circular asks for this pupil."""
    room, kept, verdict = found.room, found.row.kept, found.row.verdict
    forms = AfterForms(levels=[(one.name, cells.told(one.label)) for one in reversed(Level)])
    if kept is None:
        return forms
    if room.is_primary:
        if verdict.learning == "NOT_DONE":
            forms.supplement = list(_supplement(found))
    elif verdict.outcome in ("KIEM_TRA_LAI", "LEN_LOP", "O_LAI") or kept.retest:
        forms.retest = list(_retest(found)) if verdict.outcome == "KIEM_TRA_LAI" or kept.retest else []
        forms.has_chosen = bool(kept.retest)
    forms.has_summer = verdict.outcome == "REN_LUYEN_HE" or bool(kept.summer_task or kept.summer_conduct)
    is_planned = found.row.pupil.has_plan and verdict.outcome == "CHUA_DU"
    forms.has_decision = verdict.outcome == "HIEU_TRUONG_XET" or bool(kept.decision) or is_planned
    return forms


def _retest(found: PupilResult) -> Iterable[Field]:
    kept = found.row.kept
    again = kept.retest if kept else {}
    for each in promotion.retest_subjects(judging.subjects_of(found.room, found.row.verdict.subjects)):
        mark = again.get(each.key)
        yield Field(
            each.key, each.name, marks.show(each.result, each.assessed),
            "" if mark is None else marks.show(mark, each.assessed), each.key in again,
        )  # fmt: skip


def _supplement(found: PupilResult) -> Iterable[Field]:
    """What kept a primary pupil from completing: levels C, tests under 5, qualities that need effort."""
    kept, subjects = found.row.kept, found.row.verdict.subjects
    again = kept.retest if kept else {}
    for course in found.room.courses:
        for key, column, bound, label in (
            (course.subject, LEVEL, 1, course.name),
            (course.subject + TEST, TESTED, 50, _("%(subject)s, bài kiểm tra") % {"subject": course.name}),
        ):
            result = subjects.get(key)
            if result is not None and 0 <= result < bound:
                yield _field(key, label, column, result, again.get(key))
    ranks = judging.owed_traits(found.room.grade, judging.traits_of(found.row.pupil.traits))
    names = {code: str(title) for code, _label, title, _group in TRAITS}
    for code, rank in ranks:
        if rank == 0:
            yield _field(TRAIT + code, names[code], RANK, rank, again.get(TRAIT + code))


def _field(key: str, label: str, column: Column, result: int, again: int | None) -> Field:
    return Field(key, label, cells.show(column, result), cells.show(column, again), again is not None)


def typed_retest(post: QueryDict, room: Room) -> dict[str, int | None]:
    """Marks typed for subjects taken again; raises DomainError with what is wrong, beside each."""
    scored = {course.subject: course.is_scored for course in room.courses}
    wanted = {key: MARK if scored.get(key, True) else PASS for key in scored}
    return _typed(post, wanted)


def typed_supplement(post: QueryDict, room: Room) -> dict[str, int]:
    """Levels, tests and ranks typed for a supplement; what is left empty is not written."""
    wanted = {course.subject: LEVEL for course in room.courses}
    wanted |= {course.subject + TEST: TESTED for course in room.courses}
    wanted |= {TRAIT + code: RANK for code, *_words in TRAITS}
    return {key: value for key, value in _typed(post, wanted).items() if value is not None}


def _typed(post: QueryDict, wanted: dict[str, Column]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    wrong: dict[str, str] = {}
    for key, column in wanted.items():
        if f"mon-{key}" not in post:
            continue
        text = str(post[f"mon-{key}"])[:20]
        read = cells.read(column, text)
        if read.value is not None and read.value < 0:
            wrong[key] = _("Chưa ghi “%(text)s”. Ghi kết quả của bài kiểm tra lại.") % {"text": text}
        elif read.refusal:
            wrong[key] = str(read.refusal)
        elif read.question is not None:
            wrong[key] = _("Đã gõ “%(text)s”. Ghi %(meant)s phải không?") % {
                "text": text, "meant": marks.show(read.question)
            }  # fmt: skip
        else:
            found[key] = read.value
    if wrong:
        raise DomainError(" ".join(wrong.values()), fields=wrong)
    return found
