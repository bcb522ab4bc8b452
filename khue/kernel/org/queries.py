"""Every read of units: within one's reach, as they are now or as they were on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from khue.kernel.manifest import Hit
from khue.kernel.org.models import Unit, UnitEvent, UnitKind, UnitVersion
from khue.lib import admin_units, names

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor

ICONS = {
    UnitKind.DEPARTMENT: "building-bank", UnitKind.OFFICE: "building-community", UnitKind.COMMUNE: "building-community",
    UnitKind.CLUSTER: "hierarchy", UnitKind.SCHOOL: "building", UnitKind.CAMPUS: "home",
}  # fmt: skip
SUGGESTED = 20
SEARCHED = 100


def units(actor: Actor, permission: str = "org.view") -> QuerySet[Unit]:
    """The units where the actor holds the permission, in the order of the tree."""
    return Unit.objects.visible_to(actor, permission)


def _counted(rows: QuerySet[Unit]) -> QuerySet[Unit]:
    return rows.annotate(below=Count("children", filter=Q(children__closed_on__isnull=True))).order_by(
        F("closed_on").desc(nulls_first=True), "kind", "sort_key", "pk"
    )


def top_units(actor: Actor) -> list[Unit]:
    """Where the actor's tree begins: visible units whose parent is not."""
    visible = units(actor)
    return list(_counted(visible.exclude(parent__in=visible.values("pk"))))


def children(actor: Actor, unit: Unit, *, with_closed: bool = False) -> list[Unit]:
    """The units directly below one, each with the number of open ones below it (`below`)."""
    rows = units(actor).filter(parent=unit)
    return list(_counted(rows if with_closed else rows.filter(closed_on__isnull=True)))


def found_units(actor: Actor, text: str) -> list[Unit]:
    """Open units by words of the name or by code, with or without diacritics."""
    return list(
        _matching(units(actor), text).select_related("parent").order_by("kind", "sort_key", "pk")[:SEARCHED]
    )


def _matching(rows: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    words = names.search_tokens(text)
    condition = Q(pk__in=[])
    if words:
        condition = Q()
        for word in words:
            condition &= Q(search_key__contains=word)
    code = text.strip().upper()
    return rows.filter(condition | Q(code=code) | Q(code__startswith=code) if code else condition)


def listed(actor: Actor, *, search: str = "", kind: str = "", parent_code: str = "") -> QuerySet[Unit]:
    """Open units narrowed by words, kind, and the code of the unit directly above."""
    rows = units(actor).filter(closed_on__isnull=True)
    if search.strip():
        rows = _matching(rows, search)
    if kind:
        rows = rows.filter(kind=kind)
    if parent_code:
        rows = rows.filter(parent__code=parent_code)
    return rows.order_by("path", "pk")


def find_units(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Units for the one search."""
    if not actor.holds("org.view"):
        return []
    rows = _matching(units(actor).filter(closed_on__isnull=True), text)
    return [
        Hit(
            unit.name,
            reverse("org:unit", args=[unit.pk]),
            f"{unit.get_kind_display()} · {unit.parent.name}" if unit.parent else unit.get_kind_display(),
            ICONS[UnitKind(unit.kind)],
        )
        for unit in rows.select_related("parent").order_by("kind", "sort_key")[:limit]
    ]


def ancestors(actor: Actor, unit: Unit) -> list[Unit]:
    """The units above one that the actor may see, from the root, the unit itself last."""
    found = units(actor).filter(pk__in=unit.ancestor_ids).in_bulk()
    return [found[pk] for pk in unit.ancestor_ids if pk in found]


def crumbs(actor: Actor, unit: Unit) -> list[tuple[str, str]]:
    """The path through the tree for `{% crumbs %}`."""
    return [(above.name, reverse("org:unit", args=[above.pk])) for above in ancestors(actor, unit)]


def schools_below(actor: Actor, unit: Unit, permission: str = "org.view") -> QuerySet[Unit]:
    """The open schools at or under a unit."""
    return units(actor, permission).filter(
        path__startswith=unit.path, kind=UnitKind.SCHOOL, closed_on__isnull=True
    )


def history(actor: Actor, unit: Unit) -> list[UnitEvent]:
    """The decisions about a unit, newest first; nothing for who may not see the unit."""
    seen = units(actor).filter(pk=unit.pk).values("pk")
    return list(UnitEvent.objects.filter(unit__in=seen).select_related("other").order_by("-on", "-pk"))


def versions(actor: Actor, unit: Unit) -> list[UnitVersion]:
    """What the unit was called and where it stood, newest first."""
    seen = units(actor).filter(pk=unit.pk).values("pk")
    return list(UnitVersion.objects.filter(unit__in=seen).select_related("parent").order_by("-valid_from"))


# --- the tree of a day ---------------------------------------------------------------------------


@dataclass(frozen=True)
class UnitThen:
    """A unit as it was on a day."""

    pk: int
    code: str
    kind: str
    name: str
    parent_id: int | None
    path: str


TREE_ON = """
select u.id, u.code, u.kind, coalesce(v.name, u.name), case when v.id is null then u.parent_id else v.parent_id end,
       coalesce(v.path, u.path)
from org_unit u
left join org_unit_version v on v.unit_id = u.id and v.valid_from <= %(day)s
    and (v.valid_to is null or v.valid_to > %(day)s)
where u.opened_on <= %(day)s and (u.closed_on is null or u.closed_on > %(day)s)
order by coalesce(v.path, u.path)
"""


def all_units_on(day: date) -> dict[int, UnitThen]:
    """Every unit that worked on a day, as it was called and where it stood then; one query."""
    with connection.cursor() as cursor:
        cursor.execute(TREE_ON, {"day": day})
        return {row[0]: UnitThen(*row) for row in cursor.fetchall()}


def units_on(actor: Actor, day: date) -> list[UnitThen]:
    """The same, only what the actor may see today, in the order of that day's tree."""
    visible = set(units(actor).values_list("pk", flat=True))
    return [unit for pk, unit in all_units_on(day).items() if pk in visible]


def all_rolled_up(values: Mapping[int, int], day: date) -> dict[int, int]:
    """Sums up the tree as it stood on a day: each unit's own value and those of all below it."""
    tree = all_units_on(day)
    sums: dict[int, int] = {}
    for pk, value in values.items():
        then = tree.get(pk)
        if then is None:
            continue
        for part in then.path.strip("/").split("/"):
            sums[int(part)] = sums.get(int(part), 0) + value
    return sums


# --- choices for forms ---------------------------------------------------------------------------


def possible_parents(actor: Actor, kinds: Iterable[str], without: Unit | None = None) -> QuerySet[Unit]:
    """Open units of some kinds that the actor manages, but not those at or under `without`."""
    rows = units(actor, "org.manage").filter(kind__in=list(kinds), closed_on__isnull=True)
    if without is not None:
        rows = rows.exclude(path__startswith=without.path)
    return rows.order_by("kind", "sort_key")


def neighbours(actor: Actor, school: Unit) -> QuerySet[Unit]:
    """Other open schools under the same parent: those a school may be merged with."""
    return (
        units(actor, "org.manage")
        .filter(parent_id=school.parent_id, kind=UnitKind.SCHOOL, closed_on__isnull=True)
        .exclude(pk=school.pk)
        .order_by("sort_key")
    )


def commune_suggestions(actor: Actor, text: str) -> list[dict[str, Any]]:
    """Communes a text may mean: exact ones first, then those whose name begins so."""
    exact = admin_units.commune_candidates(text) if text.strip() else ()
    key = names.fold(text)
    more = [
        c for c in admin_units.communes() if key and names.fold(c.name).startswith(key) and c not in exact
    ]
    return [
        {"code": c.code, "label": f"{c.full_name}, {admin_units.province(c.province_code).name}"}
        for c in (*exact, *more)[:SUGGESTED]
    ]


def all_commune_label(code: str) -> str:
    """A commune's code in words; the code itself when it is not in the list."""
    if not code:
        return ""
    try:
        commune = admin_units.commune(code)
    except KeyError:
        return code
    return f"{commune.full_name}, {admin_units.province(commune.province_code).name}"
