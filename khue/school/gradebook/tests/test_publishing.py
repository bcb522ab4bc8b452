"""Publishing columns to families, taking it back with a reason; sentences for comments; pasting on the page."""

from __future__ import annotations

import html
import re
from typing import Any

import orjson
import pytest

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.school.gradebook import actions, cells
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.layout import columns_of
from khue.school.gradebook.models import MarkRow, Phrase, Sheet, SheetKind
from khue.school.gradebook.publishing import COMMENT_SLOT, mask_of, published_slots, shows_average
from khue.school.gradebook.tests.places import classmates, open_sheets
from tests.cast import Cast


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def test_a_mask_holds_every_slot_and_the_comment() -> None:
    slots = (0, 5, 29, COMMENT_SLOT)
    assert published_slots(mask_of(slots)) == slots
    assert mask_of(range(COMMENT_SLOT + 1)) < 2**31


def test_an_average_is_shown_when_all_its_marks_are() -> None:
    columns = columns_of("TT22_2021", "subject", grade=8, regular=2)
    assert not shows_average(mask_of([0, 1, 5]), columns)
    assert shows_average(mask_of([0, 1, 5, 6]), columns)


def test_lan_publishes_and_takes_back_with_a_reason(cast: Cast, sheet: Sheet) -> None:
    assert actions.publish(cast.lan, sheet, slots=[0, 5], version=0) == (0, 5)
    sheet.refresh_from_db()
    assert published_slots(sheet.published) == (0, 5)
    assert sheet.published_at is not None
    with pytest.raises(DomainError, match="lý do"):
        actions.publish(cast.lan, sheet, slots=[0], version=sheet.published)
    assert actions.publish(cast.lan, sheet, slots=[0], version=sheet.published, reason="Chấm lại") == ()
    sheet.refresh_from_db()
    assert published_slots(sheet.published) == (0,)
    assert Entry.objects.order_by("-pk")[0].reason == "Chấm lại"


def test_two_who_publish_at_once_do_not_undo_each_other(cast: Cast, sheet: Sheet) -> None:
    actions.publish(cast.lan, sheet, slots=[0], version=0)
    with pytest.raises(Conflict):
        actions.publish(cast.lan, sheet, slots=[1], version=0)


def test_slots_the_sheet_does_not_have_are_left_out(cast: Cast, sheet: Sheet) -> None:
    with pytest.raises(DomainError):
        actions.publish(cast.lan, sheet, slots=[17, 99], version=0)


@pytest.mark.parametrize("who", ["hung", "tam", "mai", "binh", "an", "son"])
def test_nobody_else_publishes(cast: Cast, sheet: Sheet, who: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        actions.publish(cast.actor(who), sheet, slots=[0], version=0)
    assert cast.client(who).get(f"/so-diem/{sheet.pk}/cong-bo/").status_code == 404


def test_conduct_is_published_by_the_homeroom_teacher_and_by_its_own_door(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.publish(cast.lan, conduct, slots=[0], version=0)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.publish_class(cast.lan, sheet, slots=[0], version=0)
    assert actions.publish_class(cast.lan, conduct, slots=[0], version=0) == (0,)


def test_the_page_says_for_how_many_and_publishes(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    page = client.get(f"/so-diem/{sheet.pk}/cong-bo/").content.decode()
    assert "1 cha mẹ" in page
    answer = client.post(f"/so-diem/{sheet.pk}/cong-bo/", {"slots": ["0", "30"], "seen": "0"})
    assert answer.status_code == 302
    sheet.refresh_from_db()
    assert published_slots(sheet.published) == (0, COMMENT_SLOT)
    again = client.post(f"/so-diem/{sheet.pk}/cong-bo/", {"slots": ["1"], "seen": "0"})
    assert again.status_code == 409


@pytest.mark.parametrize("sent", [{"slots": ["²"], "seen": "0"}, {"slots": ["0"], "seen": "²"}])
def test_a_digit_that_is_no_number_publishes_nothing(
    cast: Cast, sheet: Sheet, sent: dict[str, str | list[str]]
) -> None:
    assert cast.client("lan").post(f"/so-diem/{sheet.pk}/cong-bo/", sent).status_code in (409, 422)
    sheet.refresh_from_db()
    assert not sheet.published


# --- sentences ---------------------------------------------------------------------------------------------------


def test_a_teacher_keeps_sentences_of_her_own_and_drops_them(cast: Cast) -> None:
    lan = cast.client("lan")
    lan.post("/so-diem/cau-nhan-xet/", {"text": "  Tính  nhẩm nhanh. ", "group": "good"})
    phrase = Phrase.objects.get(owner=cast.people["lan"])
    assert phrase.text == "Tính nhẩm nhanh."
    assert "Tính nhẩm nhanh." in lan.get("/so-diem/cau-nhan-xet/?manh=1").content.decode()
    assert "Tính nhẩm nhanh." not in cast.client("mai").get("/so-diem/cau-nhan-xet/").content.decode()
    assert cast.client("mai").post("/so-diem/cau-nhan-xet/", {"drop": phrase.pk}).status_code == 404
    lan.post("/so-diem/cau-nhan-xet/", {"drop": phrase.pk})
    assert not Phrase.objects.exists()


@pytest.mark.parametrize(
    ("text", "group"), [("", "any"), ("x" * 201, "any"), ("Tốt.", "none"), ("Đã có.", "any")]
)
def test_a_sentence_that_cannot_be_kept_is_refused(cast: Cast, text: str, group: str) -> None:
    actions.add_phrase(cast.lan, cast.people["lan"], text="Đã có.", group="any")
    with pytest.raises(DomainError):
        actions.add_phrase(cast.lan, cast.people["lan"], text=text, group=group)
    assert (
        cast.client("lan").post("/so-diem/cau-nhan-xet/", {"text": text, "group": group}).status_code == 422
    )


def test_nobody_keeps_or_drops_sentences_for_another(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        actions.add_phrase(cast.mai, cast.people["lan"], text="Chen vào.", group="any")
    mine = actions.add_phrase(cast.lan, cast.people["lan"], text="Của tôi.", group="any")
    with pytest.raises(NotVisible):
        actions.remove_phrase(cast.mai, mine)
    actions.remove_phrase(cast.lan, mine)
    assert not Phrase.objects.exists()


def test_the_bank_is_for_those_who_read_sheets(cast: Cast) -> None:
    assert cast.client("binh").get("/so-diem/cau-nhan-xet/").status_code == 404
    assert cast.client("lan").get("/so-diem/cau-nhan-xet/").status_code == 200


# --- pasting -----------------------------------------------------------------------------------------------------


def preview(cast: Cast, sheet: Sheet, text: str, **more: Any) -> str:
    answer = cast.client("lan").post(
        f"/so-diem/{sheet.pk}/dan/", {"text": text, "c": "tx1", "manh": "1", **more}
    )
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def changes(page: str) -> list[list[Any]]:
    found = re.search(r'name="cells" value="(.*?)"><input', page)
    assert found
    return list(orjson.loads(found[1]))


def names(sheet: Sheet) -> list[tuple[int, str]]:
    from khue.school.gradebook import queries

    return [(row.enrolment_id, row.full_name) for row in queries.all_rows(queries.all_frame(sheet.pk))]


def test_a_preview_writes_nothing_and_the_confirmation_does(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 5)
    pupils = names(sheet)
    text = "\n".join(f"{name}\t{5 + n},5" for n, (_pk, name) in enumerate(pupils))
    page = preview(cast, sheet, text)
    assert not MarkRow.objects.exists()
    assert [one[3] for one in changes(page)] == [55, 65, 75, 85, 95]  # 10,5 is no mark
    client = cast.client("lan")
    client.post(f"/so-diem/{sheet.pk}/dan/", {"cells": orjson.dumps(changes(page)).decode()})
    row = MarkRow.objects.get(sheet=sheet, enrolment=pupils[0][0])
    assert row.marks[0] == 55
    assert cells.source_of(row.sources, 0) == (cells.PASTED, False)


def test_names_decide_and_not_the_order(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 5)
    pupils = names(sheet)
    marks = {pk: 50 + n for n, (pk, _name) in enumerate(pupils)}
    text = "\n".join(f"{name}\t{marks[pk] / 10:.1f}" for pk, name in reversed(pupils))
    assert {one[0]: one[3] for one in changes(preview(cast, sheet, text))} == marks


def test_pupils_of_another_class_stop_the_paste(cast: Cast, sheet: Sheet) -> None:
    page = preview(cast, sheet, "Phạm Minh Khôi\t8,0")
    assert "8A5" in page
    assert changes(page) == []


def test_too_many_rows_ask_for_the_teachers_word(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 3)
    page = preview(cast, sheet, "\n".join(["8,0"] * 6))
    assert 'name="agree"' in page
    answer = cast.client("lan").post(
        f"/so-diem/{sheet.pk}/dan/", {"cells": orjson.dumps(changes(page)).decode(), "stop": "1"}
    )
    assert answer.status_code == 422
    assert not MarkRow.objects.exists()


def test_85_is_written_only_when_the_teacher_agrees(cast: Cast, sheet: Sheet) -> None:
    page = preview(cast, sheet, "Lê Hoài An\t85")
    (change,) = changes(page)
    assert change[3:] == [85, "8,5", 1]
    sent = {"cells": orjson.dumps([change]).decode()}
    client = cast.client("lan")
    client.post(f"/so-diem/{sheet.pk}/dan/", sent)
    assert not MarkRow.objects.exists()
    client.post(f"/so-diem/{sheet.pk}/dan/", {**sent, "asked": "1"})
    assert MarkRow.objects.get().marks[0] == 85


def test_what_another_wrote_between_preview_and_writing_stays(cast: Cast, sheet: Sheet) -> None:
    page = preview(cast, sheet, "Lê Hoài An\t8,0")
    actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments["an"].pk, 0, None, 60)])
    answer = cast.client("lan").post(
        f"/so-diem/{sheet.pk}/dan/", {"cells": orjson.dumps(changes(page)).decode()}, follow=True
    )
    assert "Hai người cùng sửa" in answer.content.decode()
    assert MarkRow.objects.get().marks[0] == 60


def test_levels_are_pasted_by_their_own_words(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    answer = cast.client("lan").post(
        f"/so-diem/{conduct.pk}/dan/", {"text": "Lê Hoài An\tTốt\t3\t0", "c": "rl", "manh": "1"}
    )
    found = changes(html.unescape(answer.content.decode()))
    assert [one[1:4] for one in found] == [[0, None, 3], [1, None, 3], [2, None, 0]]


@pytest.mark.parametrize("sent", ["", "[]x", "[[1]]", '[["a",0,null,5,"",0]]', '[[1e30,0,null,5,"",0]]'])
def test_a_confirmation_that_is_none_writes_nothing(cast: Cast, sheet: Sheet, sent: str) -> None:
    assert cast.client("lan").post(f"/so-diem/{sheet.pk}/dan/", {"cells": sent}).status_code == 422
    assert not MarkRow.objects.exists()
