"""Who has sent and who has not; checking, taking in, reminding, closing, locking."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.command.reports import actions, tasks
from khue.command.reports.queries import progress as queries
from khue.command.reports.queries import reports as all_reports
from khue.command.reports.views.flow import place_of, told
from khue.command.reports.views.keys import key_context, signed_off
from khue.command.reports.views.reports import frame
from khue.command.reports.views.where import where
from khue.kernel.access.pages import ActorRequest, page
from khue.registry.roster.queries.places import reaches

STANDINGS = {
    "none": ("", gettext_lazy("Chưa lập")),
    "draft": ("wait", gettext_lazy("Trường đang làm")),
    "returned": ("bad", gettext_lazy("Bị trả lại, chờ ký lại")),
    "signed": ("info", gettext_lazy("Chờ kiểm tra")),
    "correcting": ("wait", gettext_lazy("Đã gửi, đang lập bản sửa")),
    "checked": ("ok", gettext_lazy("Chờ Sở nhận")),
    "accepted": ("sealed", gettext_lazy("Sở đã nhận")),
}
STEPS = {
    "none": "na",
    "draft": "s4",
    "returned": "s5",
    "signed": "s2",
    "correcting": "s3",
    "checked": "s1",
    "accepted": "s0",
}


@page("reports.view")
def progress(request: ActorRequest, pk: int) -> HttpResponse:
    """The schools below a unit by office: who has sent, who is late, what waits."""
    here = where(request, pk)
    if here.is_school:
        raise Http404
    found = queries.progress(request.actor, here.period, here.unit)
    lacking = request.GET.get("loc") == "thieu"
    kept = all_reports.latest(request.actor, pk, here.unit)
    context = frame(request, here, "progress") | {
        "found": found, "steps": STEPS, "lacking": lacking, "kept": kept,
        "groups": [
            {
                "group": group,
                "lines": [
                    (line, *STANDINGS[line.standing], STEPS[line.standing])
                    for line in group.lines if not lacking or not line.is_sent
                ],
            }
            for group in found.groups if not lacking or group.missing
        ],
        "legend": [(STEPS[key], label, found.standings[key]) for key, (_kind, label) in STANDINGS.items()
                   if found.standings[key]],
        "is_office": tasks.is_office(here.unit),
        "may_check": reaches(request.actor, "reports.check", here.unit) and found.waiting,
        "may_accept": here.place.is_root and request.actor.holds("reports.accept"),
        "may_remind": found.missing and not here.period.is_locked
        and reaches(request.actor, "reports.remind", here.unit),
        "may_manage": here.place.is_root and request.actor.holds("reports.manage"),
        "may_close": tasks.is_office(here.unit) and reaches(request.actor, "reports.check", here.unit),
        "asks_remind": request.GET.get("nhac") == "1",
    }  # fmt: skip
    context |= key_context(request, may_sign=bool(context["may_close"] or context["may_accept"]))
    return render(request, "reports/progress.html", context)


def _codes(request: ActorRequest) -> list[str] | None:
    return None if "all" in request.POST else request.POST.getlist("truong")[:3000]


@page("reports.check", methods=("POST",))
def check(request: ActorRequest, pk: int) -> HttpResponse:
    """Agree to reports that wait: those chosen, or all below."""
    here = place_of(request, pk, "reports.check")

    def do() -> str:
        rows = queries.chosen(request.actor, "reports.check", here.period, here.unit, _codes(request))
        done = actions.check(request.actor, rows)
        return ngettext("Đã kiểm tra %(n)s báo cáo.", "Đã kiểm tra %(n)s báo cáo.", done) % {"n": done}

    return told(request, here.url("progress"), do)


@page("reports.accept", methods=("POST",))
def accept(request: ActorRequest, pk: int) -> HttpResponse:
    """The department takes in what is checked."""
    here = place_of(request, pk, "reports.accept")

    def do() -> str:
        rows = queries.chosen(request.actor, "reports.accept", here.period, here.unit, _codes(request))
        done = actions.accept(request.actor, rows)
        return ngettext("Đã nhận %(n)s báo cáo.", "Đã nhận %(n)s báo cáo.", done) % {"n": done}

    return told(request, here.url("progress"), do)


@page("reports.remind", methods=("POST",))
def remind(request: ActorRequest, pk: int) -> HttpResponse:
    """Remind the heads of schools that have not sent."""
    here = place_of(request, pk, "reports.remind")

    def do() -> str:
        schools = queries.owing(request.actor, here.period, here.unit, _codes(request))
        count = actions.remind(request.actor, schools, period=here.period)
        if not count:
            return _("Các hiệu trưởng này đã được nhắc trong hôm nay, hoặc trường chưa có hiệu trưởng.")
        return ngettext("Đã nhắc %(n)s hiệu trưởng.", "Đã nhắc %(n)s hiệu trưởng.", count) % {"n": count}

    return told(request, here.url("progress"), do)


@page("reports.check", methods=("POST",))
def close(request: ActorRequest, pk: int) -> HttpResponse:
    """An office closes its sum."""
    here = place_of(request, pk, "reports.check")

    def do() -> str:
        why = request.POST.get("ly-do", "")
        signed_off(
            request,
            lambda hand: actions.close(request.actor, here.unit, period=here.period, reason=why, hand=hand),
        )
        return _("Đã chốt báo cáo của %(unit)s.") % {"unit": here.unit.name}

    return told(request, here.url("report"), do)


@page("reports.accept", methods=("POST",))
def lock(request: ActorRequest, pk: int) -> HttpResponse:
    """The department locks the province's report."""
    here = place_of(request, pk, "reports.accept")

    def do() -> str:
        why = request.POST.get("ly-do", "")
        signed_off(request, lambda hand: actions.lock(request.actor, here.period, reason=why, hand=hand))
        return _("Đã khóa báo cáo của tỉnh.")

    return told(request, here.url("report"), do)
