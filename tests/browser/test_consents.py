"""Hùng asks whether photos may be shown and how lunch is; Bình and An answer on a phone, Bình takes it back."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from khue.citizen.surveys.models import Decision, Slip, Survey
from khue.registry.roster.models import Enrolment
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor


def asks(visitor: Visitor) -> tuple[Slip, Survey]:
    """The principal makes a slip and a named survey for 8A3 and sends both."""
    page, today = visitor.page, timezone.localdate()
    visitor.enter("hung")
    visitor.go("/y-kien/dong-y/moi/")
    page.locator("#id_place").select_option(label="Lớp 8A3")
    page.locator("#id_purpose").select_option("photos")
    for name, text in (
        ("title", "Ảnh hội trại"), ("body", "Đăng ảnh hội trại lên trang của trường."),
        ("receivers", "Mọi người xem trang"), ("due_on", f"{today + timedelta(days=5):%Y-%m-%d}"),
        ("until", f"{today + timedelta(days=2):%Y-%m-%d}"),
    ):  # fmt: skip
        page.locator(f"#id_{name}").fill(text)
    page.locator("#id_data_kinds").fill("Ảnh chụp ở trại")
    visitor.press("Ghi bản nháp")
    assert visitor.sees("Ngày hết hiệu lực phải sau hạn trả lời.")
    assert (
        page.locator("#id_body").input_value() == "Đăng ảnh hội trại lên trang của trường."
    )  # nothing is lost
    assert chromium.axe_faults(page) == []
    page.locator("#id_until").fill(f"{today + timedelta(days=90):%Y-%m-%d}")
    visitor.press("Ghi bản nháp")
    visitor.press("Gửi cho gia đình")
    assert visitor.sees("Chưa trả lời đủ")

    visitor.go("/y-kien/phieu-hoi/moi/")
    page.locator("#id_place").select_option(label="Lớp 8A3")
    page.locator("#id_audience").select_option("child")
    page.locator("#id_title").fill("Giờ tan học")
    page.locator("input[name=is_anonymous][value=no]").check()
    page.locator("#id_closes_on").fill(f"{today + timedelta(days=5):%Y-%m-%d}")
    page.locator("#q1-text").fill("Giờ nào tiện đón con?")
    page.locator("#q1-options").fill("16:30")
    visitor.press("Ghi phiếu")
    assert visitor.sees("Ghi từ 2 đến 12 ý khác nhau")
    page.locator("#q1-options").fill("16:30\n17:00")
    page.locator("input[name=q1-required]").check()
    visitor.press("Ghi và thêm câu")
    page.locator("#q2-text").fill("Góp ý")
    page.locator("#q2-kind").select_option("text")
    assert chromium.axe_faults(page) == []
    visitor.press("Ghi phiếu")
    visitor.press("Mở phiếu")
    assert visitor.sees("Đang mở")
    return Slip.objects.get(title="Ảnh hội trại"), Survey.objects.get(title="Giờ tan học")


def test_a_family_agrees_answers_and_takes_its_consent_back(visitor: Visitor, another: NewVisitor) -> None:
    slip, survey = asks(visitor)
    an = Enrolment.objects.get(person__full_name="Lê Hoài An", is_current=True)

    father = another(width=360)
    father.enter("binh")
    assert father.sees("phiếu chờ trả lời")
    father.go("/y-kien/")
    assert chromium.axe_faults(father.page) == []
    father.page.locator("a.say", has_text="Ảnh hội trại").click()
    assert father.sees("em từ 7 tuổi cũng được hỏi")
    assert father.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert chromium.axe_faults(father.page) == []
    father.press("Đồng ý")
    assert father.sees("Muốn thôi lúc nào cũng được")

    father.go(f"/y-kien/tra-loi/{survey.pk}/?em={an.pk}")
    father.page.locator("#q2").fill("Cảm ơn thầy cô")
    father.press("Gửi phiếu")
    assert father.sees("Câu này phải trả lời.")
    assert father.page.locator("#q2").input_value() == "Cảm ơn thầy cô"
    assert father.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert chromium.axe_faults(father.page) == []
    father.page.get_by_label("17:00").check()
    father.press("Gửi phiếu")
    assert father.sees("sửa được đến hết")

    child = another(width=360)
    child.enter("an")
    child.go("/y-kien/")
    child.page.locator("a.say", has_text="Ảnh hội trại").click()
    assert child.sees("cần cả em và cha mẹ")
    child.press("Đồng ý")
    assert child.sees("Em đã trả lời")

    visitor.go(f"/y-kien/dong-y/{slip.pk}/?xem=yes")
    assert visitor.sees("Lê Hoài An")
    assert chromium.axe_faults(visitor.page) == []
    father.go(f"/y-kien/dong-y/{slip.pk}/tra-loi/?em={an.pk}")
    father.press("Rút đồng ý")
    assert father.sees("Đã rút đồng ý.")
    visitor.go(f"/y-kien/dong-y/{slip.pk}/?xem=no")
    assert visitor.sees("Lê Hoài An")
    history = Decision.objects.filter(slip=slip, enrolment=an).order_by("pk").values_list("answer", "is_own")
    assert list(history) == [("yes", False), ("yes", True), ("withdrawn", False)]

    visitor.go(f"/y-kien/phieu-hoi/{survey.pk}/")
    assert visitor.sees("Cảm ơn thầy cô")
    assert visitor.sees("1 (100%)")
    assert chromium.axe_faults(visitor.page) == []
    visitor.go("/y-kien/phieu-hoi/")
    visitor.page.get_by_role("link", name="Bữa trưa bán trú ở trường").click()
    assert visitor.sees("trung bình")
    assert chromium.axe_faults(visitor.page) == []
