"""A school's own files go in: counted, named cell by cell, written once, taken back whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khue.kernel.actions import DomainError, NotAllowed
from khue.kernel.audit.models import Entry
from khue.kernel.exchange import actions, reading
from khue.kernel.exchange.table import Outcome
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Identifier, Person
from khue.lib.spreadsheets.write import write_xlsx
from khue.registry.roster.exchange import TABLE
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent, HeadCount
from tests.cast import Cast, make_unit

FILES = Path(__file__).resolve().parents[4] / "tests" / "data" / "rosters"
EXPECTED = json.loads((FILES / "expected.json").read_text())


def content(name: str) -> bytes:
    return (FILES / name).read_bytes()


@pytest.fixture
def empty(cast: Cast) -> Unit:
    """An upper-secondary school without a pupil, where Tâm is clerk as well."""
    school = make_unit("THPT-TRONG", "THPT Trống", "school", cast.department, levels=["THPT"])
    from khue.registry.staff.models import Position

    Position.objects.create(
        person=cast.people["tam"], unit=school, post="clerk", is_main=False, starts_on=cast.year.starts_on
    )
    return school


def tam(cast: Cast, school: Unit) -> Any:
    return cast.actor("tam", wanted=f"clerk:{school.pk}")


def sheet(rows: list[list[Any]], columns: list[str]) -> bytes:
    return write_xlsx("Danh sách", columns, rows)


COLUMNS = ["Mã học sinh", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp", "Số định danh cá nhân", "Trạng thái"]


def take(cast: Cast, school: Unit, rows: list[list[Any]], columns: list[str] = COLUMNS) -> Any:
    imported = actions.start_import(
        tam(cast, school), school, table=TABLE, name="ds.xlsx", data=sheet(rows, columns)
    )
    return actions.write_import(tam(cast, school), imported)


def test_the_upper_secondary_file_goes_in_with_four_rows_named_cell_by_cell(cast: Cast, empty: Unit) -> None:
    expected = EXPECTED["C1-HocSinh-THPT.xlsx"]
    actor = tam(cast, empty)
    plan = actions.dry_run(actor, empty, table=TABLE, name="C1.xlsx", data=content("C1-HocSinh-THPT.xlsx"))
    assert plan.count(Outcome.ADDED) == expected["importable"]
    assert plan.count(Outcome.REFUSED) == 4
    assert not Enrolment.objects.filter(school=empty).exists()
    assert {(p.row, p.column_letter, p.value) for p in plan.refusals} == {
        (228, "D", ""), (338, "E", "31/02/2010"), (1353, "C", "3834657652"), (1416, "C", "3834657652"),
    }  # fmt: skip
    before = Entry.objects.count()
    imported = actions.start_import(
        actor, empty, table=TABLE, name="C1.xlsx", data=content("C1-HocSinh-THPT.xlsx")
    )
    with CaptureQueriesContext(connection) as queries:
        imported = actions.write_import(actor, imported)
    assert len(queries) < 60
    assert (imported.added, imported.changed, imported.unchanged, imported.refused) == (1533, 0, 0, 4)
    assert Entry.objects.count() == before + 2
    assert Classroom.objects.filter(school=empty).count() == expected["classes"]
    rows = Enrolment.objects.filter(school=empty)
    assert rows.filter(status="studying").count() == 1524 - 4
    assert rows.exclude(status="studying").count() == expected["left"]
    assert sum(HeadCount.objects.filter(school=empty, valid_to=None).values_list("pupils", flat=True)) == 1520
    code, born = expected["serial_date"]
    assert Person.objects.get(ministry_code=code).birth_date.strftime("%d/%m/%Y") == born
    assert Account.objects.filter(person__enrolments__school=empty).count() == 1520
    assert EnrolmentEvent.objects.filter(school=empty, kind="admitted").count() == 1533


def test_the_same_file_again_changes_nothing(cast: Cast, empty: Unit) -> None:
    actor = tam(cast, empty)
    data = content("C1-HocSinh-THPT.xlsx")
    actions.write_import(actor, actions.start_import(actor, empty, table=TABLE, name="C1.xlsx", data=data))
    plan = actions.dry_run(actor, empty, table=TABLE, name="C1.xlsx", data=data)
    assert (plan.count(Outcome.ADDED), plan.count(Outcome.CHANGED), plan.count(Outcome.REFUSED)) == (0, 0, 4)
    assert plan.count(Outcome.UNCHANGED) == 1533


@pytest.mark.parametrize(
    ("name", "level", "rows", "classes"),
    [("C1-HocSinh-THCS-v2.xls", "THCS", 456, 12), ("tuyen-sinh-lop-1.xlsx", "TH", 91, 3)],
)
def test_the_other_files_go_in_as_expected(
    cast: Cast, empty: Unit, name: str, level: str, rows: int, classes: int
) -> None:
    Unit.objects.filter(pk=empty.pk).update(levels=[level])
    actor = tam(cast, empty)
    imported = actions.write_import(
        actor, actions.start_import(actor, empty, table=TABLE, name=name, data=content(name))
    )
    assert imported.added == rows == EXPECTED[name]["importable"]
    assert Classroom.objects.filter(school=empty).count() == classes == EXPECTED[name]["classes"]


def test_a_temporary_code_gives_way_to_the_ministrys_without_a_second_record(cast: Cast, empty: Unit) -> None:
    take(cast, empty, [["", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    pupil = Enrolment.objects.get(school=empty).person
    temporary = Identifier.objects.get(person=pupil, system="temporary")
    assert temporary.value.startswith("TAM-THPT-TRONG-")
    assert Account.objects.filter(person=pupil).exists()
    imported = take(cast, empty, [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    assert (imported.added, imported.changed) == (0, 1)
    pupil.refresh_from_db()
    temporary.refresh_from_db()
    assert pupil.ministry_code == "3812345678"
    assert temporary.replaced_on is not None
    assert Enrolment.objects.filter(school=empty).count() == 1


def test_a_temporary_code_in_the_file_finds_its_pupil(cast: Cast, empty: Unit) -> None:
    take(cast, empty, [["", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    code = Identifier.objects.get(system="temporary").value
    imported = take(cast, empty, [[code, "Lò Thị Én", "05/02/2011", "Nữ", "10A2", "", ""]])
    assert (imported.added, imported.changed) == (0, 1)
    assert Enrolment.objects.get(school=empty).classroom.name == "10A2"


def test_a_child_who_studies_elsewhere_is_not_taken_by_a_file(cast: Cast, empty: Unit) -> None:
    an = cast.people["an"]
    Person.objects.filter(pk=an.pk).update(ministry_code="3826104417")
    Unit.objects.filter(pk=empty.pk).update(levels=["THCS"])
    actor = tam(cast, empty)
    data = sheet([["3826104417", "Lê Hoài An", "14/03/2013", "Nữ", "8A1", "", ""]], COLUMNS)
    plan = actions.dry_run(actor, empty, table=TABLE, name="ds.xlsx", data=data)
    assert [p.code for p in plan.refusals] == ["studies_elsewhere"]
    assert "chuyển trường" in plan.refusals[0].message


def test_a_code_of_another_child_is_refused_with_that_childs_name(cast: Cast, empty: Unit) -> None:
    take(cast, empty, [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    data = sheet([["3812345678", "Vàng A Páo", "09/09/2011", "Nam", "10A1", "", ""]], COLUMNS)
    plan = actions.dry_run(tam(cast, empty), empty, table=TABLE, name="ds.xlsx", data=data)
    assert [(p.code, "Lò Thị Én" in p.message) for p in plan.refusals] == [("other_person", True)]


def test_two_numbers_of_two_children_in_one_row_are_refused(cast: Cast, empty: Unit) -> None:
    take(cast, empty, [
        ["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""],
        ["3812345679", "Lò Văn Ún", "06/02/2011", "Nam", "10A1", "038211000001", ""],
    ])  # fmt: skip
    data = sheet([["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "038211000001", ""]], COLUMNS)
    plan = actions.dry_run(tam(cast, empty), empty, table=TABLE, name="ds.xlsx", data=data)
    assert [p.code for p in plan.refusals] == ["two_people"]


def test_a_changed_cell_changes_and_an_empty_one_leaves_what_is_there(cast: Cast, empty: Unit) -> None:
    take(cast, empty, [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "038311000001", ""]])
    imported = take(cast, empty, [["3812345678", "Lò Thị Yến", "05/02/2011", "Nữ", "10A2", "", "Bỏ học"]])
    assert imported.changed == 1
    row = Enrolment.objects.select_related("person", "classroom").get(school=empty)
    assert (row.person.full_name, row.person.search_key, row.person.personal_id) == (
        "Lò Thị Yến",
        "lo thi yen",
        "038311000001",
    )
    assert row.sort_key == row.person.sort_key
    assert (row.classroom.name, row.status) == ("10A2", "dropped")
    assert row.left_on is not None
    assert set(row.events.values_list("kind", flat=True)) == {"admitted", "class_changed", "dropped"}
    assert sum(HeadCount.objects.filter(school=empty, valid_to=None).values_list("pupils", flat=True)) == 0


def test_a_grade_the_school_does_not_teach_is_refused(cast: Cast, empty: Unit) -> None:
    data = sheet([["3812345678", "Lò Thị Én", "05/02/2015", "Nữ", "6A1", "", ""]], COLUMNS)
    plan = actions.dry_run(tam(cast, empty), empty, table=TABLE, name="ds.xlsx", data=data)
    assert [(p.code, p.column_letter) for p in plan.refusals] == [("wrong_level", "E")]


def test_an_import_can_be_taken_back_whole(cast: Cast, empty: Unit) -> None:
    actor = tam(cast, empty)
    people, accounts = Person.objects.count(), Account.objects.count()
    first = take(cast, empty, [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    second = take(cast, empty, [
        ["3812345678", "Lò Thị Yến", "05/02/2011", "Nữ", "10A2", "", ""],
        ["3812345679", "Lò Văn Ún", "06/02/2011", "Nam", "10A2", "", ""],
    ])  # fmt: skip
    actions.undo_import(actor, second)
    row = Enrolment.objects.select_related("person", "classroom").get(school=empty)
    assert (row.person.full_name, row.classroom.name) == ("Lò Thị Én", "10A1")
    assert not Classroom.objects.filter(school=empty, name="10A2").exists()
    with pytest.raises(DomainError):
        actions.undo_import(actor, first)
    assert Person.objects.count() == people + 1
    assert Account.objects.count() == accounts + 1


def test_what_somebody_went_on_with_is_not_taken_back(cast: Cast, empty: Unit) -> None:
    imported = take(cast, empty, [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]])
    Person.objects.filter(ministry_code="3812345678").update(version=2)
    with pytest.raises(DomainError, match="làm tiếp"):
        actions.undo_import(tam(cast, empty), imported)
    assert Enrolment.objects.filter(school=empty).count() == 1


def test_a_cell_put_right_in_the_preview_goes_in(cast: Cast, empty: Unit) -> None:
    actor = tam(cast, empty)
    data = sheet([["3812345678", "Lò Thị Én", "31/06/2011", "Nữ", "10A1", "", ""]], COLUMNS)
    imported = actions.start_import(actor, empty, table=TABLE, name="ds.xlsx", data=data)
    assert imported.refused == 1
    problem = reading.plan_of(imported).refusals[0]
    place = f"{problem.sheet}!{problem.row}:{problem.column_letter}"
    imported = actions.correct_cells(actor, imported, corrections={place: "30/06/2011"})
    assert (imported.added, imported.refused) == (1, 0)
    actions.write_import(actor, imported)
    assert Enrolment.objects.get(school=empty).person.birth_date.day == 30


def test_a_column_named_by_hand_is_known_next_time(cast: Cast, empty: Unit) -> None:
    actor = tam(cast, empty)
    columns = ["Mã học sinh", "Họ và tên", "Ngày sinh", "Giới tính", "Chỗ xếp"]
    rows = [["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1"]]
    imported = actions.start_import(actor, empty, table=TABLE, name="ds.xlsx", data=sheet(rows, columns))
    assert imported.refused == 1
    imported = actions.settle_columns(actor, imported, mapping={"E": "class_name"})
    assert imported.added == 1
    actions.drop_import(actor, imported)
    again = actions.start_import(actor, empty, table=TABLE, name="ds.xlsx", data=sheet(rows, columns))
    assert again.added == 1


def test_a_file_that_is_no_list_is_refused_beside_the_field(cast: Cast, empty: Unit) -> None:
    with pytest.raises(DomainError) as caught:
        actions.start_import(tam(cast, empty), empty, table=TABLE, name="a.xlsx", data=b"MZ not a workbook")
    assert "file" in caught.value.fields


def test_mai_and_lan_take_nothing_in(cast: Cast, empty: Unit) -> None:
    data = sheet([["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", ""]], COLUMNS)
    for who in ("mai", "lan", "son", "binh"):
        with pytest.raises(NotAllowed):
            actions.start_import(cast.actor(who), empty, table=TABLE, name="ds.xlsx", data=data)


def test_an_unknown_school_year_of_birth_is_only_a_remark(cast: Cast, empty: Unit) -> None:
    imported = take(
        cast, empty, [["3812345678", "Lò Thị Én", "05/02/2004", "Nữ", "10A1", "038215001234", ""]]
    )
    assert imported.added == 1
    codes = {p.code for p in reading.plan_of(imported).problems}
    assert {"unusual_age", "number_sex_mismatch", "number_year_mismatch"} <= codes


def test_a_father_named_in_the_file_gets_a_record_and_siblings_share_it(cast: Cast, empty: Unit) -> None:
    columns = [*COLUMNS, "Họ tên cha", "SĐT liên hệ"]
    take(cast, empty, [
        ["3812345678", "Lò Thị Én", "05/02/2011", "Nữ", "10A1", "", "", "Lò Văn Tướng", "0912345678"],
        ["3812345679", "Lò Văn Ún", "06/02/2010", "Nam", "11A1", "", "", "Lò Văn Tướng", "0912345678"],
    ], columns)  # fmt: skip
    father = Person.objects.get(full_name="Lò Văn Tướng")
    assert father.phone == "+84912345678"
    assert father.wards.count() == 2


def test_the_marked_file_names_the_faulty_cells(cast: Cast, empty: Unit) -> None:
    import io

    from khue.kernel.exchange.queries import marked_file

    actor = tam(cast, empty)
    imported = actions.start_import(
        actor, empty, table=TABLE, name="C1.xlsx", data=content("C1-HocSinh-THPT.xlsx")
    )
    name, data = marked_file(imported)
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert name.endswith(".xlsx")
    assert "Tháng 2 không có ngày 31" in page["E338"].comment.text
