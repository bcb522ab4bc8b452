"""A form posted twice acts once, at two statements beside the work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from khue.kernel.actions.middleware import PostOnce
from khue.kernel.home.models import PostedOnce
from khue.kernel.people.models import Account
from tests.cast import Cast

View = Callable[[HttpRequest], HttpResponse]


def posted(
    view: View, *, key: str = "k1", name: str = "Lan", wait: float = 0.0, door: type[PostOnce] = PostOnce
) -> HttpResponse:
    request = RequestFactory().post("/thu/", {"_key": key, "name": name})
    request.user = Account.objects.get(login_name="tam")
    return door(view, wait=wait)(request)


def counting(status: int = 200) -> tuple[View, list[str]]:
    done: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        done.append(request.POST["name"])
        return HttpResponse(f"lần {len(done)}".encode(), status=status)

    return view, done


def test_the_second_press_gets_the_first_answer(cast: Cast) -> None:
    view, done = counting()
    assert posted(view).content == posted(view).content == "lần 1".encode()
    assert done == ["Lan"]


def test_the_promise_costs_two_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    view, _done = counting()
    with django_assert_num_queries(3):  # and one for the account, which this test reads itself
        posted(view)


def test_the_same_key_with_other_words_is_refused(cast: Cast) -> None:
    view, done = counting()
    posted(view)
    assert posted(view, name="Mai").status_code == 422
    assert done == ["Lan"]


def test_whoever_comes_while_the_first_is_at_work_is_told_so(cast: Cast) -> None:
    answers: list[int] = []

    def view(request: HttpRequest) -> HttpResponse:
        answers.append(posted(view).status_code)
        return HttpResponse(b"xong")

    assert posted(view).status_code == 200
    assert answers == [409]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [200, 422])
def test_a_second_press_waits_for_the_first_and_a_refused_one_is_tried_anew(cast: Cast, status: int) -> None:
    is_begun, may_end = Event(), Event()
    done: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        done.append(request.POST["name"])
        is_begun.set()
        assert may_end.wait(60)
        return HttpResponse(f"lần {len(done)}".encode(), status=status)

    def press() -> bytes:
        try:
            return posted(view, wait=60).content
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        first = hands.submit(press)
        assert is_begun.wait(60)
        second = hands.submit(press)
        may_end.set()
        answers = [first.result(60), second.result(60)]
    assert answers == (["lần 1".encode()] * 2 if status == 200 else ["lần 1".encode(), "lần 2".encode()])
    assert len(done) == (1 if status == 200 else 2)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(hours=25)], ids=["refused", "forgotten"])
def test_a_press_that_may_try_anew_does_not_push_aside_the_one_that_was_quicker(
    cast: Cast, age: timedelta
) -> None:
    view, done = counting()
    posted(view)
    PostedOnce.objects.update(at=timezone.now() - age)
    account, body_hash = PostedOnce.objects.values_list("account_id", "body_hash").get()

    class Overtaken(PostOnce):
        """Between its look at the key and its own try a third press takes the key, and is at work."""

        def _awaited(self, account_id: int, key: str, wait: float) -> PostedOnce | None:
            first = PostedOnce.objects.filter(status__isnull=False).first()
            if first is not None:
                PostedOnce.objects.filter(pk=first.pk).delete()
                PostedOnce.objects.create(account_id=account, key=key, body_hash=body_hash)
                return first if age else None
            return super()._awaited(account_id, key, wait)

    assert posted(view, door=Overtaken).status_code == 409
    assert done == ["Lan"], "only the first, long ago; the third is at work"
    assert PostedOnce.objects.get().status is None


def test_what_was_refused_or_broke_has_not_acted_and_may_come_again(cast: Cast) -> None:
    refusing, refused = counting(422)

    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    assert posted(refusing).status_code == posted(refusing).status_code == 422
    assert len(refused) == 2
    with pytest.raises(RuntimeError):
        posted(broken)
    assert posted(counting()[0]).status_code == 200


def test_a_key_is_forgotten_after_a_day(cast: Cast) -> None:
    view, done = counting()
    posted(view)
    PostedOnce.objects.update(at=timezone.now() - timedelta(hours=25))
    posted(view)
    assert len(done) == 2
