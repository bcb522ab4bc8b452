"""What the first page shows: tasks by how soon they are due, and the panels of modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.manifest import Panel
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.queries import open_tasks
from khue.ui.words import date_vi, day_vi, time_vi

MOST = 100


@dataclass(frozen=True)
class Item:
    """One task as the inbox shows it; `kind`: '' late soon."""

    task: Task
    when: str
    rest: str
    kind: str


@dataclass(frozen=True)
class Group:
    """Tasks that are due at about the same time."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True)
class FirstPage:
    """The first page of one capacity."""

    today: str
    groups: Sequence[Group]
    total: int
    late: int
    panels: Sequence[Panel]
    has_more: bool = False


def of(actor: Actor) -> FirstPage:
    """The page; one query for tasks, and what the panels ask."""
    now = timezone.localtime()
    tasks = list(open_tasks(actor)[: MOST + 1])
    items = [_item(task, now) for task in tasks[:MOST]]
    ends = now.date() + timedelta(days=6 - now.weekday())
    titles = {"late": _("Quá hạn"), "today": _("Hôm nay"), "week": _("Trong tuần"), "later": _("Chưa gấp")}
    sorted_in: dict[str, list[Item]] = {key: [] for key in titles}
    for item in items:
        sorted_in[_place(item.task.due_at, now, ends)].append(item)
    groups = [Group(titles[key], found) for key, found in sorted_in.items() if found]
    return FirstPage(
        today=day_vi(now.date()),
        groups=groups,
        total=len(items),
        late=len(sorted_in["late"]),
        panels=panels(actor),
        has_more=len(tasks) > MOST,
    )


def panels(actor: Actor) -> list[Panel]:
    """What the modules show this capacity."""
    found = []
    for dotted in registry.each("panels"):
        shown: Panel | None = registry.load(dotted)(actor)
        if shown is not None:
            found.append(shown)
    return sorted(found, key=lambda panel: panel.order)


def _place(due: datetime | None, now: datetime, ends: object) -> str:
    if due is None:
        return "later"
    if due < now:
        return "late"
    day = timezone.localtime(due).date()
    if day == now.date():
        return "today"
    return "week" if day <= ends else "later"  # type: ignore[operator]


def _item(task: Task, now: datetime) -> Item:
    if task.due_at is None:
        return Item(task, _("Không hạn"), "", "")
    due = timezone.localtime(task.due_at)
    if due < now:
        days = (now.date() - due.date()).days
        rest = ngettext("quá %(n)s ngày", "quá %(n)s ngày", days) % {"n": days} if days else _("quá giờ")
        return Item(task, date_vi(due), rest, "late")
    if due.date() == now.date():
        hours = int((due - now).total_seconds() // 3600)
        rest = (
            ngettext("còn %(n)s giờ", "còn %(n)s giờ", hours) % {"n": hours}
            if hours
            else _("còn chưa tới 1 giờ")
        )
        return Item(task, _("Trước %(time)s") % {"time": time_vi(due)}, rest, "soon")
    days = (due.date() - now.date()).days
    rest = ngettext("còn %(n)s ngày", "còn %(n)s ngày", days) % {"n": days}
    return Item(task, day_vi(due) if days < 7 else date_vi(due), rest, "")
