"""The walk through the house: from a look over the province to an empty school with its first homeroom teacher."""

from __future__ import annotations

from pathlib import Path

import pytest

from khue.kernel.audit.command import main as audit
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.roster.models import Classroom, Enrolment
from khue.registry.staff.models import Position
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

FILES = Path(__file__).resolve().parents[1] / "data" / "rosters"
PLAIN = {"Accept-Encoding": "identity"}  # packed pages carry some random bytes, so their lengths differ
PROVINCE, WARD, SCHOOL, EMPTY = "Sở GD&ĐT Lam Giang", "Phường Đông Kinh", "THCS Lê Quý Đôn", "THCS Trống"


def count(visitor: Visitor, unit: str, line: str = "") -> int:
    """Pupils of a unit today as its page of head counts says, or of one line of its table."""
    code = Unit.objects.get(name=unit).code
    visitor.go(f"/so-luong/?don-vi={code}")
    if not line:
        return number(visitor.page.locator("main .figs .fig").first.locator("b").first.inner_text())
    row = visitor.page.locator("main table tbody tr").filter(has=visitor.page.locator("th a", has_text=line))
    return number(row.first.locator("td.num").first.inner_text())


def number(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))


def take_in(visitor: Visitor, file: str, kind: str = "") -> None:
    visitor.go("/nhap/")
    if kind:
        visitor.page.get_by_label(kind, exact=True).check()
    visitor.page.set_input_files("input[type=file]", FILES / file)
    visitor.press("Đọc tệp, xem trước")


def test_son_looks_over_the_province_and_steps_down_to_a_school(visitor: Visitor) -> None:
    visitor.enter("son")
    visitor.press("Số lượng học sinh")
    assert visitor.sees(WARD)
    visitor.press(WARD)
    assert visitor.sees(SCHOOL)
    visitor.press(SCHOOL)
    assert visitor.sees("Theo lớp")
    visitor.page.locator("main").get_by_role("link", name="8A3", exact=True).click()
    visitor.page.wait_for_load_state()
    assert visitor.sees("Lớp 8A3")
    assert visitor.sees("chủ nhiệm Nguyễn Thị Lan")
    visitor.page.locator("nav.crumbs").get_by_role("link", name=SCHOOL).click()
    visitor.page.wait_for_load_state()
    assert SCHOOL in visitor.page.locator("main").inner_text()


def test_an_empty_school_fills_and_its_homeroom_teacher_sees_one_class(
    visitor: Visitor, another: NewVisitor
) -> None:
    school = Unit.objects.get(code="THPT-TRONG")
    visitor.enter("tam", "THPT Trống")
    take_in(visitor, "C1-HocSinh-THPT.xlsx")
    visitor.press("Ghi 1.533 em")
    take_in(visitor, "CSDL_GiaoVien.xlsx", "Cán bộ, giáo viên")
    assert visitor.sees("92")
    visitor.press("Ghi 92")
    assert visitor.sees("Đã ghi 92")

    room = Classroom.objects.get(school=school, name="10A1")
    position = Position.objects.filter(
        unit=school, post="teacher", ends_on=None, person__birth_date__isnull=False,
        person__staff_member__status="working",
    ).select_related("person")[3]  # fmt: skip
    teacher = position.person
    visitor.go(f"/lop/{room.pk}/")
    visitor.page.get_by_text("Giao chủ nhiệm").click()
    visitor.page.get_by_label("Giáo viên").select_option(str(teacher.pk))
    visitor.press("Giao lớp")
    assert visitor.sees(f"chủ nhiệm {teacher.full_name}")

    visitor.go(f"/tai-khoan/?q={teacher.full_name}&kind=staff")
    visitor.page.locator(f'input[name="row"][value="{teacher.pk}"]').check()
    visitor.press("Cấp mã, in phiếu")
    visitor.prove()
    assert visitor.sees(teacher.full_name)
    code = visitor.page.locator(".one-code b").inner_text()

    at_home = another()
    at_home.go("/tai-khoan/kich-hoat/")
    at_home.page.get_by_label("Mã 12 ký tự").fill(code.lower())
    at_home.page.get_by_label("Ngày sinh").fill(f"{teacher.birth_date:%d/%m/%Y}")
    at_home.press("Đi tiếp")
    assert at_home.sees(teacher.full_name)
    at_home.page.locator("#mk").fill("mây núi chè xanh buổi sớm")
    at_home.press("Đặt mật khẩu và đăng nhập")
    at_home.press("Học sinh")
    pupils = Enrolment.objects.filter(classroom=room, status="studying").count()
    assert at_home.sees(f"Có {pupils} em")
    other = Classroom.objects.get(school=school, name="10A2")
    assert at_home.status(f"/lop/{room.pk}/") == 200
    assert at_home.status(f"/lop/{other.pk}/") == 404
    theirs = Enrolment.objects.filter(classroom=other).first()
    assert theirs is not None
    assert at_home.status(f"/hoc-sinh/{theirs.person_id}/") == 404


def test_what_mai_may_not_see_looks_like_what_is_not_there(visitor: Visitor) -> None:
    visitor.enter("mai")
    an = Person.objects.get(account__login_name="an")
    request = visitor.page.request
    hidden, missing = (
        request.get(f"{visitor.address}/hoc-sinh/{pk}/", max_redirects=0, headers=PLAIN)
        for pk in (an.pk, 2_000_000_001)
    )
    assert (hidden.status, missing.status) == (404, 404)
    assert hidden.body() == missing.body()
    assert {**hidden.headers, "date": ""} == {**missing.headers, "date": ""}
    visitor.go(f"/hoc-sinh/{an.pk}/")
    assert visitor.sees("Không có trang này, hoặc")


def test_a_pupil_changes_school_and_the_counts_move_at_every_level(
    visitor: Visitor, another: NewVisitor, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor.enter("tam", EMPTY)
    visitor.go("/lop/moi/")
    visitor.page.get_by_label("Tên lớp").fill("7A")
    visitor.page.get_by_label("Khối").select_option("7")
    visitor.page.get_by_role("button", name="Lập lớp").click()
    assert visitor.sees("Lớp 7A")
    son = another()
    son.enter("son")
    leaving = (
        Enrolment.objects.filter(school__name=SCHOOL, status="studying", grade=7, transfers=None)
        .select_related("person", "classroom")
        .order_by("pk")[5]
    )
    ward = Unit.objects.get(name=EMPTY).parent
    assert ward is not None
    lines = (
        (PROVINCE, WARD, -1), (PROVINCE, ward.name, 1), (PROVINCE, "", 0), (WARD, "", -1), (ward.name, "", 1),
        (SCHOOL, "", -1), (EMPTY, "", 1), (SCHOOL, leaving.classroom.name, -1), (EMPTY, "7A", 1),
    )  # fmt: skip
    before = [count(son, unit, line) if (unit, line) != (EMPTY, "7A") else 0 for unit, line, _by in lines]

    visitor.act_at(SCHOOL)
    visitor.go(f"/chuyen-truong/moi/?em={leaving.pk}")
    visitor.page.locator('input[name="to_school"]').fill(EMPTY)
    visitor.press("Tìm trường")
    visitor.page.get_by_label(EMPTY).check()
    visitor.page.get_by_label("Lý do").first.select_option(index=1)
    visitor.press("Gửi đến trường mới")
    assert visitor.sees("Chờ trường mới trả lời")
    transfer = visitor.page.url
    visitor.act_at(EMPTY)
    visitor.page.goto(transfer)
    visitor.press("Nhận em này")
    visitor.act_at(SCHOOL)
    visitor.page.goto(transfer)
    visitor.page.get_by_role("button", name="Bàn giao hồ sơ").click()
    visitor.act_at(EMPTY)
    visitor.page.goto(transfer)
    visitor.page.get_by_label("Xếp vào lớp").select_option(index=1)
    visitor.press("Xếp lớp, vào sổ")
    assert visitor.sees("Đã chuyển xong")
    visitor.go(f"/hoc-sinh/{leaving.person_id}/")
    assert visitor.sees("Lớp 7A")

    after = [count(son, unit, line) for unit, line, _by in lines]
    assert [now - then for then, now in zip(before, after, strict=True)] == [by for _unit, _line, by in lines]
    assert audit(["verify"]) == 0
    assert "Nhật ký nguyên vẹn" in capsys.readouterr().out
