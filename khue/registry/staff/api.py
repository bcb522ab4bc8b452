"""The API of staff records: the list and one member."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404
from ninja import Path, Router, Schema

from khue.kernel.api.doors import ApiRequest, Code, Id, Page, PageNumber, PageSize, Text, operation, page_of
from khue.kernel.org import queries as org
from khue.registry.staff import queries

router = Router(tags=["Cán bộ, giáo viên"])


class MemberOut(Schema):
    """A member of staff in a list; numbers of identity cards and phones are not given here."""

    id: int
    name: str
    code: str
    born: date | None
    sex: str
    unit: str
    post: str
    subjects: str
    status: str


@operation(router, "GET", "/staff", "staff.view", response=Page[MemberOut], summary="Danh sách cán bộ")
def staff_list(
    request: ApiRequest, unit: Code = "", q: Text = "", page: PageNumber = 1, size: PageSize = 50
) -> dict[str, Any]:
    """Staff within the caller's reach, or of a unit below it by its code, in Vietnamese order."""
    place = None
    if unit:
        place = org.units(request.actor, "staff.view").filter(code=unit).first()
        if place is None:
            raise Http404
    found = queries.staff_rows(
        request.actor, unit=place, search=q.strip(), offset=(page - 1) * size, limit=size,
        order_by=("sort_key", "person_id"),
    )  # fmt: skip
    return page_of(found.rows, page=page, size=size, total=found.total)


@operation(router, "GET", "/staff/{person_id}", "staff.view_file", response=MemberOut, summary="Một cán bộ")
def staff_member(request: ApiRequest, person_id: Path[Id]) -> dict[str, Any]:
    """One member of staff."""
    found = queries.profile(request.actor, person_id)
    if found is None:
        raise Http404
    person = found.person
    return {
        "id": person.pk,
        "name": person.full_name,
        "code": person.ministry_code or "",
        "born": person.birth_date,
        "sex": str(person.get_sex_display()) if person.sex else "",
        "unit": found.member.unit.name,
        "post": str(found.main_post),
        "subjects": found.member.subjects_text,
        "status": str(found.member.get_status_display()),
    }
