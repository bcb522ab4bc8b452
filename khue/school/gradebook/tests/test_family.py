"""Bình reads what Lan has published of An, and of nobody else; what is withdrawn is gone at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from khue.kernel.actions import Work
from khue.kernel.notify.models import Message
from khue.registry.roster.models import Guardianship
from khue.school.gradebook import actions, cards, cells, families
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.events import MarksPublished
from khue.school.gradebook.models import MarkRow, Result, Sheet, SheetKind
from khue.school.gradebook.publishing import COMMENT_SLOT, mask_of
from khue.school.gradebook.queries import pupils
from khue.school.gradebook.tests.places import SLOT, add_course, classmates, open_sheets
from tests.cast import Cast, make_account, make_class, make_enrolment, make_person

MINE = "/so-diem/cua-em/"


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def mark(cast: Cast, sheet: Sheet, enrolment: int | None = None, **marks: int | None) -> None:
    who = enrolment or cast.enrolments["an"].pk
    actions.enter_marks(
        cast.lan, sheet, cells=[Cell(who, SLOT[code], None, value) for code, value in marks.items()]
    )


def publish(sheet: Sheet, *slots: int) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(published=mask_of(slots), published_at=timezone.now())


def text(client: Client, address: str = MINE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_nothing_is_shown_before_it_is_published(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    for who in ("binh", "an"):
        page = text(cast.client(who))
        assert "8,3" not in page
        assert "Chưa có điểm nào được công bố" in page


@pytest.mark.parametrize("who", ["binh", "an"])
def test_published_marks_are_shown_and_the_others_are_not(cast: Cast, sheet: Sheet, who: str) -> None:
    mark(cast, sheet, tx1=83, tx2=61, gk=72)
    publish(sheet, SLOT["tx1"], SLOT["gk"])
    page = text(cast.client(who))
    assert "8,3" in page
    assert "7,2" in page
    assert "6,1" not in page
    assert "chưa đủ điểm" in page


def test_an_average_is_shown_only_when_every_mark_behind_it_is(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=80, tx2=90, tx3=70, tx4=80, gk=75, ck=80)
    publish(sheet, *(SLOT[code] for code in ("tx1", "tx2", "tx3", "tx4", "gk")))
    assert "7,9" not in text(cast.client("binh"))
    publish(sheet, *SLOT.values())
    assert "7,9" in text(cast.client("binh"))


def test_a_comment_has_a_day_of_its_own(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    actions.enter_marks(cast.lan, sheet, remarks=[Remark(cast.enrolments["an"].pk, "", "Làm bài đều.")])
    publish(sheet, *SLOT.values())
    assert "Làm bài đều." not in text(cast.client("binh"))
    publish(sheet, SLOT["tx1"], COMMENT_SLOT)
    page = text(cast.client("binh"))
    assert "Làm bài đều." in page
    assert "cô Lan" in page


def test_what_is_withdrawn_is_gone_at_the_next_look(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    publish(sheet, SLOT["tx1"])
    client = cast.client("binh")
    assert "8,3" in text(client)
    publish(sheet)
    assert "8,3" not in text(client)
    assert families.day_lines(cast.binh, []) == []


def test_other_children_are_as_if_they_were_not(cast: Cast, sheet: Sheet) -> None:
    other = classmates(cast, 1)[0]
    mark(cast, sheet, tx1=83)
    mark(cast, sheet, other, tx1=47)
    publish(sheet, *SLOT.values())
    client = cast.client("binh")
    assert "4,7" not in text(client)
    stranger = MarkRow.objects.get(enrolment=other).person_id
    for person in (stranger, cast.people["khoi"].pk, 2_000_000_000):
        assert client.get(f"{MINE}?em={person}").status_code == 404
    assert client.get(f"/so-diem/em/{other}/").status_code == 404
    assert client.get(f"/so-diem/em/{cast.enrolments['an'].pk}/").status_code == 404


def test_a_parent_whose_right_was_withdrawn_reads_nothing_from_the_next_request_on(
    cast: Cast, sheet: Sheet
) -> None:
    mark(cast, sheet, tx1=83)
    publish(sheet, SLOT["tx1"])
    client = cast.client("binh")
    assert "8,3" in text(client)
    Guardianship.objects.update(may_view=False, restriction="Quyết định của tòa án")
    assert "8,3" not in client.get(MINE).content.decode()
    assert [one.person_id for one in _told(cast, sheet)] == [cast.people["an"].pk]


def test_conduct_and_results_wait_for_the_head(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    an = cast.enrolments["an"].pk
    actions.enter_class_marks(
        cast.lan, conduct, cells=[Cell(an, 0, None, 2), Cell(an, 1, None, 7)],
        remarks=[Remark(an, "", "Ngoan, chưa chuyên cần.")],
    )  # fmt: skip
    publish(conduct, 0, 1, 2, COMMENT_SLOT)
    result = Result.objects.create(
        enrolment=cast.enrolments["an"], person=cast.people["an"], school=cast.school, classroom=cast.classroom,
        term=1, rule_set="TT22_2021", learning="KHA", conduct="TOT", absences=7,
    )  # fmt: skip
    page = text(cast.client("binh"))
    assert "Rèn luyện" not in page
    assert "chuyên cần" not in page
    assert "7 buổi" not in page
    Result.objects.filter(pk=result.pk).update(is_approved=True)
    page = text(cast.client("binh"))
    assert "Rèn luyện" in page
    assert "Khá" in page
    assert "7 buổi" in page


def test_nobody_is_compared_with_anybody(cast: Cast, sheet: Sheet) -> None:
    others = classmates(cast, 3)
    for n, other in enumerate(others):
        mark(cast, sheet, other, tx1=10 + n)
    mark(cast, sheet, tx1=90)
    publish(sheet, *SLOT.values())
    page = text(cast.client("an")).lower()
    before_why = page.partition('<details class="why')[0].partition("<main")[2]
    for word in ("xếp hạng", "thứ hạng", "hạng ", "trung bình lớp", "cao nhất", "thấp nhất", "trung vị"):
        assert word not in before_why
    assert "1,0" not in page
    assert "1,1" not in page


def test_a_parent_of_two_chooses_the_child(cast: Cast, sheet: Sheet) -> None:
    Guardianship.objects.create(
        pupil=cast.people["khoi"],
        guardian=cast.people["binh"],
        relation="father",
        starts_on=cast.year.starts_on,
    )
    mark(cast, sheet, tx1=83)
    second = Sheet.objects.get(classroom=cast.second_classroom, kind="subject", term=1)
    mark(cast, second, cast.enrolments["khoi"].pk, tx1=64)
    publish(sheet, SLOT["tx1"])
    publish(second, SLOT["tx1"])
    client = cast.client("binh")
    khoi = text(client, f"{MINE}?em={cast.people['khoi'].pk}")
    assert "6,4" in khoi
    assert "8,3" not in khoi
    assert "8,3" in text(client, f"{MINE}?lop={cast.classroom.pk}")
    lines = families.day_lines(cast.binh, [])
    assert {line.person_id for line in lines} == {cast.people["an"].pk, cast.people["khoi"].pk}


def test_a_pupil_of_primary_school_reads_words(cast: Cast) -> None:
    room = make_class("4A", cast.school, cast.year, 4, "TH")
    pupil = make_person("Lò Thị Mơ", birth_date=cast.year.starts_on.replace(year=2017), sex=2)
    make_account(pupil, "mo")
    enrolment = make_enrolment(pupil, room)
    shared = {"person": pupil, "enrolment": enrolment}
    traits = Sheet.objects.create(
        year=cast.year, school=cast.school, classroom=room, kind="traits", term=1, rule_set="TT27_2020",
        published=mask_of([0, 15]), published_at=timezone.now(),
    )  # fmt: skip
    course = add_course(cast, "TIENG_VIET", "Tiếng Việt", "lan")
    type(course).objects.filter(pk=course.pk).update(classroom=room)
    subject = Sheet.objects.create(
        year=cast.year, school=cast.school, classroom=room, course=course, term=1, rule_set="TT27_2020",
        published=mask_of([0, 1]), published_at=timezone.now(),
    )  # fmt: skip
    MarkRow.objects.create(sheet=subject, marks=[2, 90, 1, 60], sources="kkkk", **shared)
    MarkRow.objects.create(sheet=traits, marks=[2, *[None] * 14, 1, 0], sources="k" * 17, **shared)
    cast.people["mo"] = pupil
    page = text(cast.client("mo"))
    assert "Hoàn thành tốt" in page
    assert "kiểm tra 9" in page
    assert "kiểm tra 6" not in page
    assert "Yêu nước" in page
    assert "Cần cố gắng" not in page


def _told(cast: Cast, sheet: Sheet, *slots: int) -> list[Message]:
    from khue.kernel.access.actor import Actor

    work = Work(Actor.system("gradebook.test"), "gradebook.test", [sheet])
    families.marks_published(work, MarksPublished(sheet.pk, slots or (SLOT["tx1"],)))
    return list(Message.objects.filter(kind=families.NOTICE).order_by("person_id"))


def test_pupils_and_parents_are_told_once_an_hour(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    told = _told(cast, sheet)
    assert {one.person_id for one in told} == {cast.people["an"].pk, cast.people["binh"].pk}
    assert "8,3" not in told[0].title + told[0].body
    assert told[0].url == f"{MINE}?lop={cast.classroom.pk}"
    if timezone.localtime().minute < 59:
        assert len(_told(cast, sheet, SLOT["tx1"], SLOT["tx2"])) == 2


def test_whoever_has_nothing_in_the_column_is_not_told(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    assert not _told(cast, sheet, SLOT["ck"])


def test_the_homeroom_teacher_and_the_head_see_everything_of_their_pupil(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83, tx2=61)
    publish(sheet, SLOT["tx1"])
    address = f"/so-diem/em/{cast.enrolments['an'].pk}/"
    for who in ("lan", "hung", "tam"):
        page = text(cast.client(who), address)
        assert "8,3" in page
        assert "6,1" in page
        assert "Chưa công bố" in page
    for who in ("mai", "ha", "binh", "an"):
        assert cast.client(who).get(address).status_code == 404
    assert cast.client("hung").get(f"/so-diem/em/{cast.enrolments['vy'].pk}/").status_code == 404


def test_all_subjects_of_both_terms_come_at_once(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    place = pupils.own_places(cast.binh)[0]
    sheets = pupils.all_pupil_sheets(place)
    assert {one.subject for one in sheets if one.kind == "subject"} == {"TOAN", "NGU_VAN"}
    assert len(sheets) == 6


def test_the_first_page_shows_what_is_new(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, tx1=83)
    publish(sheet, SLOT["tx1"])
    (line,) = families.day_lines(cast.binh, [])
    day = f"{timezone.localtime(Sheet.objects.get(pk=sheet.pk).published_at):%d/%m}"
    assert (line.label, line.detail, line.end) == ("Điểm mới: Toán", f"Thường xuyên. cô Lan, {day}", "8,3")
    mark(cast, sheet, tx2=70)
    actions.enter_marks(cast.lan, sheet, remarks=[Remark(cast.enrolments["an"].pk, "", "Làm bài đều.")])
    publish(sheet, SLOT["tx1"], COMMENT_SLOT)
    told = families.day_lines(cast.binh, [])
    assert [one.label for one in told] == ["Điểm mới: Toán", "Nhận xét: Toán"]
    assert "7,0" not in told[0].detail + told[0].end
    Sheet.objects.update(published_at=timezone.now() - timedelta(days=20))
    assert families.day_lines(cast.binh, []) == []
    assert families.day_lines(cast.hung, []) == []


def test_a_subject_not_taken_has_no_card(cast: Cast, sheet: Sheet) -> None:
    mark(cast, sheet, **dict.fromkeys(SLOT, cells.NOT_TAKEN))
    place = pupils.own_places(cast.binh)[0]
    sheets = pupils.all_pupil_sheets(place)
    shown = cards.cards_of(sheets, 1, is_open=True, now=timezone.now())
    assert [card.title for card in shown] == ["Rèn luyện, chuyên cần"]


def test_a_record_leads_to_the_marks_for_whoever_may_read_them(cast: Cast, sheet: Sheet) -> None:
    record = f"/hoc-sinh/{cast.people['an'].pk}/"
    school = f'href="/so-diem/em/{cast.enrolments["an"].pk}/"'
    for who in ("lan", "hung", "tam"):
        assert school in text(cast.client(who), record)
    page = text(cast.client("binh"), record)
    assert f'href="{MINE}?em={cast.people["an"].pk}"' in page
    assert school not in page
    assert "/so-diem/em/" not in text(cast.client("son"), record)
