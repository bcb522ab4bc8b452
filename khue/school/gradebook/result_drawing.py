"""The pupils of a class with their results as rows of the table: forty-five of them by a dozen subjects. Pure.

The template draws the frame and the heads; a nested loop of template tags over 540 results would cost more than the
whole page may. Everything that people wrote is escaped here.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from khue.school.gradebook.queries.result_pages import ClassTable, ResultRow

NONE: Final = "–"
MOST_NAMED: Final = 3  # results still missing that are named; of more, their number


def body(table: ClassTable, address: str, query: str) -> SafeString:
    """The rows; `address` is a pupil's page with `{}` where the enrolment goes, `query` what follows it."""
    is_year, is_primary = table.period == 0, table.room.is_primary
    has_level = is_year or not is_primary
    before, after = map(escape, address.split("{}"))
    after = f"{after}{escape(query)}"
    words = _Words()
    parts: list[str] = []
    add = parts.append
    for number, row in enumerate(table.rows, 1):
        pupil = row.pupil
        add(
            f'<tr><td class="num faint hide-s">{number}</td><th scope="row">'
            f'<a class="name" href="{before}{pupil.enrolment_id}{after}">{escape(pupil.name)}</a>'
        )
        if pupil.has_plan:
            add(f' <small class="muted">{words.plan}</small>')
        if is_year and row.outcome:
            award = f", {escape(row.award)}" if row.award else ""
            add(f'<br class="only-s"><small class="only-s muted">{escape(row.outcome)}{award}</small>')
        lacking = words.lacking(row.missing) if row.missing else ""
        if lacking:
            add(f'<br class="only-s"><small class="only-s c-wait">{words.lacks} {lacking}</small>')
        add("</th>")
        if has_level:
            add(f"<td>{_level(row, words)}</td>")
        if not is_primary:
            absences = row.verdict.absences
            add(
                f"<td>{escape(row.conduct) or NONE}</td>"
                f'<td class="num hide-s">{NONE if absences is None else absences}</td>'
            )
        if is_year:
            add(
                f'<td class="hide-s nowrap">{escape(row.award) or NONE}</td>'
                f'<td class="hide-s nowrap">{escape(row.outcome) or NONE}</td>'
            )
        if lacking:
            every = escape(", ".join(row.missing))
            add(f'<td class="hide-s"><small class="c-wait" title="{every}">{lacking}</small></td>')
        else:
            add(f'<td class="hide-s"><span class="faint">{words.complete}</span></td>')
        for cell in row.cells:
            add(f'<td class="num hide-s">{escape(cell) if cell else NONE}</td>')
        add("</tr>\n")
    return SafeString("".join(parts))


class _Words:
    """The words of the table in the reader's language, looked up once a page."""

    def __init__(self) -> None:
        self.plan = escape(_("kế hoạch cá nhân"))
        self.lacks = escape(_("thiếu"))
        self.complete = escape(_("đủ"))
        self.adjusted = escape(_("điều chỉnh"))

    @staticmethod
    def lacking(missing: list[str]) -> str:
        """What is still missing, shortly."""
        if len(missing) > MOST_NAMED:
            return escape(_("%(n)s kết quả") % {"n": len(missing)})
        return escape(", ".join(missing))


def _level(row: ResultRow, words: _Words) -> str:
    if not row.learning:
        return f'<span class="faint">{NONE}</span>'
    adjusted = f' <small class="muted">{words.adjusted}</small>' if row.is_adjusted else ""
    again = ""
    if row.retest_learning:
        told = escape(_("đánh giá lại: %(level)s") % {"level": row.retest_learning})
        again = f'<small class="c-ok">{told}</small>'
    return f"{escape(row.learning)}{adjusted}{again}"
