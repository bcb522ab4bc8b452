from __future__ import annotations

from typing import Any

from khue.kernel.actions.work import Work
from khue.kernel.notify import notices, queries
from khue.kernel.notify.models import Message
from tests.cast import Cast


def tell(cast: Cast, name: str, **more: Any) -> Message:
    notices.tell(
        Work(cast.tam, "x", []), people=[cast.people[name].pk], kind="k", title="Đơn <b>mới</b>", **more
    )
    return Message.objects.latest("pk")


def test_the_inbox_shows_what_came_and_escapes_it(cast: Cast) -> None:
    tell(cast, "lan", body="Em An", url="/thong-bao/")
    text = cast.client("lan").get("/thong-bao/").content.decode()
    assert "Đơn &lt;b&gt;mới&lt;/b&gt;" in text
    assert "1 tin chưa đọc" in text


def test_an_empty_inbox_says_so(cast: Cast) -> None:
    assert "Chưa có tin nào" in cast.client("mai").get("/thong-bao/").content.decode()


def test_opening_a_notice_marks_it_and_leads_on(cast: Cast) -> None:
    message = tell(cast, "lan", url="/don-vi/")
    answer = cast.client("lan").post(f"/thong-bao/{message.pk}/mo/")
    assert (answer.status_code, answer["Location"]) == (302, "/don-vi/")
    assert queries.count_unread(cast.lan) == 0


def test_a_notice_never_leads_out_of_the_house(cast: Cast) -> None:
    message = tell(cast, "lan", url="https://evil.example/x")
    assert cast.client("lan").post(f"/thong-bao/{message.pk}/mo/")["Location"] == "/thong-bao/"


def test_mai_does_not_find_lans_notice(cast: Cast) -> None:
    message = tell(cast, "lan")
    assert cast.client("mai").post(f"/thong-bao/{message.pk}/mo/").status_code == 404
    assert cast.client("mai").get(f"/thong-bao/{message.pk}/mo/").status_code == 405
    assert queries.count_unread(cast.lan) == 1


def test_all_can_be_marked_at_once(cast: Cast) -> None:
    tell(cast, "lan")
    tell(cast, "lan")
    client = cast.client("lan")
    client.post("/thong-bao/da-doc/")
    assert queries.count_unread(cast.lan) == 0
    assert "Không còn tin nào chưa đọc" in client.get("/thong-bao/?moi=1").content.decode()


def test_the_stranger_is_asked_to_sign_in(cast: Cast, client: Any) -> None:
    assert client.get("/thong-bao/").status_code == 302
