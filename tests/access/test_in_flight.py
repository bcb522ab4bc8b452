"""C7: while a post is at work, the same key answers 409 to a script; afterwards it gives the first answer again."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from tests.cast import build

KEY = {"Idempotency-Key": "one-key"}


@pytest.mark.django_db(transaction=True)
def test_the_same_post_in_flight_is_told_to_wait_and_acts_once() -> None:
    cast = build()
    message = Message.objects.create(person=cast.people["tam"], kind="x", title="Tin")
    clients = [cast.client("tam"), cast.client("tam")]
    address, before = f"/thong-bao/{message.pk}/mo/", Entry.objects.count()
    answers: dict[str, Any] = {}

    def post(name: str, client: Client) -> None:
        try:
            answers[name] = client.post(address, headers=KEY)
        finally:
            connections.close_all()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=message.pk)  # the first post waits for this row
        first = threading.Thread(target=post, args=("first", clients[0]))
        first.start()
        wait_for_lock()
        second = threading.Thread(target=post, args=("second", clients[1]))
        second.start()
        second.join(60)
        assert answers["second"].status_code == 409
        assert "first" not in answers
    first.join(60)
    assert answers["first"].status_code == 302
    again = clients[1].post(address, headers=KEY)
    assert (again.status_code, again["Location"]) == (302, answers["first"]["Location"])
    assert Entry.objects.count() == before + 1


def wait_for_lock() -> None:
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("select pg_stat_clear_snapshot()")  # else a transaction sees one moment for ever
            cursor.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("the first post never came to the row")
