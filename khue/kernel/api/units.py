"""The API of units and of the caller."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404
from ninja import Path, Router, Schema

from khue.kernel import registry
from khue.kernel.access.pages import SIGNED_IN
from khue.kernel.api.doors import ApiRequest, Code, Id, Page, PageNumber, PageSize, Text, operation, page_of
from khue.kernel.org import queries as org
from khue.kernel.people import tallies

router = Router(tags=["Đơn vị"])


class UnitOut(Schema):
    """A unit of the tree."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    levels: list[str]
    commune_code: str
    address: str
    opened_on: date
    closed_on: date | None


class CapacityOut(Schema):
    """One of the things a person is."""

    key: str
    label: str
    unit_id: int | None
    is_current: bool


class MeOut(Schema):
    """Who is calling."""

    person_id: int | None
    name: str
    capacity: str
    capacities: list[CapacityOut]


class CountOut(Schema):
    """How many people of a kind the caller's reach holds."""

    kind: str
    label: str
    people: int
    as_of: datetime


@operation(router, "GET", "/me", SIGNED_IN, response=MeOut, summary="Người đang gọi")
def me(request: ApiRequest) -> dict[str, Any]:
    """The caller, in which capacity, and the others they could take."""
    actor = request.actor
    every = getattr(request, "capacities", ())
    return {
        "person_id": actor.person_id,
        "name": actor.name,
        "capacity": actor.capacity,
        "capacities": [
            {"key": c.key, "label": c.full_label, "unit_id": c.unit_id, "is_current": c.key == actor.capacity}
            for c in every
        ],
    }


@operation(router, "GET", "/units", "org.view", response=Page[UnitOut], summary="Các đơn vị")
def units(
    request: ApiRequest,
    q: Text = "",
    kind: Code = "",
    parent: Code = "",
    page: PageNumber = 1,
    size: PageSize = 50,
) -> dict[str, Any]:
    """Units within the caller's reach, open ones, by words of the name, kind, or code of the unit above."""
    rows = org.listed(request.actor, search=q, kind=kind, parent_code=parent)
    return page_of(list(rows[(page - 1) * size : page * size]), page=page, size=size, total=rows.count())


@operation(router, "GET", "/units/{unit_id}", "org.view", response=UnitOut, summary="Một đơn vị")
def unit(request: ApiRequest, unit_id: Path[Id]) -> Any:
    """One unit."""
    found = org.units(request.actor).filter(pk=unit_id).first()
    if found is None:
        raise Http404
    return found


@operation(
    router,
    "GET",
    "/people/counts",
    tallies.COUNTED,
    response=list[CountOut],
    summary="Số người theo loại",
)
def people_counts(request: ApiRequest) -> list[dict[str, Any]]:
    """How many pupils, guardians and staff the caller's reach holds; above schools counted every ten minutes."""
    labels = {scope.kind: scope.label for scope in registry.each("people_scopes")}
    return [
        {"kind": kind, "label": str(labels[kind]), "people": number, "as_of": as_of}
        for kind, (number, as_of) in tallies.counted(request.actor).items()
    ]
