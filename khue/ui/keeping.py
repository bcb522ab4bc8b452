"""Parts of a page drawn once for all who see the same: `{% kept name=value … %}…{% endkept %}`, and fixed texts.

A kept part sees nothing but the values it is kept by (and `here`, the address of the page, and `csrf_token`, which are
put in afresh every time), so it can never show one person what was drawn for another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final, Generic, TypeVar

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

T = TypeVar("T")
MOST: Final = 300  # drawings of one part that are kept; then it begins anew
_MARK: Final = secrets.token_hex(16)  # nobody outside this process can write it into a page
_SLOTS: Final[dict[str, Callable[[Context], object]]] = {
    "csrf_token": lambda context: context.get("csrf_token") or "NOTPROVIDED",
    "here": lambda context: _path(context.get("request")),
}
_SPLIT: Final = re.compile(f"{_MARK}-({'|'.join(_SLOTS)});")


class KeptBy:
    """A value that names what its drawing depends on, where that is shorter than the value itself."""

    @property
    def kept_by(self) -> tuple[Hashable, ...] | None:
        """Everything the drawing depends on, apart from the language; None for what is not worth keeping."""
        raise NotImplementedError


class Same(Generic[T]):
    """Something told from others by being that very one: comparing its lazy texts would translate each."""

    __slots__ = ("one",)

    def __init__(self, one: T) -> None:
        self.one = one

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.one is other.one


def _path(request: HttpRequest | None) -> str:
    return request.get_full_path() if request is not None else ""


def is_plain(value: object) -> bool:
    """Whether a value is all that equal values show: text, numbers, days, frozen records and tuples of these."""
    if isinstance(value, KeptBy):
        return value.kept_by is not None
    if value is None or isinstance(value, str | int | Promise | date):
        return True
    if isinstance(value, tuple):
        return all(is_plain(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type) and value.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return all(is_plain(getattr(value, one.name)) for one in fields(value))
    return False


class KeptNode(Node):
    """A part of a page and its drawings so far, by language and values."""

    def __init__(self, nodelist: NodeList, names: dict[str, FilterExpression]) -> None:
        self.nodelist, self.names = nodelist, names
        self.drawings: dict[tuple[object, ...], list[str]] = {}

    def render(self, context: Context) -> SafeString:
        """The drawing of these values with this page's address and token; what is not plain is drawn every time."""
        values = [expression.resolve(context, ignore_failures=True) for expression in self.names.values()]
        keys = [value.kept_by if isinstance(value, KeptBy) else value for value in values]
        key = (get_language(), *keys)
        try:
            parts = self.drawings.get(key)
            is_keepable = True
        except TypeError:  # a list among the values
            parts, is_keepable = None, False
        if parts is None:
            parts = self._draw(context, dict(zip(self.names, values, strict=True)))
            if is_keepable and all(map(is_plain, values)):
                if len(self.drawings) >= MOST:
                    self.drawings.clear()
                self.drawings[key] = parts
        if len(parts) == 1:
            return SafeString(parts[0])
        now = {name: conditional_escape(str(_SLOTS[name](context))) for name in {*parts[1::2]}}
        return SafeString("".join(now[part] if at % 2 else part for at, part in enumerate(parts)))

    def _draw(self, context: Context, values: dict[str, Any]) -> list[str]:
        """Texts with the names of slots between them."""
        marks = {name: f"{_MARK}-{name};" for name in _SLOTS}
        return _SPLIT.split(self.nodelist.render(context.new({**values, **marks})))


def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept wings=frame.wings %}…{% endkept %}`; inside stand only `wings`, `here` and `csrf_token`."""
    names: dict[str, FilterExpression] = {}
    for bit in token.split_contents()[1:]:
        name, equals, value = bit.partition("=")
        if not equals or not name.isidentifier():
            raise template.TemplateSyntaxError("kept takes name=value only")
        names[name] = parser.compile_filter(value)
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("a kept part holds no block: pages fill blocks differently")
    return KeptNode(nodelist, names)


class FixedText(Node):
    """A text that is the same at every page: looked up once a language."""

    def __init__(self, node: TranslateNode) -> None:
        self.node = node
        self.known: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """The text in the language of the page."""
        language = get_language()
        known = self.known.get(language)
        if known is None:
            known = self.known[language] = self.node.render(context)
        return known


def translate(parser: Parser, token: Token) -> Node:
    """Django's own tag, but a fixed text is not looked up again at every page."""
    node = do_translate(parser, token)
    words = node.filter_expression
    is_fixed = words.var.literal is not None and not words.filters and not node.asvar
    of = node.message_context
    has_fixed_context = of is None or (
        getattr(of.var, "literal", None) is not None or isinstance(of.var, str)
    )
    return FixedText(node) if is_fixed and has_fixed_context else node
