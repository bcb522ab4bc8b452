"""Component tags: everything a page is put together from. See `/ui/thanh-phan/` for each in every state."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.http import QueryDict
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from khue.ui import forms as form_parts
from khue.ui import keeping, words

if TYPE_CHECKING:
    from khue.ui.lists import Pages

register = template.Library()

BADGE_ICONS = {
    "ok": "check", "wait": "clock", "bad": "x", "edit": "history", "info": "pencil", "sealed": "rubber-stamp",
    "": "minus",
}  # fmt: skip
NOTE_ICONS = {"": "info-circle", "info": "info-circle", "ok": "circle-check", "wait": "alert-triangle",
              "bad": "alert-circle"}  # fmt: skip


@lru_cache(maxsize=4)
def _sprite(static_url: str) -> str:
    return static("ui/icons.svg")


@lru_cache(maxsize=1024)
def _icon(name: str, size: str, label: str, sprite: str) -> SafeString:
    classes = f"i i-{size}" if size else "i"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#i-{}"/></svg>',
            classes,
            label,
            sprite,
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, sprite, name
    )


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon from the sprite; `size` is `s` or `l`; `label` speaks it, without one it is decoration."""
    return _icon(name, size, str(label), _sprite(settings.STATIC_URL or ""))


# ---------- way marks ----------


@register.simple_tag
def crumbs(steps: Iterable[Any] | None) -> SafeString:
    """The path through the unit tree: pairs (label, address); the last stands for the page itself."""
    pairs = [(step, "") if isinstance(step, str) else (step[0], step[1]) for step in steps or ()]
    if not pairs:
        return SafeString("")
    parts = [
        format_html('<a href="{}">{}</a>', url, label)
        if url and at < len(pairs) - 1
        else format_html(
            "<span{}>{}</span>", SafeString(' aria-current="page"' * (at == len(pairs) - 1)), label
        )
        for at, (label, url) in enumerate(pairs)
    ]
    return format_html(
        '<nav class="crumbs" aria-label="{}">{}</nav>',
        _("Đơn vị"),
        SafeString(icon("chevron-right").join(parts)),
    )


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: Any) -> str:
    """This page's address with some parameters changed and the rest kept; None or "" drops one."""
    request = context["request"]
    return changed_query(request.path, request.GET, changes)


def changed_query(path: str, asked: QueryDict, changes: Mapping[str, Any]) -> str:
    """The address of a page with some parameters changed and the rest kept."""
    query = asked.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, [str(one) for one in value])
        else:
            query[key] = str(value)
    text = query.urlencode()
    return f"?{text}" if text else path


@register.simple_tag(takes_context=True)
def sort_link(context: Context, key: str, label: str) -> SafeString:
    """A column head that sorts by `key` and turns the order at the second click; put it into a `<th>`."""
    current = str(context["request"].GET.get("sort", ""))
    is_here, is_down = current.lstrip("-") == key, current.startswith("-")
    address = query_string(context, sort=f"-{key}" if is_here and not is_down else key, page=None)
    arrow = icon("arrow-down" if is_down else "arrow-up") if is_here else ""
    spoken = (_(", đang xếp giảm dần") if is_down else _(", đang xếp tăng dần")) if is_here else ""
    return format_html(
        '<a href="{}">{}{}<span class="visually-hidden">{}</span></a>', address, label, arrow, spoken
    )


@register.simple_tag
def chip(label: str, value: str = "", drop_url: str = "", url: str = "", icon_name: str = "") -> SafeString:
    """A filter: with `drop_url` it is on and can be taken off, with `url` it is a choice to make."""
    sign = icon(icon_name) if icon_name else ""
    shown = (
        format_html("{}{} <b>{}</b>", sign, label, value) if value != "" else format_html("{}{}", sign, label)
    )
    if drop_url:
        told = _("Bỏ điều kiện %(what)s") % {"what": f"{label} {value}".strip()}
        return format_html(
            '<span class="chip on">{}<a class="x" href="{}" aria-label="{}">{}</a></span>',
            shown, drop_url, told, icon("x"),
        )  # fmt: skip
    if url:
        return format_html('<a class="chip" href="{}">{}</a>', url, shown)
    return format_html('<span class="chip on still">{}</span>', shown)


@register.simple_tag(takes_context=True)
def pager(context: Context, page: Any, key: str = "page") -> SafeString:
    """First, near and last pages of `page` (a `lists.Pages` or Django's own `Page`)."""
    from khue.ui.lists import Pages

    request = context["request"]
    pages = page if isinstance(page, Pages) else Pages.of(page)
    return _pager(request.path, request.META.get("QUERY_STRING", ""), pages, key, get_language())


@lru_cache(maxsize=300)
def _pager(path: str, asked: str, pages: Pages, key: str, _language: str | None) -> SafeString:
    query = QueryDict(asked)

    def to(number: int | None) -> str:
        return changed_query(path, query, {key: number})

    numbers = [(n, to(n if n > 1 else None) if n else "") for n in pages.near()]
    return SafeString(
        render_to_string(
            "ui/_pager.html",
            {
                "pages": pages,
                "numbers": numbers,
                "previous": to(pages.number - 1 if pages.number > 2 else None),
                "next": to(pages.number + 1),
            },
        )
    )


# ---------- figures and states ----------


@register.simple_tag
def figure(
    label: str, value: Any, unit: str = "", src: str = "", href: str = "", kind: str = ""
) -> SafeString:
    """A figure that is never naked: label, value, unit or "of how many", source and time; opens to its rows.

    `kind` colours the value (`ok`, `wait`, `bad`, `muted`, `word` for a result in words).
    """
    shown = words.number_vi(value) if isinstance(value, int | float) else value
    unit = words.counted(unit, 1) if str(value) == "1" else unit
    colour = {"": "", "muted": "muted", "word": "word"}.get(kind, f"c-{kind}")
    inside = format_html(
        '<span class="fig-l">{}</span><b{}>{}</b>{}{}',
        label,
        format_html(' class="{}"', colour) if colour else "",
        shown,
        format_html('<span class="u">{}</span>', unit) if unit else "",
        format_html('<span class="src">{}</span>', src) if src else "",
    )
    if href:
        return format_html('<a class="fig" href="{}">{}</a>', href, inside)
    return format_html('<div class="fig">{}</div>', inside)


@register.simple_tag
def badge(kind: str, text: str, icon_name: str = "") -> SafeString:
    """A state in colour, sign and word: `ok wait bad edit info sealed`, or "" for what has not begun."""
    sign = icon(icon_name or BADGE_ICONS.get(kind, "minus"))
    return format_html('<span class="badge{}">{}{}</span>', f" {kind}" if kind else "", sign, text)


@register.simple_tag
def quiet(kind: str, text: str, icon_name: str = "") -> SafeString:
    """A state without fill, for lists, so that exceptions keep the fill."""
    sign = icon(icon_name or BADGE_ICONS.get(kind, "minus"))
    return format_html('<span class="quiet{}">{}{}</span>', f" c-{kind}" if kind else "", sign, text)


@register.simple_tag
def progress(done: int, total: int, label: str = "", kind: str = "") -> SafeString:
    """A bar of what is done of how many; `kind` is `lag` for what is behind, `big` for long work."""
    told = label or _("%(done)s trong %(total)s") % {
        "done": words.number_vi(done), "total": words.number_vi(total)
    }  # fmt: skip
    return format_html(
        '<progress class="meter{}" value="{}" max="{}" aria-label="{}">{}</progress>',
        f" {kind}" if kind else "", min(done, total), max(total, 1), told, told,
    )  # fmt: skip


@register.simple_tag
def steps(labels: Iterable[Any], current: int) -> SafeString:
    """The steps of a wizard, from 1: labels or pairs (label, address); those before `current` are done."""
    items = []
    for at, step in enumerate(labels, start=1):
        label, url = (str(step), "") if isinstance(step, str | Promise) else (step[0], step[1])
        if at < current:
            inside = format_html('<a href="{}">{}</a>', url, label) if url else conditional_escape(label)
            items.append(format_html('<li class="done">{}</li>', inside))
        elif at == current:
            items.append(format_html('<li aria-current="step">{}</li>', label))
        else:
            items.append(format_html("<li>{}</li>", label))
    return format_html('<ol class="steps" aria-label="{}">{}</ol>', _("Các bước"), SafeString("".join(items)))


@register.simple_tag
def change(old: Any, new: Any) -> SafeString:
    """Old value → new value, as in a record's history; nothing is shown as “trống”."""
    empty = _("trống")
    return format_html(
        '<span class="change"><del>{}</del>{}<ins>{}</ins></span>',
        empty if old in (None, "") else old, icon("arrow-right"), empty if new in (None, "") else new,
    )  # fmt: skip


# ---------- forms ----------


@register.simple_tag
def field(
    bound: Any, cls: str = "", label: str = "", hint: str = "", optional: bool | None = None
) -> SafeString:
    """One field: label, hint, control, errors beside it; `cls` is its width in a `form-grid` (c2 c3 c4)."""
    return form_parts.field_html(bound, cls=cls, label=label, hint=hint, optional=optional, icon=icon)


@register.simple_tag
def form_errors(*forms: BaseForm) -> SafeString:
    """The summary of all places to mend, each a link to its field; nothing when there are none."""
    return form_parts.errors_html(forms, icon=icon)


@register.simple_tag
def post_key() -> SafeString:
    """A fresh idempotency key: the same form sent twice is done once."""
    return format_html('<input type="hidden" name="_key" value="{}">', secrets.token_urlsafe(16))


# ---------- blocks with content ----------


class ContentNode(Node):
    """A tag with content between its start and its end."""

    def __init__(self, nodelist: NodeList, arguments: Mapping[str, FilterExpression], look: str) -> None:
        self.nodelist, self.arguments, self.look = nodelist, arguments, look

    def render(self, context: Context) -> SafeString:
        """Fill the component's own small template."""
        given = {key: value.resolve(context) for key, value in self.arguments.items()}
        content = self.nodelist.render(context)
        if self.look == "note":
            kind = str(given.get("kind", "") or "")
            sign = icon(str(given.get("icon", "") or NOTE_ICONS.get(kind, "info-circle")))
            role = mark_safe(' role="alert"') if kind == "bad" and given.get("alert", True) else ""
            return format_html(
                '<div class="note{}"{}>{}<div>{}</div></div>', f" {kind}" if kind else "", role, sign, content
            )
        return SafeString(render_to_string(f"ui/_{self.look}.html", {**given, "content": content}))


def _content_tag(look: str, names: tuple[str, ...]) -> None:
    def compile_tag(parser: Parser, token: Token) -> Node:
        arguments: dict[str, FilterExpression] = {}
        for at, bit in enumerate(token.split_contents()[1:]):
            key, equals, value = bit.partition("=")
            if equals and key.isidentifier():
                arguments[key] = parser.compile_filter(value)
            elif at < len(names):
                arguments[names[at]] = parser.compile_filter(bit)
            else:
                raise template.TemplateSyntaxError(f"{look} takes {', '.join(names)}")
            if not set(arguments) <= {*names, "alert", "icon"}:
                raise template.TemplateSyntaxError(f"{look} does not know {key}")
        nodelist = parser.parse((f"end{look}",))
        parser.delete_first_token()
        return ContentNode(nodelist, arguments, look)

    register.tag(look, compile_tag)


_content_tag("note", ("kind",))
_content_tag("empty", ("title", "icon"))
_content_tag("dialog", ("id", "title", "wide"))
_content_tag("work", ("title", "done", "total"))
_content_tag("why", ("title",))


class ColumnsNode(Node):
    """The page's content, with a side column only when the side has something to say."""

    child_nodelists = ("main", "aside")

    def __init__(self, main: NodeList, aside: NodeList) -> None:
        self.main, self.aside = main, aside

    def render(self, context: Context) -> SafeString:
        """Render both parts; put them side by side if need be."""
        main, aside = self.main.render(context), self.aside.render(context)
        if not aside.strip():
            return main
        return format_html('<div class="two"><div>{}</div><aside class="stack">{}</aside></div>', main, aside)


@register.tag
def columns(parser: Parser, token: Token) -> Node:
    """`{% columns %}content{% side %}side{% endcolumns %}`."""
    main = parser.parse(("side",))
    parser.delete_first_token()
    aside = parser.parse(("endcolumns",))
    parser.delete_first_token()
    return ColumnsNode(main, aside)


register.tag("kept", keeping.kept)
register.tag("translate", keeping.translate)
register.tag("trans", keeping.translate)

# ---------- words ----------

register.filter("counted", words.counted)
register.filter("date_vi", words.date_vi)
register.filter("day_vi", words.day_vi)
register.filter("time_vi", words.time_vi)
register.filter("datetime_vi", words.datetime_vi)
register.filter("number_vi", words.number_vi)
register.filter("percent_vi", words.percent_vi)
register.filter("phone_vi", words.phone_vi)
register.filter("mask_phone", words.mask_phone)
register.filter("mask_id", words.mask_id)
register.filter("initials", words.initials)
