"""The drawing of an intake over the years: a bar a year, parted by what has become of its pupils."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.command.ioc.queries.cohort import OUTCOMES, STAYED, Cohort
from khue.lib.school_years import SchoolYear
from khue.ui.words import number_vi

WIDE, NARROW = 640, 340
STEP, BAR, LEFT, RIGHT = 44, 26, 92, 64


def stacks(cohort: Cohort, what: str, *, width: int = WIDE) -> SafeString:
    """A bar for each year, all as long as the intake was large; nothing without pupils."""
    if not cohort.size or not cohort.years:
        return SafeString("")
    spoken, parts = [], []
    span = width - LEFT - RIGHT
    for at, (year, counts) in enumerate(cohort.years.items()):
        top, x = at * STEP + 6, float(LEFT)
        said = ", ".join(f"{label}: {counts[key]}" for key, label in OUTCOMES.items() if counts.get(key))
        spoken.append(f"{SchoolYear(year).code}: {said}")
        parts.append(f'<text class="tick" x="0" y="{top + 18}">{escape(SchoolYear(year).code)}</text>')
        for key in OUTCOMES:
            long = span * counts.get(key, 0) / cohort.size
            if long:
                parts.append(
                    f'<rect class="o-{key}" x="{x:.1f}" y="{top}" width="{max(long, 1):.1f}" height="{BAR}"/>'
                )
            x += long
        kept = 100 * sum(counts.get(key, 0) for key in STAYED) / cohort.size
        parts.append(
            f'<text class="tick" x="{width - RIGHT + 8}" y="{top + 18}">{escape(number_vi(kept, 1))} %</text>'
        )
    label = _("%(what)s qua các năm") % {"what": what}
    height = len(cohort.years) * STEP
    return SafeString(
        f'<svg class="chart stacks" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(label)}. {escape("; ".join(spoken))}">{"".join(parts)}</svg>'
    )


def cells(numbers: Iterable[int]) -> SafeString:
    """Numbers as cells of a table: of a hundred units they are many, and a template takes its time over each."""
    return SafeString("".join(f'<td class="num">{number_vi(number)}</td>' for number in numbers))
