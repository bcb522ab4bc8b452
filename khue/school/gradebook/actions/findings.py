"""What looks odd: written down by the job, asked about, explained by the teacher, accepted by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.queries.places import all_nearest_holders
from khue.school.gradebook import queries
from khue.school.gradebook.actions.figures import refresh
from khue.school.gradebook.models import Finding, FindingState, Sheet, SheetKind
from khue.school.gradebook.oddities import Odd
from khue.school.gradebook.queries.progress import all_lines
from khue.school.gradebook.rules.suspicious import Suspicion

TASK: Final = "gradebook.explain"
INSPECTED: Final = "gradebook.note_inspection"
SHORTEST: Final = 10
LASTING: Final = frozenset({Suspicion.AFTER_LOCK, Suspicion.ALTERED})  # a new one of these is looked at anew
_FIELDS: Final = ["sheet_id", "school_id", "enrolment_id", "slot", "kind", "detail"]


@action("gradebook.write_findings", permission="gradebook.view_findings")
def write_findings(work: Work, sheet: Sheet, *, odd: Sequence[Odd]) -> int:
    """Write down what is odd on a sheet now; what is not odd any more goes unless somebody has dealt with it.

    The job's own: raises NotAllowed for people.
    """
    if not work.actor.is_system:
        raise NotAllowed
    known = {(row.kind, row.enrolment_id, row.slot): row for row in Finding.objects.filter(sheet=sheet)}
    wanted = {one.key: one for one in odd}
    new = [
        [sheet.pk, sheet.school_id, one.enrolment_id, one.slot, one.kind, one.detail]
        for key, one in wanted.items()
        if key not in known
    ]
    work.create_many(Finding, _FIELDS, new)
    gone = [row.pk for key, row in known.items() if key not in wanted and row.state == FindingState.OPEN]
    close_tasks(work, [f"gradebook.finding:{pk}" for pk in gone])
    work.remove_many(Finding, gone)
    for key, one in wanted.items():
        row = known.get(key)
        if row is None or row.detail == one.detail:
            continue
        if one.kind in LASTING and row.state != FindingState.OPEN:
            work.change(row, detail=one.detail, state=FindingState.OPEN)
        else:
            work.change(row, detail=one.detail)
    return len(new)


@action(INSPECTED, permission="gradebook.view_findings")
def note_inspection(work: Work, department: Unit, *, until: datetime, sheets: int, found: int) -> None:
    """Keep in the record how far the job has looked; the next one begins there. Raises NotAllowed for people."""
    if not work.actor.is_system:
        raise NotAllowed
    work.note(until=until.isoformat(), sheets=sheets, found=found)


@action("gradebook.ask_explanation", permission="gradebook.view_findings")
def ask_explanation(work: Work, findings: list[Finding]) -> int:
    """Ask the teachers who answer for the sheets to explain; gives how many were asked. Already explained ones rest.

    Raises DomainError when nothing of it is open or nobody answers for it.
    """
    waiting = [row for row in findings if row.state == FindingState.OPEN]
    if not waiting:
        raise DomainError(_("Không còn điều nào chưa giải thích."))
    sheets = {row.sheet_id: row.sheet for row in waiting}
    teachers: dict[int, int | None] = {}
    for year_id, term in {(one.year_id, one.term) for one in sheets.values()}:
        ids = [pk for pk, one in sheets.items() if (one.year_id, one.term) == (year_id, term)]
        teachers |= {line.id: line.teacher_id for line in all_lines(ids, year_id, term)}
    asked = 0
    for row in waiting:
        teacher = teachers.get(row.sheet_id)
        if teacher is None or teacher == work.actor.person_id:
            continue
        frame = queries.all_frame(row.sheet_id)
        subject = frame.subject_name or SheetKind(frame.kind).label
        open_task(
            work, kind=TASK,
            title=written("Xem lại điểm %(subject)s, lớp %(room)s", subject=subject, room=frame.class_name),
            detail=written("%(who)s hỏi", who=work.actor.name), url=reverse("gradebook:finding", args=[row.pk]),
            action_label=gettext_noop("Xem và trả lời"), person_id=teacher, subject=reference(row),
        )  # fmt: skip
        asked += 1
    if not asked:
        raise DomainError(_("Sổ này chưa có giáo viên nào khác phụ trách để hỏi."))
    work.note(asked=asked)
    return asked


@action("gradebook.explain_finding", permission="gradebook.enter")
def explain_finding(work: Work, finding: Finding, *, explanation: str) -> Finding:
    """Say how it came about, as the teacher of the course."""
    return _explain(work, finding, explanation, is_homeroom=False)


@action("gradebook.explain_class_finding", permission="gradebook.enter_class")
def explain_class_finding(work: Work, finding: Finding, *, explanation: str) -> Finding:
    """The same for the homeroom teacher's sheets."""
    return _explain(work, finding, explanation, is_homeroom=True)


def _explain(work: Work, finding: Finding, explanation: str, *, is_homeroom: bool) -> Finding:
    frame = queries.all_frame(finding.sheet_id)
    if frame.is_homeroom is not is_homeroom:
        raise NotVisible
    if finding.state == FindingState.ACCEPTED:
        raise Conflict(_("Điều này đã được xem và chấp nhận."))
    text = " ".join(explanation.split())[:300]
    if len(text) < SHORTEST:
        told = _("Ghi rõ vì sao điểm như vậy.")
        raise DomainError(told, fields={"explanation": told})
    work.change(
        finding, explanation=text, state=FindingState.EXPLAINED, explained_by_id=work.actor.person_id
    )  # fmt: skip
    work.reason = text
    close_tasks(work, reference(finding))
    _unit, people = all_nearest_holders(
        "gradebook.view_findings", finding.school, without=work.actor.person_id
    )
    subject = frame.subject_name or SheetKind(frame.kind).label
    tell(
        work, people=people, kind=TASK,
        title=written("Đã giải thích điểm %(subject)s, lớp %(room)s", subject=subject, room=frame.class_name),
        body=text, url=reverse("gradebook:finding", args=[finding.pk]),
        dedupe_key=f"{reference(finding)}:{finding.version}",
    )  # fmt: skip
    return finding


@action("gradebook.accept_finding", permission="gradebook.view_findings")
def accept_finding(work: Work, findings: list[Finding], *, note: str = "") -> int:
    """Say that it was looked at and is in order; nobody does so for sheets they write themselves."""
    todo = [row for row in findings if row.state != FindingState.ACCEPTED]
    if not todo:
        raise Conflict(_("Điều này đã được xem và chấp nhận."))
    for sheet_id in {row.sheet_id for row in todo}:
        if queries.may_enter(work.actor, queries.all_frame(sheet_id)):
            raise NotAllowed(
                _("Không ai tự xem lại điểm mình vào. Nhờ người khác trong ban giám hiệu hoặc tổ.")
            )
    work.change_many(Finding, ["state"], {row.pk: ([row.state], [FindingState.ACCEPTED]) for row in todo})
    work.reason = " ".join(note.split())[:300]
    close_tasks(work, [reference(row) for row in todo])
    for school, year, term in {(row.school_id, row.sheet.year_id, row.sheet.term) for row in todo}:
        refresh([school], year, term)
    return len(todo)
