"""A second, independent implementation of the rules, slow and literal, in fractions; nothing here imports the first.

Marks come as tenths (or 1 and 0 for Đ and CĐ) and are turned into fractions at once. Levels are words. Where the rules
judge "solely because of one subject", this file asks: would the target level be reached if that one subject alone were
different? The rules count violations instead; the two must agree.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import floor

ORDER = ["Chưa đạt", "Đạt", "Khá", "Tốt"]
OLDER_ORDER = ["Kém", "Yếu", "Trung bình", "Khá", "Giỏi"]

CONDUCT_TABLE = """
          | Tốt | Khá | Đạt | Chưa đạt
 Tốt      | Tốt | Khá | Khá | Chưa đạt
 Khá      | Tốt | Khá | Đạt | Chưa đạt
 Đạt      | Khá | Khá | Đạt | Chưa đạt
 Chưa đạt | Khá | Đạt | Đạt | Chưa đạt
"""


@cache
def number(text: str) -> Fraction:
    return Fraction(text)


def one_decimal(value: Fraction) -> Fraction:
    return Fraction(floor(value * 10 + Fraction(1, 2)), 10)


def semester(regular: list[Fraction], mid: Fraction, end: Fraction) -> Fraction:
    return one_decimal((sum(regular, Fraction(0)) + 2 * mid + 3 * end) / (len(regular) + 5))


def older_semester(ones: list[Fraction], twos: list[Fraction], end: Fraction) -> Fraction:
    return one_decimal((sum(ones) + 2 * sum(twos) + 3 * end) / (len(ones) + 2 * len(twos) + 3))


def year(first: Fraction, second: Fraction) -> Fraction:
    return one_decimal((first + 2 * second) / 3)


def raw_level(scored: list[Fraction], comments: list[bool], enough: int) -> str:
    def at_least(bound: str) -> int:
        return len([mark for mark in scored if mark >= number(bound)])

    everything = len(scored)
    if all(comments) and at_least("6.5") == everything and at_least("8.0") >= enough:
        return "Tốt"
    if all(comments) and at_least("5.0") == everything and at_least("6.5") >= enough:
        return "Khá"
    if comments.count(False) < 2 and at_least("5.0") >= enough and at_least("3.5") == everything:
        return "Đạt"
    return "Chưa đạt"


def final_level(scored: list[Fraction], comments: list[bool], enough: int, best_case: bool) -> str:
    raw = raw_level(scored, comments, enough)
    for target, bound in (("Tốt", number("6.5")), ("Khá", number("5.0"))):
        if ORDER.index(target) - ORDER.index(raw) < 2:
            continue
        for place, mark in enumerate(scored):
            if mark < bound:
                better = [*scored[:place], Fraction(10) if best_case else bound, *scored[place + 1 :]]
                if raw_level(better, comments, enough) == target:
                    return ORDER[ORDER.index(raw) + 1]
        for place, is_met in enumerate(comments):
            if not is_met:
                better_comments = [*comments[:place], True, *comments[place + 1 :]]
                if raw_level(scored, better_comments, enough) == target:
                    return ORDER[ORDER.index(raw) + 1]
    return raw


def conduct(first: str, second: str) -> str:
    lines = [[cell.strip() for cell in line.split("|")] for line in CONDUCT_TABLE.strip("\n").splitlines()]
    header, *rows = lines
    return next(row for row in rows if row[0] == first)[header.index(second)]


def outcome(learning: str, behaviour: str, absences: int, *, both_may_retest: bool = False) -> str:
    if absences >= 46:
        return "O_LAI"
    table = {
        (True, True): "LEN_LOP",
        (False, True): "REN_LUYEN_HE",
        (True, False): "KIEM_TRA_LAI",
        (False, False): "REN_LUYEN_HE" if both_may_retest else "O_LAI",
    }
    return table[behaviour != "Chưa đạt", learning != "Chưa đạt"]


def title(learning: str, behaviour: str, scored: list[Fraction], enough: int) -> str | None:
    if (learning, behaviour) != ("Tốt", "Tốt"):
        return None
    return "Xuất sắc" if len([mark for mark in scored if mark >= 9]) >= enough else "Giỏi"


def older_level(
    scored: dict[str, Fraction], comments: list[bool], main: tuple[str, ...], special: str | None
) -> tuple[str, str]:
    mean = one_decimal(sum(scored.values(), Fraction(0)) / len(scored))

    def meets(mean_bound: str, main_bound: str | None) -> bool:
        if mean < number(mean_bound):
            return False
        return main_bound is None or any(scored.get(key, -1) >= number(main_bound) for key in main)

    def guilty(floor_bound: str, main_bound: str | None) -> set[str]:
        names = {key for key, mark in scored.items() if mark < number(floor_bound)}
        if main_bound is not None:
            names |= {f"comment {place}" for place, is_met in enumerate(comments) if not is_met}
            if special in scored and scored[special] < number(main_bound):
                names.add(special)
        return names

    asked: dict[str, tuple[str, str | None, str]] = {
        "Giỏi": ("8.0", "8.0", "6.5"),
        "Khá": ("6.5", "6.5", "5.0"),
        "Trung bình": ("5.0", "5.0", "3.5"),
        "Yếu": ("3.5", None, "2.0"),
    }
    raw = "Kém"
    for name, (mean_bound, main_bound, floor_bound) in asked.items():
        if meets(mean_bound, main_bound) and not guilty(floor_bound, main_bound):
            raw = name
            break
    for target, lowered, raised in (
        ("Giỏi", "Trung bình", "Khá"),
        ("Giỏi", "Yếu", "Trung bình"),
        ("Khá", "Yếu", "Trung bình"),
        ("Giỏi", "Kém", "Yếu"),
        ("Khá", "Kém", "Yếu"),
    ):
        mean_bound, main_bound, floor_bound = asked[target]
        if raw == lowered and meets(mean_bound, main_bound) and len(guilty(floor_bound, main_bound)) == 1:
            return raw, raised
    return raw, raw


def primary_year(subjects: str, traits: str, tests: list[int]) -> str:
    """Letters of subjects (T, H, C) and of qualities (T, Đ, C), whole marks of the year's last tests."""
    if set(subjects) <= {"T"} and set(traits) <= {"T"} and all(mark in (9, 10) for mark in tests):
        return "Hoàn thành xuất sắc"
    if set(subjects) <= {"T"} and set(traits) <= {"T"} and all(mark in (7, 8, 9, 10) for mark in tests):
        return "Hoàn thành tốt"
    if "C" not in subjects and "C" not in traits and not set(tests) & {0, 1, 2, 3, 4}:
        return "Hoàn thành"
    return "Chưa hoàn thành"
