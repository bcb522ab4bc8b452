"""What a module fills so that a part of it can be carried along: a `Collection`, named in its manifest's `carried`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.offline.merge import Entry, Value, Verdict, Waiting
from khue.kernel.offline.models import Kind


@dataclass(frozen=True, slots=True)
class Packed:
    """What goes along: the data as the device reads it, and the rights to write, kept by the server as JSON."""

    data: dict[str, Any]
    rights: list[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry to be written: whether its carry package allowed it, and what of its replica waits there, by part."""

    entry: Entry
    could_then: bool
    waiting: Mapping[str, Waiting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """A value that waits for a person; `part` tells the cells of an entry of several apart."""

    kind: Kind
    mine: Value
    seen: Value
    theirs: Value
    part: str = ""
    theirs_by: str = ""
    theirs_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Whose cells they are: the columns of the scope, and the permission of who may write there."""

    unit_id: int
    entering: str
    campus_id: int | None = None
    classroom_id: int | None = None
    course_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry. `ends` are parts where an earlier value of the replica waits no more."""

    verdict: Verdict
    now: Value = None
    message: str = ""
    waits: Sequence[Wait] = ()
    ends: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """A cell in words: where it is, and its three values as a page shows them; `now` is what stands there."""

    title: str  # "Toán, lớp 8A3"
    detail: str  # "Nguyễn Văn An · Giữa kì"
    url: str
    now: Value
    now_text: str
    mine_text: str
    theirs_text: str
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Cellname:
    """A cell that waits, as a collection is asked about it."""

    key: str
    part: str
    mine: Value
    theirs: Value


class Collection(Protocol):
    """A part of a module that can be worked on without a line."""

    name: str  # "gradebook.marks"
    label: str  # as a page names it
    entering: tuple[str, ...]  # permissions of who may write there

    def pack(self, actor: Actor) -> Packed:
        """What this actor takes along now: own classes only."""

    def group(self, key: str) -> str:
        """What is written in one go: the sheet of a key; empty when it is no key."""

    def covers(self, rights: list[Any], key: str) -> bool:
        """Whether a carry package with these rights allowed writing there."""

    def apply(self, actor: Actor, group: str, asked: Sequence[Asked]) -> tuple[Home | None, list[Outcome]]:
        """Judge and write entries of one group through the module's own actions, an outcome for each.

        No key comes twice. Runs inside a transaction. Home is None where there is no such place.
        """

    def describe(self, cells: Sequence[Cellname]) -> dict[tuple[str, str], Place]:
        """Cells in words by (key, part), for whom the page has checked; a handful of queries for all."""

    def read(self, key: str, part: str, text: str) -> Value:
        """A value somebody typed; raises DomainError with its words."""

    def settle(self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int) -> None:
        """Write the value a person chose over what they saw; raises Conflict when it is something else by now."""

    def accept(
        self, actor: Actor, key: str, part: str, *, seen: Value, value: Value, author: int, reason: str,
    ) -> None:  # fmt: skip
        """The same by a head, of what came too late; raises DomainError while it is locked."""


@cache
def collections() -> dict[str, Collection]:
    """Every declared collection by name."""
    return {one.name: one for one in (registry.load(path) for path in registry.each("carried"))}
