"""Fathers and mothers named in a pupil file."""

from __future__ import annotations

from datetime import date
from typing import Any

from khue.kernel.actions import Work
from khue.kernel.people.models import Person
from khue.kernel.people.records import create_people
from khue.lib import names
from khue.lib.spreadsheets.shape import ParsedRow
from khue.registry.roster.models import Guardianship


def add_guardians(work: Work, rows: list[tuple[ParsedRow, int]], day: date) -> dict[str, list[int]]:
    """Father and mother named in the file: records of their own, unless the pupil already has one of that name."""
    wanted = [
        (
            pupil_id,
            relation,
            row.values[relation],
            row.values.get(f"{relation}_phone") or (row.values.get("phone", "") if alone else ""),
        )
        for row, pupil_id in rows
        for alone in [not (row.values.get("father") and row.values.get("mother"))]
        for relation in ("father", "mother")
        if row.values.get(relation)
    ]
    if not wanted:
        return {"people": [], "links": []}
    pupils = {pupil_id for pupil_id, *_rest in wanted}
    there = {
        (pupil_id, key)
        # A tie that was ended, by a judgment perhaps, is not tied again by a file.
        for pupil_id, key in Guardianship.objects.filter(pupil__in=pupils).values_list(
            "pupil_id", "guardian__search_key"
        )
    }
    by_phone: dict[tuple[str, str], int] = {}
    phones = [phone for *_rest, phone in wanted if phone]
    for row in Person.objects.filter(phone__in=phones, merged_into__isnull=True).values(
        "id", "phone", "search_key"
    ):
        by_phone[(row["phone"], row["search_key"])] = row["id"]
    new_people: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    place_of: dict[tuple[str, str], int] = {}
    for pupil_id, relation, name, phone in wanted:
        key = names.search_key(name)
        if (pupil_id, key) in there:
            continue
        known = by_phone.get((phone, key)) if phone else None
        if known is None:
            at = place_of.get((phone, key)) if phone else None
            if at is None:
                at = len(new_people)
                new_people.append(
                    {"full_name": name, "phone": phone, "sex": 1 if relation == "father" else 2}
                )
                if phone:
                    place_of[(phone, key)] = at
            links.append([pupil_id, ("new", at), relation, bool(phone)])
        else:
            links.append([pupil_id, ("known", known), relation, bool(phone)])
    ids = create_people(work, new_people) if new_people else []
    link_ids = work.create_many(
        Guardianship,
        ["pupil_id", "guardian_id", "relation", "is_main_contact", "may_view", "starts_on"],
        [
            [p, ids[at] if kind == "new" else at, relation, main, True, day]
            for p, (kind, at), relation, main in links
        ],
    )
    return {"people": ids, "links": link_ids}
