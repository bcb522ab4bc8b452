from __future__ import annotations

import pytest

from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import DomainError, NotAllowed, ProofNeeded
from khue.kernel.audit import actions
from khue.kernel.audit.models import Entry, Payload
from khue.kernel.audit.tests.records import past_the_triggers, write
from khue.kernel.audit.verify import verify
from tests.cast import START, Cast


@pytest.fixture
def admin(cast: Cast) -> Cast:
    RoleAssignment.objects.create(
        person=cast.people["son"],
        role="administrator",
        unit=cast.department,
        starts_on=START.replace(year=2020),
    )
    return cast


def test_a_thousand_erasures_keep_the_chain_valid(admin: Cast) -> None:
    write(1010, chains=(0, admin.school.pk))
    entries = list(Entry.objects.order_by("pk")[:1000])
    for start in range(0, 1000, 100):
        assert actions.erase_payload(admin.son, entries[start : start + 100], reason="Đơn ngày 3/11") == 100
    report = verify()
    assert [str(fault) for fault in report.faults] == []
    assert report.erased == 1000
    assert Payload.objects.filter(body="", salt=b"").count() == 1000


def test_the_erasure_is_itself_an_entry_that_names_what_went(admin: Cast) -> None:
    write(1)
    entry = Entry.objects.get()
    actions.erase_payload(admin.son, [entry], reason="Đơn ngày 3/11")
    erasing = Entry.objects.get(action="audit.erase_payload")
    assert erasing.reason == "Đơn ngày 3/11"
    assert f"audit.entry:{entry.pk}" in erasing.touched
    with pytest.raises(DomainError, match="không xóa được"):
        actions.erase_payload(admin.son, [erasing], reason="x")
    with pytest.raises(DomainError, match="từ trước"):
        actions.erase_payload(admin.son, [entry], reason="x")
    with pytest.raises(DomainError, match="căn cứ"):
        actions.erase_payload(admin.son, [entry], reason=" ")


def test_a_time_of_erasure_moved_later_is_found(admin: Cast) -> None:
    write(1)
    entry = Entry.objects.get()
    actions.erase_payload(admin.son, [entry], reason="Đơn")
    with past_the_triggers() as cursor:
        cursor.execute(
            "update audit_payload set erased_at = erased_at + interval '1 microsecond' where body = ''"
        )
    assert [fault.entry_id for fault in verify().faults] == [entry.pk]


def test_only_an_administrator_with_fresh_proof_may_erase(admin: Cast) -> None:
    write(1, chains=(admin.school.pk,))
    entry = Entry.objects.get()
    for name in ("mai", "hung", "tam", "thanh"):
        with pytest.raises(NotAllowed):
            actions.erase_payload(admin.actor(name), [entry], reason="x")
    with pytest.raises(ProofNeeded):
        actions.erase_payload(admin.actor("son", proved=False), [entry], reason="x")
