"""Where the pages of reports stand: the period, the unit, the path to it, the tabs of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.command.reports.queries import reports as queries
from khue.kernel.access.pages import ActorRequest
from khue.registry.roster.queries.places import Place, place

STEP = "don-vi"
TABS = (
    ("report", gettext_lazy("Số liệu")),
    ("checks", gettext_lazy("Kiểm tra")),
    ("compare", gettext_lazy("So năm trước")),
    ("history", gettext_lazy("Các bản")),
)


@dataclass(frozen=True)
class Where:
    """A period at a unit the reader reaches."""

    period: Any
    place: Place
    unit: Any

    @property
    def is_school(self) -> bool:
        """Whether the report is a school's own, not a sum."""
        return self.place.is_school

    def url(self, name: str) -> str:
        """The same place on another page."""
        return f"{reverse(f'reports:{name}', args=[self.period.pk])}?{STEP}={self.unit.code}"

    @property
    def above(self) -> str:
        """The code of the unit above, where a school's report is checked."""
        return self.place.path[-2].code if len(self.place.path) > 1 else ""

    @property
    def checks_url(self) -> str:
        """The page of what does not hold."""
        return self.url("checks")

    @property
    def history_url(self) -> str:
        """The page of its editions and steps."""
        return self.url("history")

    def tabs(self, now: str) -> list[tuple[str, str, bool]]:
        """The tabs of a report: label, address, whether it is this one."""
        return [
            (str(label), self.url(name), name == now)
            for name, label in TABS
            if self.is_school or name != "checks"
        ]

    def crumbs(self, *tail: str) -> list[tuple[str, str]]:
        """The path: periods, units above that are reached, this one."""
        found = [(_("Báo cáo thống kê"), reverse("reports:periods"))]
        for unit in self.place.path:
            address = f"{reverse('reports:report', args=[self.period.pk])}?{STEP}={unit.code}"
            found.append((unit.name, address if unit.pk in self.place.reached else ""))
        return [*found, *((one, "") for one in tail)]


def where(request: ActorRequest, pk: int, permission: str = "reports.view") -> Where:
    """The period and the unit in the address, else the reader's own; 404 when they do not reach it."""
    found = place(request.actor, permission, request.GET.get(STEP, "")[:40])
    if found is None or found.unit is None or not found.is_reached or found.is_campus:
        raise Http404
    return Where(get_object_or_404(queries.periods(request.actor), pk=pk), found, found.unit)


def school_report(request: ActorRequest, pk: int, permission: str) -> tuple[Where, Any]:
    """The newest report of a school, for what is done with it; 404 when it has none."""
    here = where(request, pk, permission)
    report = queries.latest(request.actor, here.period.pk, here.unit)
    if report is None or not here.is_school:
        raise Http404
    return here, report
