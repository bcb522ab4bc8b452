"""The record in the users' words: tables, fields and values as people call them, numbers masked."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from khue.kernel import registry
from khue.ui.words import date_vi, datetime_vi, mask_id, mask_phone

HIDDEN = "•"
MASKED = {"personal_id": mask_id, "birth_certificate": mask_id, "value": mask_id, "phone": mask_phone}
PUBLIC = frozenset({"org.unit", "settings_store.value"})  # no person's numbers stand there
UNSPOKEN = frozenset({"search_key", "sort_key", "given_name", "path", "version"})  # follow from other fields

# Names of fields that many tables share and that need no verbose_name of their own.
FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Tên"), "code": gettext_lazy("Mã"), "kind": gettext_lazy("Loại"),
    "status": gettext_lazy("Trạng thái"), "state": gettext_lazy("Trạng thái"), "status_on": gettext_lazy("Từ ngày"),
    "unit": gettext_lazy("Đơn vị"), "school": gettext_lazy("Trường"), "campus": gettext_lazy("Điểm trường"),
    "classroom": gettext_lazy("Lớp"), "course": gettext_lazy("Lớp môn"), "person": gettext_lazy("Người"),
    "pupil": pgettext_lazy("một", "Học sinh"),
    "guardian": gettext_lazy("Người giám hộ"), "teacher": gettext_lazy("Giáo viên"),
    "year": gettext_lazy("Năm học"), "level": gettext_lazy("Cấp học"), "grade": gettext_lazy("Khối"),
    "parent": gettext_lazy("Đơn vị quản lý"), "levels": gettext_lazy("Cấp học"), "region": gettext_lazy("Vùng"),
    "starts_on": gettext_lazy("Từ ngày"), "ends_on": gettext_lazy("Đến hết ngày"), "on": gettext_lazy("Ngày"),
    "joined_on": gettext_lazy("Ngày vào"), "left_on": gettext_lazy("Ngày rời"), "reason": gettext_lazy("Lý do"),
    "decision": gettext_lazy("Quyết định"), "role": gettext_lazy("Vai trò"), "post": gettext_lazy("Chức vụ"),
    "title": gettext_lazy("Tiêu đề"), "detail": gettext_lazy("Chi tiết"), "note": gettext_lazy("Ghi chú"),
    "valid_from": gettext_lazy("Áp dụng từ"), "valid_to": gettext_lazy("Đến ngày"), "value": gettext_lazy("Giá trị"),
    "opened_on": gettext_lazy("Ngày thành lập"), "closed_on": gettext_lazy("Ngày giải thể"),
    "address": gettext_lazy("Địa chỉ"), "phone": gettext_lazy("Điện thoại"), "email": gettext_lazy("Thư điện tử"),
    "commune_code": gettext_lazy("Xã, phường"), "subject": gettext_lazy("Về việc"), "relation": gettext_lazy("Quan hệ"),
    "is_current": gettext_lazy("Hiện tại"), "is_active": gettext_lazy("Đang dùng"), "is_main": gettext_lazy("Chính"),
    "is_repeat": gettext_lazy("Học lại"), "login_name": gettext_lazy("Tên đăng nhập"),
    "read_at": gettext_lazy("Đọc lúc"),
    "closed_at": gettext_lazy("Đóng lúc"), "closed_by": gettext_lazy("Người đóng"), "due_at": gettext_lazy("Hạn"),
    "expires_at": gettext_lazy("Hết hạn"), "revoked_at": gettext_lazy("Thu hồi lúc"), "label": gettext_lazy("Tên gọi"),
    "ended_at": gettext_lazy("Kết thúc lúc"), "arguments": gettext_lazy("Tham số"),
    "url": gettext_lazy("Địa chỉ trang"),
    "effective_on": gettext_lazy("Có hiệu lực"), "submitted_on": gettext_lazy("Ngày nộp"),
    "answer_due_on": gettext_lazy("Hạn trả lời"), "refusal": gettext_lazy("Lý do từ chối"),
    "has_internet": gettext_lazy("Có mạng"), "birth_precision": gettext_lazy("Ngày sinh ghi đến"),
    "merged_into": gettext_lazy("Gộp vào"), "sha256": gettext_lazy("Mã băm"), "size": gettext_lazy("Cỡ"),
    "owner": gettext_lazy("Người gửi"), "purpose": gettext_lazy("Để làm gì"), "asked_by": gettext_lazy("Người giao"),
}  # fmt: skip


def action_label(name: str) -> str:
    """An action in words: its own, else those of the permission of its name; of one that is no more, its module."""
    own = registry.action_labels()
    if name in own:
        return _(own[name])
    if name in registry.permissions():
        return _(registry.permissions()[name].label)
    return module_label(name)


def module_label(name: str) -> str:
    """The module of an action in words."""
    first = name.split(".")[0]
    return next((_(m.label) for m in registry.modules() if m.name == first), name)


@cache
def model_of(label: str) -> type[models.Model] | None:
    """The model an entry names as `roster.enrolment`; None when it is no more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def row_label(reference: str) -> str:
    """`Lớp 12` for `roster.classroom:12`."""
    label, _colon, pk = reference.partition(":")
    model = model_of(label)
    name = getattr(model, "audit_name", None) or (model._meta.verbose_name if model else label)
    return f"{_(str(name))} {pk}".strip()


def field_of(label: str, name: str) -> models.Field[Any, Any] | None:
    """A field by its name or column name."""
    model = model_of(label)
    if model is None:
        return None
    return next((f for f in model._meta.concrete_fields if name in (f.name, f.attname)), None)


def field_label(label: str, name: str) -> str:
    """A field as people call it."""
    found = field_of(label, name)
    plain = found.name if found is not None else name.removesuffix("_id")
    if found is not None and str(found.verbose_name) != plain.replace("_", " "):
        return str(found.verbose_name)
    return str(FIELDS.get(plain, plain.replace("_", " ")))


def value_label(label: str, name: str, value: Any, names: dict[tuple[str, Any], str]) -> str:
    """A value as people read it: choices in words, dates in Vietnamese form, rows by name, numbers masked."""
    if value is None or value == "":
        return ""
    if value == HIDDEN:
        return _("(giấu)")
    found = field_of(label, name)
    plain = found.name if found is not None else name
    if plain in MASKED and label not in PUBLIC and isinstance(value, str):
        return str(MASKED[plain](value))
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if found is not None:
        if found.choices:
            return str(dict(found.flatchoices).get(value, value))
        if found.related_model is not None:
            return names.get((found.related_model._meta.label_lower, value), str(value))
        if isinstance(found, models.DateTimeField):
            return _moment(value)
        if isinstance(found, models.DateField):
            return _day(value)
    if isinstance(value, dict):
        return " · ".join(str(one) for one in value.values() if one not in (None, ""))
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _moment(value: Any) -> str:
    parsed = value if isinstance(value, datetime) else parse_datetime(str(value))
    return datetime_vi(parsed) if parsed else str(value)


def _day(value: Any) -> str:
    parsed = value if isinstance(value, date) else parse_date(str(value))
    return date_vi(parsed) if parsed else str(value)


def names_of(wanted: dict[str, set[Any]]) -> dict[tuple[str, Any], str]:
    """The names of rows that values point at, one query a table."""
    found: dict[tuple[str, Any], str] = {}
    for label, ids in wanted.items():
        model = model_of(label)
        if model is not None and ids:
            found.update({(label, row.pk): str(row) for row in model._base_manager.filter(pk__in=ids)})
    return found
