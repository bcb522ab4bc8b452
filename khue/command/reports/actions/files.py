"""A file with the cells of very many schools: asked for by a person, made behind the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from khue.command.reports.models import Period
from khue.command.reports.tasks import period_words
from khue.kernel.access.actor import Actor
from khue.kernel.actions import written
from khue.kernel.jobs.actions import start
from khue.kernel.jobs.models import Run
from khue.kernel.jobs.queries import open_runs
from khue.kernel.org.models import Unit

MAKE = "reports.file"


def make_file(actor: Actor, period: Period, unit: Unit, kind: str) -> Run:
    """Have a unit's file made behind the page; one that is being made for the same person already is that one."""
    arguments: dict[str, Any] = {"period_id": period.pk, "unit_id": unit.pk, "kind": kind}
    under_way = open_runs(actor).filter(name=MAKE, asked_by_id=actor.person_id, arguments=arguments)
    title = written(
        gettext_noop("Tệp %(kind)s, báo cáo thống kê %(period)s, %(unit)s"),
        kind="PDF" if kind == "pdf" else "Excel", period=period_words(period).lower(), unit=unit.name,
    )  # fmt: skip
    return under_way.first() or start(actor, MAKE, title, unit, arguments, total=1)
