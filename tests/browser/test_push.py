"""Bình asks to be told on his phone: what is sealed for his browser comes up there once, and leads to the notice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from khue.kernel.notify import jobs
from khue.kernel.notify.models import Delivery, Message, Subscription
from khue.kernel.notify.simulated import Service
from khue.kernel.notify.tests.reading import Browser as Reader
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.pages import acting

ALL = "() => navigator.serviceWorker.ready.then(r => r.getNotifications())"
SHOWN = f"{ALL}.then(all => all.map(n => [n.title, n.data.url]))"
CLOSE = f"{ALL}.then(all => all.forEach(n => n.close()))"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A whole Chromium: the shell of the other journeys shows no notices."""
    running = chromium.launch(playwright, whole=True)
    yield running
    running.close()


def test_a_notice_reaches_the_screen_once_and_leads_to_what_it_is_about(
    another: NewVisitor, settings: Any
) -> None:
    father = another(width=360, service_workers="allow", permissions=["notifications"])
    father.enter("binh")
    father.go("/thong-bao/cach-nhan/")
    page = father.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    ask = page.get_by_role("button", name="Bật báo tin trên máy này")
    ask.click()  # a browser without memory has no push service: it says so, and can be asked again
    expect(page.get_by_role("alert")).to_contain_text("Chưa bật được")
    expect(ask).to_be_enabled()

    binh = acting("binh").person_id
    phone = Reader()
    settings.PUSH_TO_PRIVATE = True
    with Service() as service:
        address = f"{service.address}/push"
        Subscription.objects.create(person_id=binh, endpoint=address, label="Chrome · Android", **phone.keys)
        page.reload()
        expect(page.get_by_text("Chrome · Android", exact=True)).to_be_visible()
        page.get_by_role("button", name="Gửi thử một tin").click()
        page.wait_for_load_state()
        delivery = Delivery.objects.get(channel="push", message__person_id=binh)
        delivery.message.refresh_from_db()
        Delivery.objects.exclude(pk=delivery.pk).filter(state="waiting").update(state="dropped")
        assert delivery.not_before is not None
        assert jobs.deliver(delivery.not_before) == 1
        said = phone.said(service.received[0].body)
    assert said["title"] == "Khuê thử báo tin"

    line = page.context.new_cdp_session(page)
    known: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(one["registrationId"] for one in event["registrations"]),
    )
    line.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")

    def arrives(what: dict[str, Any]) -> None:
        given = {"origin": father.address + "/", "registrationId": known[-1], "data": json.dumps(what)}
        line.send("ServiceWorker.deliverPushMessage", given)

    arrives(said)
    father.wait_until(f"() => ({SHOWN})().then(all => all.length === 1)")
    assert page.evaluate(SHOWN) == [[said["title"], said["url"]]]
    page.evaluate(CLOSE)
    arrives({**said, "title": "Lần nữa"})  # the same tag: sent again by a server that died in the act
    arrives({**said, "title": "Tin sau", "tag": "khue-later"})
    # The repeat is shown without a sound and taken away: the browser needs a moment for that.
    father.wait_until(f"() => ({SHOWN})().then(all => all.map(one => one[0]).join() === 'Tin sau')")

    father.go(said["url"])
    assert page.url.endswith("/thong-bao/cach-nhan/")
    assert Message.objects.get(pk=delivery.message_id).read_at is not None


def test_who_says_no_to_the_browser_is_told_how_to_say_yes(another: NewVisitor) -> None:
    father = another(width=360)
    father.enter("binh")
    father.go("/thong-bao/cach-nhan/")
    father.page.get_by_role("button", name="Bật báo tin trên máy này").click()
    expect(father.page.get_by_role("alert")).to_contain_text("đang chặn")
