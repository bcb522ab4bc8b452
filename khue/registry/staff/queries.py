"""Every read of staff records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import Hit
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.statements import fetch
from khue.lib import names
from khue.lib.dates import DateProblem, format_date, parse_date
from khue.lib.ethnic_groups import GROUPS
from khue.lib.phones import mask_phone
from khue.registry.staff import rules
from khue.registry.staff.models import Duty, Position, Post, StaffMember, StaffStatus

WORKS = (StaffStatus.WORKING, StaffStatus.LEAVE)


def members(actor: Actor, permission: str = "staff.view") -> QuerySet[StaffMember]:
    """The staff records the actor may see."""
    return StaffMember.objects.visible_to(actor, permission)


def positions(actor: Actor, permission: str = "staff.view") -> QuerySet[Position]:
    """The positions the actor may see."""
    return Position.objects.visible_to(actor, permission)


def duties(actor: Actor, permission: str = "staff.view_file") -> QuerySet[Duty]:
    """The duties the actor may see."""
    return Duty.objects.visible_to(actor, permission)


def _open(day: date) -> Q:
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gt=day))


def matching(rows: QuerySet[StaffMember], text: str) -> QuerySet[StaffMember]:
    """Narrow to those whose name, code, number, telephone or birth date matches what was typed."""
    text = text.strip()
    if not text:
        return rows
    digits = text.replace(" ", "").replace(".", "")
    if digits.isdigit():
        found = Q(person__ministry_code__startswith=digits) | Q(person__personal_id__startswith=digits)
        if len(digits.lstrip("0")) >= 6:
            found |= Q(person__phone__endswith=digits.lstrip("0"))
        return rows.filter(found)
    if "/" in text:
        try:
            return rows.filter(person__birth_date=parse_date(text).date)
        except DateProblem:
            pass
    for token in names.search_tokens(text):
        rows = rows.filter(
            Q(person__search_key__startswith=token) | Q(person__search_key__contains=f" {token}")
        )
    return rows


@dataclass(frozen=True)
class StaffPage:
    """One page of the staff list."""

    rows: list[dict[str, Any]]
    total: int
    of: int


def staff_rows(
    actor: Actor,
    *,
    unit: Unit | None = None,
    search: str = "",
    filters: Mapping[str, str] | None = None,
    order_by: Sequence[str] = ("sort_key",),
    offset: int = 0,
    limit: int | None = 50,
    permission: str = "staff.view",
    only_person: int | None = None,
) -> StaffPage:
    """A page of staff with their main post today; `unit` narrows to it and everything below; three queries at most."""
    filters = filters or {}
    today = timezone.localdate()
    base = _below(members(actor, permission), unit)
    if only_person is not None:
        base = base.filter(person_id=only_person)
    rows = matching(base, search)
    if filters.get("status"):
        rows = rows.filter(status=filters["status"])
    if filters.get("post"):
        rows = rows.filter(
            person__in=Position.objects.filter(_open(today), post=filters["post"]).values("person_id")
        )
    if filters.get("subject"):
        rows = rows.filter(subjects_text__icontains=filters["subject"])
    main = Position.objects.filter(_open(today), person=OuterRef("person_id"), unit=OuterRef("unit_id"))
    found = rows.annotate(post=Subquery(main.order_by("-is_main", "post").values("post")[:1])).order_by(
        *order_by
    )
    posts, statuses = dict(Post.choices), dict(StaffStatus.choices)
    page = [
        {
            "id": row["person_id"],
            "url": reverse("staff:profile", args=[row["person_id"]]),
            "name": row["person__full_name"],
            "code": row["person__ministry_code"] or "",
            "born": row["person__birth_date"],
            "sex": {1: "Nam", 2: "Nữ"}.get(row["person__sex"] or 0, ""),
            "phone": row["person__phone"],
            "email": row["person__email"],
            "unit": row["unit__name"],
            "post": str(posts.get(row["post"], "")),
            "subjects": row["subjects_text"],
            "qualification": row["qualification"],
            "title_code": row["title_code"],
            "contract": row["contract"],
            "joined": row["joined_sector_on"],
            "standard": row["standard_result"],
            "note": row["note"],
            "personal_id": row["person__personal_id"] or "",
            "ethnicity": row["person__ethnicity"],
            "status": str(statuses[row["status"]]),
            "status_code": row["status"],
            "retires": rules.retires_on(row["person__birth_date"], row["person__sex"]),
        }
        for row in found.values(
            "person_id", "person__full_name", "person__ministry_code", "person__birth_date", "person__sex",
            "person__phone", "person__email", "person__personal_id", "person__ethnicity", "unit__name", "status",
            "qualification", "subjects_text", "title_code", "contract", "joined_sector_on", "standard_result", "note",
            "post",
        )[offset : None if limit is None else offset + limit]
    ]  # fmt: skip
    of = base.count()
    return StaffPage(page, of if rows is base else rows.count(), of)


def subject_choices(actor: Actor, unit: Unit | None) -> list[tuple[str, str]]:
    """The subjects written in the staff files of a unit, for the filter; one query."""
    if unit is not None and unit.parent_id is None and actor.reach("staff.view").everything:
        texts: Any = [row[0] for row in fetch(_SUBJECTS)]
    else:
        rows = _below(members(actor).exclude(subjects_text=""), unit)
        texts = rows.order_by("subjects_text").values_list("subjects_text", flat=True).distinct()[:60]
    return [(text, text) for text in texts]


# The different texts of a whole province, by stepping from one to the next in an index.
_SUBJECTS = """
with recursive step as (
  select min(subjects_text) as text from staff_member where subjects_text > ''
  union all
  select (select min(m.subjects_text) from staff_member m where m.subjects_text > s.text) from step s
  where s.text is not null
)
select text from step where text is not null limit 60
"""


def _below(rows: QuerySet[StaffMember], unit: Unit | None) -> QuerySet[StaffMember]:
    """Narrow to a unit and everything below it; below the root lies everybody."""
    if unit is None or unit.parent_id is None:
        return rows
    return rows.filter(unit__path__startswith=unit.path)


def all_working() -> QuerySet[Any, Any]:
    """The ids of everybody who works somewhere; for figures."""
    return StaffMember.objects.filter(status__in=WORKS).values("person_id")


@dataclass(frozen=True)
class StaffProfile:
    """Everything one staff page shows."""

    member: StaffMember
    person: Person
    positions: list[Position]
    duties: list[Duty]
    retires_on: date | None
    account: Account | None
    main_post: str
    ethnicity: str
    is_soon: bool  # retires within twelve months
    phone: str  # masked


def profile(actor: Actor, person_id: int) -> StaffProfile | None:
    """One staff record; None when it is not the actor's to see; four queries."""
    member = (
        members(actor, "staff.view_file").select_related("person", "unit").filter(person_id=person_id).first()
    )
    if member is None:
        return None
    held = list(
        Position.objects.filter(person_id=person_id).select_related("unit").order_by("-starts_on", "-pk")
    )
    kept = list(duties(actor).filter(person_id=person_id).select_related("year").order_by("-year_id", "kind"))
    today = timezone.localdate()
    now = [p for p in held if p.starts_on <= today and (p.ends_on is None or p.ends_on > today)]
    now.sort(key=lambda p: not p.is_main)
    person = member.person
    leaves_on = rules.retires_on(person.birth_date, person.sex) if member.status in WORKS else None
    group = GROUPS.get(person.ethnicity)
    return StaffProfile(
        member=member,
        person=person,
        positions=held,
        duties=kept,
        retires_on=leaves_on,
        account=Account.objects.filter(person_id=person_id).first(),
        main_post=now[0].get_post_display() if now else "",
        ethnicity=group.name if group else "",
        phone=mask_phone(person.phone) if person.phone else "",
        is_soon=leaves_on is not None and (leaves_on - today).days < 366,
    )


@dataclass(frozen=True)
class Candidate:
    """Somebody on record who may be the person about to be added: shown before a second record is made."""

    person_id: int
    name: str
    born: date | None
    why: str
    where: str
    is_working: bool


def candidates(
    actor: Actor,
    *,
    full_name: str = "",
    birth_date: date | None = None,
    ministry_code: str = "",
    personal_id: str = "",
) -> list[Candidate]:
    """People with this number or code, or this name and birth date, anywhere in the province; two queries.

    Only what tells them apart is given: everybody may be asked for by those who keep staff files.
    """
    if not actor.holds("staff.manage"):
        return []
    same = Q(pk__in=[])
    if ministry_code:
        same |= Q(ministry_code=ministry_code)
    if personal_id:
        same |= Q(personal_id=personal_id)
    if full_name and birth_date:
        same |= Q(search_key=names.search_key(full_name), birth_date=birth_date)
    people = list(Person.objects.filter(same, merged_into__isnull=True).order_by("sort_key")[:20])
    files = {
        row.person_id: row for row in StaffMember.objects.filter(person__in=people).select_related("unit")
    }
    found = []
    for person in people:
        reasons = [
            "ministry_code" if ministry_code and person.ministry_code == ministry_code else "",
            "personal_id" if personal_id and person.personal_id == personal_id else "",
        ]
        why = next((reason for reason in reasons if reason), "name")
        file = files.get(person.pk)
        found.append(
            Candidate(
                person.pk, person.full_name, person.birth_date, why, file.unit.name if file else "",
                bool(file and file.status in WORKS),
            )
        )  # fmt: skip
    return found


def person_of(actor: Actor, candidate: Candidate) -> Person | None:
    """The record of somebody whom `candidates` gave this actor."""
    return Person.objects.get(pk=candidate.person_id) if actor.holds("staff.manage") else None


def find_staff(actor: Actor, text: str, limit: int = 8) -> list[Hit]:
    """Staff for the one search: name with or without diacritics, code, number, telephone, birth date."""
    if not actor.holds("staff.view"):
        return []
    rows = matching(members(actor), text).order_by("sort_key")
    if actor.reach("staff.view").everything and (few := _people_named(text)) is not None:
        rows = rows.filter(person_id__in=few)
    return [
        Hit(
            row["person__full_name"],
            reverse("staff:profile", args=[row["person_id"]]),
            " · ".join(
                part
                for part in (
                    row["subjects_text"], row["unit__name"],
                    format_date(row["person__birth_date"]) if row["person__birth_date"] else "",
                )
                if part
            ),
            "id-badge-2",
        )
        for row in rows.values("person_id", "person__full_name", "person__birth_date", "subjects_text", "unit__name")[
            :limit
        ]
    ]  # fmt: skip


MOST_NAMED = 500


def _people_named(text: str) -> list[int] | None:
    """Everybody in the province whose name has these words, when they are few; None when staff is better walked
    through in order: a frequent name is then met at once, a number stands in an index of its own."""
    tokens = names.search_tokens(text)
    if not tokens or not all(token.isalpha() for token in tokens):
        return None
    rows = fetch(_BY_WORDS, [" & ".join(tokens), MOST_NAMED + 1])
    if len(rows) > MOST_NAMED:
        return None
    typed = " ".join(tokens)
    return [row[0] for row in (*rows, *fetch(_BY_BEGINNING, [typed, typed + chr(0x10FFFF), MOST_NAMED]))]


# Materialised, so that it is planned without the limit: with it, the planner would hope to meet enough by reading
# the whole table.
_BY_WORDS = """
with named as materialized (
  select id from people_person
  where to_tsvector('simple'::regconfig, coalesce(search_key, ''::character varying)::text) @@ to_tsquery('simple', %s)
) select id from named limit %s
"""
_BY_BEGINNING = (
    "select id from people_person where search_key >= %s and search_key < %s order by search_key limit %s"
)


def staff_people(actor: Actor, permission: str) -> QuerySet[Any]:
    """The people on the staff of units at which the actor holds a permission (of people, such as giving out codes)."""
    scope_reach = actor.reach(permission)
    rows = Position.objects.filter(_open(timezone.localdate()))
    if not scope_reach.everything:
        rows = rows.filter(Position.scope.condition(actor, permission) or Q(pk__in=[]))
    return rows.values("person_id")


def all_descriptions(person_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What people are and where, by their open main post, for account lists and slips; one query."""
    rows = (
        Position.objects.filter(_open(timezone.localdate()), person_id__in=person_ids)
        .order_by("is_main")
        .values_list("person_id", "post", "unit__name")
    )
    posts = dict(Post.choices)
    return {person_id: (str(posts[post]), unit) for person_id, post, unit in rows}


def teachers_of(
    actor: Actor, unit: Unit, *, permission: str = "staff.view", on: date | None = None
) -> list[dict[str, Any]]:
    """Who may be given a class or a course at a school: everyone working with an open position there or at a campus.

    One query; values person_id, name, subjects, title_code, post, home (the unit that keeps the file).
    """
    day = on or timezone.localdate()
    held = positions(actor, permission).filter(_open(day), unit__path__startswith=unit.path)
    rows = (
        held.filter(person__staff_member__status__in=WORKS)
        .order_by("person__sort_key", "-is_main")
        .values(
            "person_id", "person__full_name", "post", "person__staff_member__subjects_text",
            "person__staff_member__title_code", "person__staff_member__unit_id", "person__staff_member__status",
        )
    )  # fmt: skip
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(
            row["person_id"],
            {
                "id": row["person_id"], "name": row["person__full_name"], "post": row["post"],
                "subjects": row["person__staff_member__subjects_text"],
                "title_code": row["person__staff_member__title_code"],
                "is_guest": not unit.path.endswith(f"/{row['person__staff_member__unit_id']}/")
                and row["person__staff_member__unit_id"] != unit.pk,
                "is_away": row["person__staff_member__status"] == StaffStatus.LEAVE,
            },
        )  # fmt: skip
    return list(found.values())


def all_working_at(unit: Unit, person_ids: Sequence[int], on: date) -> set[int]:
    """Which of these people work at the unit or a campus of it on a day (unscoped: for rules inside actions)."""
    held = Position.objects.filter(
        _open(on),
        unit__path__startswith=unit.path,
        person_id__in=person_ids,
        person__staff_member__status__in=WORKS,
    )
    return set(held.values_list("person_id", flat=True))


def person_among(actor: Actor, rows: Sequence[Mapping[str, Any]], person_id: int) -> Person:
    """The record of one of the people that `teachers_of` gave this actor; raises KeyError for anybody else."""
    if not actor.is_somebody or person_id not in {row["id"] for row in rows}:
        raise KeyError(person_id)
    return Person.objects.get(pk=person_id)
