"""The gate from the first badge to the family's notice: Tâm prints, a tablet reads without a line, Lan sees it."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from khue.kernel.access.actor import Actor
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Enrolment
from khue.school.attendance.models import Arrival, Sheet
from khue.school.gate import actions
from khue.school.gate.models import Badge, Reader, Tap
from tests.browser.chromium import axe_faults
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

CLOCK = """(() => {
  const real = Date.now.bind(Date);
  const off = () => { try { return +(localStorage.getItem('off') ?? 10800000); } catch (e) { return 0; } };
  Date.now = () => real() + off();
})()"""  # a tablet that is three hours fast, until it is set
READY = """() => caches.open('khue-gate').then(kept => kept.match('/cong/doc/'))
  .then(copy => !!copy && !!navigator.serviceWorker.controller)"""


def badge_of(name: str) -> Badge:
    return Badge.objects.get(enrolment__person__full_name=name, enrolment__year_id=YEAR, state="good")


def hold(page: Page, code: str) -> None:
    """A USB reader types what it reads, wherever the page was touched last."""
    page.locator("#gate-last").click()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def says(page: Page, words: str) -> None:
    expect(page.locator("#gate-last")).to_contain_text(words)


def test_from_the_first_badge_to_the_familys_notice(visitor: Visitor, another: NewVisitor) -> None:
    an = Enrolment.objects.get(person__full_name="Lê Hoài An", year_id=YEAR)
    assert an.classroom_id is not None
    room = f"/cong/lop/{an.classroom_id}/"
    Tap.objects.all().delete()  # what the demo brought: An comes in for the first time today
    Arrival.objects.all().delete()

    head = another()
    head.enter("hung")
    head.go("/thiet-lap/gate.tell_families/")
    head.page.get_by_label("Báo phụ huynh khi con qua cổng").select_option(label="Có")
    head.page.get_by_label("Lý do, căn cứ").fill("Hội phụ huynh thống nhất")
    head.press("Ghi thiết lập")
    head.prove()
    assert head.sees("Có")

    clerk, page = visitor, visitor.page
    clerk.enter("tam")
    clerk.go(room)
    paper = page.request.get(clerk.address + room + "in/")
    assert paper.ok
    assert paper.body().startswith(b"%PDF")
    lost = Badge.objects.filter(enrolment__classroom_id=an.classroom_id, state="good").exclude(enrolment=an)[
        0
    ]
    others = list(
        Badge.objects.filter(enrolment__classroom_id=an.classroom_id, state="good").exclude(
            pk__in=[lost.pk, badge_of("Lê Hoài An").pk]
        )[:2]
    )
    row = page.get_by_role("row", name=lost.enrolment.person.full_name)
    row.locator("summary").click()
    row.get_by_role("button", name="Báo mất").click()
    expect(page.get_by_text("thẻ mới, chưa in")).to_be_visible()
    clerk.go("/cong/dau-doc/")
    page.get_by_label("Tên, chỗ đặt").fill("Cổng sau")
    page.locator("main").get_by_role("button", name="Thêm đầu đọc").click()
    link = page.locator("#lien-ket").input_value()

    gate = another(width=800, service_workers="allow")
    tablet = gate.page
    tablet.add_init_script(CLOCK)
    tablet.goto(link)
    expect(tablet.locator("#gate-state")).to_have_text("Sẵn sàng")
    expect(tablet.locator("#gate-place")).to_contain_text("Cổng sau · ")
    expect(tablet.locator("#gate-clock")).to_contain_text("nhanh 180 phút")
    assert "khue_reader" not in tablet.url
    hold(tablet, badge_of("Lê Hoài An").code.lower())
    says(tablet, "Lê Hoài An")
    hold(tablet, badge_of("Lê Hoài An").code)
    says(tablet, "Vừa quẹt rồi")
    hold(tablet, "KHKHONGCO222")
    says(tablet, "Thẻ lạ")
    hold(tablet, lost.code)
    says(tablet, "Thẻ đã báo mất")
    assert axe_faults(tablet) == []
    tablet.set_viewport_size({"width": 360, "height": 740})
    assert tablet.evaluate("document.documentElement.scrollWidth") <= 360

    gate.wait_until(READY)
    gate.page.context.set_offline(True)
    before = timezone.now()
    for one in others:
        hold(tablet, one.code)
        says(tablet, "Đã ghi")
    expect(tablet.locator("#gate-state")).to_contain_text("Còn 2 lượt chờ gửi")
    tablet.reload()  # the tablet starts anew, still without a line
    expect(tablet.locator("#gate-state")).to_contain_text("Còn 2 lượt chờ gửi")
    tablet.evaluate("localStorage.setItem('off', '0')")  # its clock is set right while they wait
    after = timezone.now()
    gate.page.context.set_offline(False)
    expect(tablet.locator("#gate-state")).to_have_text("Sẵn sàng", timeout=40_000)
    kept = Tap.objects.filter(enrolment__in=[one.enrolment_id for one in others])
    assert [tap.verdict for tap in kept] == ["taken", "taken"]
    slack = timedelta(seconds=2)
    assert all(before - slack <= tap.at <= after + slack for tap in kept)

    assert Tap.objects.count() == 6
    reader = Reader.objects.get(name="Cổng sau")
    clerk.go("/cong/luot/")
    assert clerk.sees("Thẻ lạ 1")
    clerk.go("/thong-bao/")
    assert clerk.sees("Thẻ đã báo mất của em " + lost.enrolment.person.full_name)
    clerk.go("/cong/dau-doc/")
    row = page.get_by_role("row", name="Cổng sau")
    row.locator("summary").click()
    row.get_by_role("button", name=re.compile("Ngắt")).click()
    assert clerk.sees("đã ngắt")
    hold(tablet, badge_of("Lê Hoài An").code)
    expect(tablet.locator("#gate-state")).to_contain_text("bị ngắt")
    hold(tablet, badge_of("Lê Hoài An").code)
    says(tablet, "Chưa ghi được")
    assert Tap.objects.count() == 6

    father = another(width=360)
    father.enter("binh")
    father.go("/thong-bao/")
    assert father.sees("An đã vào trường lúc")

    # A terminal of the same school hands in an earlier morning; Lan sees it beside the name when she takes that roll.
    roll = Sheet.objects.filter(classroom_id=an.classroom_id, is_main=True, taken_at__isnull=False).latest(
        "day"
    )
    morning = timezone.make_aware(datetime.combine(roll.day, time(6, 52)))
    tap = actions.Shown(1, badge_of("Lê Hoài An").code, morning)
    actions.renew_key(Actor.system("gate.test"), reader)
    actions.take_in(Actor.system("gate.test"), reader, taps=[tap], device_now=morning, at=morning)
    teacher = another(width=360)
    teacher.enter("lan")
    teacher.go(f"/diem-danh/{an.classroom_id}/?ngay={roll.day:%Y-%m-%d}")
    assert teacher.sees("Qua cổng 06:52")
