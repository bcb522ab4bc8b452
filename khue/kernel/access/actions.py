"""Giving and taking the few roles that follow from no record: never wider than one's own, never to oneself."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import DEPARTMENT, GRANTABLE, OFFICE_OFFICER, ROLES
from khue.kernel.actions import DomainError, NotAllowed, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import MIDDLE_KINDS, Unit, UnitKind
from khue.kernel.people import codes
from khue.kernel.people.factors import end_sessions
from khue.kernel.people.models import Account, Person
from khue.ui.words import date_vi

ASSIGN = "access.assign"


def rank(actor: Actor) -> int:
    """How strong the actor's strongest role is that may give roles; smaller is stronger."""
    from khue.kernel import registry

    carriers = registry.roles_with(ASSIGN)
    return (
        0
        if actor.is_system
        else min((ROLES[g.role].order for g in actor.grants if g.role in carriers), default=10_000)
    )


def grantable(actor: Actor) -> list[str]:
    """The roles an actor may give: none stronger than their own."""
    return [role for role in GRANTABLE if ROLES[role].order >= rank(actor)]


def fits(role: str, unit: Unit) -> bool:
    """Whether a role exists at this kind of unit."""
    if role in DEPARTMENT:
        return unit.kind == UnitKind.DEPARTMENT
    if role == OFFICE_OFFICER:
        return unit.kind in MIDDLE_KINDS
    return unit.kind == UnitKind.SCHOOL


@action("access.give_role", permission=ASSIGN)
def give_role(
    work: Work, unit: Unit, *, person: Person, role: str, starts_on: date, ends_on: date | None, reason: str
) -> RoleAssignment:
    """Give somebody a role at a unit; they are told, and sign in anew. Raises DomainError in words for each guard."""
    _guard(work.actor, person.pk, role)
    if not fits(role, unit):
        message = _("%(unit)s không có vai %(role)s.") % {"unit": unit.name, "role": ROLES[role].label}
        raise DomainError(message, fields={"role": message})
    if ends_on is not None and ends_on <= starts_on:
        message = _("Ngày hết phải sau ngày bắt đầu.")
        raise DomainError(message, fields={"ends_on": message})
    if not reason.strip():
        message = _("Chưa ghi căn cứ, ví dụ số quyết định.")
        raise DomainError(message, fields={"reason": message})
    if RoleAssignment.objects.filter(person=person, role=role, unit=unit, ends_on__isnull=True).exists():
        raise DomainError(_("Người này đang giữ đúng vai đó ở đây."))
    work.reason = reason.strip()
    row = work.create(
        RoleAssignment(
            person=person,
            role=role,
            unit=unit,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip()[:200],
        )
    )
    _tell(work, row, "Thầy cô được giao vai %(role)s ở %(unit)s từ %(day)s", starts_on)
    return row


@action("access.take_role", permission=ASSIGN)
def take_role(work: Work, assignment: RoleAssignment, *, reason: str) -> None:
    """Take a role from today on; every session of the person ends, so nothing of it is left open."""
    _guard(work.actor, assignment.person_id, assignment.role)
    if not reason.strip():
        message = _("Chưa ghi lý do.")
        raise DomainError(message, fields={"reason": message})
    today = timezone.localdate()
    if assignment.ends_on is not None and assignment.ends_on <= today:
        raise DomainError(_("Vai này đã thu rồi."))
    work.reason = reason.strip()[:300]
    work.change(assignment, ends_on=max(today, assignment.starts_on))
    _tell(work, assignment, "Vai %(role)s của thầy cô ở %(unit)s hết từ %(day)s", today)


def _guard(actor: Actor, person_id: int, role: str) -> None:
    if role not in GRANTABLE or role not in grantable(actor):
        raise NotAllowed(_("Không giao hay thu được vai mạnh hơn vai của chính mình."))
    if person_id == actor.person_id:
        raise NotAllowed(_("Không tự giao hay tự thu vai của mình: nhờ một người khác có quyền."))


def _tell(work: Work, row: RoleAssignment, text: str, day: date) -> None:
    work.touch_people([row.person_id])
    tell(
        work, people=[row.person_id], kind="access.role",
        title=written(text, role=ROLES[row.role].label, unit=row.unit.name, day=date_vi(day)),
        body=written("Người giao: %(name)s. Căn cứ: %(reason)s", name=work.actor.name, reason=work.reason),
    )  # fmt: skip
    account = Account.objects.filter(person=row.person_id).first()
    if account is not None:
        end_sessions(work, account)
        codes.end([row.person_id])
