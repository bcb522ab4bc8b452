"""What is not in order in the small demo province, so that the pages for it have something to show.

Planted: wrong ages, doubles entered at two schools, pupils without a class, new first-graders with temporary codes
only, and three transfers waiting for an answer, for the papers and for a class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from random import Random
from typing import TYPE_CHECKING, Final

from django.urls import NoReverseMatch, reverse

from khue.kernel.demo import small
from khue.kernel.demo.engine import NULL, Demo
from khue.kernel.demo.plan import School
from khue.kernel.people.demo import places
from khue.lib.codes import temporary_pupil_code
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.demo_pupils import Household, Pupil

if TYPE_CHECKING:
    from khue.registry.roster.demo import Maker

WRONG_AGE: Final = 0.0012
YEARS_WRONG: Final = 6
DOUBLES: Final = {"THCS-TRANPHU": small.LE_QUY_DON, small.SONG_LAM: "TH-DONGKINH"}
"""Schools that have entered two pupils whom another school has too."""
UNPLACED: Final = {"THCS-TRANPHU": 2, "TH-MUONGKHOA": 1}
TEMPORARY: Final = {small.SONG_LAM: 9}


def plant(
    maker: Maker,
    rng: Random,
    school: School,
    pupils: list[Pupil],
    others: Sequence[tuple[School, list[Pupil]]],
) -> None:
    """Spoil some records of a school before they are written."""
    for pupil in pupils[-UNPLACED.get(school.code, 0) or len(pupils) :]:
        pupil.is_unplaced = pupil.is_protected = True
    twin = DOUBLES.get(school.code)
    for other, theirs in others:
        if other.code == twin:
            _enter_again(maker, rng, school, pupils, theirs)
    _newcomers(maker, rng, school, pupils)


def _enter_again(
    maker: Maker, rng: Random, school: School, pupils: list[Pupil], theirs: Sequence[Pupil]
) -> None:
    spots = places(school.commune.full_name)
    chosen = [pupil for pupil in theirs if not pupil.is_protected]
    for original in rng.sample(chosen, 2):
        rooms = [room for room in school.rooms if room.grade == original.room.grade]
        room = min(rooms, key=lambda r: r.pupils)
        room.pupils += 1
        household = Household(original.family, original.group, rng.choice(spots))
        double = maker.pupil(
            rng,
            household,
            original.given,
            original.birth,
            original.sex,
            room,
            room.pupils,
            has_personal_id=False,
        )
        double.is_protected = original.is_protected = True
        pupils.append(double)


def _newcomers(maker: Maker, rng: Random, school: School, pupils: list[Pupil]) -> None:
    """First-graders whose ministry code has not come: a temporary one stands in for it."""
    identifiers = maker.demo.table("people.Identifier", "id", "person_id", "system", "value", "unit_id")
    for number in range(1, TEMPORARY.get(school.code, 0) + 1):
        room = min((room for room in school.rooms if room.grade == 1), key=lambda room: room.pupils)
        room.pupils += 1
        sex = rng.choice((1, 2))
        family = maker.people.namer.family(rng, "01")
        household = Household(family, "01", rng.choice(places(school.commune.full_name)))
        given = maker.people.namer.child(rng, sex, "01")
        birth = f"{YEAR - 6}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        pupil = maker.pupil(rng, household, given, birth, sex, room, room.pupils, ministry_code=NULL)
        pupil.is_protected = True
        pupils.append(pupil)
        code = temporary_pupil_code(school.code, YEAR, number)
        identifiers.add(maker.demo.id("people.Identifier"), pupil.person, "temporary", code, school.id)


def open_transfers(demo: Demo, schools: Mapping[str, tuple[School, list[Pupil]]]) -> None:
    """Three requests on their way: one to be answered, one to be handed over, one to be placed, all at Lê Quý Đôn."""
    table = demo.table(
        "roster.Transfer",
        "id", "enrolment_id", "from_school_id", "to_school_id", "state", "reason_code", "reason", "submitted_on",
        "asked_by_id", "answer_due_on", "release_due_on", "place_due_on", "wanted_grade",
    )  # fmt: skip
    lines: tuple[tuple[str, str, str, str, date, date, date | None, date | None], ...] = (
        ("THCS-TRANPHU", small.LE_QUY_DON, "submitted", "family_moved", date(2026, 11, 18), date(2026, 11, 25),
         None, None),
        (small.LE_QUY_DON, small.MUONG_KHOA, "accepted", "nearer", date(2026, 11, 11), date(2026, 11, 18),
         date(2026, 11, 23), None),
        (small.MUONG_KHOA, small.LE_QUY_DON, "released", "family_moved", date(2026, 11, 9), date(2026, 11, 16),
         date(2026, 11, 19), date(2026, 11, 24)),
    )  # fmt: skip
    for sender, receiver, state, reason, submitted, answer, release, place in lines:
        school, pupils = schools[sender]
        pupil = next(
            p for p in reversed(pupils) if p.room.grade == 7 and not p.is_protected and not p.has_moved
        )
        pk = demo.id("roster.Transfer")
        table.add(
            pk, pupil.enrolment, school.id, schools[receiver][0].id, state, reason, "",
            submitted, school.notes["principal"], answer, release, place, pupil.room.grade,
        )  # fmt: skip
        waits_at = schools[receiver][0] if state != "accepted" else school
        other = school if state != "accepted" else schools[receiver][0]
        _ask(demo, pk, state, pupil, waits_at, other, place or release or answer)


# state -> task kind, what is to be done, the button
_STEPS: Final = {
    "submitted": ("roster.answer_transfer", "Trả lời đơn xin chuyển đến của em {name}", "Trả lời"),
    "accepted": ("roster.release_transfer", "Bàn giao hồ sơ em {name}", "Bàn giao"),
    "released": ("roster.place_transfer", "Xếp lớp cho em {name}", "Xếp lớp"),
}


def _ask(demo: Demo, pk: int, state: str, pupil: Pupil, unit: School, other: School, due: date) -> None:
    """The task that waits at a school for the next step of a transfer, as the actions would have opened it."""
    try:
        url = reverse("roster:transfer", args=[pk])
    except NoReverseMatch:  # an installation without the roster's pages has nowhere to lead to
        return
    kind, words, label = _STEPS[state]
    name = f"{pupil.family.text}{pupil.given.text}"
    demo.table(
        "workflow.Task", "id", "kind", "title", "detail", "url", "action_label", "unit_id", "permission", "subject",
        "due_at",
    ).add(
        demo.id("workflow.Task"), kind, words.format(name=name), f"Trường bên kia: {other.name}", url, label, unit.id,
        "roster.transfer", f"roster.transfer:{pk}", datetime.combine(due, time(10, 0), tzinfo=UTC),
    )  # fmt: skip
