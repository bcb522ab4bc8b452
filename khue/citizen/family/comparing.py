"""A wish to correct, field by field: what the record says today, what it said when asked, what is wished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.lib.phones import format_phone

if TYPE_CHECKING:
    from khue.citizen.family.models import Correction

LABELS: Final[dict[str, str | Promise]] = {
    "phone": gettext_lazy("Điện thoại"),
    "email": gettext_lazy("Thư điện tử"),
    "address": gettext_lazy("Chỗ ở"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of a wish."""

    label: str
    now: str
    wished: str
    has_moved: bool  # the record was changed since it was asked


def compared(row: Correction) -> list[Compared]:
    """The fields of a wish in the order of the form."""
    found = []
    for name, label in LABELS.items():
        if name not in row.after:
            continue
        before, now = row.before.get(name, ""), getattr(row.person, name)
        shown = now if row.state == "asked" else before
        found.append(
            Compared(
                str(label),
                _shown(name, shown),
                _shown(name, row.after[name]),
                row.state == "asked" and now != before,
            )
        )
    return found


def _shown(name: str, value: str) -> str:
    if not value:
        return _("(trống)")
    return format_phone(value) if name == "phone" else value
