"""A unit's report: its tables, what does not hold, last year's beside, its editions, the files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from khue.command.reports import actions, showing
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.checking import shown
from khue.command.reports.filling import differences
from khue.command.reports.queries import reports as queries
from khue.command.reports.views.keys import key_context
from khue.command.reports.views.where import Where, where
from khue.command.reports.words import say
from khue.kernel.access.pages import ActorRequest, page
from khue.registry.roster.queries.places import reaches

KINDS = ("xlsx", "pdf")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def frame(request: ActorRequest, here: Where, tab: str) -> dict[str, Any]:
    """What every page of a report shows: the unit, the period, the tabs."""
    period, unit = here.period, here.unit
    return {
        "here": here, "period": period, "unit": unit, "tabs": here.tabs(tab), "is_school": here.is_school,
        "is_root": here.place.is_root, "at": f"?don-vi={unit.code}", "crumbs": here.crumbs(period.label),
        "is_ahead": timezone.localdate() < period.as_of, "is_late": timezone.localdate() > period.due_on,
    }  # fmt: skip


def _edition(request: ActorRequest) -> int | None:
    text = request.GET.get("ban", "")
    return int(text) if text.isdecimal() and len(text) < 4 else None


@page("reports.view")
def report(request: ActorRequest, pk: int) -> HttpResponse:
    """The tables of a unit's report: a school's own, or the sum of the schools below."""
    here = where(request, pk)
    context = frame(request, here, "report")
    if not here.is_school:
        return _sum(request, here, context)
    found = queries.latest(request.actor, pk, here.unit, _edition(request))
    if found is None and _edition(request):
        raise Http404
    if found is None:
        context["may_prepare"] = reaches(request.actor, "reports.prepare", here.unit)
        return render(request, "reports/none.html", context)
    seen = queries.seen(found, with_remarks=found.is_open)
    moved: dict[str, Any] = {}
    if found.is_open:
        wrong = queries.findings_of(seen)
        bad = {code for one in wrong if one.is_error for code in one.cells}
        context |= {
            "errors": sum(one.is_error for one in wrong), "silent": len(queries.unexplained(seen, wrong)),
            "warnings": sum(not one.is_error for one in wrong), "shown": digest_of(seen).hex(),
        }  # fmt: skip
    else:
        bad = set()
        moved = queries.moved_since(seen) if found.is_latest else {}
    context |= {
        "report": found, "edition": _edition(request),
        "tables": showing.tables(seen.form, seen.levels, seen.values, typed=seen.typed, bad=bad, moved=moved),
        "moved": _moved(seen, moved), "hands": _hands(seen) if found.is_open else [],
        "may_prepare": found.is_open and reaches(request.actor, "reports.prepare", here.unit),
        "may_sign": found.is_open and reaches(request.actor, "reports.sign", here.unit),
        "may_correct": found.is_sent and found.is_latest and reaches(request.actor, "reports.sign", here.unit),
        "may_check": found.state == "signed" and reaches(request.actor, "reports.check", here.unit),
        "may_return": found.is_sent and found.is_latest and reaches(request.actor, "reports.check", here.unit)
        and (found.state != "accepted" or reaches(request.actor, "reports.accept", here.unit)),
    }  # fmt: skip
    may_sign_now = context["may_sign"] and not context["errors"] and not context["silent"]
    context |= key_context(request, may_sign=may_sign_now)
    return render(request, "reports/report.html", context)


def _sum(request: ActorRequest, here: Where, context: dict[str, Any]) -> HttpResponse:
    """The sum of a unit: as it was closed when it was, else as it is now."""
    kept = queries.latest(request.actor, here.period.pk, here.unit)
    levels, values = queries.sum_of(request.actor, here.period, here.unit)
    from khue.command.reports.printing.files import is_big

    moved: dict[str, Any] = {}
    if kept is not None:
        now = values
        seen = queries.seen(kept, with_remarks=False)
        levels, values = seen.levels, seen.values
        moved = differences(values, now)
        context["steps"] = queries.steps_of(kept)
        context["moved"] = _moved(seen, moved)
    context |= {
        "report": kept,
        "is_big": is_big(request.actor, here.period, here.unit, is_school=False),
        "tables": showing.tables(queries.form_of(here.period), levels, values, moved=moved),
    }
    return render(request, "reports/sum.html", context)


def _moved(seen: queries.Seen, moved: dict[str, Any]) -> list[dict[str, str]]:
    """The cells that say otherwise now, in words; those kept for checks only are left out."""
    cells = seen.form.cells(seen.levels)
    return [
        {"label": cells[code].label, "old": shown(old), "new": shown(new)}
        for code, (old, new) in moved.items()
        if code in cells and not cells[code].table.is_control
    ]


def _hands(seen: queries.Seen) -> list[dict[str, Any]]:
    """The tables people type into, with what stands there."""
    found = []
    for table in seen.form.tables(seen.levels):
        rows = [row for row in table.rows if row.is_hand]
        if not rows:
            continue
        typed = seen.typed.get(table.key, {})
        found.append({
            "heading": table.heading, "columns": [say(column.label) for column in table.columns],
            "source": next((one[1] for one in typed.values()), ""),
            "rows": [
                (say(row.label), [
                    (f"{table.key}.{row.code}.{column.code}", say(column.label),
                     seen.values.get(table.key, {}).get(f"{row.code}.{column.code}"))
                    for column in table.columns
                ])
                for row in rows
            ],
        })  # fmt: skip
    return found


@page("reports.view")
def checks(request: ActorRequest, pk: int) -> HttpResponse:
    """What does not hold in a school's report, with its explanations; as it stood when it was signed."""
    here = where(request, pk)
    found = queries.latest(request.actor, pk, here.unit) if here.is_school else None
    if found is None:
        raise Http404
    seen = queries.seen(found)
    wrong = queries.findings_of(seen) if found.is_open else []
    context = frame(request, here, "checks") | {
        "report": found, "may_explain": found.is_open and reaches(request.actor, "reports.prepare", here.unit),
        "errors": [one for one in wrong if one.is_error],
        "warnings": [(one, seen.remarks.get(one.key)) for one in wrong if not one.is_error],
        "checks": len(seen.form.checks),
        "control": showing.tables(seen.form, seen.levels, seen.values, with_control=True),
    }  # fmt: skip
    context["control"] = [one for one in context["control"] if one.table.is_control]
    return render(request, "reports/checks.html", context)


@page("reports.view")
def compare(request: ActorRequest, pk: int) -> HttpResponse:
    """The report beside last year's of the same kind."""
    here = where(request, pk)
    before = queries.year_before(request.actor, here.period)
    levels, values = queries.values_at(request.actor, here.period, here.unit)
    old = queries.values_at(request.actor, before, here.unit)[1] if before is not None else {}
    context = frame(request, here, "compare") | {
        "before": before, "has_old": bool(old),
        "tables": showing.tables(queries.form_of(here.period), levels, values, against=old) if old and values else [],
    }  # fmt: skip
    return render(request, "reports/compare.html", context)


@page("reports.view")
def history(request: ActorRequest, pk: int) -> HttpResponse:
    """The editions of a unit's report and what happened to each."""
    here = where(request, pk)
    found = queries.editions(request.actor, pk, here.unit)
    return render(request, "reports/history.html", frame(request, here, "history") | {"editions": found})


@page("reports.view")
def file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """A unit's report as a workbook or as paper, with every school below it; too many of them are for `make_file`."""
    if kind not in KINDS:
        raise Http404
    here = where(request, pk)
    from khue.command.reports.printing import files

    if files.is_big(request.actor, here.period, here.unit, here.is_school):
        return HttpResponseRedirect(here.url("report"))
    data = files.made(request.actor, here.period, here.unit, here.is_school, kind, _edition(request))
    if data is None:
        raise Http404
    name = files.name_of(here.period, here.unit, kind)
    response = HttpResponse(data, content_type=XLSX if kind == "xlsx" else "application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@page("reports.view", methods=("POST",))
def make_file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """Have the file with all schools below a unit made behind the page, and show how far it is."""
    here = where(request, pk)
    if kind not in KINDS or here.is_school:
        raise Http404
    run = actions.make_file(request.actor, here.period, here.unit, kind)
    return HttpResponseRedirect(reverse("jobs:run", args=[run.pk]))
