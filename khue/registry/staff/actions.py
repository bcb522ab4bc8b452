"""Every write of staff records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.actions.doing import require_proof
from khue.kernel.org.models import Unit
from khue.kernel.people import codes, records
from khue.kernel.people.models import Account, Person
from khue.registry.staff.events import StaffLeft, StaffReturned
from khue.registry.staff.models import Duty, Position, Post, StaffMember, StaffStatus
from khue.registry.staff.rules import POWER, TITLE_CODE, may_add_duty

NUMBERS = ("personal_id", "ministry_code")
PERSON_FIELDS = frozenset(
    {"full_name", "birth_date", "sex", "ethnicity", "phone", "email", "address", "home_town", *NUMBERS}
)
MEMBER_FIELDS = frozenset(
    {
        "title_code",
        "contract",
        "qualification",
        "subjects_text",
        "standard_result",
        "joined_sector_on",
        "note",
    }
)
FORESEEN = timedelta(days=180)  # how far ahead a leaving may be written down


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: (value or None if name in NUMBERS else value)
        for name, value in fields.items()
        if name in PERSON_FIELDS
    }


def _check_numbers(person: Person | None, fields: Mapping[str, Any]) -> None:
    others = Person.objects.filter(merged_into__isnull=True)
    if person is not None:
        others = others.exclude(pk=person.pk)
    labels = {"personal_id": _("Số định danh cá nhân"), "ministry_code": _("Mã định danh Bộ GD&ĐT")}
    problems = {}
    for name, label in labels.items():
        value = fields.get(name)
        if value and others.filter(**{name: value}).exists():
            problems[name] = _(
                "%(label)s này đã thuộc về người khác. Tìm người đó trước khi lập hồ sơ mới."
            ) % {"label": label}
    if problems:
        raise DomainError(_("Chưa ghi được: có số đã dùng."), fields=problems)


def _check_title(fields: Mapping[str, Any]) -> None:
    code = fields.get("title_code")
    if code and not TITLE_CODE.fullmatch(code):
        message = _("Mã chức danh có dạng V.07.04.31.")
        raise DomainError(message, fields={"title_code": message})


@action("staff.add_member", permission="staff.manage")
def add_member(
    work: Work, unit: Unit, /, *, post: str, starts_on: date, person: Person | None = None, **fields: Any
) -> StaffMember:
    """Take a person into the staff of a unit, new or known already, with an account.

    Of a person known already only what is blank is filled in. Posts with power are given by `appoint` alone. Raises
    DomainError when they work elsewhere or a number belongs to somebody else.
    """
    if post in POWER or post not in Post.values:
        message = _("Chức vụ này giao ở mục Giao chức vụ, sau khi có hồ sơ.")
        raise DomainError(message, fields={"post": message})
    _check_title(fields)
    own = _own(fields)
    if person is None:
        _check_numbers(None, own)
        person = records.create_person(work, **own)
    else:
        person = Person.objects.select_for_update().get(pk=person.pk)
        blank = {name: value for name, value in own.items() if value and not getattr(person, name)}
        _check_numbers(person, blank)
        records.change_person(work, person, **blank)
    details = {name: value for name, value in fields.items() if name in MEMBER_FIELDS}
    existing = (
        StaffMember.objects.select_for_update(of=("self",))
        .filter(person=person)
        .select_related("unit")
        .first()
    )
    if existing is None:
        member = work.create(
            StaffMember(person=person, unit=unit, status_on=starts_on, sort_key=person.sort_key, **details)
        )
    else:
        if existing.status in (StaffStatus.WORKING, StaffStatus.LEAVE):
            raise DomainError(
                _("%(name)s đang làm việc ở %(unit)s. Đơn vị đó ghi chuyển công tác trước.")
                % {"name": person.full_name, "unit": existing.unit.name}
            )
        member = work.change(existing, unit=unit, status=StaffStatus.WORKING, status_on=starts_on, **details)
    main = Position.objects.filter(person=person, is_main=True, ends_on__isnull=True).exists()
    work.create(Position(person=person, unit=unit, post=post, starts_on=starts_on, is_main=not main))
    open_account(work, person)
    work.touch(person)
    return member


def open_account(work: Work, person: Person) -> None:
    """An account for a person who has none; its name is the ministry code, else Khuê's own."""
    if Account.objects.filter(person=person).exists():
        return
    wanted = (person.ministry_code or person.code).lower()
    taken = Account.objects.filter(login_name=wanted).exists()
    records.open_accounts(work, [(person.pk, person.code.lower() if taken else wanted)])


@action("staff.change_member", permission="staff.manage")
def change_member(work: Work, member: StaffMember, /, *, version: int, **fields: Any) -> StaffMember:
    """Change a staff file; raises Conflict when somebody else changed the person meanwhile."""
    person = Person.objects.select_for_update().get(pk=member.person_id)
    if person.version != version:
        raise Conflict(
            _("Hồ sơ vừa được người khác sửa. Xem bản mới ở dưới rồi ghi lại; chữ vừa gõ vẫn còn.")
        )
    _check_title(fields)
    own = _own(fields)
    _check_numbers(person, own)
    details = {name: value for name, value in fields.items() if name in MEMBER_FIELDS}
    own_changes = any(getattr(person, name) != value for name, value in own.items())
    records.change_person(work, person, **own)
    if not own_changes and any(getattr(member, name) != value for name, value in details.items()):
        work.change(person, version=person.version + 1)
    work.change(member, sort_key=person.sort_key, **details)
    work.touch(person)
    return member


@action("staff.appoint", permission="staff.appoint")
def appoint(
    work: Work, member: StaffMember, *, post: str, starts_on: date, decision: str = "", is_main: bool = True
) -> Position:
    """Give a post at the member's unit; the main post it replaces ends that day."""
    if post not in Post.values:
        raise DomainError(_("Chọn chức vụ."), fields={"post": _("Chưa chọn.")})
    if member.status != StaffStatus.WORKING:
        raise DomainError(_("Người này không còn làm việc ở đây."))
    held = list(
        Position.objects.select_for_update()
        .filter(person_id=member.person_id, ends_on__isnull=True)
        .order_by("pk")
    )
    if any(one.unit_id == member.unit_id and one.post == post for one in held):
        message = _("Người này đang giữ chức vụ đó rồi.")
        raise DomainError(message, fields={"post": message})
    if post == Post.PRINCIPAL:
        _no_other_principal(member.unit_id)
    for main in [one for one in held if one.is_main and is_main]:
        work.change(main, ends_on=max(starts_on, main.starts_on))
    position = work.create(
        Position(
            person_id=member.person_id, unit_id=member.unit_id, post=post, starts_on=starts_on,
            decision=decision.strip(), is_main=is_main,
        )
    )  # fmt: skip
    work.touch_people([member.person_id])
    if post in POWER:
        codes.end([member.person_id])
    return position


def _no_other_principal(unit_id: int) -> None:
    holder = (
        Position.objects.filter(unit_id=unit_id, post=Post.PRINCIPAL, ends_on__isnull=True)
        .select_related("person")
        .first()
    )
    if holder is not None:
        raise DomainError(
            _("Trường đang có hiệu trưởng %(name)s. Cho thôi chức vụ đó trước.")
            % {"name": holder.person.full_name},
            fields={"post": _("Mỗi trường một hiệu trưởng.")},
        )


@action("staff.end_position", permission="staff.appoint")
def end_position(work: Work, position: Position, *, on: date, decision: str = "") -> Position:
    """End a post; the rights that follow from it are gone from that day. The last one at a unit is a leaving."""
    if position.ends_on is not None and position.ends_on <= on:
        raise DomainError(_("Chức vụ này đã thôi từ trước."))
    if on < position.starts_on:
        message = _("Ngày thôi phải sau ngày nhận chức vụ.")
        raise DomainError(message, fields={"on": message})
    work.note(decision=decision)
    work.touch_people([position.person_id])
    work.change(position, ends_on=on)
    others = Position.objects.filter(
        person_id=position.person_id, unit_id=position.unit_id, ends_on__isnull=True
    )
    if not others.exists():
        work.announce(StaffLeft(person_id=position.person_id, unit_id=position.unit_id, on=on))
    return position


@action("staff.leave", permission="staff.manage")
def leave(work: Work, member: StaffMember, *, status: str, on: date, reason: str = "") -> StaffMember:
    """Take leave for a time, move away, retire, quit or die: but for leave, every post at the unit ends that day.

    Posts whose end lies later end now too, and roles given by hand at the unit.
    """
    if status not in StaffStatus.values or status == StaffStatus.WORKING:
        raise DomainError(_("Chọn tình trạng mới."), fields={"status": _("Chưa chọn.")})
    if member.status not in (StaffStatus.WORKING, StaffStatus.LEAVE) or member.status == status:
        raise DomainError(_("Hồ sơ đang ghi: %(status)s.") % {"status": member.get_status_display().lower()})
    if on > timezone.localdate() + FORESEEN:
        message = _("Ghi trước nhiều nhất 180 ngày.")
        raise DomainError(message, fields={"on": message})
    for_good = status != StaffStatus.LEAVE
    work.reason = reason.strip()
    if for_good:
        posts = Position.objects.select_for_update().filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=on), person_id=member.person_id, unit_id=member.unit_id
        )
        for position in posts.order_by("pk"):
            if position.post in POWER:
                _must_appoint(work, member, position)
            work.change(position, ends_on=max(on, position.starts_on))
        by_hand = RoleAssignment.objects.select_for_update().filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=on), person_id=member.person_id, unit_id=member.unit_id
        )
        for role in by_hand.order_by("pk"):
            work.change(role, ends_on=max(on, role.starts_on))
    if status == StaffStatus.DECEASED:
        work.change(Person.objects.select_for_update().get(pk=member.person_id), died_on=on)
    work.change(member, status=status, status_on=on)
    work.touch_people([member.person_id])
    work.announce(StaffLeft(person_id=member.person_id, unit_id=member.unit_id, on=on, for_good=for_good))
    return member


def _must_appoint(work: Work, member: StaffMember, position: Position) -> None:
    """Whoever ends a post of power by a leaving must be one who could end it by itself, and prove who they are."""
    if not work.actor.can("staff.appoint", member.unit):
        raise DomainError(
            _("Người này đang giữ chức vụ %(post)s. Hiệu trưởng hoặc Sở làm việc này.")
            % {"post": position.get_post_display()}
        )
    if not work.actor.is_system:
        require_proof(work.actor)


@action("staff.come_back", permission="staff.manage")
def come_back(work: Work, member: StaffMember, *, on: date) -> StaffMember:
    """Return from leave."""
    if member.status != StaffStatus.LEAVE:
        raise DomainError(_("Người này không trong kì nghỉ có thời hạn."))
    if member.status_on is not None and on < member.status_on:
        message = _("Ngày trở lại phải sau ngày bắt đầu nghỉ.")
        raise DomainError(message, fields={"on": message})
    work.touch_people([member.person_id])
    work.announce(StaffReturned(person_id=member.person_id, unit_id=member.unit_id, on=on))
    return work.change(member, status=StaffStatus.WORKING, status_on=on)


@action("staff.set_duty", permission="staff.manage")
def set_duty(
    work: Work, member: StaffMember, *, year_id: int, kind: str, periods: Any, note: str = ""
) -> Duty:
    """Set a duty of the year and the periods a week it takes off; at most two jobs count (rules/12 section 3)."""
    held = list(
        Duty.objects.select_for_update().filter(
            person_id=member.person_id, unit_id=member.unit_id, year_id=year_id
        )
    )
    if not 0 <= periods <= 10:
        message = _("Số tiết giảm mỗi tuần từ 0 đến 10.")
        raise DomainError(message, fields={"periods": message})
    work.touch_people([member.person_id])
    existing = next((duty for duty in held if duty.kind == kind), None)
    if existing is not None:
        return work.change(existing, periods=periods, note=note)
    if not may_add_duty([duty.kind for duty in held], kind):
        message = _("Mỗi người được giảm tiết nhiều nhất cho hai việc kiêm nhiệm.")
        raise DomainError(message, fields={"kind": message})
    return work.create(
        Duty(
            person_id=member.person_id,
            unit_id=member.unit_id,
            year_id=year_id,
            kind=kind,
            periods=periods,
            note=note,
        )
    )


@action("staff.drop_duty", permission="staff.manage")
def drop_duty(work: Work, duty: Duty) -> None:
    """Take a duty away."""
    work.touch_people([duty.person_id])
    work.remove(duty)


@action("staff.reveal_number", permission="staff.view_file")
def reveal_number(work: Work, member: StaffMember) -> str:
    """Give the personal number of a member of staff; who looked is written down."""
    work.note(shown="personal_id")
    work.touch_people([member.person_id])
    return Person.objects.values_list("personal_id", flat=True).get(pk=member.person_id) or ""


@action("staff.export_list", permission="staff.export")
def record_export(work: Work, unit: Unit, *, rows: int, address: str) -> None:
    """Write down that a list of staff was taken away: how many rows, by which conditions."""
    work.note(rows=rows, address=address[:300])
