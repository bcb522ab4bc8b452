"""The grid of a sheet: who opens it, what a plain form writes, what saving as one types answers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from khue.kernel.audit.models import Entry
from khue.registry.staff.models import Duty
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import Deadline, MarkRow, Review, Sheet, SheetKind, Unlock
from khue.school.gradebook.tests.places import SLOT, add_course, classmates, open_sheets
from tests.cast import Cast

QUERIES = 12


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def an(cast: Cast) -> int:
    return cast.enrolments["an"].pk


def send(
    client: Client, sheet: Sheet, *sent: list[Any], key: str = "", **more: Any
) -> tuple[int, dict[str, Any]]:
    answer = client.post(
        f"/so-diem/{sheet.pk}/ghi/",
        orjson.dumps({"cells": sent, **more}),
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )
    is_json = answer.headers["Content-Type"] == "application/json"
    return answer.status_code, orjson.loads(answer.content) if is_json else {}


def lock(cast: Cast, column: str) -> None:
    today = timezone.localdate()
    Deadline.objects.create(
        unit=cast.school, year=cast.year, term=1, column=column, due_on=today - timedelta(days=9), locks_on=today
    )  # fmt: skip


def put(cast: Cast, sheet: Sheet, slot: int, value: int | None, who: str = "lan") -> None:
    row = MarkRow.objects.filter(sheet=sheet, enrolment=an(cast)).first()
    actions.enter_marks(
        cast.actor(who), sheet, cells=[Cell(an(cast), slot, row.marks[slot] if row else None, value)]
    )


# --- who opens it ---------------------------------------------------------------------------------------------------


def test_mai_of_another_school_finds_no_such_sheet(cast: Cast, sheet: Sheet) -> None:
    mai = cast.client("mai")
    for path in ("", "ghi/", "dan/", "cong-bo/", f"o/{an(cast)}/tx1/"):
        answer = mai.get(f"/so-diem/{sheet.pk}/{path}")
        assert answer.status_code == (405 if path == "ghi/" else 404)
        assert mai.post(f"/so-diem/{sheet.pk}/{path}").status_code in (404, 405)


@pytest.mark.parametrize("who", ["hung", "tam"])
def test_head_and_clerk_read_and_do_not_write(cast: Cast, sheet: Sheet, who: str) -> None:
    client = cast.client(who)
    page = client.get(f"/so-diem/{sheet.pk}/").content.decode()
    assert "Lê Hoài <b>An</b>" in page
    assert f'name="{an(cast)}-0"' not in page
    assert client.post(f"/so-diem/{sheet.pk}/", {"seen": "{}", f"{an(cast)}-0": "9"}).status_code == 403
    assert send(client, sheet, [an(cast), 0, None, 90])[0] == 404
    assert not MarkRow.objects.exists()


@pytest.mark.parametrize("who", ["binh", "an", "son", "thanh", "ha"])
def test_family_office_and_strangers_have_no_grid(cast: Cast, sheet: Sheet, who: str) -> None:
    assert cast.client(who).get(f"/so-diem/{sheet.pk}/").status_code == 404


def test_what_reaches_a_sheet_is_what_its_scope_says(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    for who in ("lan", "hung", "mai", "tam", "ha", "son", "thanh", "binh", "an"):
        for wanted in ("", f"teacher:{cast.school.pk}"):
            actor = cast.actor(who, wanted=wanted)
            visible = set(Sheet.objects.visible_to(actor, "gradebook.view").values_list("pk", flat=True))
            reached = {one.pk for one in Sheet.objects.all() if queries.frame(actor, one.pk) is not None}
            assert reached == visible


def test_a_head_of_subject_reads_the_courses_of_the_subject_and_no_others(cast: Cast, sheet: Sheet) -> None:
    course = add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    literature = Sheet.objects.get(course=course, term=1)
    Duty.objects.create(
        person=cast.people["mai"], unit=cast.school, year=cast.year, kind="group_head", periods=3
    )
    mai = cast.client("mai")
    session = mai.session
    session["capacity"] = f"teacher:{cast.school.pk}"
    session.save()
    assert mai.get(f"/so-diem/{sheet.pk}/").status_code == 404
    page = mai.get(f"/so-diem/{literature.pk}/")
    assert page.status_code == 200
    assert "Toán" not in re.sub(r"(?s)<nav.*?</nav>", "", page.content.decode())


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_grid_asks_few_questions_however_many_pupils(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 44)
    client = cast.client("lan")
    client.get(f"/so-diem/{sheet.pk}/")
    with CaptureQueriesContext(connection) as caught:
        page = client.get(f"/so-diem/{sheet.pk}/")
    assert len(caught) <= QUERIES
    assert page.content.decode().count("<input name=") == 45 * 7


def test_states_of_cells_are_drawn(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 0, 80)
    put(cast, sheet, 1, cells.ABSENT)
    lock(cast, "tx1")
    Deadline.objects.create(
        unit=cast.school, year=cast.year, term=1, column="tx3",
        due_on=timezone.localdate() - timedelta(days=1), locks_on=timezone.localdate() + timedelta(days=5),
    )  # fmt: skip
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()
    assert 'data-s="locked"><span>8,0</span>' in page
    assert re.search(r'data-s="absent"><input name="\d+-1" value="V"', page)
    assert re.search(r'data-s="missing"><input name="\d+-2" value=""', page)


def test_a_cell_changed_after_the_lock_keeps_its_mark(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 0, 80)
    lock(cast, "tx1")
    unlock = Unlock.objects.create(
        sheet=sheet, slots=[0], reason="Chấm sót câu 3b", asked_by=cast.people["lan"], state="granted",
        decided_by=cast.people["hung"], decided_at=timezone.now(), open_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    put(cast, sheet, 0, 85)
    client = cast.client("lan")
    assert (
        f'data-s="edited"><input name="{an(cast)}-0" value="8,5"'
        in client.get(f"/so-diem/{sheet.pk}/").content.decode()
    )
    Unlock.objects.filter(pk=unlock.pk).update(open_until=timezone.now() - timedelta(seconds=1))
    assert 'data-s="edited"><span>8,5</span>' in client.get(f"/so-diem/{sheet.pk}/").content.decode()
    panel = client.get(f"/so-diem/{sheet.pk}/o/{an(cast)}/tx1/?manh=1").content.decode()
    assert "Sửa sau khi khóa" in panel
    assert "Chấm sót câu 3b" in panel
    assert "Trần Quốc Hùng" in panel
    assert "Xin mở khóa" in panel


def test_names_and_comments_are_escaped(cast: Cast, sheet: Sheet) -> None:
    cast.people["an"].full_name = 'Lê <i>"An'
    cast.people["an"].given_name = '"An'
    cast.people["an"].save()
    actions.enter_marks(cast.lan, sheet, remarks=[actions.Remark(an(cast), "", '"><script>x</script>')])
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()
    assert "<script>x" not in page
    assert "<i>" not in page


def test_who_left_the_class_is_shown_and_not_written(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 0, 80)
    cast.enrolments["an"].status = "left"
    cast.enrolments["an"].save()
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()
    assert "đã rời lớp" in page
    assert f'name="{an(cast)}-0"' not in page


@pytest.mark.parametrize(
    ("level", "grade", "kind", "slots"),
    [
        ("TH", 4, "subject", "gk gkb ck ckb"), ("TH", 1, "traits", "gyn gtl"), ("MN", -1, "observation", "tc cao"),
        ("THCS", 8, "conduct", "rl vp vk"),
    ],
)  # fmt: skip
def test_every_kind_of_sheet_opens(
    cast: Cast, sheet: Sheet, level: str, grade: int, kind: str, slots: str
) -> None:
    cast.classroom.level, cast.classroom.grade = level, grade
    cast.classroom.save()
    actions.marks.open_the_wall()
    Sheet.objects.filter(classroom=cast.classroom).delete()
    rule_set = {"TH": "TT27_2020", "MN": "MN_2009"}.get(level, "TT22_2021")
    found = Sheet.objects.create(
        year=cast.year, school=cast.school, classroom=cast.classroom, kind=kind, term=1, rule_set=rule_set,
        course=cast.course if kind in ("subject", "observation") else None, filled=[],
    )  # fmt: skip
    client = cast.client("lan")
    answer = client.get(f"/so-diem/{found.pk}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    for code in slots.split():
        assert f'data-c="{code}"' in page
    if kind == "traits":
        assert 'data-c="cyn"' not in page
        assert 'data-c="cyn"' in client.get(f"/so-diem/{found.pk}/?nua=cuoi").content.decode()


def test_the_shelf_lists_own_sheets_and_what_is_late(cast: Cast, sheet: Sheet) -> None:
    today = timezone.localdate()
    for column in ("tx1", "tx2", "tx3", "tx4", "gk", "ck", "rl"):
        Deadline.objects.create(
            unit=cast.department, year=cast.year, term=1, column=column,
            due_on=today - timedelta(days=1 if column == "tx1" else -5), locks_on=today + timedelta(days=9),
        )  # fmt: skip
    client = cast.client("lan")
    with CaptureQueriesContext(connection) as caught:
        page = client.get("/so-diem/?ky=1").content.decode()
    assert len(caught) <= QUERIES
    assert page.count(f"/so-diem/{sheet.pk}/") >= 1
    assert "2 ô quá hạn" in page  # An's and Khôi's
    put(cast, sheet, 0, 80)
    assert "1 ô quá hạn" in client.get("/so-diem/?ky=1").content.decode()
    assert "8A3" in cast.client("hung").get("/so-diem/").content.decode()
    assert cast.client("binh").get("/so-diem/").status_code == 404


# --- the plain form -----------------------------------------------------------------------------------------------


def form_of(client: Client, sheet: Sheet) -> dict[str, str]:
    """The fields of the page as a browser without script sends them."""
    page = client.get(f"/so-diem/{sheet.pk}/").content.decode()
    fields = dict(re.findall(r'<input name="([^"]+)" value="([^"]*)"', page))
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    return {**fields, "seen": seen[1].replace("&quot;", '"')}


def test_a_plain_form_writes_what_was_changed_and_nothing_else(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 0, 80)
    client = cast.client("lan")
    fields = form_of(client, sheet)
    before = Entry.objects.count()
    answer = client.post(
        f"/so-diem/{sheet.pk}/", {**fields, f"{an(cast)}-1": "7.5", f"{an(cast)}-nx": "Chăm học."}
    )
    assert answer.status_code == 302
    row = MarkRow.objects.get(sheet=sheet)
    assert (row.marks[:2], row.comment) == ([80, 75], "Chăm học.")
    assert Entry.objects.count() == before + 1


def test_a_plain_form_gives_back_what_was_not_written_with_the_reason(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    fields = form_of(client, sheet)
    put(cast, sheet, 2, 60)  # meanwhile, in another tab
    sent = {
        **fields,
        f"{an(cast)}-0": "12,5",
        f"{an(cast)}-1": "85",
        f"{an(cast)}-2": "9",
        f"{an(cast)}-3": "8",
    }
    answer = client.post(f"/so-diem/{sheet.pk}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="12,5"' in page
    assert "Ghi 8,5 phải không?" in page
    assert "Nguyễn Thị Lan ghi “6,0”" in page
    assert MarkRow.objects.get(sheet=sheet).marks[:4] == [None, None, 60, 80]
    again = client.post(
        f"/so-diem/{sheet.pk}/", {**form_again(page), f"{an(cast)}-0": "", f"{an(cast)}-1": "8,5"}
    )
    assert again.status_code == 302
    assert MarkRow.objects.get(sheet=sheet).marks[:4] == [None, 85, 90, 80]


def form_again(page: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input name="([^"]+)" value="([^"]*)"', page))
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    return {**fields, "seen": seen[1].replace("&quot;", '"')}


@pytest.mark.parametrize("seen", ["", "[]", "null", "{broken", '{"1": 5}'])
def test_a_form_that_lost_what_was_seen_writes_nothing(cast: Cast, sheet: Sheet, seen: str) -> None:
    client = cast.client("lan")
    client.post(f"/so-diem/{sheet.pk}/", {"seen": seen, f"{an(cast)}-0": "9"})
    assert not MarkRow.objects.exists()


# --- saving as one types ------------------------------------------------------------------------------------------


def test_saving_answers_cell_by_cell(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 1, 70)
    lock(cast, "gk")
    status, answer = send(
        cast.client("lan"), sheet,
        [an(cast), 0, None, 80], [an(cast), 1, None, 60], [an(cast), 2, None, "85"], [an(cast), 3, None, "12,5"],
        [an(cast), SLOT["gk"], None, 90],
        remarks=[[an(cast), "", "Chăm học."]],
    )  # fmt: skip
    assert status == 200
    assert answer["written"] == [[an(cast), 0, 80, "8,0"], [an(cast), -1, "Chăm học.", "Chăm học."]]
    troubles = {one[1]: one for one in answer["problems"]}
    assert troubles[1][2:6:2] == ["conflict", 70]
    assert troubles[1][6] == "Nguyễn Thị Lan"
    assert troubles[2][2:6:2] == ["ask", 85]
    assert troubles[3][2] == "refused"
    assert "12,5" in troubles[3][3]
    assert "khóa" in troubles[SLOT["gk"]][3]
    assert dict(answer["filled"])[0] == 1
    assert MarkRow.objects.get(sheet=sheet).marks[:4] == [80, 70, None, None]


def test_the_same_sending_twice_acts_once(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    first = send(client, sheet, [an(cast), 0, None, 80], key="a-key")
    count = Entry.objects.count()
    put(cast, sheet, 0, 90)
    assert send(client, sheet, [an(cast), 0, None, 80], key="a-key") == first
    assert MarkRow.objects.get(sheet=sheet).marks[0] == 90
    assert Entry.objects.count() == count + 1


def test_text_is_read_by_the_columns_own_words(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    client = cast.client("lan")
    _status, answer = send(client, conduct, [an(cast), 0, None, "tốt"], [an(cast), 1, None, "4"])
    assert [one[2:] for one in answer["written"]] == [[3, "T"], [4, "4"]]


def test_an_exemption_wants_its_decision(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    _status, answer = send(client, sheet, [an(cast), 0, None, -4])
    assert "số quyết định" in answer["problems"][0][3]
    _status, answer = send(client, sheet, [an(cast), 0, None, -4], reason="QĐ 12/QĐ-THCS")
    assert answer["written"]
    assert Entry.objects.order_by("-pk")[0].reason == "QĐ 12/QĐ-THCS"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"cells": [[1]]}', b'{"cells": [[1, 0, "x", 5]]}', b'{"cells": [["a", 0, null, 5]]}',
     b'{"cells": [[1, -1, null, 5]]}', b'{"cells": [[1, 0, null, [5]]]}', b'{"remarks": [[1, null, "x"]]}',
     b'{"cells": [[1e30, 0, null, "8"]]}', b'{"cells": [[1, 1e30, null, "8"]]}', b'{"cells": [[true, 0, null, 5]]}',
     b'{"cells": [[9999999999999999999, 0, null, 5]]}', b'{"remarks": [[1e30, "", "x"]]}'],
)  # fmt: skip
def test_what_is_no_sending_is_refused(cast: Cast, sheet: Sheet, body: bytes) -> None:
    answer = cast.client("lan").post(f"/so-diem/{sheet.pk}/ghi/", body, content_type="application/json")
    assert answer.status_code in (400, 415)
    assert not MarkRow.objects.exists()


def test_a_nul_in_a_comment_or_a_reason_is_left_out(cast: Cast, sheet: Sheet) -> None:
    status, answer = send(
        cast.client("lan"), sheet, remarks=[[an(cast), "", "Chăm\x00 học."]], reason="Sót\x00 bài"
    )
    assert (status, answer["written"]) == (200, [[an(cast), -1, "Chăm học.", "Chăm học."]])
    assert MarkRow.objects.get(sheet=sheet).comment == "Chăm học."
    assert Entry.objects.order_by("-pk")[0].reason == "Sót bài"


def test_a_pupil_of_another_class_is_not_written(cast: Cast, sheet: Sheet) -> None:
    _status, answer = send(cast.client("lan"), sheet, [cast.enrolments["khoi"].pk, 0, None, 80])
    assert answer["problems"][0][2] == "refused"
    assert not MarkRow.objects.exists()


def test_results_that_are_with_the_head_close_the_grid(cast: Cast, sheet: Sheet) -> None:
    Review.objects.create(
        classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="submitted"
    )
    client = cast.client("lan")
    page = client.get(f"/so-diem/{sheet.pk}/").content.decode()
    assert "đang chờ duyệt" in page
    assert "<input name=" not in page
    _status, answer = send(client, sheet, [an(cast), 0, None, 80])
    assert answer["problems"][0][2] == "refused"


# --- the panel of a cell ---------------------------------------------------------------------------------------------


def test_the_history_of_a_cell_says_old_new_who_and_from_where(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, 0, 80)
    actions.enter_marks(
        cast.lan, sheet, cells=[Cell(an(cast), 0, 80, 85), Cell(an(cast), 1, None, 70)], source=cells.PASTED
    )
    client = cast.client("lan")
    panel = client.get(f"/so-diem/{sheet.pk}/o/{an(cast)}/tx1/?manh=1").content.decode()
    assert panel.index("8,5") < panel.index("Nguyễn Thị Lan")
    assert "<del>8,0</del>" in panel
    assert "dán từ Excel, 2 ô" in panel
    assert panel.count("<li") == 2
    assert 'data-state="V"' in panel
    assert 'data-state="0*"' not in panel
    assert client.get(f"/so-diem/{sheet.pk}/o/{an(cast)}/zz/").status_code == 404
    assert client.get(f"/so-diem/{sheet.pk}/o/{cast.enrolments['khoi'].pk}/tx1/").status_code == 404
    assert "chưa ghi gì" in client.get(f"/so-diem/{sheet.pk}/o/{an(cast)}/nx/").content.decode()


def test_the_states_of_the_panel_are_those_the_law_lets_follow(cast: Cast, sheet: Sheet) -> None:
    put(cast, sheet, SLOT["gk"], cells.MAKEUP)
    panel = cast.client("lan").get(f"/so-diem/{sheet.pk}/o/{an(cast)}/gk/?manh=1").content.decode()
    assert set(re.findall(r'data-state="([^"]+)"', panel)) == {"V", "0*", "M"}
    assert 'name="reason"' in panel


def test_the_whole_year_is_read_only_when_it_is_closed(cast: Cast, sheet: Sheet) -> None:
    cast.year.is_closed = True
    cast.year.save()
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()
    assert "chỉ xem" in page
    assert 'id="gb-form"' not in page


def test_averages_of_the_page_are_those_of_the_circular(cast: Cast, sheet: Sheet) -> None:
    wanted = {"tx1": 80, "tx2": 90, "tx3": 70, "tx4": 80, "gk": 75, "ck": 80}
    _status, answer = send(
        cast.client("lan"), sheet, *([an(cast), SLOT[c], None, v] for c, v in wanted.items())
    )
    assert answer["averages"] == [[an(cast), "7,9"]]
    assert "<span>7,9</span>" in cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()


def test_days_of_another_year_do_not_matter(cast: Cast, sheet: Sheet) -> None:
    assert queries.all_frame(sheet.pk).starts_on == date(2026, 9, 5)
