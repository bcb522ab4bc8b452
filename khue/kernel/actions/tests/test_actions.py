"""The one door for writes: checked, locked, recorded, and never half open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded, Work, action
from khue.kernel.actions.work import FEW
from khue.kernel.audit.models import Entry, Payload
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.people.records import create_people
from khue.registry.roster.models import Classroom, Relation
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


@action("roster.try_sessions", permission="roster.manage_classes")
def try_sessions(work: Work, rooms: list[Classroom], *, sessions: tuple[int, int]) -> None:
    changes = {room.pk: ([room.sessions_a_week], [many]) for room, many in zip(rooms, sessions, strict=True)}
    work.change_many(Classroom, ["sessions_a_week"], changes)


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


def test_rows_are_locked_and_the_right_at_their_own_columns_asks_nothing_more(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    """Savepoint, lock, change, two of the record, release."""
    tam = cast.tam
    with django_assert_num_queries(6):
        try_close(tam, [cast.classroom, cast.second_classroom])


def test_changing_many_is_planned_once_and_writes_each_row_its_own(cast: Cast) -> None:
    rooms = [cast.classroom, cast.second_classroom]
    for sessions in ((5, 6), (7, 8), (9, 10)):
        try_sessions(cast.tam, rooms, sessions=sessions)
        for room, many in zip(rooms, sessions, strict=True):
            room.refresh_from_db()
            assert room.sessions_a_week == many
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_prepared_statements where statement like %s",
            ['%"sessions_a_week" = n.c0%'],
        )
        assert cursor.fetchone() == (1,)


def test_a_locked_row_is_the_row_the_models_read(cast: Cast) -> None:
    seen: list[dict[str, Any]] = []

    def looking(work: Work, room: Classroom) -> None:
        work.touch(room)
        seen.append(room.__dict__)

    looked = action("roster.try_look", permission="roster.manage_classes")(looking)
    looked(cast.tam, cast.classroom)
    plain = Classroom.objects.get(pk=cast.classroom.pk).__dict__
    assert {key: value for key, value in seen[0].items() if key != "_state"} == {
        key: value for key, value in plain.items() if key != "_state"
    }


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


def test_arrays_of_words_travel_in_bulk_whatever_they_hold(cast: Cast) -> None:
    work = Work(Actor.system("jobs.sweep"), "jobs.start", [cast.school])
    odd = ["TH", 'a"b', "{,}", "\\x"]
    work.change_many(Unit, ["levels"], {cast.school.pk: ([cast.school.levels], [odd])})
    cast.school.refresh_from_db()
    assert cast.school.levels == odd


@pytest.mark.parametrize("count", [1, 3, FEW + 3])
def test_new_rows_few_or_many_hold_what_was_given_in_their_order(cast: Cast, count: int) -> None:
    room, today = cast.classroom, timezone.localdate()
    work = Work(Actor.system("jobs.sweep"), "jobs.start", [cast.school])
    fields = [
        "year_id",
        "school_id",
        "campus_id",
        "name",
        "level",
        "grade",
        "sort_key",
        "is_special",
        "closed_on",
    ]
    odd = ['6 "A"', "{,}", "\\x", "NULL"]
    rows = [
        [room.year_id, room.school_id, None, f"{odd[n % 4]}{n}", "THCS", 6, "", n % 3 == 0,
         None if n % 2 else today]
        for n in range(count)
    ]  # fmt: skip
    rows[-1][3] = Relation.FATHER  # a choice beside bare words
    ids = work.create_many(Classroom, fields, rows)
    kept = {row[0]: list(row[1:]) for row in Classroom.objects.filter(pk__in=ids).values_list("pk", *fields)}
    assert [kept[pk] for pk in ids] == rows
    assert {row.sessions_a_week for row in Classroom.objects.filter(pk__in=ids)} == {6}
