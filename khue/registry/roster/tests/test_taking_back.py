"""A file takes over nobody's record; what it wrote is taken back whole, or not at all once somebody has gone on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Event, NotVisible, Work
from khue.kernel.exchange import actions as exchange
from khue.kernel.exchange.models import Import
from khue.kernel.org.models import Unit
from khue.kernel.people import actions as people
from khue.kernel.people.models import Account, Person
from khue.lib.spreadsheets.write import write_xlsx
from khue.registry.roster import actions
from khue.registry.roster.events import PupilPlaced
from khue.registry.roster.exchange import TABLE
from khue.registry.roster.models import Enrolment, Guardianship, PupilProfile
from tests.cast import Cast, make_class, make_enrolment, make_person, make_unit

COLUMNS = ["Mã học sinh", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp", "Số định danh cá nhân", "Trạng thái"]
CODE = "3812345678"
PHONE = [*COLUMNS, "Điện thoại"]


def take(actor: Actor, school: Unit, *rows: Sequence[Any], columns: Sequence[str] = COLUMNS) -> Import:
    data = write_xlsx("Danh sách", columns, rows)
    return exchange.write_import(
        actor, exchange.start_import(actor, school, table=TABLE, name="ds.xlsx", data=data)
    )


@pytest.fixture
def an(cast: Cast) -> Enrolment:
    Person.objects.filter(pk=cast.people["an"].pk).update(ministry_code=CODE)
    return cast.enrolments["an"]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What is announced of pupils, beside what reacts to it."""
    found: list[Event] = []
    announce = Work.announce

    def listening(work: Work, event: Event) -> None:
        found.append(event)
        announce(work, event)

    monkeypatch.setattr(Work, "announce", listening)
    return found


def now(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_related("classroom").get(pk=enrolment.pk)


# --- whose record it is ---------------------------------------------------------------------------------------------


def test_a_file_fills_the_blanks_of_a_record_kept_elsewhere_and_changes_nothing(cast: Cast) -> None:
    primary = make_unit("TH-X", "TH X", "school", cast.department, levels=["TH"])
    child = make_person("Lò Văn Út", birth_date=date(2014, 1, 1), sex=1, ministry_code="3899999999")
    old = make_enrolment(child, make_class("5A", primary, cast.year, 5, "TH"))
    Enrolment.objects.filter(pk=old.pk).update(status="completed")
    row = ["3899999999", "Lò Văn Út", "02/01/2014", "Nữ", "6A1", "", "", "0900000001"]
    taken = take(cast.tam, cast.school, row, columns=PHONE)
    child.refresh_from_db()
    assert (child.birth_date, child.sex, child.phone) == (date(2014, 1, 1), 1, "+84900000001")
    assert taken.added == 1


def test_nobody_s_pupil_of_another_birth_date_is_somebody_else_and_nothing_is_told_of_them(
    cast: Cast,
) -> None:
    hung = cast.people["hung"]
    Person.objects.filter(pk=hung.pk).update(ministry_code="3877777777")
    for name in (hung.full_name, "Lò Văn Ún"):
        data = write_xlsx("Danh sách", COLUMNS, [["3877777777", name, "01/01/2013", "Nam", "8A", "", ""]])
        kept = exchange.start_import(cast.ha, cast.other_school, table=TABLE, name="ds.xlsx", data=data)
        assert (kept.added, kept.refused) == (0, 1)
        page = cast.client("ha").get(f"/nhap/{kept.pk}/").content.decode()
        assert "của một người khác" in page
        assert "1975" not in page


def test_nobody_takes_a_parent_s_account_by_a_file(cast: Cast) -> None:
    binh = cast.people["binh"]
    Person.objects.filter(pk=binh.pk).update(personal_id="014084001234")
    account = Account.objects.select_related("person").get(person=binh)
    take(cast.ha, cast.other_school, ["", binh.full_name, "01/01/2013", "Nam", "8A", "014084001234", ""])
    with pytest.raises(NotVisible):
        people.issue_codes(cast.ha, [account])
    born = f"{binh.birth_date:%d/%m/%Y}"
    taken = take(cast.ha, cast.other_school, ["", binh.full_name, born, "Nam", "8A", "014084001234", ""])
    assert taken.added == 1, "who knows the birth date too may write him down as a pupil"
    assert not people.issue_codes(cast.ha, [account]).slips


def test_a_file_ties_no_guardian_whose_tie_was_ended(cast: Cast, an: Enrolment) -> None:
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone="+84912345678")
    tie = Guardianship.objects.get(pupil=an.person_id)
    actions.end_guardianship(cast.tam, an, guardianship=tie, on=timezone.localdate(), reason="Bản án")
    take(
        cast.tam, cast.school,
        [CODE, "Lê Hoài An", "14/03/2013", "Nữ", "8A5", "", "", cast.people["binh"].full_name, "0912345678"],
        columns=[*COLUMNS, "Họ tên cha", "SĐT cha"],
    )  # fmt: skip
    assert not Guardianship.objects.filter(pupil=an.person_id, ends_on=None).exists()


# --- taking it back -------------------------------------------------------------------------------------------------


def test_who_left_after_the_file_does_not_come_back_with_it(cast: Cast, an: Enrolment) -> None:
    row = [CODE, "Lê Hoài An", "14/03/2013", "Nữ", "8A3", "", "", "0912000111"]
    taken = take(cast.tam, cast.school, row, columns=PHONE)
    assert taken.changed == 1
    actions.record_movement(cast.tam, [now(an)], kind="dropped", on=timezone.localdate(), reason_code="other")
    with pytest.raises(DomainError, match="đã có thay đổi sau lần nhập"):
        exchange.undo_import(cast.tam, taken)
    assert now(an).status == "dropped"


def test_a_pupil_is_back_in_the_class_the_grade_and_the_words_of_before(cast: Cast, an: Enrolment) -> None:
    before = now(an)
    taken = take(
        cast.tam, cast.school, [CODE, "Lê Hoài An", "14/03/2013", "Nữ", "7A1", "", "", "Con thương binh"],
        columns=[*COLUMNS, "Ghi chú"],
    )  # fmt: skip
    assert (now(an).grade, PupilProfile.objects.get(person=an.person_id).note) == (7, "Con thương binh")
    exchange.undo_import(cast.tam, taken)
    after = now(an)
    assert (after.classroom_id, after.grade, after.level, after.campus_id) == (
        before.classroom_id, before.grade, before.level, before.campus_id,
    )  # fmt: skip
    assert PupilProfile.objects.get(person=an.person_id).note == ""


def test_who_came_from_another_school_is_there_again(cast: Cast) -> None:
    primary = make_unit("TH-X", "TH X", "school", cast.department, levels=["TH"])
    child = make_person("Lò Văn Út", birth_date=date(2014, 1, 1), sex=1, ministry_code="3899999999")
    old = make_enrolment(child, make_class("5A", primary, cast.year, 5, "TH"))
    Enrolment.objects.filter(pk=old.pk).update(status="completed")
    taken = take(cast.tam, cast.school, ["3899999999", "Lò Văn Út", "01/01/2014", "Nam", "6A1", "", ""])
    assert (taken.added, now(old).is_current) == (1, False)
    exchange.undo_import(cast.tam, taken)
    assert list(Enrolment.objects.filter(person=child).values_list("pk", "is_current")) == [(old.pk, True)]


def test_what_somebody_began_with_a_new_pupil_keeps_the_file(cast: Cast) -> None:
    taken = take(cast.tam, cast.school, ["3812345679", "Lò Văn Ún", "06/02/2013", "Nam", "8A3", "", ""])
    row = Enrolment.objects.get(person__ministry_code="3812345679")
    actions.submit_transfer(
        cast.tam, cast.school, enrolment=row, to_school_id=cast.other_school.pk, reason_code="other"
    )
    with pytest.raises(DomainError, match="đã có người làm tiếp"):
        exchange.undo_import(cast.tam, taken)


def test_codes_for_a_time_go_on_after_a_file_was_taken_back(cast: Cast) -> None:
    def pupils(*names: str) -> list[list[str]]:
        return [["", f"Lò Văn {name}", "01/01/2013", "Nam", "8A3", "", ""] for name in names]

    first = take(cast.tam, cast.school, *pupils("Một", "Hai"))
    take(cast.tam, cast.school, *pupils("Ba"))
    exchange.undo_import(cast.tam, first)
    assert take(cast.tam, cast.school, *pupils("Tư", "Năm")).added == 2


def test_the_other_rooms_hear_who_changed_class_by_a_file_and_who_went_back(
    cast: Cast, an: Enrolment, heard: list[Event]
) -> None:
    taken = take(cast.tam, cast.school, [CODE, "Lê Hoài An", "14/03/2013", "Nữ", "8A5", "", ""])
    there = now(an).classroom_id
    exchange.undo_import(cast.tam, taken)
    placed = [event.classroom_id for event in heard if isinstance(event, PupilPlaced)]
    assert placed == [there, an.classroom_id]


def test_and_who_was_put_back_by_hand_or_left_by_a_file(
    cast: Cast, an: Enrolment, heard: list[Event]
) -> None:
    actions.place_pupils(cast.tam, [now(an)], classroom_id=cast.second_classroom.pk, on=timezone.localdate())
    actions.undo_placing(cast.tam, [now(an)])
    take(cast.tam, cast.school, [CODE, "Lê Hoài An", "14/03/2013", "Nữ", "8A3", "", "Bỏ học"])
    assert [type(event).__name__ for event in heard] == ["PupilPlaced", "PupilPlaced", "PupilLeft"]
