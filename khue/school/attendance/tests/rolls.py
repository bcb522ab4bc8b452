"""What tests of roll call share: days that surely have lessons, and rolls taken on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils import timezone

from khue.registry.calendar.models import SpecialDay
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.attendance.actions import Entry, Taken, take_roll
from khue.school.attendance.models import Mark, Sheet
from tests.cast import Cast, make_enrolment, make_person


def today() -> date:
    """The day of the province."""
    return timezone.localdate()


def lessons(cast: Cast, *days: date) -> None:
    """Give the whole province lessons on these days (today when none is named), whatever day of the week they are."""
    for day in days or (today(),):
        SpecialDay.objects.create(
            unit=cast.department, year=cast.year, kind="makeup", name="Học bù", starts_on=day, ends_on=day,
            is_school_day=True,
        )  # fmt: skip
    Enrolment.objects.filter(joined_on__gt=min(days, default=today())).update(
        joined_on=min(days, default=today())
    )


def classmates(cast: Cast, count: int) -> list[Enrolment]:
    """More pupils in 8A3."""
    people = [
        make_person(f"Trần Văn {chr(65 + n % 26)}{n}", birth_date=date(2013, 1, 1)) for n in range(count)
    ]
    made = [make_enrolment(person, cast.classroom) for person in people]
    Enrolment.objects.filter(pk__in=[one.pk for one in made]).update(joined_on=date(2020, 1, 1))
    return made


def take(cast: Cast, *entries: Entry, day: date | None = None, version: int = 0, who: str = "lan") -> Taken:
    """Take the morning roll of 8A3."""
    return take_roll(
        cast.actor(who), cast.classroom, day=day or today(), session="S", exceptions=entries, version=version
    )


def write_rolls(
    cast: Cast, days: Iterable[date], absent: Sequence[int] = (), *, room: Classroom | None = None, code: str = "P",
    session: str = "S", is_main: bool = True,
) -> list[Sheet]:  # fmt: skip
    """Rolls of past days as they lie in the database, with these enrolments away at each."""
    room = room or cast.classroom
    made = []
    for day in days:
        sheet = Sheet.objects.create(
            classroom=room, school_id=room.school_id, day=day, session=session, is_main=is_main,
            taken_at=timezone.now(), taken_by=cast.people["lan"], expected=max(len(absent), 1),
            excused=len(absent) * (code == "P"), unexcused=len(absent) * (code == "K"),
        )  # fmt: skip
        Mark.objects.bulk_create(
            [
                Mark(sheet=sheet, enrolment_id=pk, day=day, session=session, code=code, set_at=timezone.now())
                for pk in absent
            ]
        )
        made.append(sheet)
    return made


def before(count: int) -> list[date]:
    """So many days before today, the nearest first."""
    return [today() - timedelta(days=n + 1) for n in range(count)]
