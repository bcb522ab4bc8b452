"""What is done with a school's report: filled, typed into, explained, signed, corrected, given back."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.command.reports import actions
from khue.command.reports.views.keys import signed_off
from khue.command.reports.views.where import Where, school_report, where
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.ui import messages


def told(request: ActorRequest, back: str, do: Callable[[], str]) -> HttpResponse:
    """Do it, say what came of it, go back; a rule's no is said in its words."""
    try:
        text = do()
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        messages.refuse(request, " ".join(dict.fromkeys([*problem.fields.values(), problem.message][:3])))
    else:
        messages.done(request, text)
    return HttpResponseRedirect(back)


@page("reports.prepare", methods=("POST",))
def fill(request: ActorRequest, pk: int) -> HttpResponse:
    """Make a school's report, or take its figures anew."""
    here = where(request, pk, "reports.prepare")
    if not here.is_school:
        raise Http404

    def do() -> str:
        moved = actions.fill(request.actor, here.unit, period=here.period)
        if not moved:
            return _("Số liệu đã mới nhất.")
        return ngettext("Đã lấy lại số liệu, %(n)s ô đổi.", "Đã lấy lại số liệu, %(n)s ô đổi.", moved) % {
            "n": moved
        }

    return told(request, here.url("report"), do)


@page("reports.prepare", methods=("POST",))
def enter(request: ActorRequest, pk: int) -> HttpResponse:
    """Type in what Khuê does not know."""
    here, report = school_report(request, pk, "reports.prepare")
    cells: dict[str, int | None] = {}
    for name, text in request.POST.items():
        if name.startswith("o:"):
            plain = str(text).strip().replace(".", "")
            cells[name[2:]] = (
                int(plain) if plain.isdecimal() and len(plain) < 9 else None if not plain else -1
            )

    def do() -> str:
        actions.enter(request.actor, report, cells=cells, source=request.POST.get("can-cu", ""))
        return _("Đã ghi các ô trường tự khai.")

    return told(request, f"{here.url('report')}#tu-ghi", do)


@page("reports.prepare", methods=("POST",))
def explain(request: ActorRequest, pk: int) -> HttpResponse:
    """Explain something unusual."""
    here, report = school_report(request, pk, "reports.prepare")

    def do() -> str:
        actions.explain(
            request.actor, report, key=request.POST.get("cho", "")[:80], text=request.POST.get("loi", "")
        )
        return _("Đã ghi lời giải thích.")

    return told(request, here.url("checks"), do)


@page("reports.sign", methods=("POST",))
def sign(request: ActorRequest, pk: int) -> HttpResponse:
    """The head signs what they saw."""
    here, report = school_report(request, pk, "reports.sign")

    def do() -> str:
        shown = request.POST.get("so", "")
        with_key = signed_off(
            request, lambda hand: actions.sign(request.actor, report, shown=shown, hand=hand)
        )
        return _("Đã ký số và gửi báo cáo.") if with_key else _("Đã ký gửi báo cáo.")

    return told(request, here.url("report"), do)


@page("reports.sign", methods=("POST",))
def correct(request: ActorRequest, pk: int) -> HttpResponse:
    """Make the next edition of what was signed."""
    here, report = school_report(request, pk, "reports.sign")

    def do() -> str:
        made = actions.correct(request.actor, report, reason=request.POST.get("ly-do", ""))
        return _("Đã lập bản %(n)s. Xem lại rồi ký.") % {"n": made.edition}

    return told(request, here.url("report"), do)


@page("reports.check", methods=("POST",))
def give_back(request: ActorRequest, pk: int) -> HttpResponse:
    """Give a school's report back with a reason."""
    here, report = school_report(request, pk, "reports.check")

    def do() -> str:
        actions.give_back(request.actor, report, reason=request.POST.get("ly-do", ""))
        return _("Đã trả lại trường.")

    return told(request, here.url("report"), do)


def place_of(request: ActorRequest, pk: int, permission: str) -> Where:
    """The wide place something is done at."""
    here = where(request, pk, permission)
    if here.is_school:
        raise Http404
    return here
