"""The gate for uploads: a museum of bad files, each refused for its own reason; honest files pass."""

from __future__ import annotations

import contextlib
import io
import random
import resource
import struct
import zipfile

import openpyxl
import pytest
import xlsxwriter

from khue.lib.spreadsheets import read
from khue.lib.spreadsheets.guard import check_content, check_upload, safe_name
from khue.lib.spreadsheets.kinds import LIMITS, MESSAGES, FileKind, Limits, UploadProblem

from . import museum

EXHIBITS = list(museum.exhibits())


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.label)
def test_each_bad_upload_is_refused_for_its_own_reason(exhibit):
    with pytest.raises(UploadProblem) as caught:
        check_upload(exhibit.name, exhibit.data)
    assert caught.value.code == exhibit.code
    assert "{" not in caught.value.message_vi


def test_the_museum_has_sixty_exhibits_and_shows_most_reasons():
    assert len({exhibit.label for exhibit in EXHIBITS}) == len(EXHIBITS) >= 60
    shown = {exhibit.code for exhibit in EXHIBITS}
    assert set(MESSAGES) - shown == {"long_cell", "too_heavy", "unreadable"}


def test_the_museum_is_looked_at_in_little_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for exhibit in EXHIBITS:
        with pytest.raises(UploadProblem):
            check_upload(exhibit.name, exhibit.data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150 * 1024


def test_the_reader_guards_itself_so_nobody_can_forget_the_gate():
    for exhibit in EXHIBITS:
        if exhibit.code.startswith(("name", "extension")) or exhibit.name.endswith((".xlsm", ".xlam")):
            continue
        with pytest.raises(UploadProblem) as caught:
            read.read_workbook(exhibit.data, FileKind(exhibit.name.rpartition(".")[2]))
        assert caught.value.code == exhibit.code


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("Danh sách lớp 6A1.xlsx", museum.xlsx(), FileKind.XLSX),
        ("DS.lop.6A.05.09.2026.XLSX", museum.xlsx(), FileKind.XLSX),
        ("cũ.xls.xlsx", museum.xlsx(), FileKind.XLSX),
        ("danh sach.xls", museum.xls(), FileKind.XLS),
        ("danh sach.csv", museum.CSV, FileKind.CSV),
        ("danh sach.csv", "Mã;Họ tên\n1;Lê Ân".encode("utf-16"), FileKind.CSV),
        ("danh sach.csv", b"BMI,MZ\n1,2", FileKind.CSV),
    ],
)
def test_honest_files_pass(name, data, kind):
    assert check_upload(name, data) is kind


def test_what_other_programs_write_passes():
    by_openpyxl, by_xlsxwriter = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Mã học sinh", "Họ tên"])
    book.active["C3"].hyperlink = "mailto:an@thidiem.example"
    book.active.column_dimensions["D"].width = 40
    book.save(by_openpyxl)
    with xlsxwriter.Workbook(by_xlsxwriter, {"use_zip64": True}) as book:
        page = book.add_worksheet()
        page.write_url(0, 0, "https://thidiem.example")
        page.set_row(1_000_000, 30, book.add_format({"bold": True}))
        page.write_comment(0, 0, "x")
    for made in (by_openpyxl, by_xlsxwriter):
        assert check_upload("ds.xlsx", made.getvalue()) is FileKind.XLSX


def test_a_streamed_archive_with_data_descriptors_passes():
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.written = b""

        def writable(self):
            return True

        def write(self, data):
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in museum.parts().items():
            archive.writestr(name, body)
    assert struct.unpack_from("<H", pipe.written, 6)[0] & 8
    assert check_upload("ds.xlsx", pipe.written) is FileKind.XLSX


def test_a_kind_that_is_not_wanted_is_refused():
    with pytest.raises(UploadProblem) as caught:
        check_upload("ds.csv", museum.CSV, kinds=frozenset({FileKind.XLSX}))
    assert caught.value.code == "extension"


@pytest.mark.parametrize(
    ("cell", "unusual"),
    [
        ('<c r="A1"><v>1</v></c>', False),
        ('<c r="A1" s="3" t="n">\n  <v>1</v></c>', False),
        ('<x:c r="A1"><x:v>1</x:v></x:c>', False),
        ('<c r="XFD1" s="0"/>', False),
        ("<c r='XFD1'><v>1</v></c>", True),
        ("<c><v>1</v></c>", True),
        ('<c s="1" r="XFD1"><v>1</v></c>', True),
        ('<c r="XFD1"><!-- --><v>1</v></c>', True),
        ('<c x=">" r="XFD1"><v>1</v></c>', True),
        ('<c\nr="XFD1"><v>1</v></c>', True),
    ],
)
def test_cells_written_in_unusual_ways_are_left_to_a_process_of_their_own(cell, unusual):
    profile = check_content(museum.xlsx(sheet=museum.sheet_xml(f'<row r="1">{cell}</row>')), FileKind.XLSX)
    assert profile.wants_child(LIMITS) is unusual


@pytest.mark.parametrize(
    "rows",
    [
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>2</v></c></row>",
        '<row r="1"><c><v>1</v></c></row><row r="1048576"><c s="1" r="XFD1048576"><v>2</v></c></row>',
    ],
)
def test_a_hidden_corner_to_corner_sheet_breaks_only_the_child(rows):
    with pytest.raises(UploadProblem) as caught:
        read.read_workbook(museum.xlsx(sheet=museum.sheet_xml(rows)), FileKind.XLSX)
    assert caught.value.code == "too_heavy"


@pytest.mark.parametrize("count", ["4294967295", "999999999999"])
def test_a_count_that_asks_for_all_memory_breaks_only_the_child(count):
    strings = f'<sst xmlns="{museum.MAIN}" count="{count}" uniqueCount="{count}"><si><t>a</t></si></sst>'
    links = museum.relations(
        museum.relation("worksheet", "worksheets/sheet1.xml"),
        museum.relation("sharedStrings", "sharedStrings.xml", number=2),
    )
    data = museum.xlsx({"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": links})
    with pytest.raises(UploadProblem) as caught:
        read.read_workbook(data, FileKind.XLSX)
    assert caught.value.code == "too_heavy"


def test_one_long_text_in_very_many_cells_is_stopped():
    text = "a" * 32_000
    strings = f'<sst xmlns="{museum.MAIN}" count="1" uniqueCount="1"><si><t>{text}</t></si></sst>'
    rows = "".join(
        f'<row r="{n}">' + "".join(f'<c r="{c}{n}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for n in range(1, 9_001)
    )
    types = museum.TYPES.replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    links = museum.relations(
        museum.relation("worksheet", "worksheets/sheet1.xml"),
        museum.relation("sharedStrings", "sharedStrings.xml", number=2),
    )
    data = museum.xlsx(
        {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": links},
        types=types,
        sheet=museum.sheet_xml(rows),
    )
    with pytest.raises(UploadProblem) as caught:
        read.read_workbook(data, FileKind.XLSX)
    assert caught.value.code == "too_heavy"


def test_a_large_honest_table_is_read_by_the_child_with_the_same_cells():
    data = museum.xls()
    here = read.read_workbook(data, FileKind.XLS)
    there = read.read_workbook(data, FileKind.XLS, Limits(in_process_cells=0))
    assert here == there
    data = museum.xlsx()
    assert read.read_workbook(data, FileKind.XLSX) == read.read_workbook(
        data, FileKind.XLSX, Limits(in_process_unpacked=0)
    )


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Danh sách lớp 6A1.xlsx", "Danh sách lớp 6A1.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Tâm\\ds.xlsx", "ds.xlsx"),
        ("a\u202excod.xlsx", "axcod.xlsx"),
        ('a"b<c>|d?.csv', "a-b-c--d-.csv"),
        ("CON.xlsx", "tep-CON.xlsx"),
        ("...", "tep"),
        ("a\0\r\nb.csv", "ab.csv"),
        ("", "tep"),
        (".xlsx", "tep.xlsx"),
    ],
)
def test_a_safe_name_keeps_what_it_can(name, safe):
    assert safe_name(name) == safe


def test_a_safe_name_is_never_long():
    assert len(safe_name("ã" * 300 + ".xlsx")) <= 120
    assert safe_name("ã" * 300 + ".xlsx").endswith(".xlsx")


@pytest.mark.parametrize("files", [100, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", [FileKind.XLSX, FileKind.XLS])
def test_files_with_flipped_bytes_are_read_or_refused_and_nothing_else(kind, files):
    """Printed with its seed on failure; files with one to eight bytes changed, half of them inside parts."""
    seed = 20_261_122
    chance = random.Random(seed)
    whole = museum.parts()
    good = museum.xlsx() if kind is FileKind.XLSX else museum.xls()
    for number in range(files):
        if kind is FileKind.XLSX and number % 2:
            name = chance.choice(list(whole))
            inside = bytearray(str(whole[name]).encode())
            for _ in range(chance.randint(1, 8)):
                inside[chance.randrange(len(inside))] = chance.randrange(256)
            data = museum.zipped({**whole, name: bytes(inside)})
        else:
            changed = bytearray(good)
            for _ in range(chance.randint(1, 8)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            data = bytes(changed)
        with contextlib.suppress(UploadProblem):
            assert isinstance(read.read_workbook(data, kind), list), (seed, number)
