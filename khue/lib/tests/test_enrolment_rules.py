from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.enrolment_rules import (
    AgeOutlier,
    EnrolmentEvent,
    EnrolmentEventKind,
    EnrolmentStatus,
    TransitionProblem,
    age_outlier,
    age_remark,
    allowed_events,
    expected_age,
    head_count,
    status_after,
    statuses_on,
)

START = date(2026, 9, 1)
Kind, Status = EnrolmentEventKind, EnrolmentStatus


@st.composite
def event_streams(draw):
    """Draw pupils' lives at one school: only events that may follow one another, mixed by day."""
    events = []
    for pupil in range(draw(st.integers(0, 12))):
        status, day = None, START
        for order in range(draw(st.integers(0, 6))):
            possible = allowed_events(status)
            if not possible:
                break
            kind = draw(st.sampled_from(possible))
            day += timedelta(days=draw(st.integers(0, 40)))
            events.append(EnrolmentEvent(pupil, "THCS", day, kind, order))
            status = status_after(status, kind)
    return draw(st.permutations(events))


days = st.integers(0, 240).map(lambda number: START + timedelta(days=number))


def counted_one_by_one(events, day):
    """The independent count: follow each pupil's own events and ask the last state."""
    total = 0
    for pupil in {event.pupil for event in events}:
        own = [event for event in events if event.pupil == pupil and event.day <= day]
        own.sort(key=lambda event: (event.day, event.order))
        if own and own[-1].kind in (
            Kind.ADMITTED,
            Kind.TRANSFERRED_IN,
            Kind.RETURNED,
            Kind.REINSTATED,
            Kind.SUSPENDED,
        ):
            total += 1
    return total


@given(event_streams(), days, days)
def test_start_and_what_changed_it_make_the_end(events, one, other):
    first, last = sorted([one, other])
    count = head_count(events, first, last)
    assert count.end == count.start + count.joined - count.left
    assert count.start == counted_one_by_one(events, first - timedelta(days=1))
    assert count.end == counted_one_by_one(events, last)


@given(event_streams(), days, days, days)
def test_stretches_of_days_join_without_loss(events, one, two, three):
    first, middle, last = sorted([one, two, three])
    before = head_count(events, first, middle)
    after = head_count(events, middle + timedelta(days=1), max(last, middle + timedelta(days=1)))
    assert before.end == after.start


@given(event_streams(), days)
def test_the_head_count_is_the_number_of_states_that_count(events, day):
    states = statuses_on(events, day).values()
    assert head_count(events, START, day).end == sum(status.counts_in_enrolment for status in states)


@given(event_streams())
def test_joining_events_never_lower_and_leaving_events_never_raise_the_count(events):
    changes = head_count(events, START, START + timedelta(days=400)).changes
    joining = {Kind.ADMITTED, Kind.TRANSFERRED_IN, Kind.RETURNED}
    neutral = {Kind.SUSPENDED, Kind.REINSTATED}
    for kind, change in changes.items():
        assert change >= 0 if kind in joining else change == 0 if kind in neutral else change <= 0


def test_a_year_of_one_school_told_by_its_events():
    events = [EnrolmentEvent(pupil, "THCS", START, Kind.ADMITTED) for pupil in range(5)]
    events += [
        EnrolmentEvent(0, "THCS", date(2026, 10, 1), Kind.TRANSFERRED_OUT),
        EnrolmentEvent(1, "THCS", date(2026, 11, 1), Kind.DROPPED),
        EnrolmentEvent(1, "THCS", date(2027, 1, 1), Kind.RETURNED),
        EnrolmentEvent(2, "THCS", date(2026, 12, 1), Kind.SUSPENDED),
        EnrolmentEvent("mới", "THCS", date(2026, 10, 5), Kind.TRANSFERRED_IN),
    ]
    count = head_count(events, date(2026, 9, 2), date(2026, 12, 31))
    assert (count.start, count.joined, count.left, count.end) == (5, 1, 2, 4)
    assert head_count(events, START, date(2027, 5, 31)).end == 5


def test_a_transfer_leaves_one_school_and_joins_the_other():
    events = [
        EnrolmentEvent("An", "A", START, Kind.ADMITTED),
        EnrolmentEvent("An", "A", date(2026, 10, 1), Kind.TRANSFERRED_OUT),
        EnrolmentEvent("An", "B", date(2026, 10, 1), Kind.TRANSFERRED_IN),
    ]
    assert head_count(events, START, date(2026, 10, 1)).end == 1
    assert statuses_on(events, date(2026, 10, 1)) == {
        ("An", "A"): Status.TRANSFERRED_OUT,
        ("An", "B"): Status.STUDYING,
    }


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("STUDYING", True),
        ("EXPELLED_TEMP", True),
        ("RESERVED", False),
        ("TRANSFERRED_OUT", False),
        ("DROPPED", False),
        ("COMPLETED", False),
        ("DECEASED", False),
    ],
)
def test_which_states_count_in_enrolment(status, counts):
    assert Status(status).counts_in_enrolment is counts


def test_the_dead_have_no_further_events_and_only_they():
    assert [status for status in Status if status.is_final] == [Status.DECEASED]


def test_an_event_that_cannot_happen_is_refused_in_plain_words():
    with pytest.raises(TransitionProblem) as caught:
        status_after(Status.TRANSFERRED_OUT, Kind.DROPPED)
    assert caught.value.message == "Em đang ở trạng thái “Chuyển đi”, chưa ghi được “Bỏ học”."
    with pytest.raises(TransitionProblem, match="chưa học ở trường này"):
        status_after(None, Kind.COMPLETED)


def test_every_state_and_event_has_its_words():
    assert all(status.label for status in Status)
    assert all(kind.label for kind in Kind)


def test_expected_ages_of_the_entry_grades():
    assert [expected_age(grade) for grade in (1, 6, 10)] == [6, 11, 15]
    with pytest.raises(ValueError, match="no grade 0"):
        expected_age(0)


@pytest.mark.parametrize(
    ("birth_year", "outlier"),
    [
        (2020, None),
        (2021, AgeOutlier.ONE_YEAR_EARLY),
        (2022, AgeOutlier.TOO_YOUNG),
        (2019, AgeOutlier.OVER_AGE),
        (2017, AgeOutlier.OVER_AGE),
        (2016, AgeOutlier.FAR_OVER_AGE),
    ],
)
def test_ages_that_depart_from_grade_one_are_told(birth_year, outlier):
    assert age_outlier(date(birth_year, 6, 1), 1, "2026-2027") == outlier


def test_age_remarks_are_sentences():
    assert age_remark(date(2020, 6, 1), 1, "2026-2027") is None
    assert age_remark(date(2016, 6, 1), 1, 2026) == "Em 10 tuổi, hơn 4 tuổi so với tuổi vào lớp 1 (6 tuổi)."
    assert age_remark(date(2022, 6, 1), 1, 2026) == "Em 4 tuổi, kém 2 tuổi so với tuổi vào lớp 1 (6 tuổi)."
    assert not AgeOutlier.OVER_AGE.needs_decision
    assert AgeOutlier.FAR_OVER_AGE.needs_decision
