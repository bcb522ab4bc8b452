"""How long a session lives, and what ends it at once (reliability F7)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from khue.kernel.access import actions as access
from khue.kernel.access.models import RoleAssignment
from khue.kernel.notify.models import Subscription
from khue.kernel.people import actions, factors, signing_in
from khue.kernel.people.models import Account, SignIn
from khue.registry.staff import actions as staff
from khue.registry.staff.models import Position
from tests.cast import Cast

SECRET = "cây bàng trước cổng trường"
HOUR = 3600
DAY = 24 * HOUR


def account(name: str) -> Account:
    return Account.objects.select_related("person").get(login_name=name)


def signed_in(name: str, *, remember: bool = False) -> Client:
    """A browser in which somebody has signed in by password, and shown a second factor where one is asked."""
    Account.objects.filter(login_name=name).exclude(password__startswith="argon2").update(
        password=make_password(SECRET)
    )
    client = Client()
    sent = {"name": name, "password": SECRET, **({"remember": "1"} if remember else {})}
    assert client.post("/tai-khoan/dang-nhap/", sent).status_code == 302
    session = client.session
    session[signing_in.SECOND_FACTOR] = "totp"
    session.save()
    assert client.get("/thong-bao/").status_code == 200
    return client


def is_out(client: Client) -> bool:
    answer = client.get("/thong-bao/")
    return answer.status_code == 302 and answer["Location"].startswith("/tai-khoan/dang-nhap/")


def new_password(cast: Cast) -> None:
    actions.change_password(cast.hung, account("hung"), password="mưa rơi trên mái tôn cũ")


def a_code_used(cast: Cast) -> None:
    slip = actions.issue_codes(cast.son, [account("hung")]).slips[0]
    from khue.kernel.people import codes

    found = codes.redeem(slip.code, "09/06/1975", "127.0.0.1")
    actions.redeem_code(cast.hung, account("hung"), code=found, password="mưa rơi trên mái tôn cũ")


def role_given(cast: Cast) -> None:
    access.give_role(
        cast.son, cast.other_school, person=cast.people["hung"], role="clerk",
        starts_on=timezone.localdate(), ends_on=None, reason="QĐ 12",
    )  # fmt: skip


def role_taken(cast: Cast) -> None:
    row = RoleAssignment.objects.create(
        person=cast.people["hung"], role="clerk", unit=cast.other_school, starts_on=timezone.localdate()
    )
    account_id = account("hung").pk
    assert SignIn.objects.filter(account_id=account_id, ended_at__isnull=True).exists()
    access.take_role(cast.son, row, reason="QĐ 13")


def post_ended(cast: Cast) -> None:
    post = Position.objects.get(person=cast.people["hung"], post="principal")
    staff.end_position(cast.son, post, on=timezone.localdate(), decision="QĐ 14")


def post_ended_by_its_date(cast: Cast) -> None:
    Position.objects.filter(person=cast.people["hung"]).update(ends_on=timezone.localdate())


def another_post(cast: Cast) -> None:
    Position.objects.filter(person=cast.people["hung"]).update(unit=cast.other_school)


WHAT_ENDS_IT: dict[str, Callable[[Cast], object]] = {
    "locked": lambda cast: actions.disable_accounts(cast.son, [account("hung")], reason="Nghỉ việc"),
    "another password": new_password,
    "a code used": a_code_used,
    "factors taken": lambda cast: factors.take_factors(cast.son, account("hung")),
    "a role given": role_given,
    "a role taken": role_taken,
    "the post ended": post_ended,
    "the post ended by its date": post_ended_by_its_date,
    "the post is elsewhere now": another_post,
    "one's own other browsers ended": lambda cast: actions.end_other_sign_ins(
        cast.hung, account("hung"), but=None
    ),
    "the epoch grew": lambda cast: Account.objects.filter(login_name="hung").update(session_epoch=9),
    "the account is gone": lambda cast: Account.objects.filter(login_name="hung").update(is_active=False),
}


@pytest.mark.parametrize("what", WHAT_ENDS_IT)
def test_every_session_is_dead_on_its_next_request(cast: Cast, what: str):
    browsers = [signed_in("hung"), signed_in("hung")]
    bystander = signed_in("lan")
    WHAT_ENDS_IT[what](cast)
    assert [is_out(browser) for browser in browsers] == [True, True]
    assert not is_out(bystander)


def shown_in(name: str, number: int) -> None:
    """A browser that shows somebody's notices."""
    Subscription.objects.create(
        person=account(name).person, endpoint=f"https://push.example/{name}/{number}", label="Chrome", public_key="x",
        secret="y",
    )  # fmt: skip


@pytest.mark.parametrize(
    "what", ["locked", "another password", "a code used", "factors taken", "one's own other browsers ended"]
)
def test_a_browser_in_other_hands_shows_no_more_notices(cast: Cast, what: str):
    signed_in("hung")
    for number in (1, 2):
        shown_in("hung", number)
    shown_in("lan", 1)
    WHAT_ENDS_IT[what](cast)
    assert list(Subscription.objects.values_list("person_id", flat=True)) == [cast.people["lan"].pk]


def test_whoever_shuts_one_browser_out_is_told_that_notices_are_off_everywhere(cast: Cast):
    here, there = signed_in("hung"), signed_in("hung")
    lost = SignIn.objects.filter(account=account("hung")).latest("pk")
    shown_in("hung", 1)
    answer = here.post(f"/tai-khoan/cua-toi/may/{lost.pk}/thoat/", follow=True)
    assert "Báo tin đã tắt trên mọi máy" in answer.content.decode()
    assert is_out(there)
    assert not Subscription.objects.exists()
    answer = here.post("/tai-khoan/cua-toi/may/thoat-het/", follow=True)
    assert "Báo tin đã tắt" not in answer.content.decode()  # nothing was on


def test_a_right_that_grows_daily_ends_no_session_and_counts_at_once(cast: Cast):
    lan = signed_in("lan")
    Position.objects.filter(person=cast.people["lan"]).update(starts_on=timezone.localdate())
    assert not is_out(lan)


@pytest.mark.parametrize(
    ("who", "remember", "idle", "age", "ends"),
    [
        ("hung", False, 0, 0, False),
        ("hung", False, 29 * 60, HOUR, False),
        ("hung", False, 31 * 60, HOUR, True),
        ("hung", False, 60, 12 * HOUR - 60, False),
        ("hung", False, 60, 12 * HOUR + 60, True),
        ("hung", True, 31 * 60, HOUR, True),
        ("hung", True, 60, 12 * HOUR + 60, True),
        ("lan", False, 29 * 60, HOUR, False),
        ("lan", False, 31 * 60, HOUR, True),
        ("lan", True, 60, 12 * HOUR + 60, True),
        ("binh", False, 3 * HOUR, 4 * HOUR, False),
        ("binh", False, 60, 12 * HOUR + 60, True),
        ("binh", True, 29 * DAY, 29 * DAY, False),
        ("binh", True, 60, 30 * DAY + 60, True),
        ("an", True, 29 * DAY, 29 * DAY, False),
        ("an", True, 60, 30 * DAY + 60, True),
    ],
)
def test_idle_and_whole_lives(cast: Cast, who: str, remember: bool, idle: int, age: int, ends: bool):
    client = signed_in(who, remember=remember)
    session = client.session
    session[signing_in.SEEN_AT] = time.time() - idle
    session[signing_in.SIGNED_IN_AT] = time.time() - age
    session.save()
    assert is_out(client) is ends
    assert is_out(client) is ends
    assert SignIn.objects.filter(ended_at__isnull=False).exists() is ends


def test_using_it_keeps_a_session_awake_but_never_makes_it_older_than_its_whole_life(cast: Cast):
    client = signed_in("hung")
    for minute in range(20, 12 * 60, 20):
        session = client.session
        session[signing_in.SEEN_AT] = time.time() - 20 * 60
        session[signing_in.SIGNED_IN_AT] = time.time() - minute * 60
        session.save()
        assert not is_out(client), minute
    session = client.session
    session[signing_in.SIGNED_IN_AT] = time.time() - 12 * HOUR - 1
    session.save()
    assert is_out(client)


def test_what_a_browser_keeps_is_gone_with_it_unless_a_family_asked_for_thirty_days(cast: Cast):
    assert signed_in("lan", remember=True).cookies["khue_session"]["max-age"] == ""
    assert signed_in("binh").cookies["khue_session"]["max-age"] == ""
    assert signed_in("binh", remember=True).cookies["khue_session"]["max-age"] == 30 * DAY


def test_a_copied_old_session_row_is_of_no_use_after_its_time(cast: Cast):
    client = signed_in("binh", remember=True)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert is_out(client)


def test_the_cookie_changes_at_every_step_up(cast: Cast):
    client = signed_in("lan")
    before = client.cookies["khue_session"].value
    assert client.post("/tai-khoan/xac-nhan/", {"password": SECRET}).status_code == 302
    after = client.cookies["khue_session"].value
    assert before != after
    client.cookies["khue_session"] = before
    assert is_out(client)
