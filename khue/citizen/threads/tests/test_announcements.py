"""Announcements: for whom, as of the day of reading; who has read and confirmed; edited, withdrawn, reminded of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from khue.citizen.threads import actions, lines
from khue.citizen.threads.models import Announcement, AnnouncementVersion, Receipt
from khue.citizen.threads.queries import announcements as queries
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.manifest import FamilyChild, FamilyLine
from khue.kernel.notify.models import Message as Notice
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account
from khue.registry.roster.models import Classroom, Enrolment, Guardianship
from tests.cast import Cast, make_account, make_class, make_enrolment, make_person


def words(title: str = "Họp phụ huynh", *, confirm: bool = False, days: int = 10) -> actions.Words:
    return actions.Words(
        title,
        "8 giờ Chủ nhật tại lớp.",
        timezone.localdate() + timedelta(days=days),
        needs_confirming=confirm,
    )


def to_school(cast: Cast, audience: str = "school", **more: object) -> Announcement:
    said = words(confirm=bool(more.pop("confirm", False)))
    return actions.announce(cast.hung, cast.school, audience=audience, words=said, **more)  # type: ignore[arg-type]


def readers(cast: Cast, found: Announcement) -> set[str]:
    return {
        name
        for name in cast.people
        if name not in ("khoi", "vy")
        and Account.objects.filter(person=cast.people[name]).exists()
        and queries.announcement(cast.actor(name), found.pk) is not None
    }


def family(cast: Cast, name: str, child: str, room: Classroom) -> Actor:
    """Another parent, of one more pupil."""
    cast.people[child] = make_person(f"Em {child}", birth_date=date(2013, 1, 1), sex=1)
    cast.people[name] = make_person(f"Phụ huynh {child}", birth_date=date(1985, 1, 1), sex=1)
    make_account(cast.people[name], name)
    cast.enrolments[child] = make_enrolment(cast.people[child], room)
    Guardianship.objects.create(
        pupil=cast.people[child], guardian=cast.people[name], relation="father", starts_on=date(2026, 9, 5)
    )
    return cast.actor(name)


def told(cast: Cast, kind: str) -> list[str]:
    names = {person.pk: name for name, person in cast.people.items()}
    return sorted(names[pk] for pk in Notice.objects.filter(kind=kind).values_list("person_id", flat=True))


def test_an_announcement_is_for_those_placed_there_today(cast: Cast) -> None:
    family(cast, "quy", "em_8a5", cast.second_classroom)
    family(cast, "bac", "em_khac", cast.other_classroom)
    ninth = make_class("9A1", cast.school, cast.year, 9)
    family(cast, "chin", "em_9", ninth)
    staff = {"lan", "hung", "tam"}
    for audience, place, more, expected in (
        ("school", cast.school, {}, {"binh", "an", "quy", "chin", *staff}),
        ("grade", cast.school, {"grade": 9}, {"chin", *staff}),
        ("staff", cast.school, {}, staff),
        ("class", cast.second_classroom, {}, {"quy", *staff}),
    ):
        made = actions.announce(cast.hung, place, audience=audience, words=words(), **more)  # type: ignore[arg-type]
        assert readers(cast, made) == expected, audience
    made = actions.announce(cast.lan, cast.course, audience="course", words=words())
    assert readers(cast, made) == {"binh", "an", *staff}
    made = actions.announce(cast.son, cast.department, audience="heads", words=words())
    assert readers(cast, made) == {"son", "hung", "ha"}
    made = actions.announce(cast.thanh, cast.commune, audience="heads", words=words())
    assert readers(cast, made) == {"thanh", "hung"}


def test_a_campus_is_told_of_its_own(cast: Cast) -> None:
    room = make_class("8B1", cast.school, cast.year, 8, campus=cast.campus)
    family(cast, "xa", "em_xa", room)
    made = to_school(cast, "campus", campus_id=cast.campus.pk)
    assert readers(cast, made) == {"xa", "lan", "hung", "tam"}
    with pytest.raises(DomainError, match="điểm trường"):
        to_school(cast, "campus", campus_id=cast.other_school.pk)
    with pytest.raises(DomainError, match="khối"):
        to_school(cast, "grade")


def test_a_pupil_who_comes_later_reads_it_until_it_expires(cast: Cast) -> None:
    made = to_school(cast)
    later = family(cast, "moi", "em_moi", cast.classroom)
    assert [one.id for one in queries.for_children(later)] == [made.pk]
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(classroom=None, school=cast.other_school)
    assert queries.for_children(cast.binh) == [], "whoever has left reads no more"
    Announcement.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert queries.for_children(cast.actor("moi")) == []


def test_who_may_announce_where(cast: Cast) -> None:
    office = Unit.objects.get(pk=cast.commune.pk)
    for who, place, audience in (
        ("lan", cast.second_classroom, "class"), ("lan", cast.school, "school"), ("mai", cast.classroom, "class"),
        ("mai", cast.course, "course"), ("binh", cast.classroom, "class"), ("an", cast.classroom, "class"),
        ("son", cast.school, "school"), ("son", cast.school, "heads"), ("thanh", cast.department, "heads"),
        ("ha", cast.school, "staff"), ("hung", cast.school, "heads"), ("hung", cast.classroom, "school"),
        ("hung", office, "heads"), ("lan", cast.course, "class"), ("thanh", office, "staff"),
    ):  # fmt: skip
        with pytest.raises((NotVisible, NotAllowed)):
            actions.announce(cast.actor(who), place, audience=audience, words=words())
    assert Announcement.objects.count() == 0


def test_only_heads_alarm_and_say_why(cast: Cast) -> None:
    with pytest.raises(DomainError, match="lý do"):
        to_school(cast, is_emergency=True)
    made = to_school(cast, is_emergency=True, reason="Nước sông lên nhanh")
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.reason) == ("threads.announce", "Nước sông lên nhanh")
    assert told(cast, "threads.emergency") == ["binh"]
    for who, place, audience in (("tam", cast.school, "school"), ("lan", cast.classroom, "class")):
        with pytest.raises(NotAllowed):
            actions.announce(
                cast.actor(who),
                place,
                audience=audience,
                words=words(),
                is_emergency=True,
                reason="Có chuyện gấp",
            )
    assert made.is_emergency


def test_no_row_is_written_for_those_it_is_for(cast: Cast) -> None:
    family(cast, "quy", "em_hai", cast.classroom)
    made = to_school(cast, confirm=True)
    assert (Receipt.objects.count(), made.addressed) == (
        0,
        3,
    )  # An, Khôi, em_hai; Khôi has no guardian on record
    assert told(cast, "threads.to_confirm") == ["binh", "quy"]


def test_receipts_are_made_by_reading_and_counted_by_family(cast: Cast) -> None:
    quy = family(cast, "quy", "em_hai", cast.classroom)
    made = to_school(cast, confirm=True)
    assert actions.read_announcement(cast.an, made) == 1, "the pupil reads for themselves"
    counts, _rows = queries.progress(cast.hung, made)
    assert (counts.total, counts.read, counts.confirmed, counts.unreachable) == (3, 0, 0, 1)
    assert actions.read_announcement(cast.binh, made) == 1
    assert actions.read_announcement(cast.binh, made) == 0
    assert actions.confirm_announcement(quy, made) == 1
    assert actions.confirm_announcement(quy, made) == 0
    counts, rows = queries.progress(cast.hung, made, "confirmed")
    assert (counts.total, counts.read, counts.confirmed) == (3, 2, 1)
    assert [one.name for one in rows] == ["Em em_hai"]
    _counts, rows = queries.progress(cast.hung, made, "unconfirmed")
    assert {one.name for one in rows} == {"Lê Hoài An", "Phạm Minh Khôi"}
    with pytest.raises(NotAllowed):
        actions.confirm_announcement(cast.an, made)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.read_announcement(cast.mai, made)
    assert all(
        one.read_at for one in Notice.objects.filter(person=cast.people["binh"], kind="threads.to_confirm")
    )


def test_one_guardian_confirms_for_the_family(cast: Cast) -> None:
    made = to_school(cast, confirm=True)
    cast.people["thu"] = make_person("Ngô Thị Thu", birth_date=date(1986, 1, 1), sex=2)
    make_account(cast.people["thu"], "thu")
    Guardianship.objects.create(
        pupil=cast.people["an"], guardian=cast.people["thu"], relation="mother", starts_on=date(2026, 9, 5)
    )
    assert [one.place for one in _lines(cast, "thu")] == ["wanted"]
    actions.confirm_announcement(cast.binh, made)
    assert not queries.for_children(cast.thu)[0].is_unconfirmed
    assert [one.place for one in _lines(cast, "thu")] == ["news"], "she has not read it yet"
    assert _lines(cast, "binh") == []
    assert [one.place for one in _lines(cast, "an")] == ["news"]


def _lines(cast: Cast, name: str) -> list[FamilyLine]:
    an, enrolment = cast.people["an"], cast.enrolments["an"]
    child = FamilyChild(
        an.pk, enrolment.pk, an.full_name, an.given_name, cast.classroom.pk, "8A3", cast.school.pk,
        cast.school.name, "THCS", 8, 2026,
    )  # fmt: skip
    return lines.lines(cast.actor(name), [child])


def test_the_first_page_counts_unread_messages_and_alarms(cast: Cast) -> None:
    actions.write_to_families(cast.lan, [cast.enrolments["an"]], text="Em An quên vở ạ.")
    to_school(cast, is_emergency=True, reason="Nước sông lên nhanh")
    found = _lines(cast, "binh")
    assert [(one.place, one.kind) for one in found] == [("day", ""), ("alert", "bad")]
    assert found[0].person_id == cast.people["an"].pk
    assert _lines(cast, "mai") == []
    assert [one.place for one in _lines(cast, "an")] == ["alert"], (
        "messages are the guardians' and the teacher's"
    )


def test_staff_and_heads_confirm_for_themselves(cast: Cast) -> None:
    made = to_school(cast, "staff", confirm=True)
    assert told(cast, "threads.to_confirm") == ["lan", "tam"]
    assert actions.confirm_announcement(cast.lan, made) == 1
    counts, rows = queries.progress(cast.hung, made, "confirmed")
    assert (counts.total, counts.confirmed, [one.name for one in rows]) == (3, 1, ["Nguyễn Thị Lan"])
    wide = actions.announce(cast.son, cast.department, audience="heads", words=words(confirm=True))
    assert actions.confirm_announcement(cast.ha, wide) == 1
    counts, rows = queries.progress(cast.son, wide, "confirmed")
    assert (counts.total, counts.confirmed, [one.name for one in rows]) == (2, 1, ["THCS Mường Khoa"])


def test_editing_keeps_what_it_said_and_shows_that_it_was_edited(cast: Cast) -> None:
    made = to_school(cast)
    changed = actions.Words("Họp phụ huynh, đổi giờ", "9 giờ.", timezone.localdate())
    actions.edit_announcement(cast.hung, made, words=changed, version=made.version)
    found = queries.announcement(cast.binh, made.pk)
    assert found is not None
    assert (found.title, found.text) == ("Họp phụ huynh, đổi giờ", "9 giờ.")
    assert found.edited_at is not None
    version = AnnouncementVersion.objects.get()
    assert (version.number, version.title, version.text) == (1, "Họp phụ huynh", "8 giờ Chủ nhật tại lớp.")
    with pytest.raises(Conflict):
        actions.edit_announcement(cast.hung, made, words=changed, version=made.version)
    for stranger in ("lan", "mai", "ha", "binh", "son"):
        with pytest.raises((NotVisible, NotAllowed)):
            actions.edit_announcement(cast.actor(stranger), made, words=changed, version=found.version)


def test_a_withdrawn_one_is_gone_for_its_readers_and_kept_for_its_sender(cast: Cast) -> None:
    made = actions.announce(cast.lan, cast.classroom, audience="class", words=words())
    actions.withdraw_announcement(cast.lan, made)
    assert queries.announcement(cast.binh, made.pk) is None
    assert queries.for_children(cast.binh) == []
    assert [one.pk for one in queries.sent(cast.lan)] == [made.pk]
    with pytest.raises(DomainError, match="đã rút"):
        actions.withdraw_announcement(cast.lan, made)
    with pytest.raises(DomainError, match="rút"):
        actions.remind(cast.lan, made)
    with pytest.raises((NotVisible, NotAllowed, DomainError)):
        actions.confirm_announcement(cast.binh, made)


def test_those_who_have_not_confirmed_are_reminded_once_a_day(cast: Cast) -> None:
    quy = family(cast, "quy", "em_hai", cast.classroom)
    made = to_school(cast, confirm=True)
    actions.confirm_announcement(quy, made)
    assert actions.remind(cast.hung, made) == 1
    assert told(cast, "threads.reminder") == ["binh"]
    with pytest.raises(DomainError, match="một lần"):
        actions.remind(cast.hung, made)
    Announcement.objects.update(reminded_on=timezone.localdate() - timedelta(days=1))
    assert actions.remind(cast.hung, made) == 0, "the same day's notice reaches nobody twice"
    with pytest.raises((NotVisible, NotAllowed)):
        actions.remind(cast.lan, made)


@pytest.mark.parametrize(
    ("title", "text", "days", "field"),
    [
        ("Họ", "Nội dung", 1, "title"), ("Họp", "x", 1, "text"), ("Họp", "Nội dung", -1, "expires_on"),
        ("Họp", "Nội dung", 400, "expires_on"),
    ],
)  # fmt: skip
def test_words_are_bounded(cast: Cast, title: str, text: str, days: int, field: str) -> None:
    said = actions.Words(title, text, timezone.localdate() + timedelta(days=days))
    with pytest.raises(DomainError) as refusal:
        actions.announce(cast.hung, cast.school, audience="school", words=said)
    assert field in refusal.value.fields


def test_a_withdrawn_one_is_gone_for_staff_by_its_address_too(cast: Cast) -> None:
    made = to_school(cast, "staff")
    assert queries.announcement(cast.lan, made.pk) is not None
    actions.withdraw_announcement(cast.hung, made)
    assert queries.announcement(cast.lan, made.pk) is None
    assert queries.announcement(cast.hung, made.pk) is not None
