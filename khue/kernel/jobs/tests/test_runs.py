from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.jobs import actions, engine, queries
from khue.kernel.jobs.handle import Lost, RunHandle, background
from khue.kernel.jobs.models import Run
from khue.kernel.jobs.sweep import sweep
from khue.kernel.jobs.tests import sample  # noqa: F401
from khue.kernel.notify.models import Message
from khue.kernel.people.models import Account
from tests.cast import Cast


def begin(cast: Cast, name: str = "tam", **arguments: Any) -> Run:
    arguments = {"upto": 10, "person_id": cast.people["an"].pk, **arguments}
    return actions.start(cast.actor(name), "jobs.test_count", "Đếm", cast.school, arguments)


def rows(cast: Cast) -> list[str]:
    return sorted(Message.objects.filter(kind="test").values_list("title", flat=True), key=int)


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def queued() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs where status = 'todo' and task_name = 'khue.work'"
        )
        return int(cursor.fetchone()[0])


def test_asking_queues_the_run_and_is_in_the_record(cast: Cast) -> None:
    before = queued()
    run = begin(cast)
    assert (run.state, run.asked_by_id, queued() - before) == ("waiting", cast.people["tam"].pk, 1)
    assert Entry.objects.filter(action="jobs.start", touched__contains=[f"jobs.run:{run.pk}"]).count() == 1


def test_what_is_rolled_back_was_never_queued(cast: Cast) -> None:
    from django.db import transaction

    before = queued()
    with transaction.atomic():
        begin(cast)
        assert queued() == before + 1
        transaction.set_rollback(True)
    assert queued() == before


def test_start_unattended_queues_a_run_that_nobody_asked_for_and_is_in_the_record(cast: Cast) -> None:
    before = queued()
    run = actions.start(Actor.system("jobs.test"), "jobs.test_count", "Đếm", cast.school, {"upto": 1})
    assert (run.state, run.asked_by_id, run.unit_id, queued() - before) == (
        "waiting",
        None,
        cast.school.pk,
        1,
    )
    entry = Entry.objects.get(action="jobs.start_unattended")
    assert (entry.actor_id, entry.chain, entry.capacity) == (None, cast.school.pk, "jobs.test · Hệ thống")
    assert f"jobs.run:{run.pk}" in entry.touched


def test_a_run_for_no_unit_is_started_at_the_root(cast: Cast) -> None:
    run = actions.start(Actor.system("jobs.test"), "jobs.test_count", "Đếm")
    assert run.unit_id is None
    assert Entry.objects.get(action="jobs.start_unattended").chain == cast.department.pk


def test_nobody_starts_unattended_work_without_the_right_and_undeclared_work_is_none(cast: Cast) -> None:
    before = queued()
    values = {"name": "jobs.test_count", "title": "Đếm", "unit": cast.school, "arguments": {}, "total": 0}
    for name, refusal in (("mai", NotAllowed), ("ha", NotVisible), ("binh", NotAllowed)):
        with pytest.raises(refusal):
            actions._start_unattended(cast.actor(name), cast.school, **values)
    with pytest.raises(registry.ManifestError):
        actions.start(Actor.system("jobs.test"), "jobs.nonsense", "x", cast.school)
    assert queued() == before
    assert not Run.objects.exists()
    assert not Entry.objects.filter(action="jobs.start_unattended").exists()


def test_an_undeclared_job_crashes(cast: Cast) -> None:
    with pytest.raises(registry.ManifestError):
        actions.start(cast.tam, "jobs.nonsense", "x")


def test_a_run_is_done_and_its_asker_told(cast: Cast) -> None:
    run = begin(cast)
    assert engine.work(run.pk, "w") == "done"
    assert rows(cast) == [str(n) for n in range(1, 11)]
    ended = fresh(run)
    assert (ended.done, ended.total, ended.result) == (10, 10, {"rows": 10})
    assert Message.objects.get(person=cast.people["tam"]).title == "Xong: Đếm"


def test_a_run_that_ended_is_not_done_again(cast: Cast) -> None:
    run = begin(cast)
    engine.work(run.pk, "w")
    assert engine.work(run.pk, "w") == ""
    assert len(rows(cast)) == 10


def test_a_refused_item_is_undone_listed_and_retried_alone(cast: Cast) -> None:
    run = begin(cast, refuse=4)
    engine.work(run.pk, "w")
    assert "4" not in rows(cast)
    assert fresh(run).failures == [{"key": 4, "label": "4", "message": "Không nhận số 4."}]
    Run.objects.filter(pk=run.pk).update(arguments={"upto": 10, "person_id": cast.people["an"].pk})
    actions.retry_failures(cast.tam, fresh(run))
    assert engine.work(run.pk, "w") == "done"
    assert rows(cast) == [str(n) for n in range(1, 11)]
    assert (fresh(run).failures, fresh(run).done, fresh(run).total) == ([], 1, 1)


@background("jobs.test_stop")
def stop_midway(run: RunHandle) -> None:
    def do(item: int) -> None:
        if item == 3:
            Run.objects.filter(pk=run.pk).update(stop_wanted=True)

    run.each(range(1, 7), do, key=lambda item: item)


def test_a_stop_comes_after_the_step_and_resuming_goes_on_from_there(cast: Cast) -> None:
    run = actions.start(cast.tam, "jobs.test_stop", "Dừng")
    assert engine.work(run.pk, "w") == "stopped"
    assert (fresh(run).done, fresh(run).cursor) == (3, 3)
    actions.resume(cast.tam, fresh(run))
    assert engine.work(run.pk, "w") == "done"
    assert fresh(run).done == 6


@background("jobs.test_refuse_then_stop")
def refuse_then_stop(run: RunHandle) -> None:
    def do(item: int) -> None:
        if item == 1:
            raise DomainError("Không nhận số 1.")
        if item == 3:
            actions.stop(run.actor, Run.objects.get(pk=run.pk))

    run.each(range(1, 7), do, key=int)


def test_a_run_that_stands_still_is_gone_on_with_before_its_failures_are_tried_again(cast: Cast) -> None:
    run = actions.start(cast.tam, "jobs.test_refuse_then_stop", "Dừng")
    assert engine.work(run.pk, "w") == "stopped"
    assert "Thử lại" not in cast.client("tam").get(f"/viec-nen/{run.pk}/").content.decode()
    with pytest.raises(DomainError, match="còn dừng giữa chừng"):
        actions.retry_failures(cast.tam, fresh(run))
    actions.resume(cast.tam, fresh(run))
    assert engine.work(run.pk, "w") == "done"
    assert (fresh(run).done, [one["key"] for one in fresh(run).failures]) == (6, [1])
    actions.retry_failures(cast.tam, fresh(run))


def test_a_waiting_run_stops_at_once(cast: Cast) -> None:
    run = begin(cast)
    actions.stop(cast.tam, run)
    assert engine.work(run.pk, "w") == ""
    assert fresh(run).state == "stopped"


def test_only_the_asker_may_stop_resume_and_retry(cast: Cast) -> None:
    run = begin(cast)
    for name in ("mai", "hung", "son"):
        with pytest.raises(NotVisible):
            actions.stop(cast.actor(name), run)
    actions.stop(cast.tam, run)
    with pytest.raises(NotVisible):
        actions.resume(cast.mai, run)
    with pytest.raises(DomainError, match="Không có phần nào"):
        actions.retry_failures(cast.tam, run)


@background("jobs.test_broken")
def broken(run: RunHandle) -> None:
    run.step(done=1, total=2, cursor=1)
    raise ZeroDivisionError


def test_an_error_of_ours_ends_the_run_with_plain_words_and_keeps_what_was_done(
    cast: Cast, caplog: Any
) -> None:
    run = actions.start(cast.tam, "jobs.test_broken", "Hỏng")
    assert engine.work(run.pk, "w") == "failed"
    assert fresh(run).done == 1
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in fresh(run).problem
    assert "Phần đã làm vẫn giữ" in fresh(run).problem


def test_a_worker_that_lost_its_run_cannot_write_on(cast: Cast) -> None:
    run = begin(cast)
    Run.objects.filter(pk=run.pk).update(state="running", worker="new#1")
    old = fresh(run)
    old.worker = "old#1"
    with pytest.raises(Lost):
        RunHandle(old, cast.tam).step(done=1)
    assert fresh(run).done == 0


def test_a_job_has_the_rights_its_asker_holds_when_it_is_done(cast: Cast) -> None:
    from khue.registry.staff.models import Position

    seen: list[bool] = []
    background("jobs.test_rights")(lambda run: seen.append(run.actor.can("roster.transfer", cast.school)))
    for _time in range(2):
        run = actions.start(cast.tam, "jobs.test_rights", "Quyền")
        if seen:
            Position.objects.filter(person=cast.people["tam"]).update(ends_on=timezone.localdate())
        engine.work(run.pk, "w")
    assert seen == [True, False]


def test_a_job_of_a_locked_account_has_no_rights_left(cast: Cast) -> None:
    seen: list[bool] = []
    background("jobs.test_locked")(lambda run: seen.append(run.actor.can("roster.transfer", cast.school)))
    for is_active in (True, False):
        run = actions.start(cast.tam, "jobs.test_locked", "Quyền")
        Account.objects.filter(person=cast.people["tam"]).update(is_active=is_active)
        engine.work(run.pk, "w")
    assert seen == [True, False]


def test_the_sweep_queues_again_what_nobody_works_on(cast: Cast) -> None:
    run = begin(cast)
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    Run.objects.filter(pk=run.pk).update(
        state="running", worker="dead#1", beat_at=timezone.now() - timedelta(minutes=2)
    )
    assert sweep() == 1
    assert (fresh(run).state, queued()) == ("waiting", 1)
    assert sweep() == 0


def test_the_sweep_leaves_alone_what_a_living_worker_does(cast: Cast) -> None:
    run = begin(cast)
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers default values returning id")
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = (select max(id) from procrastinate_workers)"
        )
    Run.objects.filter(pk=run.pk).update(state="running", beat_at=timezone.now() - timedelta(minutes=9))
    assert sweep() == 0
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    assert sweep() == 1


def test_a_run_that_kills_its_worker_again_and_again_is_given_up(cast: Cast) -> None:
    run = begin(cast)
    Run.objects.filter(pk=run.pk).update(attempts=engine.MOST_ATTEMPTS)
    assert engine.work(run.pk, "w") == "failed"
    assert "nhiều lần" in fresh(run).problem


def test_people_see_their_own_runs_and_those_of_their_units(cast: Cast) -> None:
    begin(cast)
    begin(cast, "lan")
    assert [queries.runs(cast.actor(n)).count() for n in ("tam", "hung", "son", "thanh")] == [2, 2, 2, 2]
    assert [queries.runs(cast.actor(n)).count() for n in ("lan", "mai", "ha", "binh")] == [1, 0, 0, 0]


def test_the_page_of_a_run_shows_the_bar_and_its_buttons(cast: Cast) -> None:
    run = begin(cast, refuse=2)
    client = cast.client("tam")
    waiting = client.get(f"/viec-nen/{run.pk}/").content.decode()
    assert "Có thể rời trang" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    engine.work(run.pk, "w")
    done = client.get(f"/viec-nen/{run.pk}/", headers={"HX-Target": "viec"}).content.decode()
    assert "Không nhận số 2." in done
    assert "Thử lại 1 phần chưa được" in done
    assert "<html" not in done
    assert "hx-trigger" not in done
    assert "Đếm" in client.get("/viec-nen/").content.decode()


def test_mai_finds_nothing(cast: Cast) -> None:
    run = begin(cast)
    client = cast.client("mai")
    assert client.get(f"/viec-nen/{run.pk}/").status_code == 404
    for verb in ("dung", "lam-tiep", "thu-lai"):
        assert client.post(f"/viec-nen/{run.pk}/{verb}/").status_code == 404
    assert "Đếm" not in client.get("/viec-nen/").content.decode()


def test_the_buttons_work(cast: Cast) -> None:
    run = begin(cast)
    client = cast.client("tam")
    assert client.post(f"/viec-nen/{run.pk}/dung/").status_code == 302
    assert fresh(run).state == "stopped"
    assert client.post(f"/viec-nen/{run.pk}/lam-tiep/").status_code == 302
    assert fresh(run).state == "waiting"
    assert client.post(f"/viec-nen/{run.pk}/thu-lai/").status_code == 422


def test_a_scheduled_job_is_known_to_the_queue() -> None:
    from procrastinate.contrib.django import app

    for job in registry.each("jobs"):
        assert not job.cron or job.name in app.tasks


def test_a_job_of_the_system_is_the_systems(cast: Cast) -> None:
    run = actions.start(
        Actor.system("jobs.sweep"),
        "jobs.test_count",
        "Đếm",
        None,
        {"upto": 2, "person_id": cast.people["an"].pk},
    )
    assert run.asked_by_id is None
    assert engine.work(run.pk, "w") == "done"
