"""What the list templates read; the rows are drawn flat in Python, because a template loop costs more."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import escape
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from khue.ui.keeping import KeptBy, Same
from khue.ui.words import counted, date_vi, number_vi

if TYPE_CHECKING:
    from khue.ui.lists import Column, Filter, Listing, Pages, Row, State


def _safe(value: object) -> str:
    """Anything as safe HTML; plain strings first, for there are hundreds of them on a page."""
    if type(value) is str:
        return escape(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return escape(str(value))


def _text(column: Column, row: Row) -> str:
    """One value as safe HTML."""
    if column.cell is not None:
        return _safe(column.cell(row))
    value = row.get(column.key)
    if value is None or value == "":
        return ""
    if column.kind == "number":
        return number_vi(value)
    if column.kind == "date":
        return date_vi(value) or _safe(value)
    return _safe(value)


def _options(choices: Iterable[tuple[object, object, bool]]) -> SafeString:
    """The options of a select: value, label, chosen."""
    return SafeString(
        "".join(
            f'<option value="{_safe(value)}"{" selected" if is_chosen else ""}>{_safe(label)}</option>'
            for value, label, is_chosen in choices
        )
    )


def _filter_options(one: Filter, state: State) -> SafeString:
    """The options of a filter; those that are the same for everybody are drawn once a language and choice."""
    pairs, chosen = state.options[one.key], state.filters.get(one.key)
    if pairs is one.options and isinstance(pairs, tuple):
        return _fixed_options(Same(pairs), chosen, get_language())
    return _options((option, label, str(option) == chosen) for option, label in pairs)


@lru_cache(maxsize=512)
def _fixed_options(
    same: Same[tuple[tuple[str, str | Promise], ...]], chosen: str | None, _language: str | None
) -> SafeString:
    return _options((option, label, str(option) == chosen) for option, label in same.one)


def _classes(column: Column) -> str:
    parts = []
    if column.kind in ("number", "date"):
        parts.append("num")
    elif column.kind == "code":
        parts.append("code")
    if column.width:
        parts.append(column.width)
    if column.phone in ("hidden", "line"):
        parts.append("x-s")
    return " ".join(parts)


def table_rows(
    columns: Sequence[Column],
    rows: Sequence[Row],
    listing: Listing,
    first: int = 1,
    *,
    is_printed: bool = False,
) -> SafeString:
    """All rows of the table as HTML; on paper without ticks and cards."""
    can_choose, has_numbers, row_id = (
        bool(listing.bulk) and not is_printed,
        listing.has_numbers,
        listing.row_id,
    )
    choose = escape(_("Chọn"))
    has_title = any(column.phone == "title" for column in columns)
    plan = [
        (column, f' class="{classes}"' if (classes := _classes(column)) else "",
         column.phone == "title" or (not has_title and at == 0), column.phone == "line")
        for at, column in enumerate(columns)
    ]  # fmt: skip
    out: list[str] = []
    add = out.append
    for number, row in enumerate(rows, start=first):
        cells: list[str] = []
        line: list[str] = []
        name = ""
        for column, attribute, is_title, is_line in plan:
            text = shown = _text(column, row)
            if column.link and (address := row.get(column.link)):
                look = ' class="name"' if is_title else ""
                shown = f'<a{look} href="{_safe(address)}">{text}</a>'
            elif is_title:
                shown = f'<span class="name">{text}</span>'
            if is_title:
                name = text
                cells.append(f'<th scope="row"{attribute}>{shown}</th>')
            else:
                cells.append(f"<td{attribute}>{shown}</td>")
                if is_line and text:
                    line.append(text)
        add("<tr>")
        if can_choose:
            add(
                '<td class="pick"><input type="checkbox" name="row" form="bulk"'
                f' value="{_safe(row[row_id])}" aria-label="{choose} {_plain(name)}"></td>'
            )
        if has_numbers:
            add(f'<td class="num faint x-s x-m">{number}</td>')
        out += cells
        if line and not is_printed:
            add(f'<td class="only-s line muted sm">{" · ".join(line)}</td>')
        add("</tr>")
    return SafeString("".join(out))


def _plain(html: str) -> str:
    """Escaped text without tags, for an attribute."""
    if "<" not in html:
        return html
    from django.utils.html import strip_tags

    return strip_tags(html).replace('"', "&quot;")


@dataclass(frozen=True, slots=True)
class Head:
    """One column head."""

    label: str | Promise
    classes: str
    url: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition that holds now."""

    label: str | Promise
    value: str | Promise
    drop_url: str


@dataclass(frozen=True)
class ListTools(KeptBy):
    """What stands above the table and in its head: it follows from the listing and the wish, not from rows."""

    listing: Listing
    state: State

    @property
    def kept_by(self) -> tuple[Hashable, ...] | None:
        """All that decides what the tools look like, without translating a word; a search is seen once, so not kept."""
        state = self.state
        if state.search:
            return None
        columns = tuple(column.key for column in state.columns)
        wish = (state.path, *state.filters.items(), state.sort, state.is_descending, state.size)
        return (Same(self.listing), self.has_filters, wish, columns)

    @property
    def has_filters(self) -> bool:
        """Is there any filter with something to choose?"""
        return any(self.state.options.values())

    @property
    def heads(self) -> list[Head]:
        """The column heads with the address that sorts by them."""
        state, found = self.state, []
        for column in state.columns:
            if not column.order:
                found.append(Head(column.label, _classes(column)))
                continue
            is_here = column.key == state.sort
            wish: str | None = f"-{column.key}" if is_here and not state.is_descending else column.key
            if (column.key, (wish or "").startswith("-")) == self.listing.default_order:
                wish = None
            direction = ("descending" if state.is_descending else "ascending") if is_here else ""
            found.append(Head(column.label, _classes(column), state.query(sort=wish), direction))
        return found

    @property
    def presets(self) -> list[tuple[str | Promise, str, str | Promise]]:
        """Ready-made conditions: label, address, detail."""
        return [(p.label, f"{self.state.path}?{p.query}", p.detail) for p in self.listing.presets]

    @property
    def column_choices(self) -> list[tuple[str, str | Promise, bool]]:
        """The columns one may show or hide: key, label, shown now."""
        shown = {column.key for column in self.state.columns}
        return [(c.key, c.label, c.key in shown) for c in self.listing.columns if not c.is_fixed]

    @property
    def excel_url(self) -> str:
        """The same rows and columns in Excel."""
        return self.state.query(format="xlsx")

    @property
    def print_url(self) -> str:
        """The same rows on paper."""
        return self.state.query(format="print")

    @property
    def hidden_for_search(self) -> list[tuple[str, str]]:
        """State the search form carries along."""
        return self.state.hidden("q")

    @property
    def hidden_for_filters(self) -> list[tuple[str, str]]:
        """State the filter form carries along."""
        return self.state.hidden("sort", *(one.key for one in self.listing.filters))

    @property
    def sorts(self) -> SafeString:
        """Every order one may ask for, as options: phones show no column heads. The first order needs no value."""
        now = (self.state.sort, self.state.is_descending)
        found = []
        for column in self.listing.columns:
            for down in (False, True) if column.order else ():
                value = f"{'-' * down}{column.key}"
                label = _("%(label)s, giảm dần") % {"label": column.label} if down else str(column.label)
                is_default = (column.key, down) == self.listing.default_order
                found.append(("" if is_default else value, label, (column.key, down) == now))
        return _options(found)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The whole state."""
        return self.state.hidden()


@dataclass
class ListView:
    """Everything `ui/list.html` and `ui/_list_table.html` show."""

    listing: Listing
    state: State
    items: Sequence[Row]
    pages: Pages
    of: int | None
    sums: Mapping[str, object]

    @cached_property
    def rows(self) -> SafeString:
        """The table's body."""
        state, is_printed = self.state, self.state.format == "print"
        return table_rows(state.columns, self.items, self.listing, state.offset + 1, is_printed=is_printed)

    @cached_property
    def chips(self) -> list[Chip]:
        """The conditions that hold, each with the address without it."""
        state = self.state
        found = [Chip(_("Tìm"), f"“{state.search}”", state.query(q=None))] if state.search else []
        for one in self.listing.filters:
            if value := state.filters.get(one.key):
                label = next((text for option, text in state.options[one.key] if str(option) == value), value)
                found.append(Chip(one.label, label, state.query(**{one.key: None})))
        return found

    @property
    def filter_fields(self) -> SafeString:
        """The filters that can be set, each a select with its label; a school's own classes are among them."""
        state, every = self.state, escape(_("Tất cả"))
        return SafeString(
            "\n".join(
                f'<div><label class="form-label" for="loc-{one.key}">{_safe(one.label)}</label>'
                f'<select class="form-select" id="loc-{one.key}" name="{one.key}">'
                f'<option value="">{every}</option>{_filter_options(one, state)}</select></div>'
                for one in self.listing.filters
                if state.options[one.key]
            )
        )

    @property
    def tools(self) -> ListTools:
        """Search, filters, columns and the rest above the table."""
        return ListTools(self.listing, self.state)

    @property
    def foot(self) -> SafeString:
        """The totals, one cell a column; the title column counts what matches."""
        if not self.sums:
            return SafeString("")
        cells = ['<td class="pick"></td>'] if self.listing.bulk else []
        cells += ['<td class="x-m"></td>'] if self.listing.has_numbers else []
        for at, column in enumerate(self.state.columns):
            value = self.sums.get(column.key, "")
            if isinstance(value, int | float):
                value = number_vi(value)
            tag = "th" if at == 0 else "td"
            if at == 0 and not value and self.pages.total is not None:
                noun = counted(self.listing.noun, self.pages.total)
                value = _("%(n)s %(noun)s") % {"n": number_vi(self.pages.total), "noun": noun}
            scope = SafeString(' scope="row"') if tag == "th" else ""
            cells.append(
                format_html(
                    '<{}{} class="{}">{}</{}>',
                    SafeString(tag),
                    scope,
                    _classes(column),
                    value,
                    SafeString(tag),
                )
            )
        return SafeString("".join(cells))

    @cached_property
    def count(self) -> SafeString:
        """How many match, and of how many."""
        state = self.state
        if self.pages.total is None:
            return SafeString("")
        total, noun = number_vi(self.pages.total), counted(self.listing.noun, self.pages.total)
        if state.is_narrowed and self.of is not None:
            of = counted(self.listing.noun, self.of)
            return format_html(_("Khớp <b>{}</b> trong {} {}"), total, number_vi(self.of), of)
        if state.is_narrowed:
            return format_html(_("Khớp <b>{}</b> {}"), total, noun)
        return format_html(_("Có <b>{}</b> {}"), total, noun)

    @property
    def span(self) -> str:
        """Which rows are on this page: 1 – 50 trong 378."""
        if not self.pages.shown:
            return ""
        here = f"{number_vi(self.pages.first_row)} – {number_vi(self.pages.last_row)}"
        if self.pages.total is None:
            return here
        return _("%(here)s trong %(total)s") % {"here": here, "total": number_vi(self.pages.total)}

    @property
    def total_text(self) -> str:
        """How many match, as a number."""
        return number_vi(self.pages.total) if self.pages.total is not None else ""

    @property
    def noun(self) -> str | Promise:
        """What is counted."""
        return self.listing.noun

    @property
    def has_more_than_page(self) -> bool:
        """Are there matching rows on other pages?"""
        return self.pages.total is not None and self.pages.total > self.pages.shown

    @property
    def clear_url(self) -> str:
        """The list without conditions."""
        return self.state.path

    @property
    def here_url(self) -> str:
        """This very state, for sending on and for bulk actions."""
        return self.state.query()

    @property
    def sizes(self) -> list[tuple[int, bool]]:
        """Page sizes, the current one marked."""
        return [(size, size == self.state.size) for size in sorted(self.listing.sizes)]

    @property
    def hidden_for_size(self) -> list[tuple[str, str]]:
        """State the page-size form carries along."""
        return self.state.hidden("size")

    @property
    def table_class(self) -> str:
        """Looks of the table: with or without a column of ticks."""
        return "table sticky-head cards" if self.listing.bulk else "table sticky-head cards no-pick"
