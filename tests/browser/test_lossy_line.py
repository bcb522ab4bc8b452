"""D1: marks typed over a line that loses nearly half of what is sent or answered, reloads, requests never answered.

What the screen shows as saved is what the server has; what is not there yet is visibly waiting; no cell is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from khue.kernel.audit.models import Entry
from khue.school.gradebook.models import MarkRow, Sheet
from tests.browser.bad_line import HELD_SECONDS, Fate, Fates, Line, bad_weather
from tests.browser.province import Visitor
from tests.browser.test_gradebook import column, maths, open_sheet, put, settled
from tests.browser.test_gradebook import kept as kept_in

SLOTS = (2, 3, 6)
VISIBLE = """() => Object.fromEntries([...document.querySelectorAll('#gb tbody input')].map(
  (field) => [field.name, [field.value, field.parentNode.dataset.s || '']]))"""
UNSENT = ("waiting", "saving", "ask", "refused", "conflict")
# A page waits 20 s for an answer before it sends again; here a journey has no time for that.
HURRY = """document.addEventListener('DOMContentLoaded', () => {
  const table = document.getElementById('gb'); if (table) table.dataset.patience = '2000'; })"""
# Two seconds from a break to the second try, as for everybody.
LONG_PATIENCE = "document.getElementById('gb').dataset.patience = '20000'"
OverLine = Callable[[Fates], tuple[Visitor, Line]]


@pytest.fixture
def over_line(page: Page, lam_giang: LiveServer, settings: Any) -> Iterator[OverLine]:
    """Somebody in the small demo province whose savings go over a line of the given fates."""
    settings.DEMO = True
    with ExitStack() as lines:

        def opened(fates: Fates) -> tuple[Visitor, Line]:
            line = lines.enter_context(Line(lam_giang.url, "/ghi/", fates))
            page.add_init_script(HURRY)
            return Visitor(page, line.address), line

        yield opened


def shown(page: Page) -> dict[tuple[int, int], tuple[str, str]]:
    """Each cell's text and state on the screen."""
    found = {}
    for name, (text, state) in page.evaluate(VISIBLE).items():
        enrolment, _dash, slot = name.partition("-")
        if slot.isdigit() and int(slot) in SLOTS:
            found[int(enrolment), int(slot)] = (text, state)
    return found


def kept(sheet_id: int) -> dict[tuple[int, int], str]:
    """Each cell's text in the database."""
    found = {}
    for row in MarkRow.objects.filter(sheet_id=sheet_id):
        for slot in SLOTS:
            value = row.marks[slot]
            found[row.enrolment_id, slot] = "" if value is None else f"{value // 10},{value % 10}"
    return found


def entries(sheet: Sheet) -> int:
    """How often marks were written into a sheet, by the record."""
    target = f"gradebook.sheet:{sheet.pk}"
    return Entry.objects.filter(action="gradebook.enter_marks", target=target).count()


def enrolment_of(page: Page, slot: int, place: int) -> int:
    return int(str(column(page, slot).nth(place).get_attribute("name")).split("-")[0])


def saved_at_last(page: Page) -> None:
    """Wait until nothing waits, as long as it takes on a slow machine, but not until the line lets go by itself."""
    expect(page.locator("#gb-say")).to_contain_text("Đã lưu lúc", timeout=HELD_SECONDS * 1000 - 1000)


@pytest.mark.parametrize("fate", [Fate.SWALLOWED, Fate.ANSWER_SWALLOWED, Fate.ANSWER_LOST])
def test_a_sending_never_answered_is_sent_again_and_each_mark_saved_once(
    over_line: OverLine, fate: Fate
) -> None:
    sheet = maths("8A5")
    visitor, line = over_line(iter([fate]))
    page = open_sheet(visitor, sheet)
    before = entries(sheet)
    if fate is Fate.ANSWER_LOST:  # noticed at once: the second try comes by its own clock
        page.evaluate(LONG_PATIENCE)
    texts = ("1,1", "1,2", "1,3") if fate is Fate.SWALLOWED else ("2,1", "2,2", "2,3")
    texts = ("3,1", "3,2", "3,3") if fate is Fate.ANSWER_LOST else texts
    wanted = {enrolment_of(page, 2, n): int(text.replace(",", "")) for n, text in enumerate(texts)}
    with page.expect_request("**/ghi/"):
        fields = column(page, 2)
        fields.first.focus()
        for text in texts:  # within the rest that gathers them into one sending
            page.keyboard.type(text)
            page.keyboard.press("Enter")
    said = "không có mạng" if fate is Fate.ANSWER_LOST else "Mạng đang chậm"
    expect(page.locator("#gb-say")).to_contain_text(said)
    saved_at_last(page)
    assert line.met[0] is fate
    assert line.keys[0] in line.keys[1:]
    assert entries(sheet) - before == len(set(line.keys))
    found = kept_in(sheet, 2)
    assert {one: found[one] for one in wanted} == wanted


def test_typing_on_while_a_lost_sending_waits_for_its_second_try_does_not_stop_it(
    over_line: OverLine,
) -> None:
    sheet = maths("8A5")
    visitor, line = over_line(iter([Fate.LOST]))
    page = open_sheet(visitor, sheet)
    page.evaluate(LONG_PATIENCE)
    wanted = {enrolment_of(page, 3, n): 61 + n for n in range(2)}
    put(column(page, 3).nth(0), "6,1")
    expect(page.locator("#gb-say")).to_contain_text("không có mạng")
    put(column(page, 3).nth(1), "6,2")
    saved_at_last(page)
    assert line.met[0] is Fate.LOST
    found = kept_in(sheet, 3)
    assert {one: found[one] for one in wanted} == wanted


def test_what_was_typed_again_while_an_answer_hung_overwrites_nobody(
    over_line: OverLine, another: Callable[..., Visitor]
) -> None:
    sheet = maths("8A5")
    visitor, _line = over_line(iter([Fate.SWALLOWED]))
    mine = open_sheet(visitor, sheet)
    theirs = open_sheet(another(), sheet)
    enrolment = enrolment_of(mine, 3, 5)
    with mine.expect_request("**/ghi/"):
        put(column(mine, 3).nth(5), "4,1")
    put(column(theirs, 3).nth(5), "7,7")
    settled(theirs)
    put(column(mine, 3).nth(5), "4,2")
    expect(mine.locator("#xem-lai")).to_contain_text("Hai người cùng sửa")
    mine.reload()  # nor is the choice lost by opening the page again
    expect(mine.locator("#xem-lai")).to_contain_text("Hai người cùng sửa")
    assert kept_in(sheet, 3)[enrolment] == 77
    mine.get_by_role("button", name="Giữ 4,2").click()
    settled(mine)
    assert kept_in(sheet, 3)[enrolment] == 42


def test_a_page_drawn_before_the_last_mark_was_saved_shows_the_mark(
    visitor: Visitor, lam_giang: LiveServer
) -> None:
    sheet = maths("8A5")
    with Line(lam_giang.url, f"/so-diem/{sheet.pk}/", iter([Fate.PASSES, Fate.ANSWER_SLOW])) as line:
        visitor.address = line.address
        page = open_sheet(visitor, sheet)
        field = column(page, 3).nth(9)
        field.focus()
        with page.expect_navigation():
            with page.expect_request(page.url):
                page.evaluate("setTimeout(() => location.reload(), 0)")
            with page.expect_response("**/ghi/"):  # the page of before is still there, and saves
                page.keyboard.type("6,8")
                page.keyboard.press("Enter")
        expect(field).to_have_value("6,8")
        assert kept_in(sheet, 3)[enrolment_of(page, 3, 9)] == 68
        put(field, "6,9")
        settled(page)
        assert kept_in(sheet, 3)[enrolment_of(page, 3, 9)] == 69


def test_a_pasted_block_that_is_not_answered_stays_in_the_field(
    visitor: Visitor, lam_giang: LiveServer
) -> None:
    sheet = maths("8A5")
    with Line(lam_giang.url, "/dan/", iter([Fate.SWALLOWED])) as line:
        visitor.address = line.address
        visitor.page.add_init_script(HURRY)
        page = open_sheet(visitor, sheet)
        visitor.press("Dán từ Excel")
        page.locator("#dan-o").fill("5,1\n5,2\n5,3")
        page.locator("#dan-xem").click()
        expect(page.locator("#dan")).to_contain_text("Chưa đọc được khối vừa dán")
        assert page.locator("#dan-o").input_value() == "5,1\n5,2\n5,3"
        page.locator("#dan-xem").click()
        expect(page.locator("#dan-form")).to_be_visible()


@pytest.mark.parametrize(("saves", "lost"), [(40, 1), pytest.param(2000, 100, marks=pytest.mark.slow)])
def test_marks_over_a_bad_line_are_right_or_visibly_not_sent(
    over_line: OverLine, saves: int, lost: int
) -> None:
    sheet = maths("8A3")
    visitor, line = over_line(bad_weather(saves))
    page = open_sheet(visitor, sheet)
    page.on("dialog", lambda dialog: dialog.accept())
    page.set_default_navigation_timeout(60_000)  # connections held by what was swallowed make a page wait
    draw = random.Random(saves)
    wanted: dict[tuple[int, int], str] = {}
    places = sorted(shown(page))
    for turn in range(saves):
        place = draw.choice(places)
        tenths = draw.randint(0, 100)
        text = f"{tenths // 10},{tenths % 10}"
        field = page.locator(f'input[name="{place[0]}-{place[1]}"]')
        field.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        wanted[place] = text
        page.wait_for_timeout(draw.randint(20, 120))  # nobody types sixty marks in a second
        if draw.random() < 0.04:
            page.reload()
        if turn % 25 == 24:
            on_screen = shown(page)
            for one, typed in wanted.items():
                text_now, state = on_screen[one]
                assert text_now == typed or state in UNSENT, (one, typed, text_now, state)
    settled_or_idle(page)
    assert line.lost >= lost, "the line was bad"
    line.mend()
    page.reload()
    settled_or_idle(page)
    on_screen, stored = shown(page), kept(sheet.pk)
    assert {place: on_screen[place][0] for place in wanted} == wanted
    assert {place: stored[place] for place in wanted} == wanted
    assert {place: text for place, (text, _state) in on_screen.items()} == {
        place: stored.get(place, "") for place in on_screen
    }


def settled_or_idle(page: Page) -> None:
    """Wait until nothing waits, whether or not this page had to send anything itself."""
    for _time in range(300):
        if page.evaluate("window.khueGradebook.waiting()") == 0:
            return
        page.wait_for_timeout(100)
    settled(page)
