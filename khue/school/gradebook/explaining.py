"""Why a pupil has a result: every bound of every level, what was adjusted, what follows the year. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.school.gradebook import judging
from khue.school.gradebook.cells import told
from khue.school.gradebook.judging import TEST, TRAIT, YEAR, Pupil, Room, Stored, Verdict
from khue.school.gradebook.layout import TRAITS
from khue.school.gradebook.rules import awards, conduct, marks, primary, promotion
from khue.school.gradebook.rules.levels import Level, explain_level
from khue.school.gradebook.rules.marks import Cell
from khue.school.gradebook.rules.older import OlderConduct, explain_older_level
from khue.school.gradebook.rules.primary import Completion, Item
from khue.school.gradebook.rules.promotion import Outcome
from khue.school.gradebook.rules.words import Message

# Where each outcome and title stands in the circulars.
_TT22: Final = {
    Outcome.PROMOTED: "Điều 12 Thông tư 22/2021", Outcome.RETAINED: "Điều 12 Thông tư 22/2021",
    Outcome.SUMMER_TRAINING: "Điều 13 Thông tư 22/2021", Outcome.RETEST: "Điều 14 Thông tư 22/2021",
    Outcome.PRINCIPAL_DECIDES: "Điều 11 Thông tư 22/2021",
}  # fmt: skip
_AWARD: Final = {
    "TT22_2021": "Điều 15 Thông tư 22/2021", "TT27_2020": "Điều 13 Thông tư 27/2020",
    "TT43_2021": "Thông tư 43/2021", "TT58_2011": "Thông tư 58/2011",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One bound of a level: whether it is met, in words."""

    text: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A level with its bounds."""

    title: str
    lines: tuple[Line, ...]
    is_reached: bool
    is_given: bool


@dataclass(slots=True)
class Why:
    """What the page says about a pupil's term or year."""

    source: str
    learning: str = ""
    steps: list[Step] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # the adjustment, what is missing, who is left out
    conduct: str = ""
    after: list[Step] = field(default_factory=list)  # the levels again, after the re-test
    promotion: list[str] = field(default_factory=list)
    promotion_source: str = ""
    award: str = ""
    award_source: str = ""


def explain(room: Room, pupil: Pupil, period: int, found: dict[int, Verdict], kept: Stored | None) -> Why:
    """Say why, for a term (1, 2) or the year (0); `found` are the verdicts that are shown."""
    if room.is_primary:
        return _primary(room, pupil, period, found[period], kept)
    verdict = found[period]
    subjects = judging.subjects_of(room, verdict.subjects)
    level: Any = (explain_older_level if room.rules.has_subject_mean else explain_level)(room.rules, subjects)
    why = Why(told(Message(room.rules.article_level)), steps=_steps(level), said=_said(level))
    shown = judging.learning_label(verdict.rule_set, verdict.learning)
    why.learning = told(shown) if shown else ""
    why.conduct = _conduct(room, period, found)
    if period == YEAR:
        decided = promotion.promotion(room.rules, judging.year_case(room, pupil, verdict, kept))
        why.promotion = [told(reason) for reason in decided.reasons]
        if decided.after_retest is not None:
            why.after = _steps(decided.after_retest)
        if verdict.absences is None:
            why.promotion = [_("Chưa ghi đủ số buổi vắng của hai học kì.")]
        why.promotion_source = _article(room, verdict.outcome)
        if kept and kept.decision:
            why.promotion.append(_("Hiệu trưởng quyết định: %(words)s") % {"words": kept.decision})
        _say_award(why, room, verdict)
    return why


def _article(room: Room, outcome: str) -> str:
    if room.rules.code == "TT43_2021":
        return "Điều 11 Thông tư 43/2021"
    if room.rules.code == "TT58_2011":
        return "Thông tư 58/2011"
    return _TT22.get(Outcome(outcome), "") if outcome in set(Outcome) else ""


def _steps(found: Any) -> list[Step]:
    steps = []
    for level in sorted({check.level for check in found.checks}, reverse=True):
        checks = [check for check in found.checks if check.level == level]
        name = type(found.raw)(level).label if found.raw is not None else Level(level).label
        lines = tuple(Line(told(check.sentence), check.is_met) for check in checks)
        steps.append(Step(told(name), lines, all(line.is_met for line in lines), found.raw == level))
    return steps


def _said(found: Any) -> list[str]:
    """What no bound says: the adjustment, what is missing, which subjects are left out."""
    if found.final is None:
        return [told(sentence) for sentence in found.sentences]
    checks = {check.sentence for check in found.checks}
    return [told(sentence) for sentence in found.sentences[1:] if sentence not in checks]


def _conduct(room: Room, period: int, found: dict[int, Verdict]) -> str:
    verdict = found[period]
    shown = judging.conduct_label(verdict.rule_set, verdict.conduct)
    if period != YEAR or room.rules.has_subject_mean:
        return told(shown) if shown else _("Chưa có mức rèn luyện.")
    scale: Any = OlderConduct if room.rules.has_subject_mean else Level
    first, second = (scale[found[term].conduct] if found[term].conduct else None for term in (1, 2))
    return told(conduct.explain_conduct(room.rules, first, second))


def _say_award(why: Why, room: Room, verdict: Verdict, reason: Message | None = None) -> None:
    if not verdict.award:
        return
    scored = [verdict.subjects.get(course.subject) for course in room.courses if course.is_scored]
    if reason is None and not room.rules.has_subject_mean:
        level, behaved = Level[verdict.learning], Level[verdict.conduct]
        proposal = awards.secondary_award(room.rules, level, behaved, scored)
        reason = proposal.reason if proposal else None
    title = judging.award_label(verdict.award)
    why.award = told(title) if title else ""
    if reason:
        why.award += f": {told(reason)}"
    why.award_source = _AWARD.get(verdict.rule_set, "")


# --- primary ------------------------------------------------------------------------------------------------------


def _primary(room: Room, pupil: Pupil, period: int, verdict: Verdict, kept: Stored | None) -> Why:
    why = Why(told(Message(room.rules.article_level)))
    if period != YEAR:
        why.said = [_("Tiểu học xét kết quả vào cuối năm học; học kì chỉ có mức từng môn và bài kiểm tra.")]
        if verdict.missing:
            why.said.append(_("Còn thiếu %(n)s kết quả.") % {"n": verdict.missing})
        return why
    said = _year(room, pupil, verdict.subjects, {})
    why.said = [told(sentence) for sentence in said.sentences]
    why.learning = told(said.result.label) if said.result is not None else ""
    if kept and kept.retest:
        again = _year(room, pupil, {**verdict.subjects, **kept.retest}, kept.retest)
        name = told(again.result.label) if again.result is not None else ""
        why.promotion.append(_("Sau đánh giá bổ sung: %(result)s.") % {"result": name})
        why.promotion += [told(sentence) for sentence in again.sentences]
    shown = judging.outcome_label(verdict.outcome, room.grade)
    if shown:
        why.promotion.append(told(shown) + ".")
    if verdict.outcome == Completion.PRINCIPAL_DECIDES and pupil.has_plan:
        why.promotion.append(_("Em học theo kế hoạch giáo dục cá nhân: hiệu trưởng xét theo kế hoạch đó."))
    if kept and kept.decision:
        why.promotion.append(_("Hiệu trưởng quyết định: %(words)s") % {"words": kept.decision})
    why.promotion_source = "Điều 11 Thông tư 27/2020"
    strengths = [kept.distinction] if kept and kept.distinction else []
    proposal = awards.primary_award(said.result, strengths, is_recognised=bool(strengths))
    _say_award(why, room, verdict, proposal.reason if proposal else None)
    return why


def _year(
    room: Room, pupil: Pupil, subjects: Mapping[str, Any], again: Mapping[str, Any]
) -> primary.PrimaryExplanation:
    names = {code: str(title) for code, _label, title, _group in TRAITS}
    ranks = judging.owed_traits(room.grade, judging.traits_of(pupil.traits))
    return primary.explain_year_result(
        room.rules,
        [Item(one.subject, one.name, subjects.get(one.subject)) for one in room.courses],
        [Item(code, names[code], again.get(TRAIT + code, rank)) for code, rank in ranks],
        [
            Item(one.subject, one.name, subjects.get(one.subject + TEST))
            for one in room.courses
            if one.has_test and (subjects.get(one.subject) or 0) >= 0
        ],
    )


# --- a row of the class --------------------------------------------------------------------------------------------


def _owes_test(room: Room, course: judging.Course, verdict: Verdict) -> bool:
    is_judged = verdict.subjects[course.subject] >= 0
    return room.is_primary and course.has_test and is_judged and course.subject + TEST not in verdict.subjects


def missing_words(room: Room, pupil: Pupil, verdict: Verdict, period: int) -> list[str]:
    """What a pupil still needs before they can be judged, shortly."""
    found = []
    for course in room.courses:
        if course.subject not in verdict.subjects:
            found.append(course.short or course.name)
        elif _owes_test(room, course, verdict):
            found.append(_("bài kiểm tra %(subject)s") % {"subject": course.short or course.name})
    if room.is_primary:
        if period == YEAR:
            ranks = judging.owed_traits(room.grade, judging.traits_of(pupil.traits))
            count = sum(rank is None for _code, rank in ranks)
            if count:
                found.append(_("%(n)s phẩm chất, năng lực") % {"n": count})
        return found
    if not verdict.conduct:
        found.append(_("rèn luyện"))
    if verdict.absences is None:
        found.append(_("số buổi vắng"))
    return found


def shown_cells(room: Room, verdict: Verdict) -> list[str]:
    """The results of the subjects, side by side with the courses: `7,9`, `Đ`, `T · 9`."""
    return [shown_cell(room, course, verdict.subjects) for course in room.courses]


def shown_cell(room: Room, course: judging.Course, subjects: Any) -> str:
    """One result as the table shows it."""
    result: Cell = subjects.get(course.subject)
    if not room.is_primary:
        return marks.show(result, course.assessed)
    text = "" if result is None else marks.show(result) if result < 0 else "CHT"[result]
    test = subjects.get(course.subject + TEST)
    if test is None:
        return text
    shown = str(test // 10) if test >= 0 else marks.show(test)
    return f"{text} · {shown}" if text else shown


def moved(room: Room, approved: Verdict, live: Verdict) -> list[str]:
    """The subjects whose marks say something else by now than what was approved: `Toán 7,9 → 8,1`."""
    found = []
    for course in room.courses:
        before, after = shown_cell(room, course, approved.subjects), shown_cell(room, course, live.subjects)
        if before != after:
            found.append(f"{course.short or course.name} {before or '–'} → {after or '–'}")
    if (approved.conduct, approved.absences) != (live.conduct, live.absences):
        found.append(_("rèn luyện hoặc số buổi vắng"))
    return found
