"""Badges, readers and taps of a school."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Enrolment
from khue.school.attendance.models import Arrival
from khue.school.gate import actions
from khue.school.gate.models import Badge, Reader, Tap
from khue.school.gate.tests.gates import SYSTEM, Gate, milliseconds
from tests.cast import Cast, make_enrolment


@pytest.fixture
def gate(cast: Cast) -> Gate:
    return Gate(cast)


def test_every_pupil_of_a_class_gets_one_badge(cast: Cast, gate: Gate) -> None:
    held = Badge.objects.filter(enrolment__classroom=cast.classroom, state="good")
    assert held.count() == len(set(held.values_list("code", flat=True))) > 0
    assert actions.issue_badges(cast.tam, cast.classroom) == 0
    entry = Entry.objects.filter(action="gate.issue_badges").latest("pk")
    assert entry.actor_id == cast.people["tam"].pk


def test_a_tap_reaches_roll_call_by_the_servers_clock_and_once(cast: Cast, gate: Gate) -> None:
    before = timezone.now()
    ahead = milliseconds(before + timedelta(days=400))
    batch = {"now": ahead, "taps": [[7, gate.badge.code.lower(), ahead - 30_000, ""]]}
    answer = gate.send(batch)
    assert answer.status_code == 200
    assert answer.json()["taps"][0][:2] == [7, "taken"]
    assert cast.people["an"].full_name in answer.json()["taps"][0]
    arrival = Arrival.objects.get(enrolment=cast.enrolments["an"])
    assert before - timedelta(seconds=31) <= arrival.first_in <= timezone.now() - timedelta(seconds=30)
    again = gate.send({**batch, "now": ahead + 1000})
    assert again.status_code == 200
    assert Tap.objects.count() == 1
    gate.reader.refresh_from_db()
    assert gate.reader.drift_ms > 399 * 86_400_000


def test_the_same_badge_again_within_a_minute_is_dropped(gate: Gate) -> None:
    gate.take((gate.badge.code, 300), (gate.badge.code, 280))
    gate.take((gate.badge.code, 250), (gate.badge.code, 100))
    assert list(Tap.objects.order_by("number").values_list("verdict", flat=True)) == [
        "taken", "double", "double", "taken",
    ]  # fmt: skip


def test_lost_strange_and_foreign_badges_are_refused_and_told(cast: Cast, gate: Gate) -> None:
    new = actions.replace_badge(cast.tam, gate.badge, is_lost=True)
    away = actions.add_reader(SYSTEM, cast.other_school, name="Cổng", kind="terminal", direction="in")[1]
    told = gate.hand_in((gate.badge.code, 5), ("KHNOBODY", 4), (new.code, 3), (gate.badge.code, 2))
    assert [row[1] for row in told.json()["taps"]] == ["lost", "unknown", "taken", "lost"]
    assert Message.objects.filter(kind="gate.lost_used", person=cast.people["tam"]).exists()
    gate.take((gate.badge.code, 5), (gate.badge.code, 2))
    gate.take((gate.badge.code, 1))
    at_noon = {f"gate:lost:{gate.badge.code}:{timezone.localdate():%Y%m%d}"}
    kept = Message.objects.filter(kind="gate.lost_used", person=cast.people["tam"], dedupe_key__in=at_noon)
    assert kept.count() == 1
    foreign = gate.send(
        {"now": milliseconds(timezone.now()), "taps": [[1, new.code, milliseconds(timezone.now()), ""]]},
        key=away,
    )
    assert foreign.json()["taps"] == [[1, "foreign", "", ""]]
    assert Arrival.objects.count() == 1


def test_a_chip_opens_like_the_code_and_belongs_to_one_pupil(cast: Cast, gate: Gate) -> None:
    actions.set_chip(cast.tam, gate.badge, chip="04 a2 b3 c4")
    assert gate.hand_in(("04A2B3C4", 1)).json()["taps"][0][1] == "taken"
    other = Badge.objects.filter(school=cast.school, state="good").exclude(pk=gate.badge.pk).first()
    if other is None:
        actions.issue_badges(cast.tam, cast.second_classroom)
        other = Badge.objects.filter(school=cast.school, state="good").exclude(pk=gate.badge.pk)[0]
    with pytest.raises(DomainError, match="em khác"):
        actions.set_chip(cast.tam, other, chip="04a2b3c4")
    with pytest.raises(DomainError, match="4 đến 32"):
        actions.set_chip(cast.tam, other, chip="thẻ của An")
    actions.end_badge(cast.tam, gate.badge, is_lost=False)
    assert gate.hand_in(("04A2B3C4", 1)).json()["taps"][0][1] == "ended"


def test_a_badge_of_last_year_gives_its_chip_to_the_new_one(cast: Cast, gate: Gate) -> None:
    actions.set_chip(cast.tam, gate.badge, chip="04A2B3C4")
    last = SchoolYear.objects.create(pk=2025, starts_on="2025-08-01", ends_on="2026-07-31")
    Enrolment.objects.filter(pk=gate.badge.enrolment_id).update(is_current=False, year=last)
    now = make_enrolment(cast.people["an"], cast.second_classroom)
    actions.issue_badges(cast.tam, cast.second_classroom)
    assert gate.hand_in(("04A2B3C4", 2)).json()["taps"][0][1] == "ended"
    actions.set_chip(cast.tam, Badge.objects.get(enrolment=now), chip="04A2B3C4")
    gate.badge.refresh_from_db()
    assert gate.badge.state == "ended"
    assert gate.hand_in(("04A2B3C4", 1)).json()["taps"][0][1] == "taken"


def test_families_are_told_once_when_the_school_wishes_it(cast: Cast, gate: Gate) -> None:
    gate.take((gate.badge.code, 400))
    assert not Message.objects.filter(kind="gate.passed").exists()
    Value.objects.create(name="gate.tell_families", unit=cast.school, valid_from="2026-01-01", value=True)
    Arrival.objects.all().delete()
    gate.take((gate.badge.code, 300), (gate.badge.code, 100))
    told = Message.objects.get(kind="gate.passed")
    assert told.person_id == cast.people["binh"].pk
    assert "đã vào trường lúc" in told.title


def test_a_reader_that_knows_no_way_takes_a_later_tap_for_going_out(cast: Cast) -> None:
    gate = Gate(cast, "both")
    gate.take((gate.badge.code, 4 * 3600), (gate.badge.code, 600))
    day = Arrival.objects.get(enrolment=cast.enrolments["an"])
    assert day.last_out - day.first_in == timedelta(seconds=4 * 3600 - 600)


def test_what_cannot_be_read_is_refused_whole(gate: Gate) -> None:
    now = milliseconds(timezone.now())
    for told in ([], {}, {"now": "x", "taps": []}, {"now": now, "taps": [[-1, "a", now]]},
                 {"now": now, "taps": [[1, "a"]]},
                 {"now": now, "taps": [[True, "a", now]]}, {"now": now, "taps": [[n, "a", now] for n in range(501)]},
                 {"now": 10**18, "taps": []}, {"now": -1, "taps": []}, {"now": now, "taps": {}},
                 {"now": now, "taps": ["abc"]},
                 {"now": now, "taps": [[1, None, now]]}, {"now": now, "taps": [[1, "a", now, 7]]},
                 {"now": now, "taps": [[1, "a", now, "", "x"]]}, {"now": now, "taps": [[1, "a", now, "", -2 * now]]},
                 "now", None):  # fmt: skip
        assert gate.send(told).status_code == 400, told
    assert gate.send({"now": now, "taps": [[1, "x" * 70_000, now]]}).status_code == 413
    assert gate.send({"now": now, "taps": []}).status_code == 200
    assert not Tap.objects.exists()


def test_a_strange_key_and_a_reader_cut_off_hand_in_nothing(cast: Cast, gate: Gate) -> None:
    told = {"now": milliseconds(timezone.now()), "taps": []}
    assert gate.send(told, key="").status_code == 401
    assert gate.send(told, key="khue_reader_" + "x" * 43).status_code == 401
    actions.cut_off_reader(cast.tam, gate.reader)
    assert gate.send(told).status_code == 403
    old, gate.key = gate.key, actions.renew_key(cast.tam, gate.reader)
    assert gate.send(told, key=old).status_code == 401
    assert gate.send(told).status_code == 200


def test_only_the_schools_office_looks_after_badges_and_readers(cast: Cast, gate: Gate) -> None:
    for name in ("lan", "binh", "an", "mai"):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.issue_badges(cast.actor(name), cast.classroom)
        with pytest.raises((NotAllowed, NotVisible)):
            actions.add_reader(cast.actor(name), cast.school, name="x", kind="page", direction="in")
        with pytest.raises((NotAllowed, NotVisible)):
            actions.take_in(
                cast.actor(name), gate.reader, taps=[], device_now=timezone.now(), at=timezone.now()
            )


def test_the_pages_issue_print_and_show(cast: Cast) -> None:
    browser = cast.client("tam")
    assert "Chưa có thẻ" in browser.get(reverse("gate:classes")).text
    browser.post(reverse("gate:issue", args=[cast.classroom.pk]))
    shown = browser.get(reverse("gate:classroom", args=[cast.classroom.pk])).text
    badge = Badge.objects.get(enrolment=cast.enrolments["an"])
    assert badge.code in shown
    paper = browser.get(reverse("gate:sheet", args=[cast.classroom.pk]))
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    wrong = browser.post(reverse("gate:chip", args=[badge.pk]), {"chip": "thẻ"})
    assert wrong.status_code == 422
    assert "thẻ" in wrong.text
    made = browser.post(reverse("gate:readers"), {"name": "Cổng phụ", "kind": "page", "direction": "both"})
    assert f"{reverse('gate:reading')}#khue_reader_" in made.text
    reader = Reader.objects.get()
    assert "khue_reader_" not in browser.get(reverse("gate:readers")).text
    actions.take_in(
        SYSTEM,
        reader,
        taps=[actions.Shown(1, badge.code, timezone.now())],
        device_now=timezone.now(),
        at=timezone.now(),
    )
    assert cast.people["an"].full_name in browser.get(reverse("gate:taps")).text
    browser.post(reverse("gate:lost", args=[badge.pk]))
    browser.post(
        reverse("gate:worn", args=[Badge.objects.get(enrolment=cast.enrolments["an"], state="good").pk])
    )
    assert sorted(Badge.objects.filter(enrolment=cast.enrolments["an"]).values_list("state", flat=True)) == [
        "ended", "good", "lost",
    ]  # fmt: skip
    assert browser.post(reverse("gate:cut_off", args=[reader.pk])).status_code == 302
    assert "khue_reader_" in browser.post(reverse("gate:renew", args=[reader.pk])).text
