"""Reads of transfers: both schools see the request, only the holder sees the pupil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import values_of
from khue.lib import names
from khue.lib.dates import DateProblem, parse_date
from khue.lib.working_days import WorkingCalendar
from khue.registry.calendar.models import SpecialDay
from khue.registry.roster import rules
from khue.registry.roster.models import Enrolment, EnrolmentEvent, Transfer, TransferState
from khue.registry.roster.queries.places import reaches
from khue.registry.roster.queries.pupils import held

DUE = {
    TransferState.SUBMITTED: "answer_due_on",
    TransferState.ACCEPTED: "release_due_on",
    TransferState.RELEASED: "place_due_on",
}
OPEN = tuple(DUE)


def transfers(actor: Actor, permission: str = "roster.transfer") -> QuerySet[Transfer]:
    """The transfers to or from the units the permission reaches."""
    reach = actor.reach(permission)
    if reach.everything:
        return Transfer.objects.all()
    mine = Q(from_school_id__in=reach.unit_ids) | Q(to_school_id__in=reach.unit_ids)
    if reach.unit_paths:
        below = Q()
        for path in reach.unit_paths:
            below |= Q(path__startswith=path)
        schools = Unit.objects.filter(below, kind=UnitKind.SCHOOL).values("pk")
        mine |= Q(from_school_id__in=schools) | Q(to_school_id__in=schools)
    if reach.person_ids:
        mine |= Q(enrolment__person_id__in=reach.person_ids)
    return Transfer.objects.filter(mine)


@dataclass(frozen=True)
class TransferPage:
    """One page of transfers."""

    rows: list[dict[str, Any]]
    total: int


def transfer_rows(
    actor: Actor,
    *,
    search: str = "",
    filters: dict[str, str] | None = None,
    order_by: Sequence[str] = ("-submitted_on", "-pk"),
    offset: int = 0,
    limit: int | None = 50,
) -> TransferPage:
    """Transfers with what waits for which side and until when; two queries."""
    filters = filters or {}
    today = timezone.localdate()
    rows = transfers(actor)
    state = filters.get("tinh-trang", "")
    if state == "open" or not state:
        rows = rows.filter(state__in=OPEN)
    elif state != "all":
        rows = rows.filter(state=state)
    mine = actor.reach("roster.transfer").unit_ids
    if filters.get("chieu") == "in":
        rows = rows.filter(to_school_id__in=mine)
    elif filters.get("chieu") == "out":
        rows = rows.filter(from_school_id__in=mine)
    if filters.get("han") == "late":
        rows = rows.filter(_overdue(today))
    if search:
        for token in names.search_tokens(search):
            rows = rows.filter(enrolment__person__search_key__contains=token)
    page: list[dict[str, Any]] = list(
        rows.order_by(*order_by).values(  # type: ignore[arg-type]
            "id", "state", "enrolment_id", "enrolment__person_id", "enrolment__person__full_name",
            "enrolment__person__birth_date", "enrolment__classroom__name", "from_school_id", "from_school__name",
            "to_school_id", "to_school__name", "to_outside", "reason_code", "wanted_grade", "submitted_on",
            "answer_due_on", "release_due_on", "place_due_on",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    for row in page:
        row["due_on"] = row.get(DUE.get(row["state"], ""))
        row["is_late"] = bool(row["due_on"] and row["due_on"] < today)
        waiting = row["from_school_id"] if row["state"] == TransferState.ACCEPTED else row["to_school_id"]
        row["is_mine"] = row["state"] in OPEN and (
            waiting in mine or actor.reach("roster.transfer").everything
        )
    total = (
        offset + len(page) if limit is None or (len(page) < limit and (page or not offset)) else rows.count()
    )
    return TransferPage(page, total)


def _overdue(today: date) -> Q:
    late = Q()
    for state, column in DUE.items():
        late |= Q(state=state, **{f"{column}__lt": today})
    return late


def transfer(actor: Actor, pk: int) -> Transfer | None:
    """One transfer that one of the actor's schools takes part in."""
    return (
        transfers(actor)
        .select_related(
            "enrolment__person",
            "enrolment__classroom",
            "from_school",
            "to_school",
            "placed_enrolment__classroom",
            "asked_by",
        )
        .filter(pk=pk)
        .first()
    )


def sides(actor: Actor, found: Transfer) -> tuple[bool, bool]:
    """Whether the actor may act for the sending and for the receiving school."""
    sender = reaches(actor, "roster.transfer", found.from_school)
    receiver = found.to_school is not None and reaches(actor, "roster.transfer", found.to_school)
    return sender, receiver


@dataclass(frozen=True)
class FoundPupil:
    """A pupil of another school as a receiving clerk may see them: enough to know it is the right child."""

    enrolment_id: int
    name: str
    born: date | None
    sex: int | None
    school: Unit
    classroom: str
    grade: int
    status: str
    is_here: bool
    has_open_transfer: bool


def pupil_by_code_and_birth(actor: Actor, code: str, born: str) -> FoundPupil | None:
    """The one pupil of the province with this code (any of theirs) and this birth date: both must be known."""
    if not actor.holds("roster.transfer"):
        return None
    try:
        day = parse_date(born).date
    except DateProblem:
        return None
    sought = rules.what_is_sought(code)
    column = {
        "personal_id": "person__personal_id", "ministry_code": "person__ministry_code", "code": "person__code",
        "temporary": "person__identifiers__value",
    }.get(sought.kind)  # fmt: skip
    if column is None:
        return None
    row = (
        Enrolment.objects.filter(
            is_current=True, person__birth_date=day, person__merged_into__isnull=True, **{column: sought.text}
        )
        .select_related("person", "school", "classroom")
        .first()
    )
    return _found(actor, row) if row else None


def pupil_known_as(actor: Actor, enrolment_id: int) -> FoundPupil | None:
    """A pupil the actor's own school holds, in the same few words."""
    row = (
        held(actor, "roster.transfer")
        .filter(pk=enrolment_id)
        .select_related("person", "school", "classroom")
        .first()
    )
    return _found(actor, row) if row else None


def _found(actor: Actor, row: Enrolment) -> FoundPupil:
    return FoundPupil(
        row.pk, row.person.full_name, row.person.birth_date, row.person.sex, row.school,
        row.classroom.name if row.classroom else "", row.grade, row.status,
        reaches(actor, "roster.transfer", row.school), Transfer.objects.filter(enrolment=row, state__in=OPEN).exists(),
    )  # fmt: skip


def all_limits(day: date) -> rules.TransferLimits:
    """The time limits of the province on a day: the preset and what was set beside it. One query."""
    found = values_of(
        [
            "roster.transfer_preset",
            "roster.transfer_answer_days",
            "roster.transfer_release_days",
            "roster.transfer_place_days",
        ],
        on=day,
    )
    return rules.transfer_limits(
        found["roster.transfer_preset"],
        answer=found["roster.transfer_answer_days"],
        release=found["roster.transfer_release_days"],
        place=found["roster.transfer_place_days"],
    )


def all_working_calendar(start: date) -> WorkingCalendar:
    """Working days with what the province adds: its own holidays from a day on. One query."""
    spans = SpecialDay.objects.filter(
        unit__parent__isnull=True, kind__in=["holiday", "closure"], ends_on__gte=start
    ).values_list("starts_on", "ends_on")
    off: set[date] = set()
    for first, last in spans:
        if (last - first).days > 40:
            continue  # the long summer is no holiday of the offices
        off.update(date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return WorkingCalendar(extra_days_off=frozenset(day for day in off if day >= start))


# --- movements as a list -------------------------------------------------------------------------------
@dataclass(frozen=True)
class MovementPage:
    """One page of events."""

    rows: list[dict[str, Any]]
    total: int


def movement_rows(
    actor: Actor,
    *,
    unit: Unit | None,
    first: date,
    last: date,
    kinds: Sequence[str] = (),
    reason: str = "",
    offset: int = 0,
    limit: int | None = 50,
) -> MovementPage:
    """Who came and went in a span at a unit: the rows behind the figures. A school keeps the events it recorded."""
    rows = EnrolmentEvent.objects.visible_to(actor, "roster.view_list").filter(on__gte=first, on__lte=last)
    if unit is not None and unit.kind == UnitKind.SCHOOL:
        rows = rows.filter(school_id=unit.pk)
    elif unit is not None and unit.parent_id is not None:
        rows = rows.filter(school__path__startswith=unit.path)
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    if reason:
        rows = rows.filter(reason_code=reason)
    page: list[dict[str, Any]] = list(
        rows.order_by("-on", "-pk").values(  # type: ignore[arg-type]
            "id", "on", "kind", "reason_code", "reason", "decision", "other_school", "school__name", "classroom__name",
            "enrolment_id", "enrolment__person_id", "enrolment__person__full_name", "enrolment__is_current",
        )[offset : (offset + limit) if limit is not None else None]
    )  # fmt: skip
    total = (
        offset + len(page) if limit is None or (len(page) < limit and (page or not offset)) else rows.count()
    )
    return MovementPage(page, total)


def all_target(enrolment_id: int) -> Enrolment:
    """An enrolment by its number, for an action that reads and checks it itself."""
    return Enrolment.objects.get(pk=enrolment_id)
