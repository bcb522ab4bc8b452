"""What slips, surveys and answers are called."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.citizen.surveys.models import Audience, Given, Purpose, Slip, Survey
from khue.registry.roster.models import Relation
from khue.registry.roster.rules import grade_label

STATES: Final[dict[str, tuple[str | Promise, str, str]]] = {  # of a pupil on a slip: words, colour, sign
    "yes": (gettext_lazy("Đồng ý"), "ok", "check"),
    "no": (gettext_lazy("Không đồng ý"), "bad", "x"),
    "split": (gettext_lazy("Phụ huynh trả lời khác nhau: không"), "bad", "alert-triangle"),
    "child": (gettext_lazy("Phụ huynh đồng ý, chờ em trả lời"), "wait", "clock"),
    "none": (gettext_lazy("Chưa trả lời"), "", "clock"),
}
KINDS: Final[dict[str, str | Promise]] = {
    "one": gettext_lazy("Chọn một ý"),
    "many": gettext_lazy("Chọn nhiều ý"),
    "scale": gettext_lazy("Thang điểm 1 đến 5"),
    "number": gettext_lazy("Số"),
    "text": gettext_lazy("Viết ngắn"),
}


def purpose(code: str) -> str:
    """What a consent is for."""
    return str(Purpose(code).label)


def answer(code: str) -> str:
    """What was answered."""
    return str(Given(code).label) if code else _("Chưa trả lời")


def relation(code: str) -> str:
    """What a guardian is to the pupil; the pupil is `Em`."""
    return str(dict(Relation.choices).get(code, "")) if code else _("Em")


def whom(row: Slip | Survey) -> str:
    """Whom a slip or a survey asks: `Lớp 8A3`, `Khối 8`, the campus or the whole unit."""
    unit = row.school if isinstance(row, Slip) else row.unit
    if row.classroom is not None:
        return _("Lớp %(name)s") % {"name": row.classroom.name}
    if row.grade is not None:
        return f"{grade_label(row.grade)}, {unit.name}"
    if isinstance(row, Slip) and row.campus is not None:
        return row.campus.name
    return (
        _("Mọi trường của %(name)s") % {"name": unit.name}
        if unit.kind not in ("school", "campus")
        else unit.name
    )


def audience(code: str) -> str:
    """Who answers."""
    return str(Audience(code).label)
