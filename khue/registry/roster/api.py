"""The API of the roster: pupils, classes, head counts, and the answer to a transfer as the one that writes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404
from ninja import Header, Path, Query, Router, Schema
from pydantic import Field

from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.api.doors import ApiRequest, Code, Id, Page, PageNumber, PageSize, Text, operation, page_of
from khue.registry.roster.actions.transfers import accept_transfer, refuse_transfer
from khue.registry.roster.queries.classes import class_rows
from khue.registry.roster.queries.counts import CountLine, CountTable, counts, year_of_day
from khue.registry.roster.queries.places import all_year_of, place
from khue.registry.roster.queries.profile import record
from khue.registry.roster.queries.pupils import pupil_rows
from khue.registry.roster.queries.transfers import sides, transfer

router = Router(tags=["Học sinh"])

Year = Annotated[int, Query(ge=0, le=9999, description="Năm học, ghi năm đầu; 0: năm nay")]
Grade = Annotated[int, Query(ge=-6, le=12, description="Khối; 0: mọi khối, số âm: mầm non")]
OptionalId = Annotated[int, Query(ge=0, le=2**63 - 1)]
Key = Annotated[
    str, Header(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9_-]+$", alias="Idempotency-Key")
]


class PupilOut(Schema):
    """A pupil in a list. Numbers of identity cards are never given here."""

    id: int
    name: str
    born: date | None
    born_precision: str
    sex: int | None
    ministry_code: str | None
    code: str
    class_id: int | None
    class_name: str | None
    school_id: int
    grade: int
    status: str
    is_repeat: bool


class PupilRecordOut(PupilOut):
    """One pupil."""

    school: str
    campus: str
    homeroom_teacher: str
    joined_on: date


class ClassOut(Schema):
    """A class of a school year."""

    id: int
    name: str
    grade: int
    level: str
    school_id: int
    school: str
    campus: str | None
    pupils: int
    is_special: bool


class CountLineOut(Schema):
    """The figures of a unit or a class on a day."""

    label: str
    code: str
    class_id: int | None
    pupils: int
    girls: int
    minority: int
    classes: int
    over: int


class CountsOut(Schema):
    """The head count of a place on a day, line by line."""

    unit: str
    day: date
    total: CountLineOut
    lines: list[CountLineOut]


class AnswerIn(Schema):
    """What the receiving school says."""

    accept: bool
    refusal: Annotated[str, Field(max_length=300)] = ""


class TransferOut(Schema):
    """Where a transfer stands."""

    id: int
    state: str
    from_school_id: int
    to_school_id: int | None
    answer_due_on: date
    release_due_on: date | None
    refusal: str


def _year(year: int) -> int:
    if year:
        return year
    found = all_year_of()
    return found.pk if found else 0


def _place(request: ApiRequest, permission: str, code: str) -> Any:
    found = place(request.actor, permission, code)
    if found is None:
        raise Http404
    return found


@operation(
    router, "GET", "/pupils", "roster.view_list", response=Page[PupilOut], summary="Danh sách học sinh"
)
def pupil_list(
    request: ApiRequest, unit: Code = "", year: Year = 0, q: Text = "", grade: Grade = 0, class_id: OptionalId = 0,
    page: PageNumber = 1, size: PageSize = 50,
) -> dict[str, Any]:  # fmt: skip
    """Pupils of a place (the caller's own, or a unit below by its code) in a school year, in Vietnamese order."""
    filters = {"khoi": str(grade) if grade else "", "lop": str(class_id) if class_id else ""}
    found = pupil_rows(
        request.actor, year_id=_year(year), place=_place(request, "roster.view_list", unit), search=q.strip(),
        filters={name: value for name, value in filters.items() if value}, offset=(page - 1) * size, limit=size,
    )  # fmt: skip
    items = [
        {
            "id": row["person_id"],
            "name": row["person__full_name"],
            "born": row["person__birth_date"],
            "born_precision": row["person__birth_precision"],
            "sex": row["person__sex"],
            "ministry_code": row["person__ministry_code"],
            "code": row["person__code"],
            "class_id": row["classroom_id"],
            "class_name": row["classroom__name"],
            "school_id": row["school_id"],
            "grade": row["grade"],
            "status": row["status"],
            "is_repeat": row["is_repeat"],
        }
        for row in found.rows
    ]
    return page_of(items, page=page, size=size, total=found.total, has_more=found.has_more)


@operation(
    router,
    "GET",
    "/pupils/{pupil_id}",
    "roster.view_profile",
    response=PupilRecordOut,
    summary="Một học sinh",
)
def pupil(request: ApiRequest, pupil_id: Path[Id]) -> dict[str, Any]:
    """One pupil whose record the caller's school holds."""
    found = record(request.actor, pupil_id)
    if found is None:
        raise Http404
    enrolment, person = found.enrolment, found.person
    return {
        "id": person.pk,
        "name": person.full_name,
        "born": person.birth_date,
        "born_precision": person.birth_precision,
        "sex": person.sex,
        "ministry_code": person.ministry_code,
        "code": person.code,
        "class_id": enrolment.classroom_id,
        "class_name": enrolment.classroom.name if enrolment.classroom else None,
        "school_id": enrolment.school_id,
        "grade": enrolment.grade,
        "status": enrolment.status,
        "is_repeat": enrolment.is_repeat,
        "school": enrolment.school.name,
        "campus": enrolment.campus.name if enrolment.campus else "",
        "homeroom_teacher": found.homeroom_teacher,
        "joined_on": enrolment.joined_on,
    }


@operation(router, "GET", "/classes", "roster.view_classes", response=Page[ClassOut], summary="Các lớp")
def class_list(
    request: ApiRequest, unit: Code = "", year: Year = 0, q: Text = "", grade: Grade = 0, page: PageNumber = 1,
    size: PageSize = 50,
) -> dict[str, Any]:  # fmt: skip
    """Open classes of a place in a school year."""
    found = class_rows(
        request.actor, year_id=_year(year), place=_place(request, "roster.view_classes", unit), search=q.strip(),
        filters={"khoi": str(grade)} if grade else {}, offset=(page - 1) * size, limit=size,
    )  # fmt: skip
    items = [
        {
            "id": row["id"],
            "name": row["name"],
            "grade": row["grade"],
            "level": row["level"],
            "school_id": row["school_id"],
            "school": row["school__name"],
            "campus": row["campus__name"],
            "pupils": row.get("pupils") or 0,
            "is_special": row["is_special"],
        }
        for row in found.rows
    ]
    return page_of(items, page=page, size=size, total=found.total)


@operation(
    router, "GET", "/counts", "roster.view_counts", response=CountsOut, summary="Số học sinh trong ngày"
)
def head_counts(request: ApiRequest, day: date, unit: Code = "") -> dict[str, Any]:
    """The head count of a place on a day, by unit below it or by class."""
    where = _place(request, "roster.view_counts", unit)
    year = year_of_day(request.actor, day)
    if year is None or not where.is_reached:
        table = CountTable([], CountLine(""))
    else:
        table = counts(request.actor, place=where, year_id=year.pk, day=day)
    return {
        "unit": where.unit.code,
        "day": day,
        "total": _line(table.total),
        "lines": [_line(line) for line in table.lines],
    }


def _line(line: CountLine) -> dict[str, Any]:
    return {
        "label": str(line.label),
        "code": line.code,
        "class_id": line.classroom_id,
        "pupils": line.pupils,
        "girls": line.girls,
        "minority": line.minority,
        "classes": line.classes,
        "over": line.over,
    }


@operation(
    router, "POST", "/transfers/{transfer_id}/answer", "roster.transfer", response=TransferOut,
    summary="Trả lời đơn chuyển trường",
)  # fmt: skip
def answer_transfer(
    request: ApiRequest, transfer_id: Path[Id], answer: AnswerIn, idempotency_key: Key
) -> Any:
    """Accept or refuse a pupil for the receiving school; the same Idempotency-Key answers once."""
    found = transfer(request.actor, transfer_id)
    if found is None:
        raise Http404
    if found.to_school is None or not sides(request.actor, found)[1]:
        raise NotVisible
    if answer.accept:
        rows = accept_transfer(request.actor, found.to_school, transfers=[found])
    else:
        refusal = answer.refusal.replace("\x00", "")
        rows = refuse_transfer(request.actor, found.to_school, transfers=[found], refusal=refusal)
    if not rows:
        raise DomainError("Đơn này không còn chờ trả lời.")
    return rows[0]
