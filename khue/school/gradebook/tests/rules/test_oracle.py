"""The rules against a second, independent implementation on random pupils; 100,000 a rule set at night."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

import pytest

from khue.school.gradebook.rules import awards, marks
from khue.school.gradebook.rules.conduct import year_conduct
from khue.school.gradebook.rules.levels import Level, Subject, explain_level
from khue.school.gradebook.rules.marks import FAIL, PASS, Assessed
from khue.school.gradebook.rules.older import OlderJudged, OlderLevel, main_subjects
from khue.school.gradebook.rules.primary import YearResult, quick_year_result
from khue.school.gradebook.rules.promotion import quick_outcome
from khue.school.gradebook.rules.results import CourseShape, pupil_results
from khue.school.gradebook.rules.rule_sets import AdjustmentMode, Choices, RuleSet, rule_set
from khue.school.gradebook.tests.rules import oracle

FEW, MANY = 2_000, 100_000
BEST = Choices(adjustment_mode=AdjustmentMode.BEST_CASE)
RULE_SETS = {
    "TT22": rule_set("THCS", 8, 2026),
    "TT22-best-case": rule_set("THPT", 11, 2026, choices=BEST),
    "TT43": rule_set("GDTX", 10, 2026),
    "TT58-before": rule_set("THPT", 10, 2019),
    "TT58-amended": rule_set("THCS", 9, 2022),
    "TT27": rule_set("TH", 5, 2026),
}
EDGES = (19, 20, 34, 35, 36, 49, 50, 51, 64, 65, 66, 79, 80, 81, 89, 90, 91)
CODES = (
    "TOAN",
    "NGU_VAN",
    "NGOAI_NGU_1",
    "KHTN",
    "LS_DL",
    "GDCD",
    "CONG_NGHE",
    "TIN_HOC",
    "NGOAI_NGU_2",
    "DTTS",
)
LABELS = {"XUAT_SAC": "Xuất sắc", "GIOI": "Giỏi", None: None}


def a_mark(random: Random, ability: int) -> int:
    """A mark near an edge as often as not: that is where implementations part."""
    if random.random() < 0.3:
        return random.choice(EDGES)
    return max(0, min(100, ability + random.randint(-15, 15)))


def a_pupil(random: Random) -> tuple[list[CourseShape], list[tuple[list[int], list[int]]]]:
    """A pupil whose raw marks give averages near the bounds, with one or two subjects out of line."""
    base = random.choice([30, 36, 48, 52, 63, 67, 78, 82, 88, 92])
    shapes: list[CourseShape] = []
    rows: list[tuple[list[int], list[int]]] = []
    odd = set(random.sample(range(len(CODES)), random.choice([0, 1, 1, 2])))
    for place, code in enumerate(CODES[: random.randint(6, len(CODES))]):
        ability = random.choice([15, 30, 38, 47, 60]) if place in odd else base + random.randint(-4, 6)
        steady = random.random() < 0.5  # all marks alike: the average is the mark itself
        count = random.choice([2, 3, 4])
        shape = (*(1,) * count, 2, 3)
        shapes.append(CourseShape(code, Assessed.MARKS, shape, shape))
        both = []
        for _ in (1, 2):
            first = a_mark(random, ability)
            both.append([first if steady else a_mark(random, ability) for _ in shape])
        rows.append((both[0], both[1]))
    failing = random.choice([0.0, 0.0, 0.05, 0.2])
    for place in range(random.choice([0, 3, 4])):
        shapes.append(CourseShape(f"C{place}", Assessed.COMMENTS, (1, 1, 2, 3), (1, 1, 2, 3)))
        cells = [[FAIL if random.random() < failing else PASS for _ in range(4)] for _ in (1, 2)]
        rows.append((cells[0], cells[1]))
    return shapes, rows


def fractions(cells: list[int]) -> list[Fraction]:
    return [Fraction(cell, 10) for cell in cells]


def check_secondary(rules: RuleSet, random: Random) -> None:
    shapes, rows = a_pupil(random)
    found = pupil_results(rules, shapes, rows)
    scored: list[dict[str, Fraction]] = [{}, {}, {}]
    comments: list[list[bool]] = [[], [], []]
    for shape, (one, two) in zip(shapes, rows, strict=True):
        if shape.assessed is Assessed.MARKS:
            halves = [oracle.semester(each[:-2], each[-2], each[-1]) for each in map(fractions, (one, two))]
            for place, value in enumerate([*halves, oracle.year(*halves)]):
                scored[place][shape.subject] = value
            continue
        passed = [
            cells.count(PASS) == 4 if rules.comment_passes == 3 else Fraction(cells.count(PASS), 4) >= Fraction(2, 3)
            and cells[-1] == PASS
            for cells in (one, two)
        ]  # fmt: skip
        for place, value in enumerate([*passed, passed[1]]):
            comments[place].append(value)
    for place, (results, judged) in enumerate(
        ((found.first, found.first_level), (found.second, found.second_level), (found.year, found.year_level))
    ):
        ours = [
            Fraction(each or 0, 10)
            for shape, each in zip(shapes, results, strict=True)
            if shape.assessed is Assessed.MARKS
        ]
        assert ours == list(scored[place].values())
        assert judged is not None
        if isinstance(judged, OlderJudged):
            expected = oracle.older_level(scored[place], comments[place], main_subjects(rules), None)
            assert (oracle.OLDER_ORDER[judged.raw], oracle.OLDER_ORDER[judged.final]) == expected
            continue
        enough, is_best = rules.min_high, rules.is_best_case
        assert oracle.ORDER[judged.raw] == oracle.raw_level(ours, comments[place], enough)
        assert oracle.ORDER[judged.final] == oracle.final_level(ours, comments[place], enough, is_best)
        if place == 2:
            check_year(rules, random, shapes, found.year, judged.final, ours)


def check_year(
    rules: RuleSet, random: Random, shapes: list[CourseShape], year: tuple[int | None, ...], learning: Level,
    scored: list[Fraction],
) -> None:  # fmt: skip
    subjects = [
        Subject(shape.subject, shape.subject, each, shape.assessed)
        for shape, each in zip(shapes, year, strict=True)
    ]
    assert explain_level(rules, subjects).final is learning
    first, second = random.choice(list(Level)), random.choice(list(Level))
    conduct = year_conduct(first, second)
    assert conduct is not None
    behaviour = oracle.conduct(oracle.ORDER[first], oracle.ORDER[second])
    assert oracle.ORDER[conduct] == behaviour
    absences = random.choice([0, 10, 44, 45, 46, 47])
    name = oracle.ORDER[learning]
    assert quick_outcome(rules, learning, conduct, absences) == oracle.outcome(name, behaviour, absences)
    title = awards.quick_award(rules, learning, conduct, [int(each * 10) for each in scored])
    assert LABELS[title] == oracle.title(name, behaviour, scored, rules.min_high)


def check_primary(rules: RuleSet, random: Random) -> None:
    worst = random.random()
    levels = random.choices([2, 1, 0], [1 - worst / 3, worst / 4, worst / 40], k=10)
    traits = random.choices([2, 1, 0], [1 - worst / 4, worst / 5, worst / 50], k=15)
    lowest = random.choice([3, 4, 5, 6, 7, 8, 9])
    tests = [random.randint(lowest, 10) for _ in range(6)]
    expected = oracle.primary_year(
        "".join("CHT"[rank] for rank in levels), "".join("CĐT"[rank] for rank in traits), tests
    )
    found = quick_year_result(rules, levels, traits, [mark * 10 for mark in tests])
    assert found is not None
    assert str(found.label) == expected


def checker(name: str) -> Callable[[RuleSet, Random], None]:
    return check_primary if name == "TT27" else check_secondary


@pytest.mark.parametrize("name", RULE_SETS)
def test_two_implementations_agree_on_two_thousand_pupils(name: str) -> None:
    random = Random(f"khue {name}")
    for _ in range(FEW):
        checker(name)(RULE_SETS[name], random)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULE_SETS)
def test_two_implementations_agree_on_a_hundred_thousand_pupils(name: str) -> None:
    random = Random(f"khue at night {name}")
    for _ in range(MANY):
        checker(name)(RULE_SETS[name], random)


def test_the_random_pupils_reach_every_level_and_every_adjustment() -> None:
    random = Random("khue reach")
    rules, older = RULE_SETS["TT22"], RULE_SETS["TT58-amended"]
    new_seen, old_seen, primary_seen = set(), set(), set()
    for _ in range(FEW):
        shapes, rows = a_pupil(random)
        new, old = (
            pupil_results(rules, shapes, rows).year_level,
            pupil_results(older, shapes, rows).year_level,
        )
        assert new is not None
        assert old is not None
        new_seen.add((new.raw, new.final))
        old_seen.add((old.raw, old.final))
    assert new_seen >= {(level, level) for level in Level} | {
        (Level.DAT, Level.KHA),
        (Level.CHUA_DAT, Level.DAT),
    }
    assert old_seen >= {(level, level) for level in OlderLevel} | {(2, 3), (1, 2), (0, 1)}
    for _ in range(FEW):
        worst = random.choice([90, 80, 60, 40])
        primary_seen.add(quick_year_result(RULE_SETS["TT27"], [2], [2], [worst]))
    assert primary_seen == set(YearResult)


def test_a_course_not_taught_in_a_semester_and_a_pupil_with_gaps() -> None:
    shape = CourseShape("TOAN", Assessed.MARKS, (1, 1, 2, 3), (1, 1, 2, 3))
    art = CourseShape("NGHE_THUAT", Assessed.COMMENTS, (1, 1, 2, 3), (1, 1, 2, 3))
    found = pupil_results(RULE_SETS["TT22"], [shape, art], [([80, 80, 80, 80], None), (None, [PASS] * 4)])
    assert found.year == (80, PASS)
    assert found.second == (marks.NOT_TAKEN, PASS)
    gap = pupil_results(RULE_SETS["TT22"], [shape], [([80, 80, None, 80], [80, 80, 80, 80])])
    assert (gap.first_level, gap.year_level) == (None, None)
    assert gap.second_level is not None
