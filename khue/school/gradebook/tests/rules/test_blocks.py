"""Blocks pasted from Excel: each cell previewed, and shifted columns, shifted rows and swapped classes caught."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.names import fold
from khue.school.gradebook.rules import marks
from khue.school.gradebook.rules.block_layout import Grid, GridColumn, GridPupil
from khue.school.gradebook.rules.blocks import BlockWarning, CellKind, Preview, preview
from khue.school.gradebook.rules.marks import Assessed, Cell

NAMES = (
    "Lê Hoài An", "Nguyễn Phúc An", "Nguyễn Đức Anh", "Phạm Quỳnh Anh", "Hà Thị Ngọc Ánh", "Đỗ Gia Bảo",
    "Vi Văn Bình", "Nguyễn Minh Châu", "Trương Mạnh Cường", "Bùi Ngọc Diệp", "Đặng Trung Hiếu", "Lê Quang Huy",
)  # fmt: skip
OTHERS = {fold(f"Trần Văn {name}"): "8A5" for name in ("Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám")} | {
    "HS999": "8A5"
}
COLUMNS = (
    GridColumn("tx1", "TX1", heads=("Thường xuyên 1",)),
    GridColumn("tx2", "TX2"),
    GridColumn("gk", "GK", heads=("Giữa kì",)),
    GridColumn("ck", "CK", heads=("Cuối kì",)),
)
TX1 = (80, 85, 100, 90, 65, 60, 90, 95, 70, 75, 40, 55)
TX2 = (75, 80, 95, 85, 80, 50, 95, 90, 60, 70, 50, 65)


def grid(*columns: tuple[Cell, ...], names: tuple[str, ...] = NAMES, **more: object) -> Grid:
    blank: tuple[Cell, ...] = (None,) * len(names)
    filled = [*columns, *[blank] * (4 - len(columns))]
    pupils = [GridPupil(place, f"HS{place:03d}", name) for place, name in enumerate(names)]
    return replace(Grid(pupils, COLUMNS, list(zip(*filled, strict=True)), OTHERS), **more)  # type: ignore[arg-type]


def column(*values: object) -> str:
    return "".join(f"{value}\r\n" for value in values)


def table(*rows: tuple[object, ...]) -> str:
    return "".join("\t".join(str(cell) for cell in row) + "\r\n" for row in rows)


def shown(tenths: int) -> str:
    return marks.show(tenths)


def kinds(found: Preview) -> list[BlockWarning]:
    return [caution.kind for caution in found.cautions]


def test_a_column_of_marks_goes_down_from_the_selected_cell() -> None:
    found = preview(column(*(shown(mark) for mark in TX1)), grid())
    assert [(cell.pupil, cell.column, cell.after) for cell in found.writes] == [
        (place, 0, mark) for place, mark in enumerate(TX1)
    ]
    assert found.cautions == ()
    lower = preview("7,5\n8\n", grid(), at_row=3, at_column=2)
    assert [(cell.pupil, cell.column, cell.after) for cell in lower.writes] == [(3, 2, 75), (4, 2, 80)]


def test_every_cell_says_what_it_would_do() -> None:
    now = grid((80, None, 70, 60, None, None, marks.ZEROED, *([None] * 5)))
    found = preview(column("8,0", "85", "7,5", "", "12", "V", "9"), now)
    assert [cell.kind for cell in found.cells] == [
        CellKind.SAME, CellKind.QUESTION, CellKind.CHANGED, CellKind.BLANK, CellKind.QUESTION, CellKind.NEW,
        CellKind.REFUSED,
    ]  # fmt: skip
    assert [cell.after for cell in found.cells][:6] == [80, 85, 75, 60, 12, marks.MISSING]
    assert found.counts[CellKind.QUESTION] == 2
    assert "Hẹn kiểm tra bù" in str(found.cells[-1].message)
    assert [cell.before for cell in found.writes] == [70, None]


def test_a_blank_is_not_nought_and_erases_nothing() -> None:
    found = preview(column("8", "", "", "7"), grid(TX1))
    assert [cell.after for cell in found.cells] == [80, TX1[1], TX1[2], 70]
    assert found.counts[CellKind.BLANK] == 2
    assert kinds(preview("\r\n\r\n", grid())) == [BlockWarning.EMPTY]
    assert preview("", grid()).must_stop


def test_pupils_are_matched_by_name_and_not_by_order() -> None:
    rows = [(name, shown(mark)) for name, mark in zip(NAMES, TX1, strict=True)]
    rows[3], rows[5] = rows[5], rows[3]
    found = preview(table(*rows), grid())
    assert {cell.pupil: cell.after for cell in found.writes} == dict(enumerate(TX1))
    assert kinds(found) == [BlockWarning.ORDER]
    assert not found.must_stop
    assert "từ dòng 5" in str(found.cautions[0].message)
    assert [row.number for row in found.rows if row.is_out_of_order] == [5, 6]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_without_marks_or_with_more_words_are_matched_and_pointed_out(form: str) -> None:
    text = table(
        ("Đặng Trung Hiêu", "6,3"), ("DO GIA BAO", "7"), ("Lê Quang Huy (chuyển)", "5"), ("Lê Hoài An", "8")
    )
    found = preview(unicodedata.normalize(form, text), grid())
    assert {cell.pupil: cell.after for cell in found.writes} == {10: 63, 5: 70, 11: 50, 0: 80}
    assert [str(row.note or "") for row in found.rows] == [
        "Tên gõ thiếu dấu, đã ghép.", "Tên gõ thiếu dấu, đã ghép.", "Tên có thêm chữ, đã ghép.", "",
    ]  # fmt: skip


def test_a_whole_sheet_with_title_header_number_code_name_is_understood() -> None:
    rows = [
        (place + 1, f"hs{place:03d}", name, "01/01/2013", shown(one), "", shown(two), "8,8")
        for place, (name, one, two) in enumerate(zip(NAMES, TX1, TX2, strict=True))
    ]
    text = table(
        ("SỔ ĐIỂM MÔN TOÁN",),
        ("STT", "Mã HS", "Họ và tên", "Ngày sinh", "ĐĐG TX1", "TX2", "Giữa kỳ", "TBM"),
        *rows,
    )
    found = preview(text, grid())
    assert {(cell.pupil, cell.column): cell.after for cell in found.writes} == {
        **{(place, 0): mark for place, mark in enumerate(TX1)},
        **{(place, 2): mark for place, mark in enumerate(TX2)},
    }
    assert not found.must_stop


def test_family_and_given_names_in_two_columns_are_joined() -> None:
    rows = [(*name.rsplit(" ", 1), shown(mark)) for name, mark in zip(NAMES, TX1, strict=True)]
    assert {cell.pupil: cell.after for cell in preview(table(*rows), grid()).writes} == dict(enumerate(TX1))
    headed = preview(table(("Họ đệm", "Tên", "CK"), *rows), grid())
    assert {(cell.pupil, cell.column) for cell in headed.writes} == {(place, 3) for place in range(12)}


def test_a_header_decides_the_column_and_the_difference_is_said() -> None:
    text = table(("Họ và tên", "CK"), *((name, "8") for name in NAMES))
    found = preview(text, grid(), at_column=2)
    assert {cell.column for cell in found.writes} == {3}
    assert kinds(found) == [BlockWarning.SHIFTED_COLUMN]
    assert str(found.cautions[0].message) == "Tiêu đề ghi CK, ô đang chọn ở cột GK. Điểm sẽ ghi theo tiêu đề."
    with_average = preview(table(("TX1", "Điểm cộng"), *(("8", "1") for _ in NAMES)), grid())
    assert kinds(with_average) == [BlockWarning.IGNORED]


def test_running_numbers_are_not_marks() -> None:
    rows = [(place + 1, shown(mark)) for place, mark in enumerate(TX1)]
    found = preview(table(*rows), grid())
    assert {(cell.pupil, cell.column): cell.after for cell in found.writes} == {
        (place, 0): mark for place, mark in enumerate(TX1)
    }


def test_a_block_of_another_class_is_stopped() -> None:
    names = ["Trần Văn Ba", "Trần Văn Bốn", "Trần Văn Năm", "Trần Văn Sáu"]
    found = preview(table(*((name, "8") for name in names)), grid())
    assert found.must_stop
    assert kinds(found) == [BlockWarning.OTHER_CLASS]
    assert str(found.cautions[0].message).startswith("4 trong 4 dòng là học sinh lớp 8A5.")
    assert found.writes == ()
    assert "“Trần Văn Ba” là học sinh lớp 8A5." in str(found.cells[0].message)
    by_code = preview(table(("HS999", "8"), ("HS001", "7")), grid())
    assert [row.pupil for row in by_code.rows] == [None, 1]
    nowhere = preview(table(("Người Không Có", "8"), ("Kẻ Lạ Mặt", "7")), grid())
    assert kinds(nowhere) == [BlockWarning.UNKNOWN_PUPILS]
    assert nowhere.must_stop


def test_a_pupil_twice_and_a_code_of_another_are_refused() -> None:
    twice = preview(table(("Lê Hoài An", "8"), ("Lê Hoài An", "7"), ("Đỗ Gia Bảo", "6")), grid())
    assert [(cell.row, cell.kind) for cell in twice.cells] == [
        (1, CellKind.NEW), (2, CellKind.REFUSED), (3, CellKind.NEW),
    ]  # fmt: skip
    assert str(twice.cells[1].message) == "Trùng em ở dòng 1, chọn một."
    crossed = preview(table(("HS000", "Đỗ Gia Bảo", "8"), ("HS001", "Nguyễn Phúc An", "7")), grid())
    assert [cell.kind for cell in crossed.cells] == [CellKind.REFUSED, CellKind.NEW]
    assert str(crossed.cells[0].message) == "Mã HS000 là của em Lê Hoài An, không phải “Đỗ Gia Bảo”."


def test_namesakes_are_told_apart_by_code_or_all_together_and_otherwise_refused() -> None:
    names = ("Nguyễn Thị Lan", "Nguyễn Thị Lan", "Vũ Văn Cao")
    now = grid(names=names)
    both = preview(table(("Nguyễn Thị Lan", "8"), ("Nguyễn Thị Lan", "6"), ("Vũ Văn Cao", "7")), now)
    assert [(cell.pupil, cell.after) for cell in both.writes] == [(0, 80), (1, 60), (2, 70)]
    one = preview(table(("Nguyễn Thị Lan", "8"), ("Vũ Văn Cao", "7")), now)
    assert [cell.kind for cell in one.cells] == [CellKind.REFUSED, CellKind.NEW]
    assert "Thêm cột mã học sinh" in str(one.cells[0].message)
    coded = preview(table(("HS001", "Nguyễn Thị Lan", "8"), ("HS002", "Vũ Văn Cao", "7")), now)
    assert [(cell.pupil, cell.after) for cell in coded.writes] == [(1, 80), (2, 70)]


def test_too_many_or_too_few_rows_are_stopped() -> None:
    more = preview(column(*["8"] * 14), grid())
    assert kinds(more) == [BlockWarning.ROW_COUNT]
    assert str(more.cautions[0].message) == "Phần vừa dán có 14 dòng, từ ô đang chọn chỉ còn 12 em."
    assert len(more.writes) == 12
    assert [cell.kind for cell in more.cells][-2:] == [CellKind.REFUSED] * 2
    assert kinds(preview(column(*["8"] * 11), grid())) == [BlockWarning.ROW_COUNT]
    assert kinds(preview(column("8", "7"), grid())) == []
    assert kinds(preview(column(*["8"] * 4), grid(), at_row=8)) == []


def test_too_wide_or_too_big_blocks_are_stopped() -> None:
    wide = preview(table(*[("8,1", "7,2", "6,3")] * 12), grid(), at_column=2)
    assert BlockWarning.WIDE in kinds(wide)
    assert {cell.column for cell in wide.cells} == {2, 3}
    assert kinds(preview("8\n" * 301, grid())) == [BlockWarning.TOO_BIG]
    assert kinds(preview("8\t" * 61, grid())) == [BlockWarning.TOO_BIG]


def test_locked_columns_take_nothing_but_say_what_is_the_same() -> None:
    locked = grid(TX1, columns=(replace(COLUMNS[0], is_locked=True), *COLUMNS[1:]))
    found = preview(column(shown(TX1[0]), "1,5"), locked)
    assert [cell.kind for cell in found.cells] == [CellKind.SAME, CellKind.REFUSED]
    assert str(found.cells[1].message) == "Cột TX1 đã khóa. Xin mở khóa rồi dán lại."


def test_comments_are_pasted_too_and_marks_in_their_place_are_a_shifted_column() -> None:
    commented = grid(columns=tuple(replace(each, assessed=Assessed.COMMENTS) for each in COLUMNS))
    found = preview(column("Đ", "CĐ", "đ", "cd"), commented)
    assert [cell.after for cell in found.writes] == [marks.PASS, marks.FAIL, marks.PASS, marks.FAIL]
    wrong = preview(column("8", "7", "6,5", "9"), commented)
    assert kinds(wrong) == [BlockWarning.SHIFTED_COLUMN]
    assert wrong.writes == ()


def test_the_marks_of_a_neighbouring_column_are_recognised() -> None:
    found = preview(column(*(shown(mark) for mark in TX2)), grid(TX1, TX2), at_column=2)
    assert kinds(found) == [BlockWarning.SHIFTED_COLUMN]
    assert found.must_stop
    assert "trùng với cột TX2 đã có ở 12 trong 12 em" in str(found.cautions[0].message)
    again = preview(column(*(shown(mark) for mark in TX2)), grid(TX1, TX2), at_column=1)
    assert again.cautions == ()


def test_a_column_pasted_again_one_row_off_is_recognised() -> None:
    moved = [TX1[0], *TX1[:-1]]
    found = preview(column(*(shown(mark) for mark in moved)), grid(TX1))
    assert kinds(found) == [BlockWarning.SHIFTED_ROW]
    assert "lệch 1 dòng" in str(found.cautions[0].message)


def test_quotes_and_line_breaks_inside_cells_are_read_as_excel_writes_them() -> None:
    text = 'Họ và tên\t"Giữa\nkì"\r\n"Lê Hoài An"\t8\r\nNguyễn Phúc An\t"7,5"\r\n'
    found = preview(text, grid())
    assert [(cell.pupil, cell.column, cell.after) for cell in found.writes] == [(0, 2, 80), (1, 2, 75)]


@given(
    st.text(alphabet="\t\n\r\"0123456789,.ĐVđ STXGKCnam'-", max_size=120),
    st.integers(0, 11),
    st.integers(0, 3),
)
def test_no_block_whatever_breaks_the_preview_or_writes_outside_the_grid(
    text: str, at_row: int, at_column: int
) -> None:
    found = preview(text, grid(TX1, TX2), at_row=at_row, at_column=at_column)
    for cell in found.writes:
        assert cell.pupil is not None
        assert 0 <= cell.pupil < 12
        assert 0 <= cell.column < 4
        assert marks.is_cell(cell.after, Assessed.MARKS)
        assert marks.move_problem(cell.before, cell.after) is None
    assert len({(cell.pupil, cell.column) for cell in found.writes}) == len(found.writes)


# --- how often, measured -------------------------------------------------------------------------------------------


def a_class(random: Random, size: int = 42, days: int = 7) -> list[list[int]]:
    """Four columns of a believable class: pupils differ (13 tenths) more than their own days do (`days` tenths)."""
    pupils = [random.gauss(68, 13) for _ in range(size)]
    return [
        [max(0, min(100, round(random.gauss(pupil, days) / 2.5) * 5 // 2)) for pupil in pupils]
        for _ in COLUMNS
    ]


def nameless(marks_of: list[list[int]], known: int) -> Grid:
    size = len(marks_of[0])
    names = tuple(f"Em {chr(65 + place // 26)}{chr(65 + place % 26)}" for place in range(size))
    return grid(*(tuple(cells) for cells in marks_of[:known]), names=names)


def stops(values: list[int], now: Grid, at_column: int) -> bool:
    return preview(column(*(shown(mark) for mark in values)), now, at_column=at_column).must_stop


TRIES = 200


@pytest.mark.parametrize("days", [7, 10, 12])
def test_honest_columns_of_bare_marks_are_hardly_ever_stopped(days: int) -> None:
    random = Random(11)
    alarms = 0
    for _ in range(TRIES):
        four = a_class(random, days=days)
        alarms += stops(four[3], nameless(four, 3), 3)
    assert alarms * 100 <= TRIES


@pytest.mark.parametrize(("days", "least"), [(7, 85), (10, 55), (12, 15)])
def test_bare_marks_of_another_class_are_stopped_the_oftener_the_steadier_its_pupils(
    days: int, least: int
) -> None:
    random = Random(12)
    caught = sum(
        stops(a_class(random, days=days)[3], nameless(a_class(random, days=days), 3), 3) for _ in range(TRIES)
    )
    assert caught * 100 >= least * TRIES


def test_bare_marks_one_row_off_are_mostly_stopped() -> None:
    random = Random(13)
    caught = 0
    for _ in range(TRIES):
        four = a_class(random)
        caught += stops([four[3][0], *four[3][:-1]], nameless(four, 3), 3)
    assert caught * 100 >= 85 * TRIES


def test_a_block_one_column_off_is_always_stopped_when_what_it_repeats_is_there() -> None:
    random = Random(14)
    for _ in range(TRIES):
        four = a_class(random)
        assert stops(four[2], nameless(four, 3), 3)
