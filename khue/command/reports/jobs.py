"""What happens by itself: making the reports when a period's day has come, keeping drafts fresh, reminding."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.reports import actions
from khue.command.reports.actions.reminders import stage_of
from khue.command.reports.models import SENT, Period, Report
from khue.command.reports.queries import reports as queries
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError
from khue.kernel.files.storing import store
from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import value_of
from khue.registry.roster.queries.places import reaches

AT_ONCE: Final = 100  # schools in one transaction


@background("reports.fill")
def fill(run: RunHandle, *, period_id: int) -> None:
    """Make or fill the reports of all schools of a period, a handful a step."""
    period = Period.objects.get(pk=period_id)
    schools = list(queries.all_schools(period).values_list("pk", flat=True))
    if run.cursor is None:
        run.step(done=0, total=len(schools), cursor=0)
    todo = [pk for pk in schools if pk > int(run.cursor or 0)]
    for begin in range(0, len(todo), AT_ONCE):
        piece = todo[begin : begin + AT_ONCE]
        with run.stepping(count=len(piece), cursor=piece[-1]):
            actions.prepare_many(run.actor, period, schools=piece)


@background("reports.file")
def file(run: RunHandle, *, period_id: int, unit_id: int, kind: str) -> None:
    """Make the file of a unit and keep it for whoever asked; the file and the step are one transaction."""
    from khue.command.reports.printing import files

    if run.done:
        return
    period = queries.periods(run.actor).filter(pk=period_id).first()
    unit = Unit.objects.select_related("parent").get(pk=unit_id)
    if period is None or not reaches(run.actor, "reports.view", unit):
        raise DomainError(_("Không còn được xem báo cáo của đơn vị này."))
    run.step(done=0, total=1)
    data = files.made(run.actor, period, unit, unit.kind == UnitKind.SCHOOL, kind)
    if data is None:
        raise DomainError(_("Đơn vị này chưa có báo cáo trong kì."))
    with run.stepping():
        kept = store(
            run.actor,
            (files.name_of(period, unit, kind), data),
            purpose="reports.file",
            unit=unit,
            kinds={kind},
        )
        run.note(download=reverse("files:download", args=[kept.pk]))


def refresh() -> int:
    """Each night: reports whose day has come, where they are missing or not signed; gives how many schools."""
    actor, done = Actor.system("reports.refresh"), 0
    for period in Period.objects.filter(locked_at__isnull=True, as_of__lte=timezone.localdate()):
        sent = Report.objects.filter(period=period, is_latest=True).exclude(state="draft").values("unit_id")
        schools = list(queries.all_schools(period).exclude(pk__in=sent).values_list("pk", flat=True))
        for begin in range(0, len(schools), AT_ONCE):
            actions.prepare_many(actor, period, schools=schools[begin : begin + AT_ONCE])
        done += len(schools)
    return done


def remind() -> int:
    """Each morning: tell the heads of schools that owe a report, some days before, on the day, then weekly."""
    actor, told, today = Actor.system("reports.remind"), 0, timezone.localdate()
    days = int(value_of("reports.remind_days"))
    for period in Period.objects.filter(locked_at__isnull=True, as_of__lte=today):
        stage = stage_of(period, today, days)
        sent = Report.objects.filter(period=period, state__in=SENT).values("unit_id")
        owing = list(queries.all_schools(period).exclude(pk__in=sent))
        if not stage or not owing:
            continue
        try:
            told += actions.remind(actor, owing, period=period, stage=stage)
        except DomainError:
            continue
    return told
