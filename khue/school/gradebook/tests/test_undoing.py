"""A file of marks is taken back exactly, as a whole, and never over what somebody did since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import store
from khue.registry.roster.models import Enrolment
from khue.school.gradebook import actions, cells
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.actions.files import bring_file
from khue.school.gradebook.actions.undoing import (
    Obstructed,
    undo_class_marks_file,
    undo_file,
    undo_marks_file,
)
from khue.school.gradebook.exchange.workbook import Wish, judge
from khue.school.gradebook.models import Deadline, MarkRow, Sheet, SheetKind, Unlock
from khue.school.gradebook.queries.file_trail import undoable, written_from
from khue.school.gradebook.tests import books
from khue.school.gradebook.tests.places import SLOT, classmates, open_sheets
from tests.cast import Cast

AN = "Lê Hoài An"
A0, B1 = "Trần Văn A0", "Trần Văn B1"


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def bring(cast: Cast, data: bytes) -> StoredFile:
    """Lan gives a file, looks and writes."""
    file = store(cast.lan, ("diem.xlsx", data), purpose="gradebook.marks")
    found = judge(cast.lan, data, "xlsx", Wish(cast.year.pk))
    outcomes = bring_file(
        cast.lan, found, seen={one.page.place: one.digest for one in found},
        agreed=[one.page.place for one in found], file=file,
    )  # fmt: skip
    assert sum(one.written for one in outcomes)
    return file


def picture(*sheets: Sheet) -> Any:
    """Everything the sheets hold, a row of nothing being no row."""
    rows = MarkRow.objects.filter(sheet__in=sheets).order_by("sheet_id", "enrolment_id")
    kept = [
        (one.sheet_id, one.enrolment_id, one.marks, one.sources.rstrip("-"), one.comment, one.average)
        for one in rows
        if any(value is not None for value in one.marks) or one.comment
    ]
    filled = [
        list(one.filled) if any(one.filled) else []
        for one in Sheet.objects.filter(pk__in=[s.pk for s in sheets]).order_by("pk")
    ]
    return kept, filled


def lock(cast: Cast, code: str) -> Deadline:
    today = timezone.localdate()
    return Deadline.objects.create(
        unit=cast.school, year=cast.year, term=1, column=code, due_on=today - timedelta(days=7),
        locks_on=today - timedelta(days=1),
    )  # fmt: skip


def open_for_lan(cast: Cast, sheet: Sheet, *codes: str) -> Unlock:
    return Unlock.objects.create(
        sheet=sheet, slots=[SLOT[code] for code in codes], reason="Nhập nhầm tệp lớp khác",
        asked_by=cast.people["lan"], state="granted", decided_by=cast.people["hung"],
        decided_at=timezone.now(), open_until=timezone.now() + timedelta(hours=2),
    )  # fmt: skip


def prepared(cast: Cast, sheet: Sheet) -> tuple[list[int], StoredFile, Any]:
    """Three pupils with marks and a comment, then a file over some of them; gives what stood there before."""
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 2)]
    actions.enter_marks(
        cast.lan, sheet, source=cells.PASTED,
        cells=[Cell(pk, SLOT[code], None, 70) for pk in pupils[:2] for code in ("tx1", "tx2", "tx3", "tx4", "gk")],
        remarks=[Remark(pupils[0], "", "Chăm.")],
    )  # fmt: skip
    before = picture(sheet)
    rows = [[AN, 8, 9, None, None, None, 10, None, "Tiến bộ."], [A0, None, 5], [B1, 6, 6.5, 7]]
    return pupils, bring(cast, books.simple(rows)), before


def test_a_file_is_taken_back_exactly_with_its_sources_averages_and_counters(
    cast: Cast, sheet: Sheet
) -> None:
    _pupils, file, before = prepared(cast, sheet)
    assert picture(sheet) != before
    found = written_from(cast.lan, file)
    assert found.sheets == {sheet.pk: 8}
    entries = Entry.objects.count()
    assert undo_file(cast.lan, file) == 8
    assert picture(sheet) == before
    assert Entry.objects.count() == entries + 1
    entry = Entry.objects.order_by("-pk")[0]
    assert entry.action == "gradebook.undo_marks_file"
    assert entry.reason == "Hoàn tác tệp diem.xlsx"
    assert f"files.storedfile:{file.pk}" in entry.touched
    assert undoable(cast.lan, file) is None
    with pytest.raises(DomainError, match="đã hoàn tác"):
        undo_file(cast.lan, file)


def test_it_can_be_written_again_and_taken_back_again(cast: Cast, sheet: Sheet) -> None:
    data = books.simple([[AN, 8, 9]])
    before = picture(sheet)
    file = bring(cast, data)
    written = picture(sheet)
    for _again in range(2):
        undo_file(cast.lan, file)
        assert picture(sheet) == before
        found = judge(cast.lan, data, "xlsx", Wish(cast.year.pk))
        bring_file(cast.lan, found, seen={one.page.place: one.digest for one in found}, file=file)
        assert picture(sheet) == written
    undo_file(cast.lan, file)
    assert picture(sheet) == before


@pytest.mark.parametrize("back", [False, True])
def test_when_somebody_went_on_nothing_is_taken_back_and_the_pupils_are_named(
    cast: Cast, sheet: Sheet, *, back: bool
) -> None:
    pupils, file, _before = prepared(cast, sheet)
    actions.enter_marks(cast.lan, sheet, cells=[Cell(pupils[1], SLOT["tx2"], 50, 55)])
    if back:  # even when the cell holds again what the file wrote
        actions.enter_marks(cast.lan, sheet, cells=[Cell(pupils[1], SLOT["tx2"], 55, 50)])
    actions.enter_marks(cast.lan, sheet, remarks=[Remark(pupils[0], "Tiến bộ.", "Tiến bộ nhiều.")])
    now = picture(sheet)
    with pytest.raises(Obstructed) as refused:
        undo_file(cast.lan, file)
    assert f"{A0} (TX2)" in refused.value.message
    assert f"{AN} (nhận xét)" in refused.value.message
    assert B1 not in refused.value.message
    assert picture(sheet) == now


def test_work_on_other_cells_is_no_obstacle_and_stays(cast: Cast, sheet: Sheet) -> None:
    pupils, file, _before = prepared(cast, sheet)
    actions.enter_marks(cast.lan, sheet, cells=[Cell(pupils[2], SLOT["gk"], None, 90)])
    undo_file(cast.lan, file)
    row = MarkRow.objects.get(sheet=sheet, enrolment_id=pupils[2])
    assert (row.marks[SLOT["gk"]], row.marks[SLOT["tx1"]], row.sources[SLOT["gk"]]) == (90, None, cells.TYPED)


def test_a_locked_column_needs_an_unlock_and_then_says_that_it_moved_after_the_lock(
    cast: Cast, sheet: Sheet
) -> None:
    _pupils, file, before = prepared(cast, sheet)
    lock(cast, "tx1")
    now = picture(sheet)
    with pytest.raises(Obstructed, match="mở khóa") as refused:
        undo_file(cast.lan, file)
    assert f"{AN} (TX1)" in refused.value.message
    assert "TX2" not in refused.value.message
    assert picture(sheet) == now
    unlock = open_for_lan(cast, sheet, "tx1")
    undo_file(cast.lan, file)
    rows, counters = picture(sheet)
    assert [(row[2], row[4], row[5]) for row in rows] == [(row[2], row[4], row[5]) for row in before[0]]
    assert counters == before[1]
    assert cells.source_of(rows[0][3], SLOT["tx1"]) == (cells.PASTED, True)
    assert cells.source_of(rows[0][3], SLOT["tx2"]) == (cells.PASTED, False)
    payload = Entry.objects.order_by("-pk")[0].payload.body
    assert f'"unlocks":[{unlock.pk}]' in payload


def test_a_file_over_several_sheets_is_taken_back_on_all_or_on_none(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    before = picture(sheet, conduct)
    out = cast.client("lan").get("/so-diem/tep/so-cua-toi/?ky=1").content
    book = books.opened(out)
    for page in book.worksheets[:2]:
        head = {str(page.cell(1, n).value): n for n in range(1, page.max_column + 1)}
        line = next(n for n in range(2, page.max_row + 1) if page.cell(n, 3).value == AN)
        at, value = (head["khue:tx1"], 8) if "khue:tx1" in head else (head["khue:rl"], "T")
        page.cell(line, at).value = value
    file = bring(cast, books.data_of(book))
    assert set(written_from(cast.lan, file).sheets) == {sheet.pk, conduct.pk}
    an = cast.enrolments["an"].pk
    actions.enter_marks(cast.lan, sheet, cells=[Cell(an, 0, 80, 85)])
    now = picture(sheet, conduct)
    with pytest.raises(Obstructed):
        undo_file(cast.lan, file)
    assert picture(sheet, conduct) == now
    other = StoredFile.objects.get(pk=file.pk)
    with pytest.raises(NotVisible):
        undo_marks_file(cast.lan, conduct, file=other)
    with pytest.raises(NotVisible):
        undo_class_marks_file(cast.lan, sheet, file=other)
    undo_class_marks_file(cast.lan, conduct, file=other)
    assert picture(conduct) == (before[0], [before[1][1]])


def test_who_left_the_class_stands_in_the_way_by_name(cast: Cast, sheet: Sheet) -> None:
    pupils, file, _before = prepared(cast, sheet)
    Enrolment.objects.filter(pk=pupils[2]).update(classroom=cast.second_classroom)
    with pytest.raises(Obstructed, match="không còn trong sổ") as refused:
        undo_file(cast.lan, file)
    assert B1 in refused.value.message


def test_after_a_day_it_is_too_late(cast: Cast, sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    _pupils, file, _before = prepared(cast, sheet)
    tomorrow = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    with pytest.raises(DomainError, match="24 giờ"):
        undo_file(cast.lan, file)
    assert undoable(cast.lan, file) is None


def test_only_who_gave_the_file_takes_it_back(cast: Cast, sheet: Sheet) -> None:
    _pupils, file, _before = prepared(cast, sheet)
    now = picture(sheet)
    for who in ("hung", "mai", "son", "tam", "binh"):
        assert cast.client(who).post(f"/so-diem/tep/{file.pk}/hoan-tac/").status_code == 404
        with pytest.raises(DomainError):
            undo_file(cast.actor(who), file)
    stolen = StoredFile.objects.create(
        name="x.xlsx",
        kind="xlsx",
        size=1,
        sha256="0" * 64,
        owner=cast.people["son"],
        purpose="gradebook.marks",
    )
    with pytest.raises(NotVisible):
        undo_marks_file(cast.lan, sheet, file=stolen)
    assert picture(sheet) == now


def test_lan_takes_a_file_back_on_its_page_with_one_button(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    data = books.simple([[AN, 8, 9]])
    answer = client.post("/so-diem/tep/", {"file": SimpleUploadedFile("lop8a3.xlsx", data)})
    preview = str(answer["Location"])
    plan = judge(cast.lan, data, "xlsx", Wish(cast.year.pk))[0]
    compare = client.post(preview, {f"thay-{plan.page.place}": plan.digest})
    page = client.get(str(compare["Location"])).content.decode()
    assert "Hoàn tác 2 ô tệp này đã ghi" in page
    file = StoredFile.objects.get(name="lop8a3.xlsx")
    answer = client.post(f"/so-diem/tep/{file.pk}/hoan-tac/", follow=True)
    page = answer.content.decode()
    assert "Đã hoàn tác 2 ô của tệp lop8a3.xlsx." in page
    assert "tệp này đã ghi" not in page
    assert not any(value is not None for row in MarkRow.objects.all() for value in row.marks)
    again = client.post(f"/so-diem/tep/{file.pk}/hoan-tac/", follow=True)
    assert "đã hoàn tác" in again.content.decode()


def test_a_comment_is_not_taken_back_under_an_unlock_for_another_pupil(cast: Cast, sheet: Sheet) -> None:
    (other,) = classmates(cast, 1)
    file = bring(cast, books.simple([[AN, None, None, None, None, None, None, None, "Tiến bộ."]]))
    lock(cast, "nx")
    unlock = open_for_lan(cast, sheet, "tx1")
    Unlock.objects.filter(pk=unlock.pk).update(enrolment=other)
    with pytest.raises(Obstructed):
        undo_file(cast.lan, file)
    assert MarkRow.objects.get(sheet=sheet).comment == "Tiến bộ."
    Unlock.objects.filter(pk=unlock.pk).update(enrolment=cast.enrolments["an"])
    assert undo_file(cast.lan, file) == 1
