"""The one search: a pupil or a class among all that the actor may see, in a few milliseconds in a whole province.

A name is looked for in three steps, each only when the one before found too little: names that begin as typed (a range
of an index); all typed words as whole words (full text); the last word as the beginning of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import Hit
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.statements import fetch
from khue.lib.dates import format_date
from khue.lib.names import fold
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import rules
from khue.registry.roster.models import Classroom

_COLUMNS = (
    "e.id, p.id, p.full_name, coalesce(p.ministry_code, p.code), p.birth_date, c.name, u.name, e.status, "
    "e.sort_key"
)
_JOINS = (
    "join roster_enrolment e on e.person_id = p.id and e.is_current "
    "left join roster_classroom c on c.id = e.classroom_id join org_unit u on u.id = e.school_id"
)
_WORDS = "to_tsvector('simple'::regconfig, coalesce(p.search_key, ''::character varying)::text)"
MOST_LOOKED_AT = 400
FULL_NAME = 3  # so many words and names that begin with them: nobody means a name with others between
_LAST = chr(0x10FFFF)


def find_pupils(actor: Actor, text: str, limit: int = 6) -> list[Hit]:
    """Pupils by name with or without diacritics, code, personal number or birth date, within the actor's rights.

    Names typed with tones rank those with the same tones first.
    """
    if not actor.holds("roster.view_list"):
        return []
    sought = rules.what_is_sought(text)
    scope, values = _scope(actor)
    if scope is None:
        return []
    if sought.kind == "name":
        rows = _by_name(sought, scope, values, limit)
    else:
        rows = _by_number(sought, scope, values, limit)
    can_open = actor.holds("roster.view_profile")
    return [_hit(row, can_open=can_open) for row in rows[:limit]]


def _hit(row: Sequence[Any], *, can_open: bool) -> Hit:
    _enrolment, person_id, name, code, born, room, school, _status, _key = row
    parts = [room or "", code or "", format_date(born) if born else "", school]
    url = (
        reverse("roster:pupil", args=[person_id])
        if can_open
        else f"{reverse('roster:pupils')}?q={escape(code or name)}"
    )
    return Hit(name, url, " · ".join(part for part in parts if part), "user")


def _scope(actor: Actor) -> tuple[str | None, list[Any]]:
    """The condition under which an enrolment `e` is the actor's, as SQL; None when none is."""
    reach = actor.reach("roster.view_list")
    if reach.everything:
        return "", []
    parts, values = [], []
    if reach.unit_ids:
        parts.append("e.school_id = any(%s::bigint[]) or e.campus_id = any(%s::bigint[])")
        values += [list(reach.unit_ids), list(reach.unit_ids)]
    if reach.unit_paths:
        below = Q()
        for path in reach.unit_paths:
            below |= Q(path__startswith=path)
        schools = list(Unit.objects.filter(below, kind=UnitKind.SCHOOL).values_list("pk", flat=True))
        parts.append("e.school_id = any(%s::bigint[])")
        values.append(schools)
    if reach.class_ids:
        parts.append("e.classroom_id = any(%s::bigint[])")
        values.append(list(reach.class_ids))
    if reach.person_ids:
        parts.append("e.person_id = any(%s::bigint[])")
        values.append(list(reach.person_ids))
    return (f"({' or '.join(parts)})", values) if parts else (None, [])


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return fetch(sql, values)


def _by_number(sought: rules.Sought, scope: str, values: list[Any], limit: int) -> list[tuple[Any, ...]]:
    column = {
        "personal_id": "p.personal_id = %s", "ministry_code": "p.ministry_code = %s", "code": "p.code = %s",
        "born": "p.birth_date = %s",
        "temporary": "p.id in (select person_id from people_identifier where system = 'temporary' and value = %s)",
    }.get(sought.kind)  # fmt: skip
    given: Any = sought.day if sought.kind == "born" else sought.text
    where = f"and {scope}" if scope else ""
    if sought.kind == "born":
        # A birth date is shared by a few hundred in a province; the year keeps the walk inside one index.
        return _rows(
            f"select {_COLUMNS} from people_person p {_JOINS} where {column} and p.merged_into_id is null {where} "  # noqa: S608
            "order by e.sort_key limit %s",
            [given, *values, limit],
        )
    if column is None:
        if len(sought.text) < 4 or sought.kind != "digits":
            return []
        low, high = sought.text, sought.text + ":"  # ":" follows "9"
        column, given_values = "p.ministry_code >= %s and p.ministry_code < %s", [low, high]
    else:
        given_values = [given]
    return _rows(
        f"select {_COLUMNS} from people_person p {_JOINS} where {column} and p.merged_into_id is null {where} limit %s",  # noqa: S608
        [*given_values, *values, limit],
    )


def _by_name(sought: rules.Sought, scope: str, values: list[Any], limit: int) -> list[tuple[Any, ...]]:
    if scope:
        return _within_scope(sought, scope, values, limit)
    typed = " ".join(sought.tokens)
    found = _ranked(
        f"select {_COLUMNS} from (select * from people_person where search_key >= %s and search_key < %s "  # noqa: S608
        f"order by search_key limit {MOST_LOOKED_AT}) p {_JOINS}",
        [typed, typed + _LAST],
        sought,
        limit,
    )
    if len(found) >= limit or (found and len(sought.tokens) >= FULL_NAME):
        return found
    words = [" & ".join(sought.tokens)]
    if len(sought.tokens) < FULL_NAME and len(sought.tokens[-1]) > 1:
        words.append(" & ".join([*sought.tokens[:-1], f"{sought.tokens[-1]}:*"]))
    for query in words:
        # Materialised, so that it is planned without the limit: with it, the planner would hope to meet enough
        # by reading every person.
        more = _ranked(
            f"select {_COLUMNS} from (with named as materialized "  # noqa: S608 (our own SQL)
            f"(select * from people_person p where {_WORDS} @@ to_tsquery('simple', %s)) "
            f"select * from named limit {MOST_LOOKED_AT // 2}) p {_JOINS}",
            [query],
            sought,
            limit,
        )
        known = {row[0] for row in found}
        found = [*found, *(row for row in more if row[0] not in known)]
        if found:
            break
    return found[:limit]


def _within_scope(sought: rules.Sought, scope: str, values: list[Any], limit: int) -> list[tuple[Any, ...]]:
    """In a school or a class the pupils are few: read them, and keep those whose name has every word."""
    conditions = " ".join("and ' ' || p.search_key like %s" for _token in sought.tokens)
    return _ranked(
        f"select {_COLUMNS} from people_person p {_JOINS} where {scope} {conditions}",  # noqa: S608 (our own SQL)
        [*values, *(f"% {token}%" for token in sought.tokens)],
        sought,
        limit,
    )


def _ranked(sql: str, values: Sequence[Any], sought: rules.Sought, limit: int) -> list[tuple[Any, ...]]:
    """Run a search with the same tones first, then in the Vietnamese order of names."""
    rank = "strpos(lower(f.full_name), lower(%s)) = 0, " if sought.has_tones else ""
    given = [sought.text] if sought.has_tones else []
    names = "id, person_id, full_name, code, birth_date, room, school, status, sort_key"
    return _rows(
        f"select * from ({sql}) f ({names}) order by {rank}f.sort_key limit %s",  # noqa: S608 (our own SQL)
        [*values, *given, limit],
    )


def find_classes(actor: Actor, text: str, limit: int = 6) -> list[Hit]:
    """Classes of this year by name ("8a3"), within the actor's rights."""
    wanted = fold(text).replace(" ", "").removeprefix("lop").upper()
    if (
        not actor.holds("roster.view_classes")
        or not wanted
        or len(wanted) > 12
        or not any(c.isdigit() for c in wanted)
    ):
        return []
    year = SchoolYear.objects.filter(starts_on__lte=timezone.localdate()).order_by("-pk").values("pk")[:1]
    rows = (
        Classroom.objects.visible_to(actor, "roster.view_classes")
        .filter(year_id=year, closed_on__isnull=True, name__istartswith=wanted)
        .order_by("sort_key", "pk")
        .values_list("pk", "name", "school__name")[:limit]
    )
    return [
        Hit(_("Lớp %(name)s") % {"name": name}, reverse("roster:classroom", args=[pk]), school, "school")
        for pk, name, school in rows
    ]
