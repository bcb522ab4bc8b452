"""Every write of units: opening, naming, moving, merging, splitting, closing; campuses and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.org.events import UnitClosed, UnitOpened, UnitsMerged, UnitSplit
from khue.kernel.org.models import Unit, UnitEventKind, UnitKind
from khue.kernel.org.presets import PRESETS
from khue.kernel.org.records import check_day, create_unit, place, record
from khue.kernel.org.rules import clean_name
from khue.kernel.settings_store.values import value_of

CONTACT_FIELDS = ("address", "phone", "email", "commune_code", "legacy_district", "has_internet")


def _open_only(*units: Unit) -> None:
    for unit in units:
        if not unit.is_open:
            raise DomainError(_("%(name)s đã giải thể.") % {"name": unit.name})


def _check_place(kind: str, parent: Unit, on: date) -> None:
    preset = PRESETS[value_of("org.tree_preset", on=on)]
    if not preset.may_stand(kind, parent.kind):
        labels = {"kind": UnitKind(kind).label, "parent": UnitKind(parent.kind).label, "preset": preset.label}
        raise DomainError(
            _("%(kind)s không đứng trực tiếp dưới %(parent)s trong mô hình “%(preset)s”.") % labels,
            fields={"kind": _("Chọn loại khác.")},
        )


@action("org.open_unit", permission="org.manage")
def open_unit(
    work: Work,
    parent: Unit,
    /,
    *,
    code: str,
    name: str,
    kind: str,
    on: date,
    decision: str = "",
    **fields: Any,
) -> Unit:
    """Open a unit under another by a decision; raises DomainError when the tree has no such place."""
    _open_only(parent)
    if on > timezone.localdate() or on < parent.opened_on:
        check_day(parent, on)
    _check_place(kind, parent, on)
    if kind == UnitKind.SCHOOL and not fields.get("levels"):
        raise DomainError(_("Trường cần ít nhất một cấp học."), fields={"levels": _("Chọn cấp học.")})
    unit = create_unit(work, parent, on=on, code=code, name=name, kind=kind, **fields)
    record(work, unit, UnitEventKind.OPENED, on, decision)
    work.announce(UnitOpened(unit.pk, on))
    return unit


@action("org.rename", permission="org.manage")
def rename(work: Work, unit: Unit, *, name: str, on: date, decision: str = "") -> Unit:
    """Give a unit a new name from a day on; lists of earlier days keep the old one."""
    _open_only(unit)
    name = clean_name(name)
    if not name or name == unit.name:
        raise DomainError(_("Ghi tên mới."), fields={"name": _("Tên này trống hoặc giống tên cũ.")})
    check_day(unit, on)
    record(work, unit, UnitEventKind.RENAMED, on, decision, before=unit.name, after=name)
    place(work, on=on, new_names={unit.pk: name})
    unit.refresh_from_db()
    return unit


@action("org.move", permission="org.manage")
def move(work: Work, unit: Unit, *, to: Unit, on: date, decision: str = "") -> Unit:
    """Put a unit, with everything below it, under another one; reports of earlier days keep the old tree."""
    _may_manage(work, to)
    _open_only(unit, to)
    if to.pk == unit.parent_id:
        raise DomainError(
            _("Đơn vị đã đứng dưới %(name)s.") % {"name": to.name}, fields={"to": _("Chọn nơi khác.")}
        )
    if to.path.startswith(unit.path):
        raise DomainError(_("Đơn vị không thể đứng dưới chính nó hoặc dưới đơn vị trực thuộc của nó."))
    check_day(unit, on)
    _check_place(unit.kind, to, on)
    before = unit.parent
    record(work, unit, UnitEventKind.MOVED, on, decision, to, before=before.name if before else "")
    place(work, on=on, parents={unit.pk: to.pk})
    unit.refresh_from_db()
    return unit


def _may_manage(work: Work, *units: Unit) -> None:
    if not work.actor.can_all("org.manage", units):
        raise NotVisible


@action("org.merge", permission="org.manage")
def merge(
    work: Work,
    schools: list[Unit],
    *,
    on: date,
    decision: str,
    into: Unit | None = None,
    code: str = "",
    name: str = "",
    keep_campuses: bool = True,
) -> Unit:
    """Merge schools into one of them (`into`), or into a new one with `code` and `name`; gives the school that goes on.

    The others close that day. With `keep_campuses` each goes on as a campus under its old name. Campuses follow;
    pupils, classes and staff follow by the reactions to UnitsMerged. Classes keep their ids.
    """
    _check_schools(schools, on)
    target = _merge_target(work, schools, into, on, decision, code, name)
    gone = [school for school in schools if school.pk != target.pk]
    following = Unit.objects.filter(parent__in=gone, closed_on__isnull=True).values_list("pk", flat=True)
    moved = dict.fromkeys(following, target.pk)
    if moved:
        for campus in Unit.objects.select_for_update().filter(pk__in=moved, is_main=True):
            work.change(campus, is_main=False)  # the school that goes on has its own
        place(work, on=on, parents=moved)
    campuses = []
    for school in gone:
        if keep_campuses:
            campuses.append((school.pk, _campus_for(work, school, target, on).pk))
        work.change(school, closed_on=on)
        record(work, school, UnitEventKind.MERGED, on, decision, target)
    levels = sorted({level for school in schools for level in school.levels} | set(target.levels))
    work.change(target, levels=levels)
    record(work, target, UnitEventKind.MERGED, on, decision, merged=[school.name for school in gone])
    work.note(decision=decision, into=target.name)
    work.announce(UnitsMerged(tuple(s.pk for s in gone), target.pk, on, tuple(campuses)))
    return target


def _check_schools(schools: Sequence[Unit], on: date) -> None:
    if len(schools) < 2 or any(not school.is_school for school in schools):
        raise DomainError(_("Chọn ít nhất hai trường để sáp nhập."))
    _open_only(*schools)
    for school in schools:
        check_day(school, on)


def _merge_target(
    work: Work, schools: list[Unit], into: Unit | None, on: date, decision: str, code: str, name: str
) -> Unit:
    if into is not None:
        found = next((school for school in schools if school.pk == into.pk), None)
        if found is None:
            raise DomainError(_("Trường nhận phải là một trong các trường sáp nhập, hoặc lập trường mới."))
        return found
    first = schools[0]
    levels = sorted({level for school in schools for level in school.levels})
    target = create_unit(
        work, first.parent, on=on, code=code, name=name, kind=UnitKind.SCHOOL, levels=levels,
        commune_code=first.commune_code, address=first.address, phone=first.phone, email=first.email,
        region=min(school.region for school in schools), is_public=first.is_public,
    )  # fmt: skip
    record(work, target, UnitEventKind.OPENED, on, decision)
    work.announce(UnitOpened(target.pk, on))
    return target


def _campus_for(work: Work, school: Unit, target: Unit, on: date) -> Unit:
    code, number = f"{target.code}-{school.code}"[:40], 2
    while Unit.objects.filter(code=code).exists():
        code, number = f"{target.code}-{school.code}"[:37] + f"-{number}", number + 1
    return create_unit(
        work, target, on=on, code=code, name=school.name, kind=UnitKind.CAMPUS, levels=school.levels,
        commune_code=school.commune_code, legacy_district=school.legacy_district, address=school.address,
        phone=school.phone, region=school.region, is_public=school.is_public, has_internet=school.has_internet,
    )  # fmt: skip


@action("org.split", permission="org.manage")
def split(
    work: Work, school: Unit, *, code: str, name: str, campuses: Sequence[Unit], on: date, decision: str
) -> Unit:
    """Make a school of its own out of some campuses; gives it. What is taught there follows by UnitSplit."""
    if not school.is_school:
        raise DomainError(_("Chỉ chia tách được trường."))
    _open_only(school, *campuses)
    if not campuses or any(campus.parent_id != school.pk for campus in campuses):
        raise DomainError(
            _("Chọn các điểm trường sẽ thành trường mới."), fields={"campuses": _("Chưa chọn điểm trường.")}
        )
    if any(campus.is_main for campus in campuses):
        raise DomainError(_("Điểm chính ở lại với trường. Chọn điểm trường khác."))
    check_day(school, on)
    levels = sorted({level for campus in campuses for level in campus.levels}) or list(school.levels)
    new = create_unit(
        work, school.parent, on=on, code=code, name=name, kind=UnitKind.SCHOOL, levels=levels,
        commune_code=campuses[0].commune_code or school.commune_code, address=campuses[0].address,
        region=school.region, is_public=school.is_public,
    )  # fmt: skip
    place(work, on=on, parents={campus.pk: new.pk for campus in campuses})
    record(work, school, UnitEventKind.SPLIT, on, decision, new)
    record(work, new, UnitEventKind.OPENED, on, decision, school)
    work.announce(UnitOpened(new.pk, on))
    work.announce(UnitSplit(school.pk, new.pk, tuple(campus.pk for campus in campuses), on))
    return new


@action("org.close", permission="org.manage")
def close(work: Work, unit: Unit, *, on: date, decision: str) -> Unit:
    """Close a unit; refused while units below it are open, or while a module still keeps pupils or staff there."""
    return _close(work, unit, on, decision)


def _close(work: Work, unit: Unit, on: date, decision: str) -> Unit:
    _open_only(unit)
    if unit.parent_id is None:
        raise DomainError(_("Không giải thể được đơn vị đứng đầu."))
    check_day(unit, on)
    below = Unit.objects.filter(parent=unit, closed_on__isnull=True).count()
    if below:
        raise DomainError(
            _("Còn %(count)s đơn vị trực thuộc đang hoạt động. Chuyển hoặc giải thể chúng trước.")
            % {"count": below}
        )
    work.change(unit, closed_on=on, is_main=False)
    record(work, unit, UnitEventKind.CLOSED, on, decision)
    work.announce(UnitClosed(unit.pk, on))
    return unit


@action("org.reopen", permission="org.manage")
def reopen(work: Work, unit: Unit, *, on: date, decision: str) -> Unit:
    """Let a closed unit work again; one that was merged stays where its pupils went."""
    if unit.is_open:
        raise DomainError(_("Đơn vị đang hoạt động."))
    if unit.parent is not None:
        _open_only(unit.parent)
    if unit.closed_on is not None and on < unit.closed_on:
        raise DomainError(_("Trước ngày giải thể."), fields={"on": _("Chọn ngày sau ngày giải thể.")})
    check_day(unit, on)
    record(work, unit, UnitEventKind.REOPENED, on, decision)
    return work.change(unit, closed_on=None)


@action("org.edit_contact", permission="org.edit")
def edit_contact(work: Work, unit: Unit, /, **fields: Any) -> Unit:
    """Change address, phone, e-mail, commune and whether there is a network."""
    unknown = set(fields) - set(CONTACT_FIELDS)
    if unknown:
        raise TypeError(f"not contact fields: {sorted(unknown)}")
    return work.change(unit, **fields)


@action("org.open_campus", permission="org.edit")
def open_campus(work: Work, school: Unit, /, *, code: str, name: str, on: date, **fields: Any) -> Unit:
    """Open a satellite campus of a school."""
    if not school.is_school:
        raise DomainError(_("Điểm trường thuộc về một trường."))
    _open_only(school)
    if on > timezone.localdate() or on < school.opened_on:
        check_day(school, on)
    fields.setdefault("levels", school.levels)
    campus = create_unit(work, school, on=on, code=code, name=name, kind=UnitKind.CAMPUS, **fields)
    record(work, campus, UnitEventKind.OPENED, on, "")
    return campus


@action("org.close_campus", permission="org.edit")
def close_campus(work: Work, campus: Unit, *, on: date, decision: str = "") -> Unit:
    """Close a satellite campus; refused while classes are taught there."""
    if campus.kind != UnitKind.CAMPUS:
        raise DomainError(_("Đây không phải điểm trường."))
    return _close(work, campus, on, decision)
