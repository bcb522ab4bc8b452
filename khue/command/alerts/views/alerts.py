"""The list of alerts, one of them with what lies behind it, and what people do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django import forms as django_forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.command.alerts import actions, queries, words
from khue.command.alerts.forms import AssignForm, ReasonForm
from khue.command.alerts.queries.behind import STEP
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors, tried
from khue.lib.names import fold
from khue.lib.numbers import whole
from khue.registry.roster.queries.places import Place, place
from khue.ui import charts, lists, messages
from khue.ui.words import date_vi

STATES = (
    ("chua-nhan", gettext_lazy("Chưa ai nhận")),
    ("giao-toi", gettext_lazy("Giao cho tôi")),
    ("dong", gettext_lazy("Đã đóng")),
    ("moi", gettext_lazy("Cả đang mở và đã đóng")),
)
STEPS = (("red", gettext_lazy("Báo động")), ("amber", gettext_lazy("Cần chú ý")))


def _who(row: Any) -> SafeString:
    if row["assigned_to"]:
        return format_html("{}", row["assigned_to"])
    if row["acknowledged_at"]:
        return format_html("{}", row["acknowledged_by"] or _("đã nhận"))
    return format_html('<span class="faint">{}</span>', _("chưa ai nhận"))


ALERTS = lists.Listing(
    key="alerts.alerts",
    noun=gettext_lazy("cảnh báo"),
    columns=(
        lists.Column(
            "unit", gettext_lazy("Đơn vị"), sort=("unit__sort_key",), link="url", phone="title", is_fixed=True
        ),
        lists.Column("rule", gettext_lazy("Cảnh báo"), sort=("rule__order",), phone="line"),
        lists.Column("said", gettext_lazy("Số liệu"), phone="line"),
        lists.Column(
            "step", gettext_lazy("Mức"), sort=("step",), phone="end",
            cell=lambda row: words.mark(row["step"], row["state"]),
        ),
        lists.Column(
            "stepped_at", gettext_lazy("Từ ngày"), sort=("stepped_at",), phone="line",
            cell=lambda row: date_vi(row["stepped_at"]),
        ),
        lists.Column("who", gettext_lazy("Người nhận"), cell=_who, width="x-m"),
    ),
    filters=(
        lists.Filter("muc", gettext_lazy("Mức"), STEPS),
        lists.Filter("tinh-trang", gettext_lazy("Tình trạng"), STATES),
        lists.Filter("quy-tac", gettext_lazy("Quy tắc")),
        lists.Filter("don-vi", gettext_lazy("Xã, phường, phòng")),
    ),
    search=gettext_lazy("Tên hoặc mã đơn vị"),
    default_sort="-step",
    bulk=(lists.BulkAction(gettext_lazy("Nhận"), cast(str, reverse_lazy("alerts:acknowledge")), "check"),),
    empty=lists.Empty(
        gettext_lazy("Không có cảnh báo nào đang mở"),
        gettext_lazy("Khuê xem số liệu mười phút một lần và mở cảnh báo khi có nơi vượt mức."),
        icon="circle-check",
    ),
)  # fmt: skip


@page("alerts.view")
def listed(request: ActorRequest) -> HttpResponse:
    """What is open within one's reach, the worst first; `don-vi` narrows to a commune or office."""
    units = queries.unit_choices(request.actor)
    state = ALERTS.read(
        request, options={"quy-tac": queries.rule_choices(request.actor), "don-vi": units if len(units) > 1 else []}
    )  # fmt: skip
    found = queries.alert_rows(
        request.actor, filters=state.filters, search=fold(state.search), order_by=state.order_by,
        offset=state.offset, limit=state.limit,
    )  # fmt: skip
    rows = [{**row, "url": reverse("alerts:alert", args=[row["id"]])} for row in found.rows]
    counted = queries.totals(request.actor)
    return ALERTS.respond(
        request, state, rows, total=found.total, heading=_("Cảnh báo"),
        template="alerts/alerts.html", crumbs=[(_("Cảnh báo"), "")], counted=counted,
    )  # fmt: skip


@page("alerts.act", methods=("POST",))
def acknowledge(request: ActorRequest) -> HttpResponse:
    """Take on those chosen."""
    ids = lists.ticked(request)
    chosen = queries.chosen(request.actor, ids)
    if len(chosen) != len(ids):
        raise Http404
    _try(request, lambda: _taken_on(request, actions.acknowledge(request.actor, chosen)))
    return HttpResponseRedirect(reverse("alerts:alerts"))


def _taken_on(request: ActorRequest, number: int) -> None:
    text = ngettext("Đã nhận %(n)s cảnh báo", "Đã nhận %(n)s cảnh báo", number) % {"n": number}
    messages.done(request, text if number else _("Các cảnh báo này đã có người nhận"))


def _try(request: ActorRequest, do: Callable[[], object]) -> bool:
    return tried(request, do, nothing=_("Chưa chọn cảnh báo nào."))


@page("alerts.view", methods=("GET", "POST"))
def alert(request: ActorRequest, pk: int) -> HttpResponse:
    """One alert: why, since when, what lies behind it; taken on, given to somebody, closed, reopened."""
    found = queries.alert(request.actor, pk)
    if found is None:
        raise Http404
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    asks = verb or request.GET.get("hoi", "")
    people = queries.assignable(request.actor, found) if asks == "assign" else []
    assigning = AssignForm(people, request.POST if verb == "assign" else None)
    reasoning = ReasonForm(request.POST if verb in ("close", "reopen") else None)
    if verb and _done(request, found, verb, assigning, reasoning):
        return HttpResponseRedirect(f"{reverse('alerts:alert', args=[pk])}{_stepped(request)}")
    there = _there(request, found)
    context = {
        "found": found, "there": there, "behind": queries.behind(request.actor, found.rule, there), "step": STEP,
        "mark": words.mark(found.row.step, found.row.state), "assigning": assigning, "reasoning": reasoning,
        "asks": asks, "charts": _charts(request, found), "asks_remind": request.GET.get("nhac") == "1",
        "crumbs": _crumbs(found, there),
    }  # fmt: skip
    return render(
        request, "alerts/alert.html", context, status=422 if assigning.errors or reasoning.errors else 200
    )


def _stepped(request: ActorRequest) -> str:
    code = request.GET.get(STEP, "")
    return f"?{urlencode({STEP: code})}" if code else ""


def _there(request: ActorRequest, found: queries.Found) -> Place:
    """The unit of the alert, or one below it that the address steps down to."""
    code = request.GET.get(STEP, "")[:40]
    if code in ("", found.unit.code):
        return Place(found.unit, (found.unit,), (), is_reached=True, reached=frozenset({found.unit.pk}))
    there = place(request.actor, "alerts.view", code)
    if there is None or there.unit is None or not there.is_reached:
        raise Http404
    if not there.unit.path.startswith(found.unit.path) or there.is_campus:
        raise Http404
    return there


def _crumbs(found: queries.Found, there: Place) -> list[tuple[str, str]]:
    here = reverse("alerts:alert", args=[found.row.pk])
    steps = [(_("Cảnh báo"), reverse("alerts:alerts")), (found.rule.label, here)]
    below = [
        unit for unit in there.path if unit.path.startswith(found.unit.path) and unit.pk != found.unit.pk
    ]
    return [*steps, *((unit.name, f"{here}?{STEP}={unit.code}") for unit in below[:-1]),
            *((unit.name, "") for unit in below[-1:])]  # fmt: skip


WIDE, NARROW = 640, 340  # on a screen, on a phone: the ticks keep their size


def _charts(request: ActorRequest, found: queries.Found) -> list[SafeString]:
    """How the figure went, drawn for a screen and for a phone; nothing for fewer than two days."""
    trend = queries.trend(request.actor, found)
    values = [value for _day, value in trend]
    if sum(value is not None for value in values) < 2 or found.source is None:
        return []
    goal = found.rule.amber if found.rule.compare in ("above", "below") else None
    label = _("%(figure)s của %(unit)s, %(days)s ngày qua") % {
        "figure": found.source.label, "unit": found.unit.name, "days": len(values),
    }  # fmt: skip
    return [
        charts.line(
            [charts.Series(found.source.label, values)], [f"{day:%d/%m}" for day, _value in trend], label=label,
            goal=goal, decimals=found.source.decimals, width=width, height=200,
        )
        for width in (WIDE, NARROW)
    ]  # fmt: skip


def _done(
    request: ActorRequest, found: queries.Found, verb: str, assigning: AssignForm, reasoning: ReasonForm
) -> bool:
    actor, row = request.actor, found.row
    if verb == "acknowledge":
        _try(request, lambda: _taken_on(request, actions.acknowledge(actor, [row])))
        return True
    if verb == "assign":
        return _written(
            request, assigning,
            lambda: actions.assign(
                actor, row, person_id=assigning.cleaned_data["person"], note=assigning.cleaned_data["note"],
                due_on=assigning.cleaned_data["due"],
            ),
            _("Đã giao, người nhận thấy trong Việc của tôi"),
        )  # fmt: skip
    if verb == "close" and found.may_close:
        do: Callable[[], object] = lambda: actions.close(actor, row, reason=reasoning.cleaned_data["reason"])  # noqa: E731
        return _written(request, reasoning, do, _("Đã đóng cảnh báo"))
    if verb == "reopen" and found.may_reopen:
        do = lambda: actions.reopen(actor, row, reason=reasoning.cleaned_data["reason"])  # noqa: E731
        return _written(request, reasoning, do, _("Đã mở lại cảnh báo"))
    raise NotVisible


def _written(request: ActorRequest, form: django_forms.Form, do: Callable[[], object], text: str) -> bool:
    if not form.is_valid():
        return False
    try:
        do()
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        put_errors(form, problem)
        return False
    messages.done(request, text)
    return True


@page("alerts.act", methods=("POST",))
def remind(request: ActorRequest, pk: int) -> HttpResponse:
    """Remind teachers of a school, or the heads of the schools of a commune, whose marks are late."""
    found = queries.alert(request.actor, pk)
    if found is None or found.rule.figure not in queries.LATE:
        raise Http404
    there = _there(request, found)
    assert there.unit is not None
    if there.is_school:
        chosen = [one for text in request.POST.getlist("teacher") if (one := whole(text)) is not None]
        sheets = queries.late_sheets_of(request.actor, there.unit, None if "all" in request.POST else chosen)
        do: Callable[[], Any] = lambda: actions.remind(request.actor, found.row, sheets=sheets)  # noqa: E731
    else:
        codes: Sequence[str] | None = None if "all" in request.POST else request.POST.getlist("school")
        schools, late = queries.late_schools_of(request.actor, there.unit, codes)
        do = lambda: actions.remind_heads(request.actor, found.row, schools=schools, late=late)  # noqa: E731
    _try_reminding(request, do)
    return HttpResponseRedirect(f"{reverse('alerts:alert', args=[pk])}?{STEP}={there.unit.code}")


def _try_reminding(request: ActorRequest, do: Callable[[], Any]) -> None:
    try:
        result = do()
    except (NotVisible, ProofNeeded):
        messages.refuse(request, _("Không còn ai chậm để nhắc."))
        return
    except DomainError as problem:
        messages.refuse(request, problem.message)
        return
    if result.told:
        text = ngettext("Đã nhắc %(n)s người", "Đã nhắc %(n)s người", result.told)
        messages.done(request, text % {"n": result.told})
    if result.lately:
        text = ngettext(
            "%(n)s người đã được nhắc trong vòng một ngày nên không nhắc lại.",
            "%(n)s người đã được nhắc trong vòng một ngày nên không nhắc lại.",
            result.lately,
        )
        messages.warn(request, text % {"n": result.lately})
    if result.nobody:
        messages.warn(request, _("%(n)s nơi chưa có ai phụ trách để nhắc.") % {"n": result.nobody})
