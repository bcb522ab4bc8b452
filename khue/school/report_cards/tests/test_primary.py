"""Cards of primary school: the year's result in the paper's own words, and nothing said of what nobody recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from khue.registry.roster.models import Classroom
from khue.school.gradebook.actions import results as way
from khue.school.gradebook.judging import Pupil
from khue.school.gradebook.tests import judged
from khue.school.report_cards import datafile
from khue.school.report_cards.actions import composing
from khue.school.report_cards.composing import _primary_absences
from khue.school.report_cards.models import Card
from khue.school.report_cards.printing.wording import PRIMARY_RESULTS, card_words
from tests.cast import Cast, make_class

RESULTS = {  # the tests and the lowest quality of a pupil, and the result of the year that they make
    "XUAT_SAC": ({"TIENG_VIET": 90, "TOAN": 100}, 2),
    "TOT": ({"TIENG_VIET": 80, "TOAN": 90}, 2),
    "CHUA_HOAN_THANH": ({"TIENG_VIET": 40, "TOAN": 90}, 2),
}


@pytest.fixture
def room(cast: Cast) -> Classroom:
    """2A with three pupils, their year approved."""
    made = make_class("2A", cast.school, cast.year, 2, "TH")
    judged.add_courses(made, (), judged.PRIMARY)
    judged.open_days(cast)
    ids = dict(zip(RESULTS, judged.pupils(made, len(RESULTS)), strict=True))
    with transaction.atomic():
        judged.complete_primary(
            made,
            {pk: {} for pk in ids.values()},
            {ids[name]: tests for name, (tests, _trait) in RESULTS.items()},
            {ids[name]: trait for name, (_tests, trait) in RESULTS.items()},
        )
    for period in (1, 2, 0):
        way.submit_results(cast.hung, made, period=period)
        way.approve_results(cast.hung, [made], period=period)
    composing.compose_class(cast.hung, made)
    return made


def test_every_result_of_the_year_can_be_written_and_printed(room: Classroom) -> None:
    cards = [datafile.card_of(card.content) for card in Card.objects.filter(classroom=room)]
    said = {card.primary_result.result for card in cards if card.primary_result}
    assert said == set(RESULTS)
    for card in cards:
        assert card.primary_result is not None
        written, _reference = datafile.read(datafile.write(card, "A" * 26))
        assert written.primary_result == card.primary_result
        closing = dict(card_words(card)["card"]["lines"])
        assert closing["4. Đánh giá kết quả giáo dục"] == PRIMARY_RESULTS[card.primary_result.result]


def test_what_nobody_recorded_is_left_empty_on_data_and_paper(room: Classroom) -> None:
    card = datafile.card_of(Card.objects.filter(classroom=room).order_by("pk")[0].content)
    assert card.primary_result is not None
    assert card.primary_result.absences_excused is None, "not nought: nobody counted"
    data = datafile.write(card, "A" * 26)
    for name in (b"chieuCao", b"canNang", b"sucKhoe", b"vangCoPhep", b"vangKhongPhep"):
        assert name not in data
    said = dict(card_words(card)["card"]["who"])
    assert (said["Sức khỏe"], said["Số buổi nghỉ"]) == ("", "")


def test_the_class_page_says_why_height_weight_and_absences_are_empty(cast: Cast, room: Classroom) -> None:
    why = "sổ theo dõi sức khỏe"
    assert why in shown(cast, room)
    assert why not in shown(cast, cast.classroom)


def test_absences_of_primary_pupils_come_from_roll_call_kept_both_terms() -> None:
    pupil = Pupil(1, 1, "Lò Ánh", "studying", False, "", "", {}, {1: (2, 1), 2: (3, 0)})
    assert _primary_absences(pupil) == (5, 1)
    assert _primary_absences(replace(pupil, rolled={2: (3, 0)})) == (None, None)


def shown(cast: Cast, room: Any) -> str:
    return cast.client("hung").get(reverse("report_cards:class_cards", args=[room.pk])).content.decode()
