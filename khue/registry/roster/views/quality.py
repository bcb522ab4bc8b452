"""Data quality: what is wrong at a place, what to do about it, and the rows behind each figure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.registry.roster import actions
from khue.registry.roster.queries import quality as queries
from khue.registry.roster.queries.places import Place
from khue.registry.roster.views.exports import attachment
from khue.registry.roster.views.frame_of import STEP, crumbs, page_place, year_id
from khue.ui.lists import Column, Empty, Listing
from khue.ui.words import counted, date_vi, mask_id, number_vi

PUPILS = Listing(
    key="roster.faults",
    noun=gettext_lazy("em"),
    columns=(
        Column("name", gettext_lazy("Họ và tên"), sort=True, link="url", phone="title", is_fixed=True),
        Column("classroom", gettext_lazy("Lớp"), sort=True, phone="end"),
        Column("born", gettext_lazy("Ngày sinh"), kind="date", sort=True, phone="line"),
        Column("sex_word", gettext_lazy("Giới tính"), width="x-m"),
        Column("number", gettext_lazy("Số định danh"), kind="code", phone="line"),
        Column("code", gettext_lazy("Mã"), kind="code", width="x-m"),
    ),
    search=gettext_lazy("Tên"),
    default_sort="name",
    can_export=True,
    empty=Empty(
        gettext_lazy("Không còn em nào"), gettext_lazy("Mục này đã đủ và đúng."), icon="circle-check"
    ),
)
CLASSES = Listing(
    key="roster.faulty_classes",
    noun=gettext_lazy("lớp"),
    columns=(
        Column("name", gettext_lazy("Lớp"), link="url", phone="title", is_fixed=True),
        Column("pupils", gettext_lazy("Sĩ số"), kind="number", phone="end"),
        Column("limit", gettext_lazy("Mức tối đa"), kind="number", phone="line"),
        Column("teacher", gettext_lazy("Chủ nhiệm"), phone="line"),
    ),
    can_export=True,
    empty=Empty(
        gettext_lazy("Không còn lớp nào"), gettext_lazy("Mục này đã đủ và đúng."), icon="circle-check"
    ),
)
UNITS = Listing(
    key="roster.faulty_units",
    noun=gettext_lazy("đơn vị"),
    columns=(
        Column("label", gettext_lazy("Đơn vị"), link="url", phone="title", is_fixed=True),
        Column("pupils", gettext_lazy("Học sinh"), kind="number", phone="line"),
        Column("number", gettext_lazy("Số lỗi"), kind="number", phone="end"),
    ),
    can_export=True,
    empty=Empty(
        gettext_lazy("Không còn đơn vị nào"), gettext_lazy("Mục này đã đủ và đúng."), icon="circle-check"
    ),
)
# The columns of the table by unit: heading, the checks that add up in it, the check it opens to.
GROUPS = (
    (gettext_lazy("Chưa xếp lớp"), ("no_class",), "no_class"),
    (
        gettext_lazy("Số định danh"), ("no_personal_id", "bad_personal_id", "sex_mismatch", "birth_mismatch"),
        "no_personal_id",
    ),
    (gettext_lazy("Mã của Bộ"), ("no_ministry_code",), "no_ministry_code"),
    (gettext_lazy("Liên hệ"), ("no_contact",), "no_contact"),
    (gettext_lazy("Tuổi"), ("age",), "age"),
    (gettext_lazy("Trùng"), ("double",), "double"),
)  # fmt: skip


def _place(request: ActorRequest) -> Place:
    place = page_place(request, "roster.view_quality")
    if place.unit is None or not place.is_reached:
        raise Http404
    return place


@page("roster.view_quality")
def quality(request: ActorRequest) -> HttpResponse:
    """Every kind of fault at a place with its number and what to do, then by class or by unit below."""
    place, year = _place(request), year_id(request)
    assert place.unit is not None
    table = queries.table(request.actor, place=place, year_id=year)
    here = f"?{STEP}={place.unit.code}"
    context = {
        "heading": _("Chất lượng dữ liệu"), "lead": place.unit.name, "table": table, "place": place, "here": here,
        "checks": [_check(name, check, number, here) for name, check, number in table.checks],
        "groups": [label for label, _names, _opens in GROUPS], "lines": _line_rows(table.lines, place),
        "total_cells": [sum(table.total.faults.get(n, 0) for n in names) for _label, names, _opens in GROUPS],
        "crumbs": crumbs(place, "roster:quality", _("Chất lượng dữ liệu")), "step": STEP,
    }  # fmt: skip
    return render(request, "roster/quality.html", context)


def _check(name: str, check: queries.Check, number: int, here: str) -> dict[str, Any]:
    url = reverse("roster:quality_rows", args=[name.replace("_", "-")]) + here
    return {
        "name": name, "label": check.label, "advice": check.advice, "number": number, "kind": check.kind, "url": url,
        "unit": counted(_("lớp") if check.of == "class" else _("em"), number),
    }  # fmt: skip


def _line_rows(lines: Sequence[queries.QualityLine], place: Place) -> SafeString:
    """The body of the table by class or unit, drawn flat: a province has three hundred lines."""
    assert place.unit is not None
    openings = {
        name: reverse("roster:quality_rows", args=[name.replace("_", "-")])
        for _label, names, opens in GROUPS
        for name in (*names, opens)
    }
    base = (
        reverse("roster:quality")
        if place.is_wide
        else reverse("roster:classroom", args=[0]).partition("0")[0]
    )
    shown = {name for _label, names, _opens in GROUPS for name in names} | {"near_full"}
    nothing = '<span class="faint">–</span>'
    out: list[str] = []
    for line in lines:
        if place.is_wide:
            tail = f"?{STEP}={escape(line.code)}"
            url = f"{base}{tail}"
        else:
            tail = f"?{STEP}={escape(place.unit.code)}&amp;lop={line.room_id}"
            url = f"{base}{line.room_id}/" if line.room_id else ""
        label = escape(line.label)
        name = f'<a class="name" href="{url}">{label}</a>' if url else label
        out.append(f'<tr><th scope="row">{name}</th><td class="num">{number_vi(line.pupils)}</td>')
        for _label, names, opens in GROUPS:
            number = sum(line.faults.get(name, 0) for name in names)
            wanted = next((name for name in names if line.faults.get(name)), opens)
            cell = f'<a href="{openings[wanted]}{tail}">{number_vi(number)}</a>' if number else nothing
            out.append(f'<td class="num hide-s">{cell}</td>')
        rest = sum(number for name, number in line.faults.items() if name not in shown)
        total = line.total
        out.append(
            f'<td class="num hide-s">{number_vi(rest) if rest else nothing}</td>'
            f'<td class="num">{f"<b>{number_vi(total)}</b>" if total else nothing}</td></tr>'
        )
    return SafeString("".join(out))


@page("roster.view_quality")
def faults(request: ActorRequest, check: str) -> HttpResponse:
    """The rows behind one figure: pupils or classes of a school, units above."""
    name = check.replace("-", "_")
    if name not in queries.CHECKS:
        raise Http404
    place = _place(request)
    if place.is_wide:
        return _units(request, place, name)
    if queries.CHECKS[name].of == "class":
        return _classes(request, place, name)
    return _pupils(request, place, name)


def _context(place: Place, name: str) -> dict[str, Any]:
    assert place.unit is not None
    check = queries.CHECKS[name]
    back = f"{reverse('roster:quality')}?{STEP}={place.unit.code}"
    return {
        "heading": check.label, "lead": f"{place.unit.name}. {check.advice}", "template": "roster/quality_rows.html",
        "crumbs": crumbs(place, "roster:quality", (_("Chất lượng dữ liệu"), back), str(check.label)), "check": name,
        "place": place, "step": STEP,
    }  # fmt: skip


def _pupils(request: ActorRequest, place: Place, name: str) -> HttpResponse:
    assert place.unit is not None
    state = PUPILS.read(request)
    room = request.GET.get("lop", "")
    found = queries.faulty_pupils(
        request.actor, place=place, year_id=year_id(request), check=name, search=state.search,
        room_id=int(room) if room.isascii() and room.isdigit() and len(room) < 18 else None,
        order=f"{'-' if state.is_descending else ''}{state.sort}", offset=state.offset, limit=state.limit,
    )  # fmt: skip
    for row in found.rows:
        row["url"] = (
            reverse("roster:duplicates")
            if name == "double"
            else reverse("roster:pupil", args=[row["person_id"]])
        )
        row["sex_word"] = {1: _("Nam"), 2: _("Nữ")}.get(row["sex"], "")
        row["number"] = mask_id(row["personal_id"]) if row["personal_id"] else ""
    if state.format == "xlsx":
        if not request.actor.holds("roster.export"):
            raise Http404
        table = [{**row, "born": date_vi(row["born"]) if row["born"] else ""} for row in found.rows]
        columns = (
            OutColumn("Lớp", "classroom"), OutColumn("Họ và tên", "name"), OutColumn("Ngày sinh", "born"),
            OutColumn("Giới tính", "sex_word"), OutColumn("Mã học sinh", "code"),
        )  # fmt: skip
        return _file(request, place, name, columns, table)
    return PUPILS.respond(request, state, found.rows, total=found.total, **_context(place, name))


def _classes(request: ActorRequest, place: Place, name: str) -> HttpResponse:
    state = CLASSES.read(request)
    rows = queries.faulty_classes(request.actor, place=place, year_id=year_id(request), check=name)
    for row in rows:
        row["url"] = reverse("roster:classroom", args=[row["id"]])
    if state.format == "xlsx":
        columns = (OutColumn("Lớp", "name"), OutColumn("Sĩ số", "pupils"), OutColumn("Mức tối đa", "limit"),
                   OutColumn("Chủ nhiệm", "teacher"))  # fmt: skip
        return _file(request, place, name, columns, rows)
    page_rows = rows[state.offset : state.offset + (state.limit or len(rows))]
    return CLASSES.respond(request, state, page_rows, total=len(rows), **_context(place, name))


def _units(request: ActorRequest, place: Place, name: str) -> HttpResponse:
    state = UNITS.read(request)
    table = queries.table(request.actor, place=place, year_id=year_id(request))
    rows = [
        {
            "id": line.code, "label": line.label, "pupils": line.pupils, "number": line.faults[name],
            "url": f"{request.path}?{STEP}={line.code}",
        }
        for line in queries.all_wide_rows(table, name)
    ]  # fmt: skip
    if state.format == "xlsx":
        columns = (
            OutColumn("Đơn vị", "label"),
            OutColumn("Học sinh", "pupils"),
            OutColumn("Số lỗi", "number"),
        )
        return _file(request, place, name, columns, rows)
    page_rows = rows[state.offset : state.offset + (state.limit or len(rows))]
    return UNITS.respond(
        request, state, page_rows, total=len(rows), as_of=table.as_of, **_context(place, name)
    )


def _file(
    request: ActorRequest, place: Place, name: str, columns: Any, rows: list[dict[str, Any]]
) -> HttpResponse:
    """The rows in Excel; written down, and pupils beyond the limit are refused as in every list."""
    assert place.unit is not None
    label = str(queries.CHECKS[name].label)
    is_pupils = not place.is_wide and queries.CHECKS[name].of == "pupil"
    if is_pupils:
        actions.export_unit(
            request.actor, place.unit, count=len(rows), filters={"loi": label}, table="quality"
        )
    note = f"{request.actor.name}, {request.actor.capacity_label}, {timezone.localtime():%H:%M, %d/%m/%Y}"
    body = write_xlsx(f"{label}, {place.unit.name}", columns, rows, note=note)
    return attachment(body, f"chat-luong-{name.replace('_', '-')}-{place.unit.code}.xlsx")
