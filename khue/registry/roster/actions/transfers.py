"""Writes of transfers: the receiving school answers, the current one releases, the receiving one places (rules/03).

The acting school is the target of each action, so a clerk acts only for a school of theirs; the transfer itself is
locked inside. Custody changes at PLACED: until then the current school holds the pupil, from then on the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.workflow.states import Machine, Transition
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster import rules
from khue.registry.roster.actions import records
from khue.registry.roster.actions.pupils import _level, enrol
from khue.registry.roster.events import PupilAdmitted, PupilLeft, PupilPlaced, TransferMoved
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Enrolment, EventKind, Status, Transfer, TransferState
from khue.registry.roster.queries.places import all_holders
from khue.registry.roster.queries.transfers import all_limits, all_working_calendar

STATES = Machine(
    gettext_lazy("Đơn chuyển trường"),
    TransferState,
    (
        Transition("submitted", "accepted"),
        Transition("submitted", "refused"),
        Transition("submitted", "cancelled"),
        Transition("accepted", "released"),
        Transition("accepted", "cancelled"),
        Transition("released", "placed"),
        Transition("accepted", "placed"),  # outside the province: nobody here places
    ),
)
TASKS = ("roster.answer_transfer", "roster.release_transfer", "roster.place_transfer")


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(17, 0)))


def _ask(
    work: Work, transfer: Transfer, kind: str, unit_id: int, title: str, label: str, due: date | None
) -> None:
    """Put the next step before whoever transfers pupils at a school, and tell them."""
    person = Person.objects.only("full_name").get(pk=transfer.enrolment.person_id)
    url = reverse("roster:transfer", args=[transfer.pk])
    words = written(title, name=person.full_name)
    other = (
        transfer.from_school.name
        if unit_id == transfer.to_school_id
        else (transfer.to_school.name if transfer.to_school else transfer.to_outside)
    )
    detail = written("Trường bên kia: %(school)s", school=other)
    open_task(
        work, kind=kind, title=words, detail=detail, url=url, action_label=label, unit_id=unit_id,
        permission="roster.transfer", subject=reference(transfer), due_at=_end_of(due) if due else None,
    )  # fmt: skip
    tell(
        work, people=all_holders("roster.transfer", unit_id), kind=kind, title=words, body=detail, url=url,
        dedupe_key=f"{reference(transfer)}:{kind}",
    )  # fmt: skip


def _inform(work: Work, transfer: Transfer, unit_id: int, title: str, body: str = "") -> None:
    person = Person.objects.only("full_name").get(pk=transfer.enrolment.person_id)
    tell(
        work, people=all_holders("roster.transfer", unit_id), kind="roster.transfer",
        title=written(title, name=person.full_name), body=body, url=reverse("roster:transfer", args=[transfer.pk]),
        dedupe_key=f"{reference(transfer)}:{transfer.state}:{unit_id}",
    )  # fmt: skip


def _locked(transfers: Sequence[Transfer], *, side: str, school: Unit) -> list[Transfer]:
    """The transfers, locked, each with this school on this side; raises NotVisible for any other."""
    rows = list(
        Transfer.objects.select_for_update(of=("self",))
        .select_related("enrolment", "from_school", "to_school")
        .filter(pk__in=[row.pk for row in transfers], **{f"{side}_id": school.pk})
        .order_by("pk")
    )
    if not rows or len(rows) != len({row.pk for row in transfers}):
        raise NotVisible
    versions = {row.pk: row.version for row in transfers}
    for row in rows:
        if versions[row.pk] != row.version:
            raise Conflict(_("Đơn vừa có người khác xử lý. Mở lại để xem."))
    return rows


@action("roster.submit_transfer", permission="roster.transfer")
def submit_transfer(
    work: Work,
    school: Unit,
    *,
    enrolment: Enrolment,
    to_school_id: int | None = None,
    to_outside: str = "",
    reason_code: str,
    reason: str = "",
    submitted_on: date | None = None,
    wanted_grade: int | None = None,
    known_birth: date | None = None,
) -> Transfer:
    """Ask for a transfer, by the current school or by the receiving one.

    A receiving school must know the birth date of the pupil it asks for (with the code that found them). Outside
    the province the other school's acceptance is on paper, and the next step is the release.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("person", "school")
        .get(pk=enrolment.pk)
    )
    is_sender = enrolment.school_id == school.pk
    if not enrolment.is_current:
        raise NotVisible
    if not is_sender:
        to_school_id, to_outside = school.pk, ""
        if known_birth is None or enrolment.person.birth_date != known_birth:
            raise NotVisible
    if enrolment.status not in rules.PRESENT and enrolment.status != Status.DROPPED:
        raise DomainError(_("Em không còn học ở trường %(school)s.") % {"school": enrolment.school.name})
    today = timezone.localdate()
    on = submitted_on or today
    if on > today:
        raise DomainError(_("Ngày nhận đơn chưa đến."), fields={"submitted_on": _("Ngày này chưa đến.")})
    if reason_code not in rules.TRANSFER_REASONS:
        raise DomainError(_("Chọn lý do chuyển."), fields={"reason_code": _("Chưa chọn.")})
    target = _target(enrolment, to_school_id, to_outside)
    grade = wanted_grade if wanted_grade is not None else enrolment.grade
    if target is not None:
        _level(target, grade)
    if Transfer.objects.filter(enrolment=enrolment, state__in=["submitted", "accepted", "released"]).exists():
        raise DomainError(_("Em đã có một đơn chuyển trường đang chờ."), code="open_transfer")
    limits, calendar = all_limits(on), all_working_calendar(on)
    is_outside = target is None
    answer_due = rules.due(on, limits.answer_outside if is_outside else limits.answer, calendar)
    transfer = work.create(
        Transfer(
            enrolment=enrolment, from_school_id=enrolment.school_id, to_school=target,
            to_outside=to_outside.strip()[:200],
            state=TransferState.ACCEPTED if is_outside else TransferState.SUBMITTED, reason_code=reason_code,
            reason=reason.strip()[:200], submitted_on=on, asked_by_id=work.actor.person_id, answer_due_on=answer_due,
            wanted_grade=grade, release_due_on=rules.due(on, limits.release, calendar) if is_outside else None,
        )
    )  # fmt: skip
    work.touch_people([enrolment.person_id])
    work.note(limits=limits.legal_basis)
    if target is None:
        _ask(
            work, transfer, "roster.release_transfer", enrolment.school_id,
            "Bàn giao hồ sơ em %(name)s chuyển ngoài tỉnh",
            gettext_noop("Bàn giao"), transfer.release_due_on,
        )  # fmt: skip
    else:
        _ask(
            work, transfer, "roster.answer_transfer", target.pk, "Trả lời đơn xin chuyển đến của em %(name)s",
            gettext_noop("Trả lời"), answer_due,
        )  # fmt: skip
        if not is_sender:
            _inform(work, transfer, enrolment.school_id, "Trường khác xin nhận em %(name)s", school.name)
    _moved(work, transfer)
    return transfer


def _moved(work: Work, transfer: Transfer) -> None:
    work.announce(TransferMoved(transfer.pk, transfer.enrolment_id, str(transfer.state)))


def _target(enrolment: Enrolment, to_school_id: int | None, to_outside: str) -> Unit | None:
    if to_school_id is None:
        if not to_outside.strip():
            text = _("Chọn trường trong tỉnh, hoặc ghi tên trường ngoài tỉnh.")
            raise DomainError(text, fields={"to_school": text})
        return None
    target = Unit.objects.filter(pk=to_school_id, kind=UnitKind.SCHOOL, closed_on__isnull=True).first()
    if target is None or target.pk == enrolment.school_id:
        text = _("Chọn một trường khác đang hoạt động.")
        raise DomainError(text, fields={"to_school": text})
    return target


@action("roster.accept_transfer", permission="roster.transfer")
def accept_transfer(work: Work, school: Unit, *, transfers: Sequence[Transfer]) -> list[Transfer]:
    """The receiving school takes the pupils; the current one has the next step."""
    today = timezone.localdate()
    limits, calendar = all_limits(today), all_working_calendar(today)
    rows = _locked(transfers, side="to_school", school=school)
    for row in rows:
        STATES.check(row.state, TransferState.ACCEPTED)
        work.change(
            row, state=TransferState.ACCEPTED, release_due_on=rules.due(today, limits.release, calendar)
        )
        work.touch_people([row.enrolment.person_id])
        close_tasks(work, reference(row))
        _ask(
            work, row, "roster.release_transfer", row.from_school_id, "Bàn giao hồ sơ em %(name)s",
            gettext_noop("Bàn giao"), row.release_due_on,
        )  # fmt: skip
        _moved(work, row)
    return rows


@action("roster.refuse_transfer", permission="roster.transfer")
def refuse_transfer(
    work: Work, school: Unit, *, transfers: Sequence[Transfer], refusal: str
) -> list[Transfer]:
    """The receiving school refuses, in writing and with the reason; both sides are told."""
    if len(refusal.strip()) < 5:
        text = _("Ghi lý do từ chối, trường kia và gia đình sẽ đọc.")
        raise DomainError(text, fields={"refusal": text})
    rows = _locked(transfers, side="to_school", school=school)
    work.reason = refusal
    for row in rows:
        STATES.check(row.state, TransferState.REFUSED)
        work.change(row, state=TransferState.REFUSED, refusal=refusal.strip()[:300])
        work.touch_people([row.enrolment.person_id])
        close_tasks(work, reference(row))
        _inform(work, row, row.from_school_id, "Trường mới từ chối em %(name)s", refusal.strip())
        _moved(work, row)
    return rows


@action("roster.cancel_transfer", permission="roster.transfer")
def cancel_transfer(work: Work, school: Unit, *, transfer: Transfer, reason: str) -> Transfer:
    """Take the request back, by either school, as long as the records have not been handed over."""
    side = "from_school" if transfer.from_school_id == school.pk else "to_school"
    (row,) = _locked([transfer], side=side, school=school)
    STATES.check(row.state, TransferState.CANCELLED)
    if not reason.strip():
        text = _("Ghi lý do rút đơn.")
        raise DomainError(text, fields={"reason": text})
    work.reason = reason
    work.change(row, state=TransferState.CANCELLED, refusal=reason.strip()[:300])
    work.touch_people([row.enrolment.person_id])
    close_tasks(work, reference(row))
    other = row.to_school_id if side == "from_school" else row.from_school_id
    if other is not None:
        _inform(work, row, other, "Đơn chuyển trường của em %(name)s đã rút", reason.strip())
    _moved(work, row)
    return row


@action("roster.release_transfer", permission="roster.transfer")
def release_transfer(
    work: Work, school: Unit, *, transfers: Sequence[Transfer], on: date | None = None, decision: str = ""
) -> list[Transfer]:
    """The current school hands the records over; outside the province the pupil leaves with this step."""
    today = timezone.localdate()
    day = on or today
    limits, calendar = all_limits(today), all_working_calendar(today)
    rows = _locked(transfers, side="from_school", school=school)
    if decision:
        work.note(decision=decision)
    years: set[int] = set()
    for row in rows:
        close_tasks(work, reference(row))
        work.touch_people([row.enrolment.person_id])
        if row.to_school_id is None:
            STATES.check(row.state, TransferState.PLACED)
            _leave(work, row, day, decision=decision, other=row.to_outside)
            work.change(row, state=TransferState.PLACED, effective_on=day)
            _moved(work, row)
            years.add(row.enrolment.year_id)
            continue
        STATES.check(row.state, TransferState.RELEASED)
        work.change(row, state=TransferState.RELEASED, place_due_on=rules.due(today, limits.place, calendar))
        _ask(
            work,
            row,
            "roster.place_transfer",
            row.to_school_id,
            "Xếp lớp cho em %(name)s",
            gettext_noop("Xếp lớp"),
            row.place_due_on,
        )
        _moved(work, row)
    for year_id in sorted(years):
        recount(work, [school], year_id, on=day)
    return rows


def _leave(work: Work, transfer: Transfer, on: date, *, decision: str, other: str) -> Enrolment:
    old = Enrolment.objects.select_for_update().get(pk=transfer.enrolment_id)
    if not old.is_current:
        raise DomainError(_("Em đã rời trường này từ trước."))
    records.check_days([old], on, latest=on)
    work.change(old, status=Status.TRANSFERRED_OUT, status_on=on, left_on=on)
    records.record_event(
        work, old, EventKind.TRANSFERRED_OUT, on, reason_code=transfer.reason_code, reason=transfer.reason,
        decision=decision, other_school=other,
    )  # fmt: skip
    work.announce(PupilLeft(old.person_id, old.pk, old.school_id, EventKind.TRANSFERRED_OUT, on))
    return old


@action("roster.place_transfer", permission="roster.transfer")
def place_transfer(
    work: Work, school: Unit, *, placements: Mapping[int, int | None], transfers: Sequence[Transfer], on: date
) -> list[Enrolment]:
    """The receiving school puts the pupils into classes: they are its own from now on, with their whole past.

    `placements` maps a transfer to a class (None: not yet placed). The old school keeps its events, not the person.
    """
    today = timezone.localdate()
    if on > today.fromordinal(today.toordinal() + 31):
        raise DomainError(_("Ngày vào học còn quá xa."), fields={"on": _("Chọn ngày gần hơn.")})
    rows = _locked(transfers, side="to_school", school=school)
    made = []
    touched: set[tuple[int, int]] = set()
    for row in rows:
        STATES.check(row.state, TransferState.PLACED)
        if row.state != TransferState.RELEASED:
            raise DomainError(_("Trường cũ chưa bàn giao hồ sơ."), code="not_yet")
        old = _leave(work, row, on, decision="", other=school.name)
        room = records.class_for(school.pk, old.year_id, placements.get(row.pk))
        grade = room.grade if room else row.wanted_grade
        person = Person.objects.select_for_update().get(pk=old.person_id)
        new = enrol(
            work, person, school=school, year_id=old.year_id, room=room, grade=grade,
            level=room.level if room else _level(school, grade), on=on, is_repeat=old.is_repeat,
        )  # fmt: skip
        records.record_event(
            work, new, EventKind.TRANSFERRED_IN, on, reason_code=row.reason_code, reason=row.reason,
            other_school=row.from_school.name,
        )  # fmt: skip
        if (
            not person.ministry_code
            and not person.identifiers.filter(system="temporary", replaced_on__isnull=True).exists()
        ):
            records.give_temporary_code(work, person, school, old.year_id)
        work.change(row, state=TransferState.PLACED, effective_on=on, placed_enrolment=new)
        close_tasks(work, reference(row))
        _inform(work, row, row.from_school_id, "Em %(name)s đã được xếp lớp ở trường mới", school.name)
        work.announce(PupilAdmitted(person.pk, new.pk, school.pk, on))
        if room is not None:
            work.announce(PupilPlaced((new.pk,), room.pk, on))
        _moved(work, row)
        touched |= {(old.year_id, old.school_id), (old.year_id, school.pk)}
        made.append(new)
    for year_id in sorted({year for year, _school in touched}):
        recount(work, [school_id for year, school_id in touched if year == year_id], year_id, on=on)
    return made
