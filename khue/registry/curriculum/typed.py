"""The assignment grid as it is typed: teachers named as people name them, and what changed against what was shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from khue.lib.names import fold


@dataclass(frozen=True)
class Choice:
    """A teacher as offered in the grid: the label is unique, the hint says what they teach and how full they are."""

    id: int
    label: str
    hint: str


def choices_of(teachers: Sequence[Mapping[str, Any]], hints: Mapping[int, str]) -> list[Choice]:
    """Teachers as unique labels: two of one name are told apart by subject, then by number."""
    times = Counter(fold(person["name"]) for person in teachers)
    found: list[Choice] = []
    used: set[str] = set()
    for person in teachers:
        label = person["name"]
        if times[fold(label)] > 1:
            label = f"{label} ({person['subjects'] or person['id']})"
        if fold(label) in used:
            label = f"{person['name']} ({person['id']})"
        used.add(fold(label))
        found.append(Choice(person["id"], label, hints.get(person["id"], person["subjects"])))
    return found


@dataclass
class Typed:
    """What was typed: wanted teachers of changed courses, what the page had shown, and cells nobody can read."""

    wanted: dict[int, int | None] = field(default_factory=dict)
    seen: dict[int, int | None] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)


def read(posted: Mapping[str, str], course_ids: Sequence[int], choices: Sequence[Choice]) -> Typed:
    """Read the fields `c<course>`; a field that is not there changes nothing, an empty one takes the teacher off."""
    by_label = {fold(choice.label): choice.id for choice in choices}
    typed = Typed()
    try:
        shown = {int(key): value for key, value in json.loads(posted.get("seen", "{}")).items()}
    except (ValueError, AttributeError):
        shown = {}
    for pk in course_ids:
        name = f"c{pk}"
        if name not in posted:
            continue
        text = " ".join(posted[name].split())
        typed.texts[pk] = text
        if not text:
            teacher: int | None = None
        elif fold(text) in by_label:
            teacher = by_label[fold(text)]
        else:
            near = [choice for choice in choices if fold(text) in fold(choice.label)]
            if len(near) != 1:
                typed.errors[pk] = (
                    _("Có %(n)s người khớp “%(text)s”. Gõ đủ họ tên.") % {"n": len(near), "text": text[:40]}
                    if near
                    else _("Trường không có giáo viên “%(text)s”.") % {"text": text[:40]}
                )
                continue
            teacher = near[0].id
        if teacher != shown.get(pk):
            typed.wanted[pk] = teacher
            typed.seen[pk] = shown.get(pk)
    return typed
