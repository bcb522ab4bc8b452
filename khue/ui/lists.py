"""A list page, declared: search, filters, sorting, columns, paging, choosing rows, export and print.

A module declares a `Listing` once; its view reads the wish from the address (`read`), asks its own query for that
slice and answers (`respond`). Nothing here knows a model: rows are plain dicts. `khue/ui/README.md` has an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise

from khue.lib.numbers import whole

Text = str | Promise
Row = Mapping[str, Any]
Kind = Literal["text", "number", "code", "date"]
Place = Literal["title", "end", "line", "hidden"]
Format = Literal["page", "xlsx", "print"]

RESERVED = frozenset({"q", "sort", "page", "size", "format", "columns", "column", "row", "everything"})
COOKIE_AGE = 365 * 24 * 3600
MOST_PRINTED = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `sort` names what it is ordered by (a tuple of names for the query; True takes `key`). `cell` draws a value
    its own way and may give a SafeString; otherwise the value of `key` is escaped and shaped by `kind`. `link` is
    the key of the row that holds the address. `phone` is its place on a card: the bold first line, the right end,
    part of the small second line, or not there. `width` "x-m" drops it under 1100 px.
    """

    key: str
    label: Text
    kind: Kind = "text"
    sort: bool | tuple[str, ...] = False
    cell: Callable[[Row], object] | None = None
    link: str = ""
    phone: Place = "hidden"
    width: Literal["", "x-m"] = ""
    is_shown: bool = True
    is_fixed: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        """The names to order by; empty when it cannot be sorted."""
        return self.sort if isinstance(self.sort, tuple) else ((self.key,) if self.sort else ())


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition, shown as a chip; options are pairs (value, label), or come with the request."""

    key: str
    label: Text
    options: Sequence[tuple[str, Text]] = ()


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something to do with the chosen rows: their ids are posted as `row` to `url`, which asks again who may."""

    label: Text
    url: str
    icon: str = "check"
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready-made set of conditions: `query` as in the address, `detail` such as a count."""

    label: Text
    query: str
    detail: Text = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says before it has anything: why, and the next step."""

    title: Text
    text: Text = ""
    url: str = ""
    button: Text = ""
    icon: str = "users"


@dataclass(frozen=True, slots=True)
class Pages:
    """Where we are among the pages; with `total` None nobody counted and `has_more` says whether more follow."""

    number: int
    size: int
    total: int | None
    shown: int = 0
    has_more: bool = False

    @classmethod
    def of(cls, page: Any) -> Pages:
        """The same for a page of Django's paginator."""
        paginator = page.paginator
        return cls(page.number, paginator.per_page, paginator.count, len(page.object_list))

    @property
    def last(self) -> int:
        """The last page, or the next one when nobody counted."""
        if self.total is None:
            return self.number + (1 if self.has_more else 0)
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Do more rows follow?"""
        return self.has_more if self.total is None else self.number < self.last

    @property
    def has_others(self) -> bool:
        """Is there any other page?"""
        return self.number > 1 or self.has_next

    @property
    def first_row(self) -> int:
        """The place of the first row shown, from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.shown else 0

    @property
    def last_row(self) -> int:
        """The place of the last row shown."""
        return (self.number - 1) * self.size + self.shown

    def near(self) -> list[int]:
        """Page numbers to offer: the first, those near, the last; 0 stands for a gap."""
        if self.total is None:
            return [self.number]
        wanted = sorted({1, self.last, *range(max(1, self.number - 1), min(self.last, self.number + 1) + 1)})
        if self.number <= 2:
            wanted = sorted({*wanted, *range(1, min(self.last, 3) + 1)})
        found: list[int] = []
        for number in wanted:
            if found and number - found[-1] > 1:
                found.append(0 if number - found[-1] > 2 else number - 1)
            found.append(number)
        return found


@dataclass(frozen=True, slots=True)
class State:
    """What somebody wants to see, read from the address; hand it to the module's query."""

    listing: Listing
    path: str
    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    is_descending: bool = False
    page: int = 1
    size: int = 50
    format: Format = "page"
    columns: tuple[Column, ...] = ()
    options: Mapping[str, Sequence[tuple[str, Text]]] = field(default_factory=dict)
    column_choice: tuple[str, ...] | None = None

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return (self.page - 1) * self.size if self.format == "page" else 0

    @property
    def limit(self) -> int | None:
        """Rows to fetch: one page, the most that is printed, or None (all) for Excel."""
        return {"page": self.size, "print": MOST_PRINTED, "xlsx": None}[self.format]

    @property
    def order_by(self) -> tuple[str, ...]:
        """Names for `order_by`, ending with the listing's tie-break, so that pages never overlap."""
        column = next((c for c in self.listing.columns if c.key == self.sort), None)
        names = column.order if column else ()
        if self.is_descending:
            names = tuple(name[1:] if name.startswith("-") else f"-{name}" for name in names)
        return (*names, *(name for name in self.listing.tie_break if name not in names))

    @property
    def is_narrowed(self) -> bool:
        """Is anything searched or filtered?"""
        return bool(self.search or self.filters)

    def query(self, **changes: str | None) -> str:
        """The address of this state with some changes, which lead back to page 1; None drops a part."""
        listing = self.listing
        parts: dict[str, str | None] = {"q": self.search, **self.filters}
        down = "-" if self.is_descending else ""
        is_default = (self.sort, self.is_descending) == listing.default_order
        parts["sort"] = None if is_default else f"{down}{self.sort}"
        parts["size"] = None if self.size == listing.sizes[0] else str(self.size)
        parts["page"] = str(self.page) if self.page > 1 and not changes else None
        parts.update(changes)
        text = urlencode([(key, value) for key, value in parts.items() if value])
        return f"{self.path}?{text}" if text else self.path

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """The state as hidden fields of a form, without the parts the form sets itself."""
        query = QueryDict(self.query(page=None).partition("?")[2])
        return [(key, query[key]) for key in query if key not in without]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows somebody chose: their ids, or everything that matched `state`."""

    ids: tuple[str, ...]
    is_everything: bool
    state: State


@dataclass(frozen=True, slots=True)
class Listing:
    """One list; `key` is unique and remembers the choice of columns, `noun` is what is counted."""

    key: str
    columns: tuple[Column, ...]
    noun: Text
    filters: tuple[Filter, ...] = ()
    search: Text = ""
    default_sort: str = ""
    tie_break: tuple[str, ...] = ("id",)
    sizes: tuple[int, ...] = (50, 20, 100)
    bulk: tuple[BulkAction, ...] = ()
    presets: tuple[Preset, ...] = ()
    empty: Empty | None = None
    has_numbers: bool = True
    can_export: bool = False
    can_print: bool = True
    row_id: str = "id"

    def __post_init__(self) -> None:
        """Refuse names that would collide in the address."""
        clash = RESERVED & {one.key for one in self.filters}
        if clash:
            raise ValueError(f"{self.key}: filter names {sorted(clash)} are taken by the list itself")
        if self.default_sort and self.default_order[0] not in {c.key for c in self.columns if c.order}:
            raise ValueError(f"{self.key}: default_sort {self.default_sort} is no sortable column")

    @property
    def default_order(self) -> tuple[str, bool]:
        """The column it is sorted by at first, and whether downwards."""
        return self.default_sort.lstrip("-"), self.default_sort.startswith("-")

    @property
    def cookie(self) -> str:
        """The cookie that remembers the choice of columns."""
        return f"khue_columns_{self.key.replace('.', '_')}"

    def read(
        self, request: HttpRequest, *, options: Mapping[str, Sequence[tuple[str, Text]]] | None = None
    ) -> State:
        """What the address wants; unknown things are ignored. `options` gives filters theirs."""
        return self._read(request.GET, request.path, request.COOKIES.get(self.cookie, ""), options or {})

    def selection(
        self, request: HttpRequest, *, options: Mapping[str, Sequence[tuple[str, Text]]] | None = None
    ) -> Selection:
        """The rows chosen in a posted bulk action."""
        path, _mark, query = request.POST.get("state", "").partition("?")
        state = self._read(QueryDict(query), path, "", options or {})
        is_everything = request.POST.get("everything") == "1"
        return Selection(tuple(request.POST.getlist("row")), is_everything, state)

    def _read(
        self, query: QueryDict, path: str, cookie: str, options: Mapping[str, Sequence[tuple[str, Text]]]
    ) -> State:
        known = {one.key: options.get(one.key, one.options) for one in self.filters}
        filters = {}
        for key, pairs in known.items():
            value = query.get(key, "")
            if value and value in {str(option) for option, _label in pairs}:
                filters[key] = value
        wished = query.get("sort", "") or self.default_sort
        sortable = {c.key for c in self.columns if c.order}
        if wished.lstrip("-") not in sortable:
            wished = self.default_sort
        choice: tuple[str, ...] | None = None
        if "columns" in query:
            choice = tuple(query.getlist("column"))
        kept = choice if choice is not None else tuple(filter(None, cookie.split(".")))
        names = {c.key for c in self.columns}
        kept = tuple(key for key in kept if key in names)
        shown = tuple(
            c
            for c in self.columns
            if c.is_fixed or (c.key in kept if kept or choice is not None else c.is_shown)
        )
        wanted = query.get("format", "page")
        may = {"page", *(["xlsx"] if self.can_export else []), *(["print"] if self.can_print else [])}
        size = _whole(query.get("size"), self.sizes[0])
        return State(
            listing=self,
            path=path,
            search=" ".join(query.get("q", "").replace("\x00", "").split())[:100] if self.search else "",
            filters=filters,
            sort=wished.lstrip("-"),
            is_descending=wished.startswith("-"),
            page=min(_whole(query.get("page"), 1), 1_000_000),
            size=size if size in self.sizes else self.sizes[0],
            format=wanted if wanted in may else "page",  # type: ignore[arg-type]
            columns=shown,
            options=known,
            column_choice=choice,
        )

    def respond(
        self,
        request: HttpRequest,
        state: State,
        rows: Iterable[Row],
        *,
        total: int | None,
        of: int | None = None,
        has_more: bool = False,
        sums: Mapping[str, object] | None = None,
        template: str = "ui/list.html",
        **context: Any,
    ) -> HttpResponse:
        """The page, or only the part that changes when htmx asks for it.

        `total` is how many match (None when that was not counted: then `has_more`), `of` how many there are
        without conditions, `sums` the foot by column key. The rest (heading, lead, crumbs …) is for the template.
        """
        from khue.ui.list_view import ListView

        if state.column_choice is not None:
            response: HttpResponse = HttpResponseRedirect(state.query())
            kept = ".".join(column.key for column in state.columns)
            response.set_cookie(
                self.cookie, kept, max_age=COOKIE_AGE, path=request.path, secure=request.is_secure(),
                httponly=True, samesite="Lax",
            )  # fmt: skip
            return response
        shown = list(rows)
        pages = Pages(state.page, state.size, total, len(shown), has_more)
        if not shown and state.page > 1 and state.format == "page" and total is not None:
            return HttpResponseRedirect(state.query(page=str(pages.last) if pages.last > 1 else None))
        view = ListView(self, state, shown, pages, of, sums or {})
        if state.format == "print":
            template = "ui/list_print.html"
        elif is_fragment(request):
            template = "ui/_list_table.html"
        response = render(request, template, {**context, "list": view, "fragment": is_fragment(request)})
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response


def ticked(request: HttpRequest) -> list[int]:
    """The rows ticked in a posted list whose rows are numbered, each once; what is no number is left out."""
    rows = request.POST.getlist("row")
    return list(dict.fromkeys(pk for text in rows if (pk := whole(text)) is not None))


def is_fragment(request: HttpRequest) -> bool:
    """Does htmx ask only for the part of the page that changes?"""
    return request.headers.get("HX-Target") == "list" and "HX-History-Restore-Request" not in request.headers


def _whole(text: str | None, otherwise: int) -> int:
    if text and text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0:
        return int(text)
    return otherwise
