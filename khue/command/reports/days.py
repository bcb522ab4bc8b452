"""The days of a period as the settings give them (rules/14 section 3), and what they count from."""

from __future__ import annotations

from datetime import date
from typing import Final

from khue.command.reports.facts import Span
from khue.command.reports.models import Kind, Period
from khue.kernel.settings_store.values import values_of

USUAL: Final = {
    Kind.START: ((30, 9), (15, 10)),
    Kind.MID: ((15, 1), (31, 1)),
    Kind.END: ((31, 5), (15, 6)),
}
FIRST_MONTH: Final = 8  # a school year begins in August: earlier months are of its second calendar year


def day_of(year: int, text: str, usual: tuple[int, int]) -> date:
    """`15/01` in the school year 2026 is 15/01/2027; what is no day of the year falls back to the usual one."""
    try:
        day, month = (int(part) for part in text.strip().split("/"))
        return date(year + (month < FIRST_MONTH), month, day)
    except ValueError:
        day, month = usual
        return date(year + (month < FIRST_MONTH), month, day)


def usual_days(year: int) -> dict[str, tuple[date, date]]:
    """The usual day of figures and the day they are due, by kind of period."""
    found = values_of([f"reports.{kind}_{what}" for kind in Kind.values for what in ("day", "due")])
    return {
        kind.value: (
            day_of(year, str(found[f"reports.{kind}_day"]), USUAL[kind][0]),
            day_of(year, str(found[f"reports.{kind}_due"]), USUAL[kind][1]),
        )
        for kind in Kind
    }


def span_of(period: Period, earlier: dict[tuple[int, str], date]) -> Span:
    """What a period counts: at the start of a year from the end of the year before, later from the start of the year.

    `earlier` gives the days of periods that were opened, by year and kind; the usual day stands for others.
    """
    year = int(period.year_id)
    if period.kind == Kind.START:
        before, kind = year - 1, Kind.END
    else:
        before, kind = year, Kind.START
    day = earlier.get((before, kind.value))
    if day is None:
        number, month = USUAL[kind][0]
        day = date(before + (month < FIRST_MONTH), month, number)
    return Span(year, period.as_of, before, day, term=1 if period.kind == Kind.MID else 0)
