"""Verification by anybody: no log-in, no script needed, the minimum shown, rationed by address."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from khue.kernel.access.middleware import client_address
from khue.kernel.access.pages import ANYBODY, page
from khue.school.report_cards import checkpoints, codes, rationing, verification, verification_sheets
from khue.school.report_cards.queries import verification as queries
from khue.school.report_cards.rationing import Of

MOST_WORDS = 60


@never_cache
@page(ANYBODY, methods=("GET", "POST"))
def ask(request: HttpRequest) -> HttpResponse:
    """Where a code is typed: by address (`?ma=`), or a learner's code with birth date, which stay out of addresses."""
    address = rationing.address_of(client_address(request))
    if not rationing.take(Of.PAGES, address):
        return _too_often(request, Of.PAGES.value.window)
    typed = request.GET.get("ma", "").strip()[:MOST_WORDS]
    if request.method == "POST":
        return _by_learner(request, address)
    if not typed:
        return _form(request)
    reference = codes.clean_reference(typed)
    code = codes.clean_code(typed)
    if reference is None and code is not None:
        if rationing.is_spent(Of.MISSES, address):
            return _too_often(request, Of.MISSES.value.window)
        reference = queries.all_reference_of(code)
    if reference is None:
        rationing.take(Of.MISSES, address)
        problem = (
            _("Không có học bạ nào mang mã này. Kiểm lại từng nhóm bốn chữ.")
            if code
            else _("Mã gồm 12 chữ và số, in cạnh mã QR, ví dụ 7KQ4-M2XD-91TB.")
        )
        return _form(request, typed=typed, problem=problem, status=404 if code else 422)
    return HttpResponseRedirect(reverse("verification:card", args=[reference]))


def _by_learner(request: HttpRequest, address: str) -> HttpResponse:
    """Two facts together, and the school year; a miss says nothing of which was wrong."""
    learner = request.POST.get("hoc_sinh", "").strip()[:20]
    born, year = _date(request.POST.get("ngay_sinh", "")), _year(request.POST.get("nam_hoc", ""))
    if not learner or born is None or year is None:
        problem = _("Điền đủ mã học sinh, ngày sinh (ví dụ 20/10/2013) và năm học.")
        return _form(request, learner_problem=problem, learner=learner, status=422)
    for what, whom in ((Of.MISSES, address), (Of.LEARNER, learner), (Of.SITE, "")):
        if rationing.is_spent(what, whom):
            return _too_often(request, what.value.window)
    reference = queries.all_reference_of_learner(learner, born, year)
    if reference is None:
        for what, whom in ((Of.MISSES, address), (Of.LEARNER, learner), (Of.SITE, "")):
            rationing.take(what, whom)
        problem = _("Không tìm thấy học bạ khớp cả ba thông tin này.")
        return _form(request, learner_problem=problem, learner=learner, status=404)
    return HttpResponseRedirect(reverse("verification:card", args=[reference]))


@never_cache
@page(ANYBODY)
def card(request: HttpRequest, reference: str) -> HttpResponse:
    """The answer about one card; `?chu-ky=1` judges every signature anew."""
    address = rationing.address_of(client_address(request))
    if not rationing.take(Of.PAGES, address):
        return _too_often(request, Of.PAGES.value.window)
    clean = codes.clean_reference(reference)
    found = verification.answer(clean) if clean else None
    if found is None and clean and queries.all_issued_sheet(clean) is not None:
        return _sheet(request, clean, address)
    if found is None:
        rationing.take(Of.MISSES, address)
        problem = _("Không có học bạ nào mang mã này. Có thể mã QR bị in hỏng: nhập mã in bên cạnh.")
        return _form(request, problem=problem, status=404)
    checked = None
    is_sound = found.standing != verification.Standing.BROKEN
    if is_sound and request.GET.get("chu-ky") == "1":
        if not rationing.take(Of.CHECKS, address):
            return _too_often(request, Of.CHECKS.value.window)
        checked = verification.check(found)
    values = {"found": found, "checked": checked, "is_sound": is_sound, "province": settings.PROVINCE_NAME}
    return render(request, "report_cards/verification_card.html", values)


def _sheet(request: HttpRequest, reference: str, address: str) -> HttpResponse:
    """The answer about a transfer sheet: its signatures are judged at once."""
    if not rationing.take(Of.CHECKS, address):
        return _too_often(request, Of.CHECKS.value.window)
    values = {"found": verification_sheets.answer(reference), "province": settings.PROVINCE_NAME}
    return render(request, "report_cards/verification_sheet.html", values)


@page(ANYBODY)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint of all registers, for whoever wants to keep one; it names no pupil."""
    address = rationing.address_of(client_address(request))
    if not rationing.take(Of.PAGES, address):
        return _too_often(request, Of.PAGES.value.window)
    row = checkpoints.newest()
    if row is None:
        raise Http404
    response = HttpResponse(checkpoints.export(row), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="so-cap-hoc-ba-{row.pk}.txt"'
    return response


def _form(
    request: HttpRequest,
    *,
    typed: str = "",
    problem: str = "",
    learner: str = "",
    learner_problem: str = "",
    status: int = 200,
) -> HttpResponse:
    values = {
        "typed": typed, "problem": problem, "learner": learner, "learner_problem": learner_problem,
        "years": [(year, f"{year} – {year + 1}") for year in queries.all_years()], "province": settings.PROVINCE_NAME,
    }  # fmt: skip
    return render(request, "report_cards/verification_ask.html", values, status=status)


def _too_often(request: HttpRequest, wait: timedelta) -> HttpResponse:
    minutes = max(1, round(wait.total_seconds() / 60))
    values = {"minutes": minutes, "province": settings.PROVINCE_NAME}
    response = render(request, "report_cards/verification_wait.html", values, status=429)
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response


def _date(text: str) -> date | None:
    """A day as people write it, 20/10/2013, or as a date field sends it."""
    parts = text.strip().replace("-", "/").replace(".", "/").split("/")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return None
    try:
        day, month, year = (int(part) for part in (parts if len(parts[0]) <= 2 else reversed(parts)))
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _year(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) == 4 else None
