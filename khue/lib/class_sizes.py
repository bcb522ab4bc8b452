"""How many pupils a class and how many classes a school may have; beyond a limit is a warning, never a bar.

Limits are data with the day they came into force (rules/03, section 7); a province may set lower ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class ClassKind(StrEnum):
    """What a class is for, as far as its size goes."""

    NURSERY_3_12_MONTHS = "NT1"
    NURSERY_13_24_MONTHS = "NT2"
    NURSERY_25_36_MONTHS = "NT3"
    KINDERGARTEN_3_4 = "MG3"
    KINDERGARTEN_4_5 = "MG4"
    KINDERGARTEN_5_6 = "MG5"
    PRIMARY = "TH"
    LOWER_SECONDARY = "THCS"
    UPPER_SECONDARY = "THPT"
    SPECIALISED = "CHUYEN"


class SchoolKind(StrEnum):
    """What a school is, as far as its number of classes goes."""

    PRESCHOOL = "MN"
    PRIMARY = "TH"
    LOWER_SECONDARY = "THCS"
    UPPER_SECONDARY = "THPT"
    MULTI_LEVEL = "LIENCAP"


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """The most pupils a kind of class may have, from a day on, by a legal act."""

    kind: ClassKind
    most: int
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class ClassCountRange:
    """The fewest and most classes a kind of school should have."""

    kind: SchoolKind
    fewest: int
    most: int
    fewest_in_hard_areas: int
    legal_basis: str


SIZE_LIMITS: Final[tuple[SizeLimit, ...]] = (
    SizeLimit(ClassKind.NURSERY_3_12_MONTHS, 15, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.NURSERY_13_24_MONTHS, 20, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.NURSERY_25_36_MONTHS, 25, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.KINDERGARTEN_3_4, 25, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.KINDERGARTEN_4_5, 30, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.KINDERGARTEN_5_6, 35, date(2021, 2, 15), "TT 52/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.PRIMARY, 35, date(2020, 10, 20), "TT 28/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.LOWER_SECONDARY, 45, date(2020, 11, 1), "TT 32/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.UPPER_SECONDARY, 45, date(2020, 11, 1), "TT 32/2020/TT-BGDĐT"),
    SizeLimit(ClassKind.SPECIALISED, 35, date(2023, 4, 15), "TT 05/2023/TT-BGDĐT"),
)

CLASS_COUNT_RANGES: Final[dict[SchoolKind, ClassCountRange]] = {
    SchoolKind.PRESCHOOL: ClassCountRange(SchoolKind.PRESCHOOL, 9, 20, 9, "TT 13/2020/TT-BGDĐT"),
    SchoolKind.PRIMARY: ClassCountRange(SchoolKind.PRIMARY, 10, 30, 10, "TT 13/2020/TT-BGDĐT"),
    SchoolKind.LOWER_SECONDARY: ClassCountRange(SchoolKind.LOWER_SECONDARY, 8, 45, 3, "TT 13/2020/TT-BGDĐT"),
    SchoolKind.UPPER_SECONDARY: ClassCountRange(
        SchoolKind.UPPER_SECONDARY, 15, 45, 15, "TT 13/2020/TT-BGDĐT"
    ),
    SchoolKind.MULTI_LEVEL: ClassCountRange(SchoolKind.MULTI_LEVEL, 9, 45, 9, "TT 13/2020/TT-BGDĐT"),
}

MOST_DISABLED_IN_INCLUSIVE_CLASS: Final = 2
"""Pupils with disability in one inclusive class of preschool or primary; a class may have more by decision."""

_INCLUSIVE_LIMIT_APPLIES: Final = frozenset(ClassKind) - {
    ClassKind.LOWER_SECONDARY,
    ClassKind.UPPER_SECONDARY,
    ClassKind.SPECIALISED,
}


@dataclass(frozen=True, slots=True)
class SizeWarning:
    """A limit that is passed: by how many, and the Vietnamese sentence that says so."""

    over: int
    message: str


def kind_of_grade(grade: int, *, specialised: bool = False) -> ClassKind:
    """Give the kind of class of a grade 1 to 12."""
    if not 1 <= grade <= 12:
        raise ValueError(f"no grade {grade}")
    if grade <= 5:
        return ClassKind.PRIMARY
    if grade <= 9:
        return ClassKind.LOWER_SECONDARY
    return ClassKind.SPECIALISED if specialised else ClassKind.UPPER_SECONDARY


def size_limit(kind: ClassKind, day: date, limits: Iterable[SizeLimit] = SIZE_LIMITS) -> SizeLimit | None:
    """Give the limit in force on a day (the latest that has begun), or None before any was."""
    in_force = [limit for limit in limits if limit.kind is kind and limit.valid_from <= day]
    return max(in_force, key=lambda limit: limit.valid_from) if in_force else None


def class_size_warnings(
    kind: ClassKind,
    pupils: int,
    day: date,
    *,
    with_disability: int = 0,
    limits: Iterable[SizeLimit] = SIZE_LIMITS,
) -> list[SizeWarning]:
    """Say which size limits a class passes on a day; empty when none."""
    found: list[SizeWarning] = []
    limit = size_limit(kind, day, limits)
    if limit is not None and pupils > limit.most:
        over = pupils - limit.most
        found.append(
            SizeWarning(
                over, f"Lớp có {pupils} em, quá {over} em so với mức {limit.most} ({limit.legal_basis})."
            )
        )
    if kind in _INCLUSIVE_LIMIT_APPLIES and with_disability > MOST_DISABLED_IN_INCLUSIVE_CLASS:
        over = with_disability - MOST_DISABLED_IN_INCLUSIVE_CLASS
        most = MOST_DISABLED_IN_INCLUSIVE_CLASS
        found.append(
            SizeWarning(over, f"Lớp có {with_disability} em khuyết tật học hòa nhập, mức chung là {most}.")
        )
    return found


def class_count_warning(kind: SchoolKind, classes: int, *, hard_area: bool = False) -> str | None:
    """Say whether a school has too few or too many classes, or None."""
    limits = CLASS_COUNT_RANGES[kind]
    fewest = limits.fewest_in_hard_areas if hard_area else limits.fewest
    if classes < fewest:
        return f"Trường có {classes} lớp, ít hơn mức {fewest} ({limits.legal_basis})."
    if classes > limits.most:
        return f"Trường có {classes} lớp, nhiều hơn mức {limits.most} ({limits.legal_basis})."
    return None
