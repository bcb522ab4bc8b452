"""A storm: Hùng closes the school, Bình says that An learns at home, Lan sees it, Hùng opens again."""

from __future__ import annotations

from django.utils import timezone

from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear, SpecialDay
from khue.registry.roster.models import Enrolment
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor


def lessons_today() -> None:
    """Whatever day of the week it is, today has lessons."""
    today = timezone.localdate()
    year = SchoolYear.objects.filter(starts_on__lte=today).order_by("-pk")[0]
    SpecialDay.objects.create(
        unit=Unit.objects.get(parent=None), year=year, kind="makeup", name="Học bù", starts_on=today, ends_on=today,
        is_school_day=True,
    )  # fmt: skip


def test_a_school_is_closed_for_a_storm_and_opened_again(visitor: Visitor, another: NewVisitor) -> None:
    lessons_today()
    an = Enrolment.objects.get(person__full_name="Lê Hoài An", is_current=True)
    roll = f"/diem-danh/{an.classroom_id}/"
    visitor.enter("hung")
    visitor.go("/lich/tam-nghi/")
    visitor.page.locator("input[name=at_home]").check()
    visitor.press("Xem lại")
    assert visitor.sees("điểm danh thành báo có mặt ở nhà")
    visitor.press("Cho nghỉ và báo tin")
    assert visitor.sees("Mở lại")
    closure = visitor.page.url.removeprefix(visitor.address)

    father = another(width=360)
    father.enter("binh")
    father.go("/gia-dinh/")
    assert father.sees("An học ở nhà buổi sáng, chưa báo có mặt")
    father.press("An học ở nhà buổi sáng")
    assert father.sees("chưa bấm cũng không tính là vắng")
    assert chromium.axe_faults(father.page) == []
    father.press("Có mặt học ở nhà")
    assert father.sees("Có mặt học ở nhà, báo lúc")

    teacher = another(width=360)
    teacher.enter("lan")
    teacher.go(roll)
    assert teacher.sees("Báo có mặt ở nhà lúc")
    assert teacher.sees("không tính là vắng")
    visitor.go("/diem-danh/chua-diem-danh/")
    assert visitor.sees("Trường đang học ở nhà")

    visitor.go(closure)
    visitor.press("Mở lại và báo tin")
    assert visitor.sees("Đợt nghỉ này đã hết")
    visitor.go("/diem-danh/chua-diem-danh/")
    assert visitor.sees("Buổi sáng")
    assert visitor.lacks("Trường đang học ở nhà")
    assert chromium.axe_faults(visitor.page) == []
    father.go("/gia-dinh/")
    assert father.sees("Lê Hoài An")
    assert father.lacks("học ở nhà buổi sáng")
    teacher.go(roll)
    assert teacher.sees("Lê Hoài")
    assert teacher.lacks("Báo có mặt ở nhà lúc")
