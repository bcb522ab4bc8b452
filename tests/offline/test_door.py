"""The door of carried devices: who may speak, how much, how often; cut and resumed; lost and cut off (E4, E6)."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.notify.models import Message
from khue.kernel.offline import contact, joining
from khue.kernel.offline.models import DAYS, Carry, Device, Held, Replica
from khue.kernel.offline.models import Entry as Kept
from khue.kernel.offline.sweeping import KEPT, sweep
from khue.kernel.offline.tests.replicas import Forked, as_sent, new_name
from khue.kernel.people.models import Account
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.tests.places import classmates, open_sheets
from tests.cast import Cast
from tests.offline.devices import Carried, key, mark


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    """Lan's sheet of Toán in 8A3."""
    return open_sheets(cast)


@pytest.fixture
def phone(cast: Cast, sheet: Sheet) -> Carried:
    """Lan's phone, which has taken her classes along."""
    return Carried(cast.client("lan")).register().carry()


def batch(phone: Carried, *entries: Any) -> dict[str, Any]:
    """A batch of one's own making."""
    return {"replica": phone.device.memory.name, "entries": list(entries)}


def test_whoever_carries_no_class_registers_no_device(cast: Cast) -> None:
    for name in ("hung", "tam", "binh", "an", "son"):
        status, said = Carried(cast.client(name)).post("may/dang-ky", {"name": "Máy", "replica": new_name()})
        assert (status, said["error"]) == (403, "not_allowed"), name
    assert not Device.objects.exists()


def test_the_token_opens_nothing_without_the_session_of_its_owner(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    entry = as_sent([phone.enter(key(sheet, an, 0), 85)])
    for path in ("gui", "tiep", "mang-theo", "ban-moi", "tra-lai"):
        stranger = Carried(Client(), phone.token)
        assert stranger.post(path, batch(phone, *entry))[0] == 302, path
        other = Carried(cast.client("mai"), phone.token)
        status, said = other.post(path, batch(phone, *entry))
        assert (status, said["error"]) == (403, "other_person"), path
    assert mark(sheet, an, 0) is None
    assert Device.objects.get().cut_off_at is None


def test_the_session_needs_the_forgery_token_as_on_every_page(cast: Cast, phone: Carried) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = phone.client.cookies
    sender = Carried(strict, phone.token)
    assert sender.post("tiep", {"replica": phone.device.memory.name})[0] == 403
    assert sender.post("hoi", {})[1] == {"state": "ok"}


def test_an_account_that_was_locked_sends_nothing_more(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    """B5: the same verdict by this way as by the page."""
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    Account.objects.filter(person=cast.people["lan"]).update(is_active=False)
    status, _said = phone.post("gui", batch(phone, *as_sent(phone.device.memory.outbox)))
    assert status == 302
    assert mark(sheet, an, 0) is None


@pytest.mark.parametrize("person", ["lan", "mai", "ha", "binh", "an", "hung", "tam", "son"])
def test_a_cell_has_one_verdict_on_the_page_and_from_a_device(cast: Cast, sheet: Sheet, person: str) -> None:
    """B5: whoever may not write a cell on its page does not write it from a device either, and the other way round."""
    an = cast.enrolments["an"].pk
    client = cast.client(person)
    body = json.dumps({"cells": [[an, 1, None, 70]]})
    page = client.post(f"/so-diem/{sheet.pk}/ghi/", body, content_type="application/json")
    by_page = page.status_code == 200 and mark(sheet, an, 1) == 70
    # a device that claims to have taken the sheet along
    device = Device.objects.create(
        person=cast.people[person],
        name="Máy",
        token_hash=joining_hash("kd_test"),
        half=bytes(32),
        joined_at=timezone.now(),
    )
    replica = Replica.objects.create(device=device, name=new_name())
    Carry.objects.create(
        device=device, number=1, capacity=cast.actor(person).capacity, rights={"gradebook.marks": [sheet.pk]}
    )
    sender = Carried(client, "kd_test")
    sender.device.memory.name, sender.device.memory.carry = replica.name, 1
    sender.enter(key(sheet, an, 2), 70)
    sender.send()
    assert (mark(sheet, an, 2) == 70) is by_page is (person == "lan")


def joining_hash(token: str) -> str:
    """How the token is kept."""
    from khue.kernel.offline.tokens import hash_of

    return hash_of(token)


def test_a_device_that_was_cut_off_is_told_to_erase_itself(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    device = Device.objects.get()
    tam = cast.client("tam")
    assert device.name in tam.get("/ngoai-tuyen/may-cua-truong/").content.decode()
    assert tam.post(f"/ngoai-tuyen/may-cua-truong/{device.pk}/", {"reason": " "}).status_code == 422
    assert tam.post(f"/ngoai-tuyen/may-cua-truong/{device.pk}/", {"reason": "Mất máy"}).status_code == 302
    for path in ("gui", "tiep", "mang-theo", "ban-moi", "tra-lai"):
        status, said = phone.post(path, batch(phone, *as_sent(phone.device.memory.outbox)))
        assert (status, said["error"]) == (410, "wipe"), path
    assert Carried(Client(), phone.token).post("hoi", {}) == (200, {"state": "wipe"})
    device.refresh_from_db()
    assert device.wiped_at is not None
    assert mark(sheet, an, 0) is None
    assert Message.objects.filter(person=cast.people["lan"], kind="offline.cut_off").count() == 1
    entry = AuditEntry.objects.get(action="offline.cut_off")
    assert (entry.reason, entry.actor_id) == ("Mất máy", cast.people["tam"].pk)


def test_only_devices_of_the_own_school_are_seen_and_cut(cast: Cast, phone: Carried) -> None:
    device = Device.objects.get()
    far = cast.client("ha")
    assert device.name not in far.get("/ngoai-tuyen/may-cua-truong/").content.decode()
    assert far.post(f"/ngoai-tuyen/may-cua-truong/{device.pk}/", {"reason": "Mất máy"}).status_code == 404
    assert cast.client("mai").post(f"/ngoai-tuyen/may/{device.pk}/cat/").status_code == 404
    assert cast.client("lan").post(f"/ngoai-tuyen/may/{device.pk}/cat/").status_code == 302
    assert phone.post("hoi", {})[1] == {"state": "wipe"}


def test_a_device_that_gives_itself_up_is_over(cast: Cast, phone: Carried) -> None:
    assert phone.post("tra-lai", {}) == (200, {"state": "wipe"})
    assert phone.post("mang-theo", {"replica": phone.device.memory.name})[0] == 410


def test_two_weeks_without_joining_close_it_until_it_takes_along_anew(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(sheet, an, 0), 85)
    Device.objects.update(joined_at=timezone.now() - timedelta(days=DAYS, minutes=1))
    assert phone.post("hoi", {})[1] == {"state": "expired"}
    status, said = phone.post("gui", batch(phone, *as_sent(phone.device.memory.outbox)))
    assert (status, said["error"]) == (410, "expired")
    phone.carry()
    assert phone.send() == [("apply", 85)]  # nothing entered was lost by waiting
    assert phone.post("hoi", {})[1] == {"state": "ok"}


def test_the_half_of_the_key_is_told_to_the_owner_only_and_stands_in_no_record(
    cast: Cast, phone: Carried
) -> None:
    device = Device.objects.get()
    assert phone.package["half"]
    assert len(bytes(device.half)) == 32
    from khue.kernel.audit.models import Payload

    half = bytes(device.half).hex()
    bodies = list(Payload.objects.values_list("body", flat=True))
    assert bodies
    assert not any(half in body or device.token_hash in body for body in bodies)


def test_a_device_the_server_does_not_know_keeps_what_waits(cast: Cast) -> None:
    lost = Carried(cast.client("lan"), "kd_unknown")
    assert lost.post("hoi", {}) == (200, {"state": "unknown"})
    assert lost.post("tiep", {"replica": new_name()})[1]["error"] == "unknown"


def test_eight_devices_are_enough(cast: Cast) -> None:
    client = cast.client("lan")
    for n in range(8):
        Carried(client).register(f"Máy {n}")
    status, said = Carried(client).post("may/dang-ky", {"name": "Máy", "replica": new_name()})
    assert (status, said["error"]) == (422, "refused")
    assert Carried(client).post("may/dang-ky", {"name": " ", "replica": new_name()})[0] == 422
    assert Carried(client).post("may/dang-ky", {"name": "Máy", "replica": "ngắn"})[0] == 422


GOOD = [1, "gradebook.marks", "1.1.0", 85, None, 1, ""]


@pytest.mark.parametrize(
    "entries",
    [
        None, [], "x", [1], [[]], [GOOD[:6]], [[0, *GOOD[1:]]], [[True, *GOOD[1:]]], [[2**31, *GOOD[1:]]],
        [[1, 5, *GOOD[2:]]], [[1, "x" * 41, *GOOD[2:]]], [[*GOOD[:2], "k" * 81, *GOOD[3:]]], [[*GOOD[:5], -1, ""]],
        [[*GOOD[:6], 5]], [[*GOOD[:3], "a\x00b", *GOOD[4:]]], [GOOD] * 401,
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused_and_nothing_is_kept(cast: Cast, phone: Carried, entries: Any) -> None:
    status, said = phone.post("gui", {"replica": phone.device.memory.name, "entries": entries})
    assert (status, said["error"]) == (400, "malformed")
    assert not Kept.objects.exists()


def send_raw(
    phone: Carried, body: bytes, encoding: str = "gzip", kind: str = "application/json"
) -> tuple[int, str]:
    """Send bytes as they are."""
    response = phone.client.post(
        "/ngoai-tuyen/gui/", body, content_type=kind,
        headers={"x-khue-device": phone.token, **({"content-encoding": encoding} if encoding else {})},
    )  # fmt: skip
    return response.status_code, json.loads(response.content)["error"]


def test_a_body_is_small_packed_and_json(cast: Cast, phone: Carried) -> None:
    """E4: the server never holds more than the limits say, whatever is sent."""
    assert send_raw(phone, b"x" * (joining.MOST_SENT + 1)) == (413, "too_large")
    bomb = gzip.compress(b" " * (joining.MOST_UNPACKED + 1))
    assert len(bomb) < joining.MOST_SENT
    assert send_raw(phone, bomb) == (413, "too_large")
    assert send_raw(phone, b"no gzip") == (400, "malformed")
    assert send_raw(phone, gzip.compress(b"{}")[:-4]) == (400, "malformed")
    assert send_raw(phone, gzip.compress(b"{}") + b"more") == (400, "malformed")
    assert send_raw(phone, gzip.compress(b"[]")) == (400, "malformed")
    assert send_raw(phone, b"{}", "br") == (400, "malformed")
    assert send_raw(phone, b"\xff", "") == (400, "malformed")
    deep = b"[" * 300 + b"]" * 300  # more than is written again
    name = phone.device.memory.name.encode()
    batch = b'{"replica": "%s", "entries": [[1, "gradebook.marks", "1.1.0", %s, null, 1, ""]]}' % (name, deep)
    assert send_raw(phone, batch, "") == (400, "malformed")
    assert send_raw(phone, b"{}", "", "text/plain") == (415, "unsupported")


def test_a_device_that_asks_too_often_waits(cast: Cast, phone: Carried) -> None:
    Device.objects.update(pace=contact.MOST_A_MINUTE, pace_from=timezone.now())
    status, said = phone.post("tiep", {"replica": phone.device.memory.name})
    assert (status, said["error"]) == (429, "slow")
    assert 0 < said["seconds"] <= 60
    Device.objects.update(pace_from=timezone.now() - timedelta(minutes=2))
    assert phone.post("tiep", {"replica": phone.device.memory.name})[0] == 200


def test_cut_at_every_entry_and_every_chunk_it_goes_on_where_it_was(
    cast: Cast, sheet: Sheet, phone: Carried
) -> None:
    """E4: whatever was heard and whatever was not, each entry is written once and at most a chunk is sent again."""
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 4)]
    for place, pk in enumerate(pupils):
        for slot in range(3):
            phone.enter(key(sheet, pk, slot), 10 * (place + slot + 1))
    whole = list(phone.device.memory.outbox)
    chunk = 4
    heard = 0
    sent_again = 0
    while phone.device.memory.outbox:
        part = phone.device.memory.outbox[:chunk]
        phone.deliver(part)  # the answer is lost
        status, said = phone.post("tiep", {"replica": phone.device.memory.name})
        assert (status, said["next"]) == (200, heard + len(part) + 1)
        again = phone.deliver(part)  # so the chunk comes once more
        sent_again += len(part)
        heard += len(part)
        phone.device.answered(again)
        assert len(part) <= chunk
    assert sent_again == len(whole)
    assert Kept.objects.count() == len(whole)  # the ledger holds each once: nothing besides, no halves
    written = AuditEntry.objects.filter(action="gradebook.enter_marks").count()
    assert written == -(-len(whole) // chunk)
    for entry in whole:
        _sheet, pk, slot = map(int, entry.key.split("."))
        assert mark(sheet, pk, slot) == entry.value
    assert not Held.objects.exists()


def test_a_gap_is_named_and_nothing_is_taken(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    for slot in range(3):
        phone.enter(key(sheet, an, slot), 50)
    _first, *rest = as_sent(phone.device.memory.outbox)
    status, said = phone.post("gui", batch(phone, *rest))
    assert (status, said["error"], said["next"]) == (409, "gap", 1)
    assert not MarkRow.objects.filter(sheet=sheet).exists()


def test_a_copy_put_back_counts_anew_and_loses_nothing(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    copy = phone.device.backup()
    phone.enter(key(sheet, an, 0), 50)
    phone.send()
    phone.device.memory = copy
    phone.enter(key(sheet, an, 1), 60)  # number 1 for the second time, for something else
    status, said = phone.post("gui", batch(phone, *as_sent(phone.device.memory.outbox)))
    assert (status, said["error"]) == (409, "forked")
    assert phone.send() == [("apply", 60)]  # under a new name
    assert (mark(sheet, an, 0), mark(sheet, an, 1)) == (50, 60)
    assert Replica.objects.count() == 2


def test_own_devices_show_what_still_waits(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    status, _said = phone.post("mang-theo", {"replica": phone.device.memory.name, "left": 7})
    assert status == 200
    page = phone.client.get("/ngoai-tuyen/may/").content.decode()
    assert "Điện thoại" in page
    assert "7 mục chờ gửi" in page


def test_old_answers_are_swept_and_waiting_values_are_not(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    entry = phone.enter(key(sheet, an, 0), 50)
    phone.send()
    Kept.objects.update(received_at=timezone.now() - KEPT - timedelta(days=1))
    Carry.objects.update(made_at=timezone.now() - KEPT - timedelta(days=1))
    assert sweep() == 1
    assert Kept.objects.count() == 0
    with pytest.raises(Forked):
        phone.deliver([entry])  # nobody knows any more what number 1 said
    phone.device.memory.outbox = [entry]
    assert phone.send() == [("same", 50)]  # counted anew, and not written again
    assert AuditEntry.objects.filter(action="gradebook.enter_marks").count() == 1


def test_an_old_copy_put_back_after_the_sweep_loses_nothing(cast: Cast, sheet: Sheet, phone: Carried) -> None:
    """The number is used, the ledger no longer says for what: the entry is judged, not answered as if it were known."""
    an = cast.enrolments["an"].pk
    copy = phone.device.backup()
    phone.enter(key(sheet, an, 0), 50)
    phone.send()
    Kept.objects.update(received_at=timezone.now() - KEPT - timedelta(days=1))
    Carry.objects.update(made_at=timezone.now() - KEPT - timedelta(days=1))
    sweep()
    phone.device.memory = copy
    phone.enter(key(sheet, an, 1), 60)
    assert phone.send() == [("apply", 60)]
    assert (mark(sheet, an, 0), mark(sheet, an, 1)) == (50, 60)
