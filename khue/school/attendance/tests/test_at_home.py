"""Learning at home while the school is closed: pressed by families, seen by teachers, never an absence."""

from __future__ import annotations

import pytest
from django.urls import reverse

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.manifest import FamilyChild
from khue.registry.calendar.actions import close_classes, reopen_classes
from khue.registry.calendar.models import Closure
from khue.registry.roster.models import Enrolment
from khue.school.attendance import queries
from khue.school.attendance.actions import Entry, check_in
from khue.school.attendance.families import day_lines
from khue.school.attendance.models import AbsenceNotice, CheckIn, Mark, Sheet
from khue.school.attendance.queries.checkins import at_home
from khue.school.attendance.tests.rolls import classmates, lessons, take, today
from tests.cast import Cast


def storm(cast: Cast, *, home: bool = True) -> Closure:
    """Hùng closes the school today."""
    lessons(cast)
    return close_classes(
        cast.hung, cast.school, year=cast.year.pk, reason="storm", starts_on=today(), at_home=home
    )


def child(enrolment: Enrolment) -> FamilyChild:
    person, room = enrolment.person, enrolment.classroom
    assert room is not None
    return FamilyChild(
        person.pk, enrolment.pk, person.full_name, "An", room.pk, room.name, enrolment.school_id, "", "THCS", 8, 2026
    )  # fmt: skip


def test_a_guardian_presses_once_and_the_teacher_sees_it(cast: Cast) -> None:
    an = cast.enrolments["an"]
    assert at_home(cast.binh, today()) == []
    storm(cast)
    (found,) = at_home(cast.binh, today())
    assert (found.enrolment_id, found.sessions) == (an.pk, (("S", None),))
    first = check_in(cast.binh, an, session="S")
    assert check_in(cast.binh, an, session="S").pk == first.pk
    assert check_in(cast.an, an, session="S").pk == first.pk
    row = CheckIn.objects.get()
    assert (row.by_id, row.day) == (cast.people["binh"].pk, today())
    assert AuditEntry.objects.filter(action="attendance.check_in").exists()
    page = cast.client("lan").get(reverse("attendance:roll", args=[cast.classroom.pk])).content.decode()
    assert "Báo có mặt ở nhà lúc" in page
    assert f'name="m{an.pk}" value="" checked' in page


def test_who_has_not_pressed_is_shown_and_not_absent(cast: Cast) -> None:
    (mate,) = classmates(cast, 1)
    storm(cast)
    check_in(cast.an, cast.enrolments["an"], session="S")
    page = cast.client("lan").get(reverse("attendance:roll", args=[cast.classroom.pk])).content.decode()
    assert "Chưa báo có mặt ở nhà" in page
    assert "1/2 em đã báo có mặt" in page
    take(cast, Entry(mate.pk, "K"))
    sheet = Sheet.objects.get()
    assert (sheet.is_checkin, sheet.is_main) == (True, False)
    assert not AbsenceNotice.objects.exists()
    assert queries.all_absences([mate.pk]).get((mate.pk, 1), (0, 0)) == (0, 0)


def test_pressed_after_the_roll_the_roll_is_set_right(cast: Cast) -> None:
    an = cast.enrolments["an"]
    storm(cast)
    take(cast, Entry(an.pk, "K"))
    assert Mark.objects.get().code == "K"
    check_in(cast.binh, an, session="S")
    assert not Mark.objects.exists()
    assert Sheet.objects.get().unexcused == 0


def test_only_the_family_presses_and_only_for_its_own(cast: Cast) -> None:
    storm(cast)
    for who in ("lan", "hung", "mai"):
        with pytest.raises((NotAllowed, NotVisible)):
            check_in(cast.actor(who), cast.enrolments["an"], session="S")
    for who in ("binh", "an"):
        with pytest.raises(NotVisible):
            check_in(cast.actor(who), cast.enrolments["khoi"], session="S")
    assert not CheckIn.objects.exists()


def test_there_is_nothing_to_press_at_school_nor_when_nobody_learns(cast: Cast) -> None:
    lessons(cast)
    with pytest.raises(DomainError, match="không học ở nhà"):
        check_in(cast.binh, cast.enrolments["an"], session="S")
    row = close_classes(cast.hung, cast.school, year=cast.year.pk, reason="flood", starts_on=today())
    with pytest.raises(DomainError, match="không học ở nhà"):
        check_in(cast.binh, cast.enrolments["an"], session="S")
    assert at_home(cast.binh, today()) == []
    reopen_classes(cast.hung, row, on=today())
    storm(cast)
    with pytest.raises(DomainError, match="không học ở nhà"):
        check_in(cast.binh, cast.enrolments["an"], session="C")
    check_in(cast.binh, cast.enrolments["an"], session="S")


def test_the_page_of_families_and_their_first_page(cast: Cast) -> None:
    an, url = cast.enrolments["an"], reverse("attendance:at_home")
    browser = cast.client("binh")
    assert "Hôm nay không phải học ở nhà" in browser.get(url).content.decode()
    assert day_lines(cast.binh, [child(an)]) == []
    storm(cast)
    (line,) = day_lines(cast.binh, [child(an)])
    assert (line.place, line.url, line.person_id) == ("wanted", url, an.person_id)
    assert "Có mặt học ở nhà" in browser.get(url).content.decode()
    assert browser.post(url, {"em": an.pk, "buoi": "S"}).status_code == 302
    assert browser.post(url, {"em": cast.enrolments["khoi"].pk, "buoi": "S"}).status_code == 404
    assert "báo lúc" in browser.get(url).content.decode()
    (line,) = day_lines(cast.binh, [child(an)])
    assert (line.place, line.kind) == ("day", "ok")
    assert day_lines(cast.binh, []) == []
