"""Benches as modules declare them: a function with a name and a group that yields results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from khue.kernel import registry
from khue.kernel.bench.measuring import Meter, Result

PAGES: Final = "khue.kernel.bench.pages.pages"
GROUPS: Final = ("foundation", "gradebook", "report_cards", "indicators", "attendance")


@dataclass(frozen=True)
class Run:
    """How benches are to run: `full` at the scale of a province, else at a scale that takes seconds."""

    full: bool = False

    @property
    def meter(self) -> Meter:
        """A meter on this process and its backend as it is now."""
        return Meter()


@dataclass(frozen=True)
class Bench:
    """One declared bench."""

    name: str
    group: str
    measure: Callable[[Run], Iterator[Result]]


def bench(name: str, *, group: str) -> Callable[[Callable[[Run], Iterator[Result]]], Bench]:
    """Declare a function as a bench; its dotted path goes into the manifest's `benches`."""
    if group not in GROUPS:
        raise ValueError(f"unknown group {group}")

    def declare(measure: Callable[[Run], Iterator[Result]]) -> Bench:
        return Bench(name, group, measure)

    return declare


def benches() -> list[Bench]:
    """Every declared bench in module order, then the pages of all modules."""
    return [registry.load(path) for path in (*registry.each("benches"), PAGES)]


def chosen(word: str) -> list[Bench]:
    """The benches of a group or of a name, or all of them for an empty word."""
    return [one for one in benches() if not word or word in (one.name, one.group)]
