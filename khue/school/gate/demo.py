"""Badges of the small demo's main school, a reader at its gate, and this morning's taps of two classes."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.demo import small
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.org.models import Unit
from khue.registry.roster.models import Classroom
from khue.school.gate import actions
from khue.school.gate.models import Badge

YEAR = 2026
CLASSES = ("8A3", "8A5")
BATCH = 10


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Badges for two classes, one lost; taps of the last school morning, some late, one of a strange badge."""
    if not size.has_cast:
        return
    loader.end()
    actor = Actor.system("gate.demo")
    school = Unit.objects.get(code=small.LE_QUY_DON)
    rooms = list(Classroom.objects.filter(school=school, year_id=YEAR, name__in=CLASSES).order_by("sort_key"))
    for room in rooms:
        actions.issue_badges(actor, room)
    reader, _key = actions.add_reader(actor, school, name="Cổng chính", kind="page", direction="in")
    badges = list(Badge.objects.filter(school=school, state="good").order_by("enrolment__sort_key", "pk"))
    if not badges:
        return
    lost = badges[len(badges) // 2]
    actions.replace_badge(actor, lost, is_lost=True)
    now = timezone.now()
    morning = timezone.make_aware(datetime.combine(timezone.localdate(), time(6, 45)))
    if now < morning + timedelta(minutes=45):
        morning -= timedelta(days=1)
    taps = [
        actions.Shown(n + 1, badge.code, morning + timedelta(seconds=29 * n + 7 * (n * seed % 5)))
        for n, badge in enumerate(badges)
        if n % 17 and badge.pk != lost.pk
    ]
    taps += [
        actions.Shown(len(badges) + 1, lost.code, morning + timedelta(minutes=20)),
        actions.Shown(len(badges) + 2, "KHXXXXXXXXXXXX", morning + timedelta(minutes=21)),
    ]
    taps.sort(key=lambda tap: tap.device_at)
    for at in range(0, len(taps), BATCH):
        batch = taps[at : at + BATCH]
        sent = batch[-1].device_at + timedelta(seconds=2)
        actions.take_in(actor, reader, taps=batch, device_now=sent, at=sent)
