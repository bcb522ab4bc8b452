"""The cards of a pupil's subjects as text: thirteen subjects by half a dozen marks. Pure.

Drawn by nested loops of template tags they would cost more than all the rest of the page. Everything that people wrote
is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from khue.school.gradebook.cards import Card, Shown, TraitGroup


def body(cards: Iterable[Card], *, is_staff: bool = False) -> SafeString:
    """The cards; with `is_staff` what families cannot read yet is marked."""
    words = _Words()
    drawn = "".join(_card(card, is_staff, words) for card in cards)
    return SafeString(f'<div class="subs mt-2">{drawn}</div>')


class _Words:
    """The words of the cards in the reader's language, looked up once a page."""

    def __init__(self) -> None:
        self.average = escape(_("trung bình"))
        self.waits = escape(_("chưa đủ điểm"))
        self.nothing = escape(_("Chưa có điểm."))
        self.hidden = escape(_("Chưa công bố"))
        self.spoken = escape(_("chưa công bố"))
        self.middle = escape(_("Giữa kì"))
        self.end = escape(_("Cuối kì"))


def _card(card: Card, is_staff: bool, words: _Words) -> str:
    parts = [f'<article class="sub"><div><h3>{escape(card.title)}</h3>']
    add = parts.append
    if card.average:
        hidden = " is-hidden" if is_staff and not card.is_average_public else ""
        spoken = f'<span class="visually-hidden">{words.average} </span>'
        add(f'<span class="avg{hidden}">{spoken}{escape(card.average)}</span>')
    elif card.waits:
        add(f'<span class="faint sm">{words.waits}</span>')
    add("</div>\n")
    if card.parts:
        marks = (
            f"<span>{escape(part.label)} {' '.join(_mark(one, is_staff, words) for one in part.shown)}</span>"
            for part in card.parts
        )
        add(f'<p class="mk">{"".join(marks)}</p>')
    elif is_staff and not card.groups:
        add(f'<p class="faint sm">{words.nothing}</p>')
    parts += (_group(group, is_staff, words) for group in card.groups)
    if card.comment:
        teacher = f' <span class="muted">{escape(card.teacher)}</span>' if card.teacher else ""
        add(f'<p class="sm said">“{escape(card.comment)}”{teacher}</p>')
    add("</article>")
    return "".join(parts)


def _mark(one: Shown, is_staff: bool, words: _Words) -> str:
    text = escape(one.text)
    if is_staff and not one.is_public:
        spoken = f'<span class="visually-hidden"> {words.spoken}</span>'
        return f'<b class="is-hidden" title="{words.hidden}">{text}{spoken}</b>'
    title = f' title="{escape(one.words)}"' if one.words != one.text else ""
    return f"<b{title}>{text}</b>"


def _group(group: TraitGroup, is_staff: bool, words: _Words) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(line.label)}</th>'
        f"<td>{_trait(line.middle, is_staff)}</td><td>{_trait(line.end, is_staff)}</td></tr>"
        for line in group.lines
    )
    head = "".join(f'<th scope="col">{word}</th>' for word in (escape(group.label), words.middle, words.end))
    return f'<table class="table traits"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'


def _trait(one: Shown | None, is_staff: bool) -> str:
    if one is None:
        return ""
    hidden = ' class="is-hidden"' if is_staff and not one.is_public else ""
    return f"<span{hidden}>{escape(one.text)}</span>"
