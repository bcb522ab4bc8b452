"""The printed book of a class, and its results as a workbook."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.pages import ActorRequest, page
from khue.lib.names import fold
from khue.school.gradebook import book as books
from khue.school.gradebook.actions.files import export_results
from khue.school.gradebook.judging import PERIODS, YEAR
from khue.school.gradebook.queries import books as queries
from khue.school.gradebook.queries.books import ClassBook
from khue.school.gradebook.queries.result_pages import result_class
from khue.school.gradebook.terms import KEYS
from khue.school.gradebook.views.files import download
from khue.school.gradebook.views.linking import link


@page("gradebook.view")
def book(request: ActorRequest, pk: int) -> HttpResponse:
    """The book of a class in a term by the circular's form: all of it, or the reader's own subjects."""
    asked = request.GET.get("ky", "")
    term = int(asked) if asked in ("1", "2") else _term_of(timezone.localdate())
    half = request.GET.get("luc", "")
    half = half if half in books.HALVES else "cuoi"
    found = queries.class_book(request.actor, pk, term)
    if found is None:
        raise Http404
    tables = queries.summaries(request.actor, found.classroom, _periods(found, term, half))
    made = books.book_of(found, term, half, tables)
    return render(
        request,
        "gradebook/book.html",
        {
            "book": made,
            "classroom": found.classroom,
            "teacher": found.teachers.get(0, ""),
            "term": term,
            "half": half,
            "is_primary": found.classroom.level == "TH",
            "year_label": f"{found.classroom.year_id}-{found.classroom.year_id + 1}",
            "back_url": link("sheets") or reverse("home:first"),
        },
    )


def _term_of(day: date) -> int:
    """The term whose book one wants on a day: the first until the end of January."""
    return 1 if day.month >= 8 or day.month == 1 else 2


def _periods(found: ClassBook, term: int, half: str) -> list[int]:
    """Which results the book ends with: the term's, and the year's at its end."""
    if not found.is_whole or found.classroom.level == "MN":
        return []
    if found.classroom.level == "TH":
        return [YEAR] if (term, half) == (2, "cuoi") else []
    return [term, YEAR] if term == 2 else [term]


@page("gradebook.view_results")
def results_file(request: ActorRequest, pk: int) -> HttpResponse:
    """The results of a class in a term or the year as a workbook."""
    period = KEYS.get(request.GET.get("ky", ""), 0)
    room = result_class(request.actor, pk)
    if room is None or period not in PERIODS:
        raise Http404
    name = f"ket-qua-{fold(room.name)}-{'ca-nam' if period == 0 else f'hk{period}'}.xlsx".replace("/", "-")
    return download(name.replace(" ", "-"), export_results(request.actor, room, period=period))
