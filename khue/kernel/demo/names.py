"""Invented names by the hundred thousand: parts are keyed once, a person's keys are joined from those of the parts."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

from khue.kernel.demo import words
from khue.lib import names

KINH: Final = "01"


class Family(NamedTuple):
    """A family name with its search key and sort key."""

    text: str
    search: str
    key: str


class Given(NamedTuple):
    """What follows the family name: " Thị Lan" as text and search key, "Lan", and the sort keys of both parts."""

    text: str
    search: str
    given: str
    key: str
    middle_key: str  # "-" before each word, so that an empty one adds nothing


def family(text: str) -> Family:
    """Key a family name."""
    return Family(text, names.search_key(text), names.sort_key(_reversed(text)))


def given(text: str) -> Given:
    """Key middle words and given name ("Thị Lan")."""
    *middle, last = text.split()
    return Given(
        f" {text}",
        f" {names.search_key(text)}",
        last,
        names.sort_key(last),
        "".join(f"-{names.sort_key(word)}" for word in middle),
    )


def _reversed(text: str) -> str:
    """Sort keys stand given name first; a family name of two words must keep its order when keyed alone."""
    first, *rest = text.split()
    return " ".join([*rest, first]) if rest else text


def sort_key_of(a_family: Family, a_given: Given) -> str:
    """The sort key of a whole name: given name, family, middle words."""
    return f"{a_given.key}-{a_family.key}{a_given.middle_key}"


def parted(full_name: str, family_words: int = 1) -> tuple[Family, Given]:
    """Key a whole name that is given in advance."""
    parts = full_name.split()
    return family(" ".join(parts[:family_words])), given(" ".join(parts[family_words:]))


class Namer:
    """Draws names; every pool is built once from its own random stream, so that draws never change the pools."""

    def __init__(self, rng: Random) -> None:
        self.families: dict[str, list[Family]] = {}  # a thousand places each, as the shares say
        for group, shares in words.FAMILIES.items():
            places = [family(text) for text, share in shares.items() for _ in range(share)]
            self.families[group] = places
        boys = _pool(rng, words.BOY_MIDDLES, words.BOY_NAMES, doubled=0.25)
        girls = _pool(rng, words.GIRL_MIDDLES, words.GIRL_NAMES, doubled=0.3)
        men = _pool(rng, words.MAN_MIDDLES, words.MAN_NAMES, doubled=0.08)
        women = _pool(rng, words.WOMAN_MIDDLES, words.WOMAN_NAMES, doubled=0.2)
        self.children = {1: boys, 2: girls}
        self.adults = {1: men, 2: women}
        self.mong = {
            1: [given(text) for text in words.MONG_MEN],
            2: [given(text) for text in words.MONG_WOMEN],
        }

    def family(self, rng: Random, group: str) -> Family:
        """A family name of an ethnic group."""
        pool = self.families[group]
        return pool[int(rng.random() * len(pool))]

    def child(self, rng: Random, sex: int, group: str) -> Given:
        """Middle words and given name of a child."""
        if group == "08" and rng.random() < 0.7:
            return rng.choice(self.mong[sex])
        pool = self.children[sex] if group == KINH or rng.random() < 0.5 else self.adults[sex]
        return pool[int(rng.random() * len(pool))]

    def adult(self, rng: Random, sex: int, group: str = KINH) -> Given:
        """Middle words and given name of a grown-up."""
        if group == "08" and rng.random() < 0.8:
            return rng.choice(self.mong[sex])
        pool = self.adults[sex]
        return pool[int(rng.random() * len(pool))]


def _pool(rng: Random, middles: list[str], lasts: list[str], *, doubled: float) -> list[Given]:
    """About 2,000 combinations; names early in the list are drawn more often."""
    found = []
    for _ in range(2000):
        last = lasts[int(len(lasts) * rng.random() ** 1.4)]
        middle = middles[int(len(middles) * rng.random() ** 1.5)]
        parts = [middle]
        if rng.random() < doubled:
            parts.append(middles[int(len(middles) * rng.random())])
        parts = [part for i, part in enumerate(parts) if part != last and part not in parts[:i]]
        found.append(given(" ".join([*parts, last])))
    return found
