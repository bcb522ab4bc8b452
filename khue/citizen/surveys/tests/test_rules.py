"""What answers amount to, what a sheet may say, and that a box keeps no order."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.citizen.surveys import rules
from khue.citizen.surveys.rules import NO, NONE, WITHDRAWN, YES, Question, Verdict

ANSWERS = st.sampled_from([YES, NO, WITHDRAWN])


@pytest.mark.parametrize(
    ("day", "is_asked"), [(date(2026, 9, 9), False), (date(2026, 9, 10), True), (date(2027, 1, 1), True)]
)
def test_a_child_is_asked_from_the_seventh_birthday_on(day: date, is_asked: bool) -> None:
    assert rules.asks_child("photos", date(2019, 9, 10), day) is is_asked
    assert not rules.asks_child("excursion", date(2019, 9, 10), day)
    assert rules.asks_child("works", None, day)  # nobody knows the age: asked rather than passed over


def test_a_child_of_the_leap_day_is_a_year_older_on_the_first_of_march() -> None:
    assert rules.age_on(date(2020, 2, 29), date(2027, 2, 28)) == 6
    assert rules.age_on(date(2020, 2, 29), date(2027, 3, 1)) == 7
    assert rules.age_on(None, date(2027, 3, 1)) is None


@given(st.lists(ANSWERS, max_size=4), st.one_of(st.none(), ANSWERS), st.booleans())
def test_yes_needs_a_guardian_nobody_against_and_the_child_where_it_is_asked(
    guardians: list[str], child: str | None, needs_child: bool
) -> None:
    found = rules.verdict(guardians, child, needs_child=needs_child)
    is_yes = YES in guardians and set(guardians) == {YES} and (not needs_child or child == YES)
    assert (found.answer == YES) is is_yes
    assert found.is_split == (YES in guardians and bool({NO, WITHDRAWN} & set(guardians)))
    if found.is_split:
        assert found.answer == NO
    if not guardians and (child is None or not needs_child):
        assert found.answer == NONE  # silence is never consent, never a refusal either


def test_guardians_who_agree_wait_for_the_child() -> None:
    assert rules.verdict([YES], None, needs_child=True) == Verdict(NONE, waits_for_child=True)
    assert rules.verdict([YES], NO, needs_child=True) == Verdict(NO)
    assert rules.verdict([], YES, needs_child=True) == Verdict(NONE)


def test_the_hash_tells_every_two_texts_apart() -> None:
    parts = [("a", "b"), ("ab", ""), ("", "ab"), ("a", "b", ""), ("b", "a")]
    assert len({rules.text_hash(one) for one in parts}) == len(parts)
    assert rules.text_hash(["a", date(2026, 1, 1)]) == rules.text_hash(["a", date(2026, 1, 1)])


ASKED = (
    Question("q1", rules.ONE, "?", ("a", "b"), True),
    Question("q2", rules.MANY, "?", ("a", "b", "c")),
    Question("q3", rules.RATING, "?"),
    Question("q4", rules.NUMBER, "?"),
    Question("q5", rules.TEXT, "?"),
)


def test_a_sheet_is_read_and_faults_stand_at_their_questions() -> None:
    good = rules.checked(
        ASKED, {"q1": ["1"], "q2": ["2", "0", "2"], "q3": ["5"], "q4": ["12,5"], "q5": [" hai   chữ "]}
    )
    assert good.sheet == {"q1": 1, "q2": [0, 2], "q3": 5, "q4": 12.5, "q5": "hai chữ"}
    assert not good.faults
    bad = rules.checked(ASKED, {"q1": [], "q2": ["3"], "q3": ["0"], "q4": ["mười"], "q5": ["x" * 501]})
    assert bad.faults == {"q1": "missing", "q2": "wrong", "q3": "wrong", "q4": "wrong", "q5": "wrong"}


@given(
    st.dictionaries(
        st.sampled_from(["q1", "q2", "q3", "q4", "q5"]), st.lists(st.text(max_size=20), max_size=3)
    )
)
def test_whatever_is_sent_a_kept_sheet_only_holds_what_its_questions_take(
    given_: dict[str, list[str]],
) -> None:
    sheet = rules.checked(ASKED, given_).sheet
    assert sheet.get("q1", 0) in (0, 1)
    assert set(sheet.get("q2", [])) <= {0, 1, 2}
    assert sheet.get("q3", 1) in rules.SCALE
    assert isinstance(sheet.get("q4", 0.0), float)
    assert len(sheet.get("q5", "")) <= rules.LONGEST_TEXT


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (Question("q", rules.ONE, " ", ("a", "b")), "text"), (Question("q", "x", "?"), "kind"),
        (Question("q", rules.ONE, "?", ("a",)), "options"), (Question("q", rules.MANY, "?", ("a", "a")), "options"),
        (Question("q", rules.ONE, "?", ("a", "b")), ""), (Question("q", rules.TEXT, "?"), ""),
    ],
)  # fmt: skip
def test_a_question_says_what_is_wrong_with_it(one: Question, why: str) -> None:
    assert rules.fault(one) == why
    assert rules.questions([one.packed()]) == (one,)


@given(st.integers(1, 1200), st.integers())
def test_every_sheet_lies_in_some_box_once_and_no_box_is_small_when_there_are_two(n: int, seed: int) -> None:
    chance = random.Random(seed)
    boxes: list[list[dict[str, Any]]] = []
    for number in range(n):
        at, laid = rules.dropped(boxes, {"q": number}, pick=chance.randrange, shuffle=chance.shuffle)
        boxes[at : at + 1] = laid
    assert sorted(one["q"] for box in boxes for one in box) == list(range(n))
    if len(boxes) > 1:
        assert min(len(box) for box in boxes) >= rules.LARGEST_BOX // 2


def test_the_place_of_the_last_sheet_is_anybodys() -> None:
    """Over every way of mixing three sheets the newest stands first, second and third equally often."""
    seen = []
    for order in itertools.permutations(range(3)):

        def shuffle(mixed: list[Any], order: tuple[int, ...] = order) -> None:
            mixed[:] = [mixed[n] for n in order]

        _at, ((*laid,),) = rules.dropped([[{"q": 0}, {"q": 1}]], {"q": 2}, pick=lambda _n: 0, shuffle=shuffle)
        seen.append([one["q"] for one in laid].index(2))
    assert sorted(seen) == [0, 0, 1, 1, 2, 2]


def test_results_count_choices_mix_texts_and_withhold_what_few_have_answered() -> None:
    sheets = [{"q1": n % 2, "q2": [0, 2], "q3": 4, "q4": 10.0, "q5": f"t{n}"} for n in range(6)]
    sheets += [{"q1": 0}] * 2
    mixed: list[list[Any]] = []

    def shuffle(values: list[Any]) -> None:
        mixed.append(list(values))
        values.reverse()

    one, many, rating, number, text = rules.tallies(ASKED, sheets, least=5, shuffle=shuffle)
    assert one.counts == (("a", 5), ("b", 3))
    assert many.counts == (("a", 6), ("b", 0), ("c", 6))
    assert (rating.mean, rating.counts[3], number.mean) == (4, ("4", 6), 10)
    assert text.texts == ("t5", "t4", "t3", "t2", "t1", "t0")
    assert len(mixed) == 1
    few = rules.tallies(ASKED, sheets[:4], least=5, shuffle=lambda values: None)
    assert all(one.is_withheld and not one.counts and not one.texts and one.mean is None for one in few)
