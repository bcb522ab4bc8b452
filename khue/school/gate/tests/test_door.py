"""The door at which readers hand in taps: replays, forged times, guesses, stolen keys, clocks that stand anywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.registry.roster.models import Enrolment, Guardianship
from khue.school.attendance.models import Arrival
from khue.school.gate import actions, batches, jobs, rules
from khue.school.gate.guessing import Doorkeeper
from khue.school.gate.models import Badge, Tap, Verdict
from khue.school.gate.tests.gates import SYSTEM, Gate, milliseconds, today_at
from tests.cast import Cast


@pytest.fixture
def gate(cast: Cast) -> Gate:
    return Gate(cast)


def told_families(cast: Cast) -> list[str]:
    """What An's father heard of the gate, oldest first."""
    told = Message.objects.filter(kind="gate.passed", person=cast.people["binh"]).order_by("pk")
    return list(told.values_list("title", flat=True))


def wish(cast: Cast) -> None:
    """The school wishes that families are told."""
    Value.objects.create(name="gate.tell_families", unit=cast.school, valid_from="2026-01-01", value=True)


def test_a_batch_handed_in_again_is_answered_as_it_was_and_tells_nobody_again(cast: Cast, gate: Gate) -> None:
    wish(cast)
    now = milliseconds(timezone.now())
    batch = {"now": now, "taps": [[5, gate.badge.code, now - 900, ""], [6, gate.badge.code, now - 800, ""]]}
    first = gate.send(batch).json()["taps"]
    assert [row[1] for row in first] == ["taken", "double"]
    told = Message.objects.count()
    actions.end_badge(cast.tam, gate.badge, is_lost=True)
    for _time in range(3):
        assert gate.send(batch).json()["taps"] == first
    assert (Tap.objects.count(), Message.objects.count()) == (2, told)
    assert not Message.objects.filter(kind="gate.lost_used").exists()


def test_answers_stand_in_the_order_of_the_taps_even_when_one_is_told_twice(gate: Gate) -> None:
    now = milliseconds(timezone.now())
    one, other = [9, gate.badge.code, now, ""], [8, "KHNOBODY", now, ""]
    answers = gate.send({"now": now, "taps": [one, other, one]}).json()["taps"]
    assert [row[:2] for row in answers] == [[9, "taken"], [8, "unknown"], [9, "taken"]]
    assert Tap.objects.count() == 2


def test_a_terminal_that_counts_from_one_again_loses_nothing(cast: Cast, gate: Gate) -> None:
    actions.issue_school_badges(cast.tam, cast.school, year_id=2026)
    other = Badge.objects.filter(school=cast.school).exclude(pk=gate.badge.pk)[0]
    assert gate.hand_in((gate.badge.code, 5), first=1).json()["taps"][0][1] == "taken"
    assert gate.hand_in((other.code, 3), first=1).json()["taps"][0][1] == "taken"
    assert Arrival.objects.count() == Tap.objects.filter(verdict="taken").count() == 2


def test_a_clock_may_stand_in_1970_or_far_ahead(cast: Cast, gate: Gate) -> None:
    answer = gate.send({"now": 120_000, "taps": [[1, gate.badge.code, 60_000]]})
    assert answer.json()["taps"][0][1] == "taken"
    ahead = batches.LAST_MOMENT - 1
    assert gate.send({"now": ahead, "taps": [[2, gate.badge.code, ahead - 5_000]]}).status_code == 200
    tap = Tap.objects.get(number=1)
    assert tap.received_at - tap.at == timedelta(minutes=1)


def test_a_clock_set_between_two_sendings_of_a_tap_makes_no_second_one(cast: Cast, gate: Gate) -> None:
    ago, back = 40_000, 3 * 3_600_000
    fast = milliseconds(timezone.now()) + back
    tap = [7, gate.badge.code, fast - ago, ""]
    assert (
        gate.send({"now": fast, "taps": [tap]}).json()["taps"][0][1] == "taken"
    )  # its answer is lost on the way
    known = Tap.objects.get()
    told = {"now": milliseconds(timezone.now()), "taps": [[*tap, -back]]}
    assert gate.send(told).json()["taps"][0][1] == "taken"
    assert Tap.objects.get().at == known.at


def test_a_tap_that_waited_while_the_clock_was_set_keeps_its_moment(gate: Gate) -> None:
    for number, moved in enumerate((-3 * 3_600_000, 0, 86_400_000), 1):
        now = milliseconds(timezone.now())
        gate.send({"now": now, "taps": [[number, f"AA0{number}", now - 90_000 - moved, "", moved]]})
        tap = Tap.objects.get(number=number)
        assert tap.received_at - tap.at == timedelta(seconds=90)


def test_forged_times_reach_neither_roll_call_nor_families(cast: Cast, gate: Gate) -> None:
    wish(cast)
    noon = today_at(12)
    late, old = noon + timedelta(minutes=1), noon - timedelta(days=14, seconds=1)
    assert gate.take_at(late, gate.badge.code, at=noon).verdict == "stale"
    assert gate.take_at(old, gate.badge.code, at=noon).verdict == "stale"
    assert not Arrival.objects.exists()
    assert told_families(cast) == []
    assert set(Tap.objects.values_list("at", flat=True)) == {noon}
    assert gate.take_at(noon - timedelta(days=3), gate.badge.code, at=noon).verdict == "taken"
    assert told_families(cast) == []  # true, but no news
    assert Arrival.objects.get().day == noon.date() - timedelta(days=3)


def test_a_stolen_key_that_guesses_hears_no_more_names_and_the_school_is_told(cast: Cast, gate: Gate) -> None:
    noon = today_at(12)
    rows = [actions.Shown(n, f"{n:04X}", noon) for n in range(1, 51)]
    actions.take_in(SYSTEM, gate.reader, taps=rows, device_now=noon, at=noon)
    assert gate.take_at(noon, gate.badge.code).number == 1
    assert not Message.objects.filter(kind="gate.strange").exists()
    rows = [
        actions.Shown(200, "ABCD", noon),
        actions.Shown(201, gate.badge.code, noon + timedelta(seconds=1)),
    ]
    answers = actions.take_in(SYSTEM, gate.reader, taps=rows, device_now=noon, at=noon)
    assert [(one.verdict, one.name) for one in answers] == [("unknown", ""), ("double", "")]
    assert gate.take_at(noon, "ABCE").verdict == "unknown"
    assert Message.objects.filter(kind="gate.strange", person=cast.people["tam"]).count() == 1
    tomorrow = noon + timedelta(days=1)
    assert gate.take_at(tomorrow, gate.badge.code).name == cast.people["an"].full_name
    actions.cut_off_reader(cast.tam, gate.reader)
    assert gate.hand_in((gate.badge.code, 1)).status_code == 403


def test_asking_whether_a_key_is_right_writes_nothing(cast: Cast, gate: Gate) -> None:
    entries = Entry.objects.count()
    answer = gate.send({"now": milliseconds(timezone.now()), "taps": []})
    assert answer.json()["taps"] == []
    assert answer.json()["reader"] == ["Cổng chính", cast.school.name, "in"]
    gate.reader.refresh_from_db()
    assert gate.reader.last_seen_at is None
    assert Entry.objects.count() == entries


def test_guessers_wait_and_right_readers_at_the_same_address_do_not(gate: Gate) -> None:
    told = {"now": milliseconds(timezone.now()), "taps": []}
    address = "203.0.113.77"
    assert gate.send(told, address=address).status_code == 200
    codes = [gate.send(told, key=f"khue_reader_{n}", address=address).status_code for n in range(62)]
    assert codes[:60] == [401] * 60
    assert codes[60:] == [429, 429]
    assert gate.send(told, key="khue_reader_x", address=address)["Retry-After"] == "60"
    assert gate.send(told, address=address).status_code == 200
    assert gate.send(told, key="khue_reader_x", address="203.0.113.78").status_code == 401


def test_the_doorkeeper_forgets_after_a_minute_and_a_key_that_went_wrong() -> None:
    keeper = Doorkeeper(most=2, window=60)
    for _time in range(2):
        assert keeper.may_ask("a", "k", 0)
        keeper.was_wrong("a", "k", 0)
    assert not keeper.may_ask("a", "k", 59)
    assert keeper.may_ask("b", "k", 59)
    assert keeper.may_ask("a", "k", 60)
    keeper.was_right("k")
    assert keeper.may_ask("a", "k", 30)
    keeper.was_wrong("a", "k", 30)  # it was renewed meanwhile
    assert not keeper.may_ask("a", "k", 31)


def test_what_is_too_large_is_refused_before_it_is_read(gate: Gate) -> None:
    answer = Client().post(
        reverse("gate:take_in"), b"[" * 20, content_type="application/json",
        headers={"X-Khue-Reader": gate.key, "Content-Length": str(batches.LARGEST + 1)},
    )  # fmt: skip
    assert answer.status_code == 413


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["now", "taps", "x"]), inner),
    max_leaves=12,
))  # fmt: skip
def test_whatever_is_sent_is_a_batch_or_unreadable(told: Any) -> None:
    try:
        batch = batches.read(orjson.dumps(told))
    except batches.UnreadableError:
        return
    assert isinstance(told, dict)
    assert len(batch.taps) == len(told["taps"])


def test_a_chip_number_belongs_to_one_pupil_of_a_school(cast: Cast, gate: Gate) -> None:
    actions.set_chip(cast.tam, gate.badge, chip="1F2E")
    away, key = actions.add_reader(SYSTEM, cast.other_school, name="Cổng", kind="terminal", direction="in")
    now = milliseconds(timezone.now())
    told = {"now": now, "taps": [[1, "1f2e", now]]}
    assert gate.send(told, key=key).json()["taps"] == [[1, "foreign", "", ""]]
    theirs = Enrolment.objects.filter(school=cast.other_school)[0]
    Badge.objects.create(
        school=cast.other_school, enrolment=theirs, code="KHTHEIRS", chip="1F2E", issued_on="2026-09-05"
    )
    assert gate.send(told).json()["taps"][0][1] == "taken"
    assert gate.send({"now": now, "taps": [[2, "1F2E", now]]}, key=key).json()["taps"][0][1] == "taken"
    assert away.school_id == cast.other_school.pk


def test_families_hear_of_the_first_coming_in_and_of_going_out_at_most_once_an_hour(cast: Cast) -> None:
    gate = Gate(cast, "both")
    wish(cast)
    name = cast.people["an"].given_name
    for hour, minute, way in ((7, 0, "in"), (7, 20, "in"), (11, 5, "out"), (11, 40, "out"), (13, 0, "in"),
                              (16, 30, "out")):  # fmt: skip
        assert gate.take_at(today_at(hour, minute), gate.badge.code, way=way).verdict == "taken"
    assert told_families(cast) == [
        f"{name} đã vào trường lúc 07:00", f"{name} đã ra cổng lúc 11:05", f"{name} đã ra cổng lúc 16:30",
    ]  # fmt: skip


def test_a_reader_that_knows_no_way_says_so(cast: Cast) -> None:
    gate = Gate(cast, "both")
    wish(cast)
    for hour in (7, 11):
        gate.take_at(today_at(hour), gate.badge.code)
    name = cast.people["an"].given_name
    assert told_families(cast) == [f"{name} đã vào trường lúc 07:00", f"{name} qua cổng lúc 11:00"]


def test_who_may_not_see_the_child_hears_nothing(cast: Cast, gate: Gate) -> None:
    wish(cast)
    Guardianship.objects.filter(pupil=cast.people["an"]).update(may_view=False)
    gate.take_at(today_at(7), gate.badge.code)
    assert not Message.objects.filter(kind="gate.passed").exists()


def test_a_tap_that_comes_late_is_still_told_from_one_that_lies_near(gate: Gate) -> None:
    gate.take_at(today_at(7), gate.badge.code)
    gate.take_at(today_at(9), gate.badge.code)
    assert (
        gate.take_at(today_at(7) + timedelta(seconds=30), gate.badge.code, at=today_at(10)).verdict
        == "double"
    )
    assert gate.take_at(today_at(8), gate.badge.code, at=today_at(10)).verdict == "taken"


def test_the_whole_school_gets_its_badges_at_once(cast: Cast) -> None:
    browser = cast.client("tam")
    assert browser.post(reverse("gate:issue_all")).status_code == 302
    many = Badge.objects.filter(school=cast.school, state="good").count()
    assert many > Badge.objects.filter(enrolment__classroom=cast.classroom).count() > 0
    assert actions.issue_school_badges(cast.tam, cast.school, year_id=2026) == 0
    badge = Badge.objects.get(enrolment=cast.enrolments["an"], state="good")
    went = browser.post(reverse("gate:lost", args=[badge.pk]))
    new = Badge.objects.get(enrolment=cast.enrolments["an"], state="good")
    assert went["Location"].endswith(f"?moi={new.pk}")
    assert "chưa in" in browser.get(went["Location"]).text
    sheet = reverse("gate:sheet", args=[cast.classroom.pk])
    assert browser.get(f"{sheet}?the={new.pk}").content.startswith(b"%PDF")
    assert browser.get(f"{sheet}?the={badge.pk}").status_code == 404


def test_taps_go_after_thirty_days_and_come_back_as_too_old(cast: Cast, gate: Gate) -> None:
    noon = today_at(12)
    assert gate.take_at(noon, gate.badge.code).verdict == "taken"
    assert jobs.forget_taps(noon + rules.KEPT) == 0
    assert jobs.forget_taps(noon + rules.KEPT + timedelta(seconds=1)) == 1
    assert not Tap.objects.exists()
    assert Arrival.objects.count() == 1
    later = noon + rules.KEPT + timedelta(seconds=2)
    assert gate.take_at(noon, gate.badge.code, at=later).verdict == "stale"
    assert Entry.objects.filter(action="gate.forget_taps").count() == 1


def test_the_example_for_makers_of_terminals_is_what_the_door_takes_and_answers(gate: Gate) -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "readers.md").read_text()
    asked, answered = (orjson.loads(text) for text in re.findall(r"```json\n(.*?)\n```", page))
    told = gate.send(asked)
    assert told.status_code == 200
    assert told.json().keys() == answered.keys()
    assert [row[0] for row in told.json()["taps"]] == [row[0] for row in answered["taps"]]
    for verdict in Verdict.values:
        assert f"| `{verdict}` |" in page
    for words in (
        f"at most {rules.MOST} taps",
        f"{batches.LARGEST:,} bytes",
        f"more than {rules.STRANGE} strange",
    ):
        assert words in page.lower()
