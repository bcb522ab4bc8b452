"""The school year a page of report cards is about: named in its address, else the one chosen in the header.

Cards are signed after a year has ended, when the header shows the next one; links lead to the year that has them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest
from khue.kernel.actions import DomainError
from khue.kernel.home.year import year_of
from khue.school.report_cards.queries.progress import other_year

YEAR = "nam"


def year_id(request: ActorRequest) -> int:
    """The first calendar year of the school year shown; raises DomainError before the province opened one."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    asked = request.GET.get(YEAR, "")
    return next((value for value, *_words in year.choices if str(value) == asked), year.value)


def year_label(year: int) -> str:
    """“2025 – 2026”."""
    return f"{year} – {year + 1}"


def kept(request: ActorRequest) -> str:
    """What links of a page add to their addresses so that the year named in its own stays."""
    return f"&{YEAR}={year_id(request)}" if request.GET.get(YEAR) else ""


def elsewhere(request: ActorRequest, permission: str, year: int) -> dict[str, object]:
    """Where cards are when this year has none, for `_other_year.html`; one query."""
    found = other_year(request.actor, permission, year)
    return {"other_year": found, "other_year_label": year_label(found)} if found is not None else {}
