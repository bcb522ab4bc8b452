"""What the frame round every page shows. The kernel fills it for each request; the templates only read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a header menu (capacity, school year, language); `value` is what its button posts."""

    label: str
    value: str
    detail: str = ""
    icon: str = "user"
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One place a person may go; `count` is tasks waiting there, never a total."""

    label: str
    url: str
    icon: str = "file-text"
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class WingGroup:
    """Some links of the wings under one heading; an empty title puts them first, without a heading."""

    title: str
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page for one person in one capacity.

    Addresses left empty take their control away: no `finder_url` no search, no `years_url` no switching of
    years. Switches post `value` under the field names `capacity`, `year` and `language`, with `next` as the
    way back. `tabbar` holds four links at most: on phones the frame adds “Thêm”, which opens the wings.
    `person_key` is any opaque word that differs between people; drafts kept in the browser are bound to it.
    Sequences are tuples: the templates keep the parts of the frame by what they show (`{% kept %}`).
    """

    province: str
    person_name: str = ""
    person_key: str = ""
    capacity_label: str = ""
    capacity_detail: str = ""
    capacities: Sequence[Choice] = ()
    capacity_url: str = ""
    year_label: str = ""
    year_detail: str = ""
    years: Sequence[Choice] = ()
    years_url: str = ""
    wings: Sequence[WingGroup] = ()
    tabbar: Sequence[Link] = ()
    home_url: str = "/"
    finder_url: str = ""
    inbox_url: str = ""
    unread: int = 0
    tasks: int = 0
    account_url: str = ""
    logout_url: str = ""
    language: str = "vi"
    languages: Sequence[Choice] = ()
    language_url: str = ""
    is_demo: bool = False

    @property
    def can_search(self) -> bool:
        """Is there anything this capacity may look for?"""
        return bool(self.finder_url)

    @property
    def has_wings(self) -> bool:
        """Is there any wing to open?"""
        return bool(self.wings)

    @property
    def other_languages(self) -> tuple[Choice, ...]:
        """The languages one may switch to."""
        return tuple(choice for choice in self.languages if not choice.is_current)

    @property
    def printed_by(self) -> str:
        """Who stands in the foot of a printed page."""
        capacity = " · ".join(part for part in (self.capacity_label, self.capacity_detail) if part)
        return ", ".join(part for part in (self.person_name, capacity) if part)
