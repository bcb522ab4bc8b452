"""What can be done to a unit from its page: which form asks, which action does it, who sees the button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.org import actions, forms
from khue.kernel.org.models import MIDDLE_KINDS, Unit, UnitKind

ABOVE_SCHOOLS = (UnitKind.DEPARTMENT, *MIDDLE_KINDS)


@dataclass(frozen=True)
class Verb:
    """One thing that can be done: address, words, form, deed, and when it fits."""

    key: str
    title: str | Promise
    button: str | Promise
    done: str | Promise
    form: type[forms.UnitForm]
    act: Callable[[Actor, Unit, dict[str, Any]], Unit]
    permission: str
    fits: Callable[[Unit], bool]
    icon: str = "pencil"
    warning: str | Promise = ""


def _merge(actor: Actor, unit: Unit, values: dict[str, Any]) -> Unit:
    schools = [unit, *values.pop("others")]
    if values.pop("how") == "into":
        return actions.merge(actor, schools, **(values | {"into": unit, "code": "", "name": ""}))
    return actions.merge(actor, schools, **values)


def _split(actor: Actor, unit: Unit, values: dict[str, Any]) -> Unit:
    return actions.split(actor, unit, **(values | {"campuses": list(values["campuses"])}))


def _is_open_school(unit: Unit) -> bool:
    return unit.is_school and unit.is_open


VERBS: dict[str, Verb] = {
    verb.key: verb
    for verb in (
        Verb(
            "lien-he", _("Sửa thông tin liên hệ"), _("Ghi thông tin liên hệ"), _("Đã ghi thông tin liên hệ"),
            forms.ContactForm, lambda actor, unit, values: actions.edit_contact(actor, unit, **values),
            "org.edit", lambda unit: unit.is_open,
        ),
        Verb(
            "them-diem-truong", _("Thêm điểm trường"), _("Thêm điểm trường"), _("Đã thêm điểm trường"),
            forms.CampusForm, lambda actor, unit, values: actions.open_campus(actor, unit, **values),
            "org.edit", _is_open_school, "plus",
        ),
        Verb(
            "thoi-diem-truong", _("Thôi điểm trường"), _("Thôi điểm trường này"), _("Điểm trường đã thôi hoạt động"),
            forms.CloseCampusForm, lambda actor, unit, values: actions.close_campus(actor, unit, **values),
            "org.edit", lambda unit: unit.kind == UnitKind.CAMPUS and unit.is_open, "door-exit",
        ),
        Verb(
            "lap", _("Lập đơn vị trực thuộc"), _("Lập đơn vị"), _("Đã lập đơn vị"),
            forms.OpenForm, lambda actor, unit, values: actions.open_unit(actor, unit, **values),
            "org.manage", lambda unit: unit.is_open and unit.kind in ABOVE_SCHOOLS, "plus",
        ),
        Verb(
            "doi-ten", _("Đổi tên"), _("Đổi tên"), _("Đã đổi tên"),
            forms.RenameForm, lambda actor, unit, values: actions.rename(actor, unit, **values),
            "org.manage", lambda unit: unit.is_open,
        ),
        Verb(
            "chuyen", _("Đổi đơn vị quản lý"), _("Đổi đơn vị quản lý"), _("Đã đổi đơn vị quản lý"),
            forms.MoveForm, lambda actor, unit, values: actions.move(actor, unit, **values),
            "org.manage", lambda unit: unit.is_open and unit.parent_id is not None and unit.kind != UnitKind.CAMPUS,
            "arrows-exchange",
        ),
        Verb(
            "sap-nhap", _("Sáp nhập trường"), _("Sáp nhập"), _("Đã sáp nhập"),
            forms.MergeForm, _merge, "org.manage", _is_open_school, "hierarchy",
            _("Học sinh, lớp, giáo viên chuyển sang trường nhận ngay. Lớp giữ nguyên mã; lớp trùng tên được thêm hậu "
              "tố đến khi đổi tên. Việc này không rút lại được."),
        ),
        Verb(
            "chia-tach", _("Chia tách trường"), _("Chia tách"), _("Đã chia tách"),
            forms.SplitForm, _split, "org.manage", _is_open_school, "hierarchy",
            _("Lớp và học sinh học ở các điểm trường được chọn chuyển sang trường mới ngay. "
              "Việc này không rút lại được."),
        ),
        Verb(
            "giai-the", _("Giải thể"), _("Giải thể"), _("Đã giải thể"),
            forms.CloseForm, lambda actor, unit, values: actions.close(actor, unit, **values),
            "org.manage", lambda unit: unit.is_open and unit.parent_id is not None and unit.kind != UnitKind.CAMPUS,
            "door-exit", _("Đơn vị còn học sinh, cán bộ hay đơn vị trực thuộc thì chưa giải thể được."),
        ),
        Verb(
            "mo-lai", _("Cho hoạt động trở lại"), _("Cho hoạt động trở lại"), _("Đơn vị hoạt động trở lại"),
            forms.ReopenForm, lambda actor, unit, values: actions.reopen(actor, unit, **values),
            "org.manage", lambda unit: not unit.is_open, "arrow-back-up",
        ),
    )
}  # fmt: skip


def verbs_for(actor: Actor, unit: Unit) -> list[Verb]:
    """What the actor may do to the unit now."""
    may = {permission: actor.can(permission, unit) for permission in ("org.edit", "org.manage")}
    return [verb for verb in VERBS.values() if may[verb.permission] and verb.fits(unit)]
