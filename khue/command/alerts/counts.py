"""Counts of this module's own that a rule may watch beside the indicators: about the watching itself.

Whatever is counted of schools, classes and marks is an indicator, declared once by its module, so that no two figures
of one thing disagree (docs/decisions/0010). What no columnar copy can know is counted here, at the moment of the look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Count:
    """A figure of units: `sql` gives (unit_id, value) for units of `kinds`; `%(day)s` is the day of the look."""

    name: str
    label: str | Promise
    unit: str | Promise
    definition: str | Promise
    floors: tuple[str, ...]
    sql: str


_STALE = """
select u.id, extract(epoch from now() - coalesce((select max(computed_at) from indicators_snapshot), now()))
       ::float / 3600
from org_unit u where u.parent_id is null
"""
_UNATTENDED = """
select u.id, (
    select count(*) from alerts_alert a join org_unit s on s.id = a.unit_id
    where a.state = 'open' and a.step = 'red' and a.acknowledged_at is null and s.kind = 'school'
    and a.stepped_at < %(day)s::date - 2 and s.path like u.path || '%%')::float
from org_unit u where u.kind <> 'school' and u.closed_on is null
"""

_ALL: Final = (
    Count(
        "alerts.stale", _("Số liệu chưa được tính lại"), _("giờ"),
        _("Từ lần cuối các chỉ tiêu được tính lại đến bây giờ."), ("department",), _STALE,
    ),
    Count(
        "alerts.unattended", _("Báo động ở trường chưa ai nhận"), _("báo động"),
        _("Báo động đang mở ở các trường bên dưới, quá hai ngày mà chưa ai nhận."), ("middle", "department"),
        _UNATTENDED,
    ),
)  # fmt: skip
COUNTS: Final[Mapping[str, Count]] = {count.name: count for count in _ALL}
