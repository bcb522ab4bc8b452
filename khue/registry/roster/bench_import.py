"""Taking in a file of 1,537 pupils: dry run, writing, classes, enrolments, accounts; all undone afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from random import Random

import xlsxwriter
from python_calamine import CalamineWorkbook

from khue.kernel.access.actor import Actor
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.demo.names import Namer
from khue.kernel.exchange import actions, reading
from khue.kernel.org.models import Unit
from khue.kernel.people import actions as accounts
from khue.kernel.people.models import Person

PUPILS = 1537
ROUNDS = 7
HEADERS = (
    "STT", "Mã lớp", "Mã học sinh", "Họ tên", "Ngày sinh", "Giới tính", "Trạng thái HS", "Ngày nhập trạng thái",
    "Dân tộc", "Số định danh cá nhân", "Họ tên cha", "Họ tên mẹ", "SĐT liên hệ",
)  # fmt: skip
UNIT = "THPT-TRONG"


def roster_file(pupils: int = PUPILS, *, note: str = "") -> bytes:
    """An upper-secondary roster in the sector database's shape: 37 classes, invented people, no mistakes.

    `note` stands under the title: files with different notes are different files, so nothing read before helps.
    """
    rng = Random(1537)  # noqa: S311 (invented people)
    namer = Namer(rng)
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write(0, 0, "DANH SÁCH HỌC SINH")
        sheet.write(1, 0, note)
        sheet.write(2, 0, "Năm học 2026-2027")
        sheet.write_row(4, 0, HEADERS)
        for number in range(pupils):
            place = number * 37 // pupils
            grade, letter = 10 + place // 13, place % 13 + 1
            sex = rng.choice((1, 2))
            family = namer.family(rng, "01")
            birth = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{2021 - grade}"
            sheet.write_row(
                5 + number,
                0,
                (
                    number + 1, f"{grade}A{letter}", f"18{number * 61_803 % 10**8:08d}",
                    f"{family.text}{namer.child(rng, sex, '01').text}", birth, "Nam" if sex == 1 else "Nữ", "Đang học",
                    "05/09/2026", "Kinh", f"025{1 + sex}{(2021 - grade) % 100:02d}{number:06d}",
                    f"{family.text}{namer.adult(rng, 1).text}",
                    f"{namer.family(rng, '01').text}{namer.adult(rng, 2).text}", f"051{number * 7919 % 10**7:07d}",
                ),
            )  # fmt: skip
    return data.getvalue()


@bench("import_roster", group="foundation")
def import_roster(run: Run) -> Iterator[Result]:
    """Dry run, kept upload, writing and accounts; the baseline is reading the sheet's cells alone."""
    unit = Unit.objects.filter(code=UNIT).first()
    if unit is None:
        raise CannotMeasureError(f"không có trường {UNIT}; chạy khue demo --size small trước.")
    actor = Actor.system("bench.import_roster")
    table = reading.table_named("roster")
    data = roster_file()
    files = iter([roster_file(note=f"Lần {number}") for number in range(ROUNDS + 1)])

    def take_in() -> None:
        data = next(files)
        with leaving_nothing():
            seen = list(Person.objects.order_by("-pk").values_list("pk", flat=True)[:1])
            actions.dry_run(actor, unit, table=table, name="danh-sach.xlsx", data=data)
            imported = actions.start_import(actor, unit, table=table, name="danh-sach.xlsx", data=data)
            actions.write_import(actor, imported)
            fresh = list(Person.objects.filter(pk__gt=seen[0], enrolments__isnull=False))
            if len(fresh) != PUPILS:
                raise CannotMeasureError(f"chỉ nhập được {len(fresh)} trong {PUPILS} em.")
            accounts.open_accounts(
                actor, fresh, kinds=dict.fromkeys((person.pk for person in fresh), "pupil")
            )

    def read() -> None:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        book.get_sheet_by_index(0).to_python()

    cost = run.meter.typical(take_in, rounds=ROUNDS, warm=1)
    bare = run.meter.typical(read, rounds=5, warm=1)
    yield Result(
        "import_roster",
        cost.cpu_ms,
        cost.wall_ms,
        PUPILS,
        bare.cpu_ms,
        cost.cpu_ms / bare.cpu_ms,
        "chỉ đọc các ô",
    )
