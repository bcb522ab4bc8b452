"""Making and changing person records inside an action: what is derived from the name is derived here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from khue.kernel.actions.work import Work, new_ids
from khue.kernel.people.models import Account, Person
from khue.lib import names

# Columns that `create_people` takes, in order; the rest is derived or default.
GIVEN_FIELDS = (
    "full_name", "birth_date", "birth_precision", "sex", "ethnicity", "nationality", "personal_id", "ministry_code",
    "phone", "email", "birth_place", "home_town", "address", "commune_code",
)  # fmt: skip
DERIVED_FIELDS = ("given_name", "search_key", "sort_key", "code")


def person_code(person_id: int) -> str:
    """Khuê's own code of a person, for life: K, ten digits of the row id, and a check digit (weights 3 and 1)."""
    digits = f"{person_id:010d}"
    codes = digits.encode()
    total = 3 * (sum(codes[::2]) - 5 * 48) + sum(codes[1::2]) - 5 * 48  # 48 is "0"
    return f"K{digits}{-total % 10}"


def is_person_code(text: str) -> bool:
    """Whether a text is a well-formed Khuê code."""
    return (
        len(text) == 12
        and text.isascii()
        and text[0] == "K"
        and text[1:].isdigit()
        and person_code(int(text[1:11])) == text
    )


def derived(full_name: str) -> dict[str, str]:
    """What follows from a name: given name, search key, sort key."""
    return {
        "given_name": names.split_name(full_name)[1],
        "search_key": names.search_key(full_name),
        "sort_key": names.sort_key(full_name),
    }


def create_person(work: Work, **fields: Any) -> Person:
    """Insert one person; `full_name` must be normalised already."""
    row = Person(**fields, **derived(fields["full_name"]))
    row.pk = new_ids(Person, 1)[0]
    row.code = person_code(row.pk)
    return work.create(row)


def create_people(work: Work, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert many people in one COPY; each row maps GIVEN_FIELDS (missing ones are empty); gives their ids."""
    ids = new_ids(Person, len(rows))
    blanks = {
        "birth_date": None,
        "birth_precision": "d",
        "sex": None,
        "nationality": "VN",
        "personal_id": None,
        "ministry_code": None,
    }
    table = []
    for pk, row in zip(ids, rows, strict=True):
        name = row["full_name"]
        table.append(
            [row.get(field, blanks.get(field, "")) for field in GIVEN_FIELDS]
            + [names.split_name(name)[1], names.search_key(name), names.sort_key(name), person_code(pk)]
        )
    work.create_many(Person, [*GIVEN_FIELDS, *DERIVED_FIELDS], table, ids=ids)
    return ids


def change_person(work: Work, person: Person, **fields: Any) -> Person:
    """Change a person; a new name brings its keys along."""
    if "full_name" in fields:
        fields |= derived(fields["full_name"])
    return work.change(person, **fields)


def open_accounts(work: Work, people: Sequence[tuple[int, str]]) -> list[int]:
    """Open accounts for people (id, login name) who have none; without a password until a code is used."""
    return work.create_many(
        Account,
        ["person_id", "login_name", "password", "is_active", "session_epoch"],
        [[person_id, login_name, "!", True, 0] for person_id, login_name in people],
    )
