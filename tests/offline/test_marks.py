"""Marks entered without a line: written as on the page, shown when they clash, held when they come too late (E3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.notify.models import Message
from khue.kernel.offline import queries
from khue.kernel.offline.actions import accept_review, reject_review, settle_clash
from khue.kernel.offline.models import Device, Held
from khue.kernel.offline.models import Entry as Kept
from khue.kernel.workflow import queries as tasks
from khue.registry.curriculum.models import TeachingAssignment
from khue.school.gradebook.actions import Cell, enter_marks
from khue.school.gradebook.models import Deadline, MarkRow, Sheet, Unlock
from khue.school.gradebook.tests.places import SLOT, classmates, open_sheets
from tests.cast import Cast
from tests.offline.devices import Carried, key, mark


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    """Lan's sheet of Toán in 8A3."""
    return open_sheets(cast)


@pytest.fixture
def phone(cast: Cast, sheet: Sheet) -> Carried:
    """Lan's phone, which has taken her classes along."""
    return Carried(cast.client("lan")).register().carry()


def lock(cast: Cast, column: str) -> None:
    """Lock a column since yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    Deadline.objects.update_or_create(
        unit=cast.school, year=cast.year, term=1, column=column,
        defaults={"due_on": yesterday - timedelta(days=1), "locks_on": yesterday},
    )  # fmt: skip


def unlock(cast: Cast, sheet: Sheet, slot: int) -> None:
    """A head has opened a slot."""
    Unlock.objects.create(
        sheet=sheet, slots=[slot], reason="Nhập thiếu", asked_by=cast.people["lan"], state="granted",
        open_until=timezone.now() + timedelta(hours=4), decided_by=cast.people["hung"], decided_at=timezone.now(),
    )  # fmt: skip


def test_a_device_takes_along_own_sheets_and_nothing_else(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    marks = phone.package["collections"]["gradebook.marks"]
    courses = set(
        Sheet.objects.filter(course__assignments__teacher=cast.people["lan"], term=1).values_list(
            "pk", flat=True
        )
    )
    homeroom = set(
        Sheet.objects.filter(classroom=cast.classroom, course=None, term=1).values_list("pk", flat=True)
    )
    assert {one["id"] for one in marks["sheets"]} == courses | homeroom
    names = {name for room in marks["classes"].values() for _pk, name in room["pupils"]}
    assert cast.people["an"].full_name in names
    assert phone.package["person"] == [cast.people["lan"].pk, cast.people["lan"].full_name]


def test_marks_come_back_as_if_they_were_entered_on_the_page(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, SLOT["tx1"]), 85)
    phone.enter(key(sheet, an, "nx"), " Em  tiến bộ ")
    assert phone.send() == [("apply", 85), ("apply", "Em tiến bộ")]
    row = MarkRow.objects.get(sheet=sheet, enrolment_id=an)
    assert (row.marks[SLOT["tx1"]], row.sources[SLOT["tx1"]], row.comment) == (85, "o", "Em tiến bộ")
    entry = AuditEntry.objects.get(action="gradebook.enter_marks")
    assert (entry.actor_id, "Điện thoại (mang đi)" in entry.device) == (cast.people["lan"].pk, True)
    assert AuditEntry.objects.filter(action="offline.receive").count() == 1


def test_what_is_sent_twice_is_written_once(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    one = phone.enter(key(sheet, an, 0), 85)
    assert phone.deliver([one]) == phone.deliver([one]) == [(1, "apply", 85)]
    assert Kept.objects.count() == 1
    assert AuditEntry.objects.filter(action="gradebook.enter_marks").count() == 1
    status, said = phone.post("tiep", {"replica": phone.device.memory.name})
    assert (status, said["next"]) == (200, 2)


def test_a_value_written_meanwhile_is_not_written_over(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, None, 70)])
    assert phone.send() == [("clash", 70)]
    assert mark(sheet, an, 0) == 70
    held = Held.objects.get()
    assert (held.kind, held.mine, held.theirs, held.state) == ("clash", 85, 70, "open")
    assert held.theirs_by == cast.people["lan"].full_name
    assert [task.kind for task in tasks.open_tasks(cast.lan)] == ["offline.clash"]
    page = cast.client("lan").get("/ngoai-tuyen/cho-venh/")
    assert "8,5" in page.content.decode()
    assert "7,0" in page.content.decode() or ">7<" in page.content.decode()


@pytest.mark.parametrize(("choice", "left"), [("mine", 85), ("theirs", 70), ("other", 80)])
def test_a_person_ends_a_conflict(cast: Cast, sheet: Sheet, phone: Carried, choice: str, left: int) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, None, 70)])
    phone.send()
    held = Held.objects.get()
    response = cast.client("lan").post(
        f"/ngoai-tuyen/cho-venh/{held.pk}/", {"choice": choice, "seen": "70", "other": "8,0"}
    )
    assert response.status_code == 302
    held.refresh_from_db()
    assert (held.state, held.settled, mark(sheet, an, 0)) == (choice, left, left)
    assert held.settled_by_id == cast.people["lan"].pk
    assert list(tasks.open_tasks(cast.lan)) == []
    with pytest.raises(Conflict):
        settle_clash(cast.lan, held, choice="mine", seen=left)


def test_a_conflict_is_decided_over_what_stands_not_over_what_stood(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, None, 70)])
    phone.send()
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, 70, 75)])
    for choice in ("mine", "theirs"):
        with pytest.raises(Conflict):
            settle_clash(cast.lan, Held.objects.get(), choice=choice, seen=70)
    assert (mark(sheet, an, 0), Held.objects.get().state) == (75, "open")


def test_who_may_not_enter_there_does_not_see_the_conflict(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, None, 70)])
    phone.send()
    held = Held.objects.get()
    for name in ("mai", "hung", "tam", "ha"):
        assert not queries.held(cast.actor(name), "offline.settle").exists()
        assert (
            cast.client(name).post(f"/ngoai-tuyen/cho-venh/{held.pk}/", {"choice": "mine"}).status_code == 404
        )
    with pytest.raises(NotVisible):
        reject_review(cast.hung, held, reason="Không")


def test_a_correction_on_the_device_takes_the_place_of_what_waits(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    phone.enter(key(sheet, an, 0), 90)
    enter_marks(cast.lan, sheet, cells=[Cell(an, 0, None, 70)])
    assert [verdict for verdict, _now in phone.send()] == ["clash", "clash"]
    assert list(Held.objects.order_by("pk").values_list("mine", "state")) == [(85, "replaced"), (90, "open")]
    phone.enter(key(sheet, an, 0), 95)  # over the 70 that the device shows by now
    assert phone.send() == [("apply", 95)]
    assert not Held.objects.filter(state="open").exists()
    assert list(tasks.open_tasks(cast.lan)) == []


def test_what_comes_after_the_lock_waits_for_a_head(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, SLOT["gk"]), 85)
    lock(cast, "gk")
    assert phone.send() == [("late", None)]
    assert mark(sheet, an, SLOT["gk"]) is None
    held = Held.objects.get()
    assert (held.kind, held.mine) == ("late", 85)
    assert "offline.review" in [task.kind for task in tasks.open_tasks(cast.hung)]
    page = cast.client("hung").get("/ngoai-tuyen/cho-xet/").content.decode()
    assert cast.people["an"].full_name in page
    assert "disabled" in page
    with pytest.raises(DomainError, match="khóa"):
        accept_review(cast.hung, held, seen=None, reason="Cô Lan ở điểm trường không có mạng")
    unlock(cast, sheet, SLOT["gk"])
    with pytest.raises(ProofNeeded):
        accept_review(cast.actor("hung", proved=False), held, seen=None, reason="Cô Lan ở điểm trường")
    with pytest.raises(Conflict):
        accept_review(cast.hung, held, seen=40, reason="Cô Lan ở điểm trường")
    accept_review(cast.hung, held, seen=None, reason="Cô Lan ở điểm trường không có mạng")
    row = MarkRow.objects.get(sheet=sheet, enrolment_id=an)
    assert (row.marks[SLOT["gk"]], row.sources[SLOT["gk"]]) == (85, "O")
    assert AuditEntry.objects.get(action="gradebook.accept_carried").actor_id == cast.people["hung"].pk
    assert Message.objects.filter(person=cast.people["lan"], kind="offline.review").count() == 1
    assert "offline.review" not in [task.kind for task in tasks.open_tasks(cast.hung)]


def test_a_head_leaves_what_stands_with_a_reason(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, SLOT["gk"]), 85)
    lock(cast, "gk")
    phone.send()
    held = Held.objects.get()
    client = cast.client("hung")
    refused = client.post(
        f"/ngoai-tuyen/cho-xet/{held.pk}/", {"verb": "reject", "reason": " ", "seen": "null"}
    )
    assert refused.status_code == 422
    done = client.post(
        f"/ngoai-tuyen/cho-xet/{held.pk}/", {"verb": "reject", "reason": "Đã chốt", "seen": "null"}
    )
    assert done.status_code == 302
    held.refresh_from_db()
    assert (held.state, held.mine, held.reason) == ("theirs", 85, "Đã chốt")
    assert mark(sheet, an, SLOT["gk"]) is None


def test_a_right_that_ended_is_judged_as_of_entering_and_as_of_joining(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    TeachingAssignment.objects.filter(course=cast.course).update(ends_on=timezone.localdate())
    assert phone.send() == [("late", None)]
    held = Held.objects.get()
    assert (held.kind, held.mine, mark(sheet, an, 0)) == ("moved", 85, None)
    accept_review(cast.hung, held, seen=None, reason="Cô Lan dạy lớp này đến hôm qua")
    assert mark(sheet, an, 0) == 85


def test_a_right_gained_later_does_not_count_for_what_was_entered_before(cast: Cast, sheet: Sheet) -> None:
    an = cast.enrolments["an"].pk
    mine = TeachingAssignment.objects.filter(course=cast.course)
    ends_on = mine.values_list("ends_on", flat=True)[0]
    mine.update(ends_on=timezone.localdate())
    phone = Carried(cast.client("lan")).register().carry()
    early = phone.enter(key(sheet, an, 0), 85)
    mine.update(ends_on=ends_on)
    assert phone.send() == [("refused", None)]
    assert mark(sheet, an, 0) is None
    assert not Held.objects.exists()
    kept = Kept.objects.get()
    assert (kept.value, kept.verdict, kept.seq) == (
        85,
        "refused",
        early.seq,
    )  # nothing received is thrown away
    phone.carry().enter(key(sheet, an, 0), 85)
    assert phone.send() == [("apply", 85)]


def test_a_key_of_somebody_elses_is_refused_like_one_that_does_not_exist(cast: Cast, phone: Carried) -> None:
    other = Sheet.objects.filter(classroom=cast.other_classroom).first()
    assert other is not None
    phone.enter(f"{other.pk}.1.0", 85)
    phone.enter("999999999.1.0", 85)
    phone.enter("no key at all", 85)
    phone.enter("1.1.0", 85, "no.collection")
    phone.send()
    kept = Kept.objects.order_by("seq").values_list("verdict", "now", "message")
    assert len(kept) == 4
    assert len(set(kept)) == 1
    assert kept[0][0] == "refused"


@pytest.mark.parametrize("value", ["8,5", 8.5, True, 850, -9, [85], {"a": 1}])
def test_a_value_that_no_cell_can_hold_is_refused(
    cast: Cast, sheet: Sheet, phone: Carried, value: object
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), value)
    assert [verdict for verdict, _now in phone.send()] == ["refused"]
    assert mark(sheet, an, 0) is None


def test_a_pupil_deleted_meanwhile_is_gone_with_the_next_package(cast: Cast, sheet: Sheet) -> None:
    """E7: whoever was removed reaches every device at its next joining."""
    phones = [Carried(cast.client("lan")).register(f"Máy {n}").carry() for n in range(3)]
    (gone,) = classmates(cast, 1)
    for phone in phones:
        phone.carry()
        assert str(gone) in str(phone.package["collections"])
        phone.enter(key(sheet, gone, 0), 50)
    from khue.registry.roster.models import Enrolment

    person = Enrolment.objects.get(pk=gone).person
    Enrolment.objects.filter(pk=gone).delete()
    name = person.full_name
    person.delete()
    for phone in phones:
        assert phone.send() == [("refused", None)]
        phone.carry()
        assert name not in str(phone.package["collections"])
        assert not any(one.split(".")[1] == str(gone) for one in phone.device.memory.held)
    assert not MarkRow.objects.filter(enrolment_id=gone).exists()


def test_the_homeroom_sheet_is_settled_by_who_may_enter_it(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    own = Sheet.objects.get(classroom=cast.classroom, kind="conduct", term=1)
    an = cast.enrolments["an"].pk
    phone.enter(key(own, an, 0), 3)
    assert phone.send() == [("apply", 3)]
    assert MarkRow.objects.get(sheet=own).marks[0] == 3
    assert Device.objects.get().waiting == 0
