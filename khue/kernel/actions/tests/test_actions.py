"""The one door for writes: checked, locked, recorded, and never half open."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded, Work, action
from khue.kernel.audit.models import Entry, Payload
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.people.records import create_people
from khue.registry.roster.models import Classroom
from tests.cast import Cast


@action("org.try_rename", permission="org.edit")
def try_rename(work: Work, unit: Unit, *, name: str) -> str:
    work.reason = "thử"
    work.change(unit, name=name)
    if name == "hỏng":
        raise DomainError("Không đổi được.")
    return name


@action("org.try_danger", permission="org.manage")
def try_danger(work: Work, unit: Unit) -> None:
    work.touch(unit)


@action("roster.try_close", permission="roster.manage_classes")
def try_close(work: Work, rooms: list[Classroom]) -> int:
    today = timezone.localdate()
    work.change_many(Classroom, ["closed_on"], {room.pk: ([room.closed_on], [today]) for room in rooms})
    return len(rooms)


@action("people.try_many", permission="org.edit")
def try_many(work: Work, unit: Unit, *, count: int) -> list[int]:
    return create_people(work, [{"full_name": f"Lê Thị Ánh {chr(65 + i)}"} for i in range(count)])


@action("people.try_own", own=True)
def try_own(work: Work, account: Account, *, password: str) -> None:
    work.change(account, password=password)


def test_a_change_is_written_with_who_what_and_why(cast: Cast) -> None:
    try_rename(cast.hung, cast.school, name="THCS Lê Quý Đôn 2")
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.actor_id, entry.chain) == (
        "org.try_rename",
        cast.people["hung"].pk,
        cast.school.pk,
    )
    assert entry.capacity == "Trần Quốc Hùng · Hiệu trưởng · THCS Lê Quý Đôn"
    assert (entry.reason, entry.ip) == ("thử", "127.0.0.1")
    changes = orjson.loads(Payload.objects.get(entry=entry).body)["changes"]
    assert changes == [
        [f"org.unit:{cast.school.pk}", "changed", {"name": ["THCS Lê Quý Đôn", "THCS Lê Quý Đôn 2"]}]
    ]


def test_a_refusal_leaves_nothing_behind(cast: Cast) -> None:
    before = Entry.objects.count()
    with pytest.raises(DomainError):
        try_rename(cast.hung, cast.school, name="hỏng")
    cast.school.refresh_from_db()
    assert cast.school.name == "THCS Lê Quý Đôn"
    assert Entry.objects.count() == before


def test_mai_may_not_touch_another_school_nor_learn_that_it_exists(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        try_rename(cast.mai, cast.school, name="x")
    with pytest.raises(NotVisible):
        try_rename(cast.ha, cast.school, name="x")


def test_a_list_of_targets_needs_the_right_at_every_one(cast: Cast) -> None:
    assert try_close(cast.tam, [cast.classroom, cast.second_classroom]) == 2
    cast.second_classroom.refresh_from_db()
    assert cast.second_classroom.closed_on == timezone.localdate()
    with pytest.raises(NotVisible):
        try_close(cast.tam, [cast.classroom, cast.other_classroom])


def test_a_dangerous_action_wants_a_fresh_proof(cast: Cast) -> None:
    with pytest.raises(ProofNeeded):
        try_danger(cast.actor("son", proved=False), cast.school)
    try_danger(cast.son, cast.school)


def test_rows_made_in_bulk_are_recorded_once_and_found_by_each_row(cast: Cast) -> None:
    before = Entry.objects.count()
    ids = try_many(cast.hung, cast.school, count=40)
    assert Entry.objects.count() == before + 1
    entry = Entry.objects.filter(touched__contains=[f"people.person:{ids[7]}"]).get()
    assert len(entry.touched) == 41
    person = Person.objects.get(pk=ids[7])
    assert (person.given_name, person.search_key, person.version) == ("H", "le thi anh h", 1)
    assert person.code.startswith("K")


def test_secrets_never_reach_the_record(cast: Cast) -> None:
    account = Account.objects.get(login_name="lan")
    try_own(cast.lan, account, password="mật-khẩu-rất-bí-mật")
    assert "bí-mật" not in Payload.objects.latest("entry_id").body


def test_what_is_ones_own_is_nobody_elses(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        try_own(cast.mai, Account.objects.get(login_name="lan"), password="x")


def test_an_unknown_permission_is_our_mistake_and_crashes(cast: Cast) -> None:
    with pytest.raises(registry.ManifestError):
        cast.hung.holds("org.viwe")


def test_the_system_acts_in_its_own_name(cast: Cast) -> None:
    try_rename(Actor.system("org.test"), cast.school, name="Trường mới")
    entry = Entry.objects.latest("id")
    assert entry.actor_id is None
    assert entry.capacity == "org.test · Hệ thống"


def test_a_proof_grows_old_after_five_minutes(cast: Cast) -> None:
    old = cast.actor("son")
    stale = Actor(**{**old.__dict__, "proved_at": timezone.now() - timedelta(minutes=6), "_reach": {}})
    with pytest.raises(ProofNeeded):
        try_danger(stale, cast.school)
