"""Sơn looks at the wall; puts a desk together by dragging and by keyboard; Hùng reads along with his own figures."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from khue.command.ioc.models import Desk
from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.org.models import Unit
from khue.ui.words import number_vi
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

WIDE = {"width": 1920, "height": 1080}
DONE = "gradebook.done"


def keep() -> dict[str, int]:
    """Today's figures of two indicators, kept by hand: the days before are closed, and today is said to be new."""
    now, today = timezone.now(), timezone.localdate()
    Snapshot.objects.update_or_create(
        day=today, defaults={"computed_at": now, "copied_at": now, "year": 2026}
    )
    units = {one.name: one for one in Unit.objects.filter(closed_on=None).exclude(kind="campus")}
    for place, unit in enumerate(units.values()):
        done = 80 if unit.name == "Xã Mường Khoa" else 99
        for name, top, bottom in (("roster.pupils", 7000 + place, None), (DONE, done, 100)):
            Figure.objects.update_or_create(
                indicator=name, unit=unit, day=today, defaults={"year": 2026, "top": top, "bottom": bottom}
            )
    return {name: unit.pk for name, unit in units.items()}


def size_of(page: Page, selector: str) -> float:
    """The height of letters on the screen, in pixels."""
    found: Any = page.eval_on_selector(selector, "place => parseFloat(getComputedStyle(place).fontSize)")
    return float(found)


def test_the_wall_can_be_read_from_four_metres_and_leads_down(visitor: Visitor) -> None:
    keep()
    visitor.enter("son")
    page = visitor.page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    visitor.go("/dieu-hanh/man-hinh/")
    assert size_of(page, ".tile span") >= 28
    assert size_of(page, ".wf .v b") >= 64
    assert page.evaluate("document.documentElement.scrollHeight") <= WIDE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
    cut = page.eval_on_selector_all(
        ".tile span",
        "all => all.filter(one => one.scrollHeight > one.clientHeight + 1).map(one => one.textContent)",
    )
    assert cut == []
    late = page.locator(".tile", has_text="Mường Khoa")
    assert "báo động" in str(late.text_content())
    late.click()
    page.wait_for_url(re.compile(r"/dieu-hanh/chi-tieu/gradebook\.done/X-MUONGKHOA/"))


def test_the_wall_takes_what_is_new_and_says_when_it_has_stopped(visitor: Visitor) -> None:
    units = keep()
    visitor.enter("son")
    page = visitor.page
    page.clock.install()
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    visitor.go("/dieu-hanh/man-hinh/")
    tile = page.locator(".tile", has_text="Mường Khoa")
    expect(tile).to_have_class(re.compile("s5"))
    page.evaluate("window.kept = document.querySelector('.face-rest')")
    Figure.objects.filter(indicator=DONE, unit_id=units["Xã Mường Khoa"], day=timezone.localdate()).update(
        top=100
    )
    page.clock.run_for(61_000)
    expect(tile).to_have_class(re.compile("s0"))
    assert page.evaluate("window.kept.isConnected")  # what is the same stays where it is
    page.context.set_offline(True)
    page.clock.run_for(61_000)
    expect(page.locator("[data-lost]")).to_contain_text("Mất kết nối từ")
    page.context.set_offline(False)
    page.clock.run_for(61_000)
    expect(page.locator("[data-lost]")).to_be_hidden()
    page.context.clear_cookies()
    page.clock.run_for(61_000)
    expect(page.locator("[data-lost]")).to_contain_text("Phiên xem đã hết")
    expect(page.get_by_role("link", name="Đăng nhập lại")).to_be_visible()
    expect(tile).to_have_class(re.compile("s0"))  # the last figures stay, and are said to be the last


def names_on(page: Page) -> list[str]:
    """The tiles on the desk in their order."""
    found: list[str] = page.eval_on_selector_all(
        ".desk-rows [name=indicator]", "all => all.map(one => one.value)"
    )
    return found


def test_a_desk_is_put_together_by_dragging_and_shared(visitor: Visitor, another: NewVisitor) -> None:
    keep()
    visitor.enter("son")
    page = visitor.page
    visitor.go("/dieu-hanh/ban/moi/")
    page.get_by_label("Tên bàn").fill("Giao ban thứ Hai")
    page.get_by_label("Lọc danh mục").fill("vao diem dung han")
    page.locator(f'[data-offer="{DONE}"]').drag_to(page.locator("[data-none]"))
    assert names_on(page) == [DONE]
    page.get_by_label("Lọc danh mục").fill("hoc sinh")
    page.locator('[data-offer="roster.pupils"]').drag_to(
        page.locator(".desk-row").first, target_position={"x": 60, "y": 4}
    )
    assert names_on(page) == ["roster.pupils", DONE]
    page.locator(".desk-row .desk-grip").nth(1).drag_to(
        page.locator(".desk-row").first, target_position={"x": 60, "y": 4}
    )
    assert names_on(page) == [DONE, "roster.pupils"]
    page.locator(".desk-row").first.get_by_label("Cách hiện").select_option("bars")
    assert not Desk.objects.filter(title="Giao ban thứ Hai").exists()
    visitor.press("Ghi bàn")
    page.wait_for_url(re.compile(r"/dieu-hanh/ban/\d+/$"))
    expect(page.locator(".bars li").first).to_contain_text("Mường Khoa")
    visitor.press("Chia sẻ")
    page.get_by_label("Với ai").select_option("principal")
    visitor.press("Chia sẻ bàn này")
    assert visitor.sees("Đã chia sẻ với")
    reader = another()
    reader.enter("hung")
    reader.go("/dieu-hanh/ban/")
    reader.press("Giao ban thứ Hai")
    expect(reader.page.locator(".desk-tile").first).to_contain_text("THCS Lê Quý Đôn")
    assert reader.lacks("Mường Khoa")
    own = Figure.objects.filter(indicator="roster.pupils", unit__name="THCS Lê Quý Đôn").latest("day")
    assert own.top is not None
    expect(reader.page.locator(".desk-tile").nth(1)).to_contain_text(number_vi(int(own.top)))


def test_a_desk_is_put_together_by_keyboard_alone(visitor: Visitor) -> None:
    keep()
    Desk.objects.all().delete()
    visitor.enter("son")
    page = visitor.page
    visitor.go("/dieu-hanh/ban/moi/")
    page.get_by_label("Tên bàn").focus()
    page.keyboard.type("Không chuột")
    for words in ("roster.pupils", DONE):
        group = page.locator(".desk-group", has=page.locator(f'[data-offer="{words}"]'))
        if not group.get_attribute("open"):
            group.locator("summary").press("Enter")
        page.locator(f'[data-offer="{words}"] button').press("Enter")
    assert names_on(page) == ["roster.pupils", DONE]
    page.locator(".desk-row").nth(1).get_by_label("Cách hiện").press("Alt+ArrowUp")
    assert names_on(page) == [DONE, "roster.pupils"]
    expect(page.locator("[data-said]")).to_have_text(re.compile("vị trí 1"))
    page.locator(".desk-row").nth(1).locator("[data-move='-1']").press("Enter")
    assert names_on(page) == ["roster.pupils", DONE]
    page.get_by_role("button", name="Ghi bàn").last.press("Enter")
    page.wait_for_url(re.compile(r"/dieu-hanh/ban/\d+/$"))
    assert [tile["indicator"] for tile in Desk.objects.get().tiles] == ["roster.pupils", DONE]
