"""Head counts on any day, down the unit tree; who came and went; each figure opens to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.home.year import year_of
from khue.lib.spreadsheets.write import OutColumn, write_csv, write_xlsx
from khue.registry.calendar.queries import YearShown
from khue.registry.roster import rules
from khue.registry.roster.models_words import EVENT_WORDS
from khue.registry.roster.queries import counts as queries
from khue.registry.roster.queries.places import Place
from khue.registry.roster.queries.transfers import movement_rows
from khue.registry.roster.views.exports import attachment
from khue.registry.roster.views.frame_of import STEP, address, crumbs, day_of, page_place, year_id
from khue.ui.lists import Column, Filter, Listing
from khue.ui.templatetags.ui import badge
from khue.ui.words import number_vi

COLUMNS = (
    OutColumn("Đơn vị", "label"),
    OutColumn("Học sinh", "pupils"),
    OutColumn("Nữ", "girls"),
    OutColumn("Dân tộc thiểu số", "minority"),
    OutColumn("Lớp", "classes"),
    OutColumn("Lớp quá sĩ số", "over"),
    OutColumn("Lớp gần đủ", "near"),
    OutColumn("Vào", "joined"),
    OutColumn("Ra", "left"),
    OutColumn("Ngày so sánh", "before"),
)


@page("roster.view_counts")
def counts(request: ActorRequest) -> HttpResponse:
    """How many pupils on a day, by unit below (by class in a school), and what changed in a span."""
    place = page_place(request, "roster.view_counts")
    day, year = _day(request)
    first = day_of(request.GET.get("tu"), day - timedelta(days=30))
    compared_day = day_of(request.GET.get("so-voi")) if request.GET.get("so-voi") else None
    compared = _compared(request, compared_day, year) if compared_day else None
    table = queries.counts(
        request.actor,
        place=place,
        year_id=year,
        day=day,
        span=(first, day) if first <= day else None,
        compared=compared,
    )
    if request.GET.get("format") in ("xlsx", "csv"):
        return _file(request, table, place, day)
    unit = place.unit
    assert unit is not None
    full = (
        queries.full_classes(request.actor, place=place, year_id=year, day=day, limit=12)
        if table.total.over
        else []
    )
    moves = [
        (
            str(EVENT_WORDS[kind]),
            number,
            kind,
            address(
                "roster:movements", don_vi=unit.code, loai=kind, tu=f"{first:%d/%m/%Y}", den=f"{day:%d/%m/%Y}"
            ),
        )
        for kind, number in table.moves.items()
    ]
    reasons = [
        (
            str(rules.DROP_REASONS.get(code, code)),
            number,
            address(
                "roster:movements",
                don_vi=unit.code,
                loai="dropped",
                ly_do=code,
                tu=f"{first:%d/%m/%Y}",
                den=f"{day:%d/%m/%Y}",
            ),
        )
        for code, number in table.drop_reasons.most_common()
    ]
    return render(
        request,
        "roster/counts.html",
        {
            "place": place,
            "table": table,
            "day": day,
            "first": first,
            "compared": compared_day,
            "full": full,
            "moves": moves,
            "reasons": reasons,
            "is_today": day == timezone.localdate(),
            "rows": line_rows(table.lines, place, has_compared=compared is not None),
            "query": request.GET.urlencode(),
            "crumbs": crumbs(place, "roster:counts", _("Số lượng học sinh")),
        },
    )


def line_rows(lines: Sequence[queries.CountLine], place: Place, *, has_compared: bool) -> SafeString:
    """The body of the table, drawn flat: a province has three hundred lines."""
    over, full, near = _("quá %(n)s"), _("đủ %(n)s"), _("gần %(n)s")
    girls, classes, too_full = _("%(n)s nữ"), _("%(n)s lớp"), escape(_("quá sĩ số"))
    base, is_wide = f"{reverse('roster:counts')}?{STEP}=", place.is_wide
    out: list[str] = []
    for line in lines:
        url = f"{base}{line.code}" if line.code else _class_url(line, place)
        detail = f' <span class="muted sm">{escape(line.detail)}</span>' if line.detail else ""
        if is_wide:
            figures = (
                f'<b class="c-bad">{number_vi(line.over)}</b>'
                if line.over
                else '<span class="faint">0</span>'
            )
            state = f'<td class="num x-s">{number_vi(line.classes)}</td><td class="num x-s">{figures}</td>'
        else:
            words = {"over": over, "full": full, "near": near}.get(line.fullness)
            kind = "bad" if line.fullness == "over" else "wait"
            shown = (
                badge(kind, words % {"n": line.limit})
                if words
                else f'<span class="muted">{line.limit or ""}</span>'
            )
            state = f'<td class="x-s">{shown}</td>'
        small = [girls % {"n": number_vi(line.girls)}]
        if is_wide:
            small.append(classes % {"n": number_vi(line.classes)})
        last = f' · <span class="c-bad">{too_full}</span>' if line.over else ""
        compared = ""
        if has_compared:
            difference = line.difference or 0
            compared = f'<td class="num x-s">{"+" if difference > 0 else ""}{number_vi(difference)}</td>'
        out.append(
            f'<tr><th scope="row"><a class="name" href="{escape(url)}">{escape(line.label)}</a>{detail}</th>'
            f'<td class="num">{number_vi(line.pupils)}</td><td class="num x-s">{number_vi(line.girls)}</td>'
            f'<td class="num x-s x-m">{number_vi(line.minority)}</td>{state}'
            f'<td class="num x-s">{line.joined or ""}</td><td class="num x-s">{line.left or ""}</td>{compared}'
            f'<td class="only-s line muted sm">{escape(" · ".join(small))}{last}</td></tr>'
        )
    return SafeString("".join(out))


def _class_url(line: queries.CountLine, place: Place) -> str:
    if line.classroom_id:
        return address("roster:classroom", line.classroom_id)
    return address("roster:pupils", don_vi=place.unit.code if place.unit else "", thieu="lop")


def _day(request: ActorRequest) -> tuple[Any, int]:
    """The day looked at and its school year; without a day, today, or the last day of a past year."""
    year = year_of(request)
    if request.GET.get("ngay"):
        day = day_of(request.GET["ngay"])
        known = queries.year_of_day(request.actor, day)
        return day, known.pk if known else year_id(request)
    today = timezone.localdate()
    wanted = year_id(request)
    if isinstance(year, YearShown) and year.row and year.row.starts_on <= today <= year.row.ends_on:
        return today, wanted
    own = queries.year_of_day(request.actor, today)
    if year is not None and own is not None and own.pk != wanted:
        return queries.last_day_of(request.actor, wanted) or today, wanted
    return today, wanted


def _compared(request: ActorRequest, day: Any, year: int) -> tuple[int, Any]:
    known = queries.year_of_day(request.actor, day)
    return (known.pk if known else year, day)


def _file(request: ActorRequest, table: queries.CountTable, place: Place, day: Any) -> HttpResponse:
    rows = [{name.name: getattr(line, name.name) for name in COLUMNS} for line in (*table.lines, table.total)]
    rows[-1]["label"] = _("Cộng")
    name = f"so-luong-{place.unit.code if place.unit else ''}-{day:%Y%m%d}"
    if request.GET.get("format") == "csv":
        return attachment(write_csv(COLUMNS, rows), f"{name}.csv", "text/csv; charset=utf-8")
    title = _("Số lượng học sinh ngày %(day)s") % {"day": f"{day:%d/%m/%Y}"}
    return attachment(
        write_xlsx(title, COLUMNS, rows, note=place.unit.name if place.unit else ""), f"{name}.xlsx"
    )


MOVEMENTS = Listing(
    key="roster.movements",
    noun=gettext_lazy("lượt"),
    columns=(
        Column("name", gettext_lazy("Học sinh"), link="url", phone="title", is_fixed=True),
        Column("on", gettext_lazy("Ngày"), kind="date", phone="end"),
        Column("kind", gettext_lazy("Việc"), phone="line"),
        Column("classroom", gettext_lazy("Lớp"), phone="line"),
        Column("reason", gettext_lazy("Lý do")),
        Column("other", gettext_lazy("Trường kia"), width="x-m"),
        Column("decision", gettext_lazy("Quyết định"), width="x-m"),
        Column("school", gettext_lazy("Trường"), width="x-m"),
    ),
    filters=(
        Filter("don-vi", gettext_lazy("Đơn vị")),
        Filter("loai", gettext_lazy("Việc"), tuple(EVENT_WORDS.items())),
        Filter("ly-do", gettext_lazy("Lý do bỏ học"), tuple(rules.DROP_REASONS.items())),
        Filter("tu", gettext_lazy("Từ ngày")),
        Filter("den", gettext_lazy("Đến ngày")),
    ),
)


MOVEMENTS_OF_A_SCHOOL = replace(
    MOVEMENTS, columns=tuple(column for column in MOVEMENTS.columns if column.key != "school")
)


def _reason(code: str, text: str) -> str:
    """A reason in words, with what was said beside it."""
    words = str(rules.DROP_REASONS.get(code) or rules.TRANSFER_REASONS.get(code) or "")
    return words if not text or text == words else f"{words}. {text}" if words else text


@page("roster.view_list")
def movements(request: ActorRequest) -> HttpResponse:
    """Who came and went in a span: the rows behind the figures."""
    place = page_place(request, "roster.view_list")
    last = day_of(request.GET.get("den"))
    first = day_of(request.GET.get("tu"), last - timedelta(days=30))
    listing = MOVEMENTS if place.is_wide else MOVEMENTS_OF_A_SCHOOL
    state = listing.read(
        request,
        options={
            "don-vi": [(place.unit.code, place.unit.name)] if place.unit else [],
            "tu": [(request.GET.get("tu", ""), f"{first:%d/%m/%Y}")],
            "den": [(request.GET.get("den", ""), f"{last:%d/%m/%Y}")],
        },
    )
    kind = state.filters.get("loai", "")
    found = movement_rows(
        request.actor,
        unit=place.unit if place.is_reached else None,
        first=first,
        last=last,
        kinds=[kind] if kind else (),
        reason=state.filters.get("ly-do", ""),
        offset=state.offset,
        limit=state.limit,
    )
    rows = [
        {
            "id": row["id"],
            "name": row["enrolment__person__full_name"],
            "on": row["on"],
            "kind": EVENT_WORDS[row["kind"]],
            "url": address("roster:pupil", row["enrolment__person_id"])
            if row["enrolment__is_current"] and request.actor.holds("roster.view_profile")
            else "",
            "classroom": row["classroom__name"] or "",
            "school": row["school__name"],
            "other": row["other_school"],
            "reason": _reason(row["reason_code"], row["reason"]),
            "decision": row["decision"],
        }
        for row in found.rows
    ]
    return listing.respond(
        request,
        state,
        rows,
        total=found.total,
        heading=_("Biến động học sinh"),
        lead=_("Từ %(first)s đến %(last)s.") % {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"},
        crumbs=crumbs(place, "roster:counts", _("Biến động")),
    )
