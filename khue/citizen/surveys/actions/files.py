"""Lists and results that leave Khuê as workbooks; that they were taken is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from khue.citizen.surveys import rules, words
from khue.citizen.surveys.models import Reply, Slip, Survey
from khue.citizen.surveys.queries import slips
from khue.citizen.surveys.queries import surveys as queries
from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.lib.spreadsheets.write import OutColumn, OutSheet, write_xlsx
from khue.registry.roster.models import Classroom


@action("surveys.take_slip", permission="surveys.view_consents")
def take_slip(work: Work, place: Slip | Classroom, *, slip: Slip) -> bytes:
    """The pupils of a slip whom the actor may see, with every answer, as a workbook.

    `place` is the slip itself, or the class of a homeroom teacher whom a slip of the school concerns.
    """
    rows = slips.pupils(work.actor, slip)
    work.note(slip=slip.pk, title=slip.title, pupils=len(rows))
    work.touch(slip)
    with translation.override("vi"):
        lines = [
            [n, one.name, one.class_name, str(words.STATES[one.state][0]), _voices(one)]
            for n, one in enumerate(rows, start=1)
        ]
        columns = [
            OutColumn("STT", width=6), OutColumn("Họ và tên", width=28), OutColumn("Lớp", width=10),
            OutColumn("Kết quả", width=34), OutColumn("Từng người trả lời", width=70),
        ]  # fmt: skip
        return write_xlsx(slip.title, columns, lines, note=_by(work))


def _voices(one: slips.PupilAnswers) -> str:
    return "; ".join(
        f"{words.relation(voice.relation)} {voice.name}: {words.answer(voice.answer)}"
        + (f" {timezone.localtime(voice.at):%H:%M %d/%m/%Y}" if voice.at else "")
        for voice in one.voices
    )


@action("surveys.take_replies", permission="surveys.manage_surveys")
def take_replies(work: Work, survey: Survey) -> bytes:
    """The results as a workbook: sums of every question; of a named survey who answered what on a second sheet.

    Of an anonymous survey never a row a sheet: answers side by side could tell who gave them.
    """
    if not work.actor.is_system and survey.unit_id not in queries.own_units(work.actor):
        raise NotVisible
    found = queries.results(survey)
    if found.why_not:
        raise DomainError(_("Kết quả chưa xem được nên chưa tải được."))
    work.note(title=survey.title, answers=found.answered)
    with translation.override("vi"):
        sheets = [
            OutSheet(
                "Theo trường",
                ["Trường", "Được hỏi", "Đã trả lời"],
                [[one.name, one.asked, one.answered] for one in found.schools],
            )
        ]
        if not survey.is_anonymous:
            sheets.append(_named(survey, queries.replies(work.actor, survey)))
        columns = [
            OutColumn("Câu hỏi", width=60),
            OutColumn("Ý trả lời", width=40),
            OutColumn("Số người", width=10),
        ]
        return write_xlsx(survey.title, columns, _lines(found.tallies), sheets=sheets, note=_by(work))  # fmt: skip


def _lines(tallies: Sequence[rules.Tally]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for one in tallies:
        if one.is_withheld:
            rows.append([one.question.text, "Dưới 5 câu trả lời, không hiện", None])
            continue
        rows += [[one.question.text, text, n] for text, n in one.counts]
        if one.mean is not None:
            rows.append([one.question.text, "Trung bình", round(one.mean, 2)])
        rows += [[one.question.text, text, 1] for text in one.texts]
    return rows


def _named(survey: Survey, replies: Sequence[Reply]) -> OutSheet:
    asked = rules.questions(survey.questions)
    heads = [
        OutColumn("Người trả lời", width=26),
        OutColumn("Học sinh", width=26),
        OutColumn("Trường, lớp", width=24),
    ]
    rows = []
    for one in replies:
        place = one.enrolment.classroom.name if one.enrolment and one.enrolment.classroom else one.unit.name
        pupil = one.enrolment.person.full_name if one.enrolment else ""
        rows.append([one.person.full_name, pupil, place, *(said(q, one.sheet.get(q.id)) for q in asked)])
    return OutSheet("Từng người", [*heads, *(OutColumn(q.text, width=24) for q in asked)], rows)


def said(one: rules.Question, value: Any) -> Any:
    """An answer in words."""
    if value is None:
        return ""
    if one.kind == rules.ONE:
        return one.options[value]
    if one.kind == rules.MANY:
        return "; ".join(one.options[n] for n in value)
    return value


def _by(work: Work) -> str:
    return f"{work.actor.name}, {timezone.localtime():%H:%M %d/%m/%Y}"
