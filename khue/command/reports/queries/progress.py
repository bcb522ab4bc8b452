"""How far the schools below a unit have come with their report, one line a school, one group an office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from khue.command.reports.models import Period, Report, State
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch

_SCHOOLS = """
select u.id, u.code, u.name, u.parent_id, p.code, p.name, p.kind, p.sort_key, u.sort_key,
       n.id, n.state, n.edition, c.state, c.signed_at
from org_unit u join org_unit p on p.id = u.parent_id
left join reports_report n on n.unit_id = u.id and n.period_id = %s and n.is_latest
left join reports_report c on c.unit_id = u.id and c.period_id = %s and c.state in ('signed', 'checked', 'accepted')
where u.kind = 'school' and u.path like %s and u.opened_on <= %s and (u.closed_on is null or u.closed_on > %s)
order by u.sort_key
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A school: where its newest report stands, and the one that counts meanwhile."""

    unit_id: int
    code: str
    name: str
    parent_id: int
    report_id: int | None
    latest: str  # state of the newest edition, '' when there is none
    edition: int
    counted: str  # state of the edition that counts in sums, '' when none does
    signed_at: datetime | None
    is_direct: bool

    @property
    def is_sent(self) -> bool:
        """Whether the school has sent a report that counts."""
        return bool(self.counted)

    @property
    def standing(self) -> str:
        """What to say of it: none, draft, correcting, signed, checked, accepted."""
        if not self.counted:
            return (
                "draft"
                if self.latest == State.DRAFT and self.edition == 1
                else ("returned" if self.latest == State.DRAFT else "none")
            )
        return "correcting" if self.latest == State.DRAFT else self.counted

    @property
    def waits(self) -> bool:
        """Whether whoever checks has it before them."""
        return self.latest == State.SIGNED


@dataclass
class Group:
    """The schools of one office, or those right under the department."""

    unit_id: int
    code: str
    name: str
    is_direct: bool
    lines: list[Line] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """Schools that have sent."""
        return sum(line.is_sent for line in self.lines)

    @property
    def checked(self) -> int:
        """Schools whose report is checked or taken in."""
        return sum(line.counted in (State.CHECKED, State.ACCEPTED) for line in self.lines)

    @property
    def accepted(self) -> int:
        """Schools whose report is taken in."""
        return sum(line.counted == State.ACCEPTED for line in self.lines)

    @property
    def missing(self) -> int:
        """Schools that have not sent."""
        return len(self.lines) - self.sent


@dataclass
class Progress:
    """Groups and their sum."""

    groups: list[Group]
    due_on: date
    standings: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> list[Line]:
        """Every school."""
        return [line for group in self.groups for line in group.lines]

    @property
    def schools(self) -> int:
        """How many schools owe a report."""
        return sum(len(group.lines) for group in self.groups)

    @property
    def sent(self) -> int:
        """How many have sent."""
        return sum(group.sent for group in self.groups)

    @property
    def accepted(self) -> int:
        """How many were taken in."""
        return sum(group.accepted for group in self.groups)

    @property
    def waiting(self) -> int:
        """How many wait to be checked."""
        return sum(line.waits for line in self.lines)

    @property
    def ready(self) -> int:
        """How many the department can take in now."""
        return sum(line.counted == State.CHECKED or (line.counted == State.SIGNED and line.is_direct)
                   for line in self.lines)  # fmt: skip

    @property
    def missing(self) -> int:
        """How many have not sent."""
        return self.schools - self.sent

    @property
    def is_late(self) -> bool:
        """Whether the day they are due has passed."""
        return timezone.localdate() > self.due_on


def progress(actor: Actor, period: Period, unit: Unit) -> Progress:
    """How far the schools below a unit have come, those with most missing first; one query. The unit is reached."""
    if not actor.holds("reports.view"):
        return Progress([], period.due_on)
    groups: dict[int, Group] = {}
    found = Progress([], period.due_on)
    orders: dict[int, str] = {}
    for (
        pk,
        code,
        name,
        parent,
        p_code,
        p_name,
        p_kind,
        p_sort,
        _sort,
        report,
        latest,
        edition,
        counted,
        at,
    ) in fetch(_SCHOOLS, [period.pk, period.pk, f"{unit.path}%", period.as_of, period.as_of]):
        is_direct = p_kind == "department"
        group = groups.get(parent)
        if group is None:
            group = groups[parent] = Group(parent, p_code, p_name, is_direct)
            orders[parent] = p_sort
        line = Line(pk, code, name, parent, report, latest or "", edition or 0, counted or "", at, is_direct)
        group.lines.append(line)
        found.standings[line.standing] += 1
    found.groups = sorted(groups.values(), key=lambda one: (-one.missing, one.is_direct, orders[one.unit_id]))
    return found


def chosen(
    actor: Actor, permission: str, period: Period, unit: Unit, codes: Sequence[str] | None
) -> list[Report]:
    """The newest reports of schools below a unit, all or those of some codes, that the permission reaches."""
    rows = Report.objects.visible_to(actor, permission).filter(
        period=period, is_school=True, is_latest=True, unit__path__startswith=unit.path
    )
    if codes is not None:
        rows = rows.filter(unit__code__in=list(codes))
    return list(rows.select_related("unit__parent", "period"))


def owing(actor: Actor, period: Period, unit: Unit, codes: Sequence[str] | None = None) -> list[Unit]:
    """The schools below a unit that have not sent and may be reminded."""
    missing = [
        line.unit_id for line in progress(actor, period, unit).lines
        if not line.is_sent and (codes is None or line.code in codes)
    ]  # fmt: skip
    return list(Unit.objects.visible_to(actor, "reports.remind").filter(pk__in=missing).order_by("pk"))


def counts(actor: Actor, unit: Unit) -> dict[int, tuple[int, int]]:
    """By period, how many schools below a unit have sent and were taken in; one query."""
    if not actor.holds("reports.view"):
        return {}
    rows = fetch(
        "select r.period_id, count(*), count(*) filter (where r.state = 'accepted') from reports_report r "
        "join org_unit u on u.id = r.unit_id where r.is_school and r.state in ('signed', 'checked', 'accepted') "
        "and u.path like %s group by 1",
        [f"{unit.path}%"],
    )
    return {period: (sent, accepted) for period, sent, accepted in rows}


def schools_below(actor: Actor, unit: Unit) -> int:
    """How many open schools lie below a unit."""
    if not actor.holds("reports.view"):
        return 0
    return int(
        fetch("select count(*) from org_unit where kind = 'school' and closed_on is null and path like %s",
              [f"{unit.path}%"])[0][0]
    )  # fmt: skip
