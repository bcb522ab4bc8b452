"""Forms as modules declare them: a typst template of ours and a pure function that says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from khue.kernel import registry

HOUSE: Final = Path(__file__).parents[2]
"""The khue package: the root of all templates; typst lets none read a file outside it."""


@dataclass(frozen=True)
class Form:
    """A printable form.

    `template` lies in the khue package ("school/report_cards/printing/forms/year.typ"). `words` turns the module's own
    data into what the template shows: plain mappings, sequences and strings, with `title`, `author` (a list), `created`
    (year ... second: the day the paper bears, so that equal data gives equal bytes) and, optionally, `across`: words
    that stand across every page, and `pages`: how many there will most likely be. A form whose template says at each
    page which it is need not count them (a seventh of the cost); was the guess wrong, it is printed once more.
    """

    name: str
    label: str
    template: str
    words: Callable[[Any], Mapping[str, Any]]
    root: Path = HOUSE

    @property
    def path(self) -> Path:
        """The template on disk."""
        return self.root / self.template


@cache
def declared() -> dict[str, Form]:
    """Every declared form by name."""
    found: dict[str, Form] = {}
    for dotted in registry.each("papers"):
        form: Form = registry.load(dotted)
        if form.name in found:
            raise registry.ManifestError(f"form declared twice: {form.name}")
        if not form.path.is_file():
            raise registry.ManifestError(f"form {form.name} has no template {form.template}")
        found[form.name] = form
    return found
