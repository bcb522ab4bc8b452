"""The school's own staff file goes in: counted, named cell by cell, written once, taken back whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.exchange import actions
from khue.kernel.exchange.models import Import
from khue.kernel.exchange.table import Outcome
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.workflow.models import Task
from khue.lib.spreadsheets.write import write_xlsx
from khue.registry.staff.exchange import TABLE
from khue.registry.staff.models import Position, StaffMember
from tests.cast import Cast, make_person, make_staff, make_unit

FILES = Path(__file__).resolve().parents[4] / "tests" / "data" / "rosters"
EXPECTED = json.loads((FILES / "expected.json").read_text())["CSDL_GiaoVien.xlsx"]
COLUMNS = [
    "Mã cán bộ",
    "Họ tên",
    "Ngày sinh",
    "Giới tính",
    "Số CMND/TCC",
    "Trạng thái CB",
    "Vị trí việc làm",
    "Môn dạy",
]
ROW = ["3800000001", "Lò Văn Tư", "05/06/1990", "Nam", "", "Đang làm việc", "Giáo viên", "Toán"]


@pytest.fixture
def empty(cast: Cast) -> Unit:
    school = make_unit("THPT-TRONG", "THPT Trống", "school", cast.department, levels=["THPT"])
    Position.objects.create(
        person=cast.people["tam"], unit=school, post="clerk", is_main=False, starts_on=cast.year.starts_on
    )
    return school


def tam(cast: Cast, school: Unit) -> Actor:
    return cast.actor("tam", wanted=f"clerk:{school.pk}")


def row(**changes: Any) -> list[Any]:
    keys = ("code", "name", "born", "sex", "number", "status", "post", "subjects")
    return [changes.get(key, value) for key, value in zip(keys, ROW, strict=True)]


def judge(actor: Actor, school: Unit, rows: list[list[Any]]) -> Any:
    return actions.dry_run(
        actor, school, table=TABLE, name="cb.xlsx", data=write_xlsx("Cán bộ", COLUMNS, rows)
    )


def take(actor: Actor, school: Unit, rows: list[list[Any]] | bytes) -> Import:
    data = rows if isinstance(rows, bytes) else write_xlsx("Cán bộ", COLUMNS, rows)
    imported = actions.start_import(actor, school, table=TABLE, name="cb.xlsx", data=data)
    return actions.write_import(actor, imported)


def test_the_ministrys_staff_file_goes_in_whole(cast: Cast, empty: Unit) -> None:
    before = Entry.objects.count()
    imported = take(Actor.system("test.import"), empty, (FILES / "CSDL_GiaoVien.xlsx").read_bytes())
    assert (imported.added, imported.changed, imported.refused) == (EXPECTED["rows"], 0, 0)
    members = StaffMember.objects.filter(unit=empty)
    assert members.count() == EXPECTED["rows"]
    assert members.filter(status="working").count() == EXPECTED["working"]
    open_posts = Position.objects.filter(unit=empty, ends_on__isnull=True, is_main=True)
    assert open_posts.count() == EXPECTED["working"]
    assert open_posts.filter(post="principal").count() == 1
    assert open_posts.filter(post="vice_principal").count() == 2
    assert Account.objects.filter(person__in=members.values("person")).count() == EXPECTED["working"]
    principal = open_posts.get(post="principal").person
    assert principal.account.login_name == principal.ministry_code
    assert Entry.objects.count() == before + 2


def test_beliefs_and_party_are_read_and_left_where_they_are(cast: Cast, empty: Unit) -> None:
    book = openpyxl.load_workbook(FILES / "CSDL_GiaoVien.xlsx")
    columns = [cell.value for cell in book.active[3]]
    assert {"Tôn giáo", "Đảng viên"} <= set(columns)
    plan = actions.dry_run(
        tam(cast, empty), empty, table=TABLE, name="cb.xlsx", data=(FILES / "CSDL_GiaoVien.xlsx").read_bytes()
    )
    assert plan.parsed.unmatched == [] or "Tôn giáo" not in {c.header for c in plan.parsed.unmatched}
    stored = {f.name for model in (Person, StaffMember) for f in model._meta.get_fields()}
    assert not {"religion", "party", "is_party_member"} & stored


def test_the_same_file_again_changes_nothing(cast: Cast, empty: Unit) -> None:
    system = Actor.system("test.import")
    content = (FILES / "CSDL_GiaoVien.xlsx").read_bytes()
    take(system, empty, content)
    again = actions.dry_run(system, empty, table=TABLE, name="cb.xlsx", data=content)
    assert again.count(Outcome.UNCHANGED) == EXPECTED["rows"]


def test_a_second_principal_in_the_file_is_refused_at_its_cell(cast: Cast, empty: Unit) -> None:
    rows = [
        row(code="3800000001", name="Lò Văn Một", post="Hiệu trưởng"),
        row(code="3800000002", name="Lò Văn Hai", post="Phó hiệu trưởng"),
        row(code="3800000003", name="Lò Văn Ba", post="Hiệu trưởng"),
    ]
    plan = judge(tam(cast, empty), empty, rows)
    assert plan.count(Outcome.ADDED) == 2
    (refusal,) = plan.refusals
    assert (refusal.column_label, refusal.value, refusal.code) == (
        "Vị trí việc làm",
        "Hiệu trưởng",
        "second_principal",
    )


def test_beside_the_principal_in_office_a_new_one_comes_in_without_the_post(cast: Cast, empty: Unit) -> None:
    make_staff(make_person("Cầm Thị Đang", birth_date=date(1970, 1, 1)), empty, "principal")
    take(Actor.system("test.import"), empty, [row(post="Hiệu trưởng")])
    held = Position.objects.get(person__ministry_code="3800000001", unit=empty)
    assert held.post == "teacher"
    assert Position.objects.filter(unit=empty, post="principal", ends_on__isnull=True).count() == 1
    assert Task.objects.filter(kind="staff.appoint_imported", unit=empty, closed_at__isnull=True).exists()


def test_a_clerk_cannot_make_a_principal_by_a_file(cast: Cast, empty: Unit) -> None:
    imported = take(
        tam(cast, empty),
        empty,
        [row(post="Hiệu trưởng"), row(code="3800000002", name="Lò Tá", post="Văn thư")],
    )
    assert imported.added == 2
    posts = set(
        Position.objects.filter(unit=empty).exclude(person=cast.people["tam"]).values_list("post", flat=True)
    )
    assert posts == {"teacher", "other"}
    task = Task.objects.get(kind="staff.appoint_imported", unit=empty)
    assert "Lò Văn Tư" in task.detail


def test_a_principal_gives_posts_by_a_file_after_proving_who_they_are(cast: Cast) -> None:
    rows = [row(code="3800000007", name="Lò Văn Phó", post="Phó hiệu trưởng")]
    with pytest.raises(ProofNeeded):
        take(cast.actor("hung", proved=False), cast.school, rows)
    assert not Person.objects.filter(ministry_code="3800000007").exists()
    take(cast.hung, cast.school, rows)
    assert Position.objects.get(person__ministry_code="3800000007").post == "vice_principal"


def test_somebody_who_works_at_another_school_is_refused_with_its_name(cast: Cast, empty: Unit) -> None:
    mai = cast.people["mai"]
    mai.ministry_code = "3811111111"
    mai.save()
    plan = judge(
        tam(cast, empty), empty, [row(code="3811111111", name="Hoàng Thị Mai", born="01/07/1990", sex="Nữ")]
    )
    (refusal,) = plan.refusals
    assert refusal.code == "works_elsewhere"
    assert "THCS Mường Khoa" in refusal.message


def test_a_parent_who_becomes_a_teacher_keeps_the_one_record_and_what_it_says(
    cast: Cast, empty: Unit
) -> None:
    binh = cast.people["binh"]
    binh.personal_id, binh.phone = "014084001234", "+84912000118"
    binh.save()
    people = Person.objects.count()
    take(
        tam(cast, empty), empty,
        [row(code="3822222222", name="Lê Văn Bình", born="05/05/1984", number="014084001234")],
    )  # fmt: skip
    binh.refresh_from_db()
    assert Person.objects.count() == people
    assert (binh.ministry_code, binh.phone) == ("3822222222", "+84912000118")
    assert StaffMember.objects.get(person=binh).unit_id == empty.pk
    assert Account.objects.filter(person=binh).count() == 1


def test_a_number_of_somebody_else_is_refused_not_guessed(cast: Cast, empty: Unit) -> None:
    lan = cast.people["lan"]
    lan.ministry_code = "3833333333"
    lan.save()
    plan = judge(tam(cast, empty), empty, [row(code="3833333333", name="Bạc Cầm Khác", born="01/01/1970")])
    assert [p.code for p in plan.refusals] == ["other_person"]


def test_leavers_come_in_with_their_status_and_no_open_post(cast: Cast, empty: Unit) -> None:
    take(tam(cast, empty), empty, [row(status="Nghỉ hưu")])
    member = StaffMember.objects.get(person__ministry_code="3800000001")
    assert member.status == "retired"
    assert not Position.objects.filter(person=member.person).exists()
    assert not Account.objects.filter(person=member.person).exists()


def test_a_row_that_says_somebody_left_ends_their_post(cast: Cast, empty: Unit) -> None:
    take(tam(cast, empty), empty, [row()])
    imported = take(tam(cast, empty), empty, [row(status="Chuyển đi")])
    assert imported.changed == 1
    assert not Position.objects.filter(person__ministry_code="3800000001", ends_on__isnull=True).exists()


def test_an_import_is_taken_back_whole_while_nobody_went_on(cast: Cast, empty: Unit) -> None:
    people, members = Person.objects.count(), StaffMember.objects.count()
    imported = take(tam(cast, empty), empty, [row(), row(code="3800000002", name="Lò Tá")])
    assert Person.objects.count() == people + 2
    actions.undo_import(tam(cast, empty), imported)
    assert (Person.objects.count(), StaffMember.objects.count()) == (people, members)
    again = take(tam(cast, empty), empty, [row()])
    Account.objects.filter(person__ministry_code="3800000001").update(activated_at="2026-11-20T00:00:00Z")
    with pytest.raises(DomainError, match="Không hoàn tác được"):
        actions.undo_import(tam(cast, empty), again)


def test_mai_cannot_import_into_another_school(cast: Cast, empty: Unit) -> None:
    with pytest.raises(DomainError):
        judge(cast.mai, empty, [row()])
    with pytest.raises(DomainError):
        judge(cast.ha, empty, [row()])
