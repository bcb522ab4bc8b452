from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone

from khue.kernel import registry
from khue.kernel.actions import DomainError, NotAllowed, action
from khue.kernel.actions.work import Work
from khue.kernel.audit.models import Entry
from khue.kernel.workflow import queries, tasks
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.states import Machine, Transition
from tests.cast import Cast

SUBJECT = "roster.transfer:12"


@action("workflow.test_open", permission="roster.transfer")
def ask(work: Work, school: Any, **more: Any) -> Task:
    return tasks.open_task(
        work, kind="roster.answer_transfer", title="Trả lời đơn của em An", url="/x/", action_label="Xem đơn",
        subject=SUBJECT, **more,
    )  # fmt: skip


@action("workflow.test_close", permission="roster.transfer")
def answer(work: Work, school: Any, **more: Any) -> int:
    return tasks.close_tasks(work, SUBJECT, **more)


@action("workflow.test_progress", permission="roster.transfer")
def go_on(work: Work, school: Any, done: int) -> None:
    tasks.progress_task(work, SUBJECT, "roster.answer_transfer", done_of=done)


def titles(rows: Any) -> list[str]:
    return [task.title for task in rows]


def test_a_task_at_a_school_waits_for_those_who_hold_its_permission_there(cast: Cast) -> None:
    ask(cast.tam, cast.school, unit_id=cast.school.pk, permission="roster.transfer")
    assert (
        titles(queries.open_tasks(cast.tam))
        == titles(queries.open_tasks(cast.hung))
        == ["Trả lời đơn của em An"]
    )
    for name in ("mai", "ha", "lan", "binh", "an", "son", "thanh"):
        assert titles(queries.open_tasks(cast.actor(name))) == []


def test_those_above_see_it_among_what_waits_for_others(cast: Cast) -> None:
    ask(cast.tam, cast.school, unit_id=cast.school.pk, permission="roster.transfer")
    assert len(queries.waiting_for_others(cast.son)) == len(queries.waiting_for_others(cast.thanh)) == 1
    assert len(queries.waiting_for_others(cast.ha)) == len(queries.waiting_for_others(cast.mai)) == 0
    assert len(queries.waiting_for_others(cast.hung)) == 0


def test_a_task_that_only_officers_can_do_waits_for_the_nearest_of_them(cast: Cast) -> None:
    work = Work(cast.tam, "x", [])
    tasks.open_task(
        work, kind="roster.answer_transfer", title="Việc của Sở", url="/", action_label="Xem", subject="a:1",
        unit_id=cast.school.pk, permission="audit.verify",
    )  # fmt: skip
    assert titles(queries.open_tasks(cast.son)) == ["Việc của Sở"]
    assert titles(queries.open_tasks(cast.thanh)) == titles(queries.open_tasks(cast.hung)) == []


def test_a_task_for_a_person_is_theirs_alone(cast: Cast) -> None:
    ask(cast.tam, cast.school, person_id=cast.people["lan"].pk)
    assert len(queries.open_tasks(cast.lan)) == 1
    assert len(queries.open_tasks(cast.tam)) == len(queries.open_tasks(cast.mai)) == 0


def test_opening_twice_makes_one_task_with_the_newest_words(cast: Cast) -> None:
    place = {"unit_id": cast.school.pk, "permission": "roster.transfer"}
    first = ask(cast.tam, cast.school, detail="cũ", **place)
    second = ask(cast.tam, cast.school, detail="mới", **place)
    assert first.pk == second.pk
    assert list(queries.open_tasks(cast.tam).values_list("detail", flat=True)) == ["mới"]


def test_closing_says_who_did_it_and_is_in_the_record(cast: Cast) -> None:
    ask(cast.tam, cast.school, unit_id=cast.school.pk, permission="roster.transfer")
    before = Entry.objects.count()
    assert answer(cast.hung, cast.school) == 1
    assert Entry.objects.count() == before + 1
    assert answer(cast.hung, cast.school) == 0
    assert titles(queries.recently_closed(cast.hung)) == ["Trả lời đơn của em An"]
    assert titles(queries.recently_closed(cast.tam)) == []
    assert Task.objects.get().closed_by_id == cast.people["hung"].pk


def test_only_the_kinds_named_are_closed(cast: Cast) -> None:
    ask(cast.tam, cast.school, unit_id=cast.school.pk, permission="roster.transfer")
    assert answer(cast.tam, cast.school, kinds=["roster.place_transfer"]) == 0
    assert answer(cast.tam, cast.school, kinds=["roster.answer_transfer"]) == 1


def test_a_task_done_in_full_closes_itself(cast: Cast) -> None:
    ask(cast.tam, cast.school, unit_id=cast.school.pk, permission="roster.transfer", total=3)
    go_on(cast.tam, cast.school, 2)
    assert [(t.done_of, t.total) for t in queries.open_tasks(cast.tam)] == [(2, 3)]
    go_on(cast.tam, cast.school, 3)
    assert list(queries.open_tasks(cast.tam)) == []


def test_what_is_due_first_stands_first(cast: Cast) -> None:
    now = timezone.now()
    for subject, due in (("a:1", None), ("a:2", now + timedelta(days=2)), ("a:3", now - timedelta(days=1))):
        tasks.open_task(
            Work(cast.tam, "x", []), kind="roster.answer_transfer", title=subject, url="/", action_label="Xem",
            subject=subject, person_id=cast.people["tam"].pk, due_at=due,
        )  # fmt: skip
    assert titles(queries.open_tasks(cast.tam)) == ["a:3", "a:2", "a:1"]


def test_the_inbox_is_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    actor = cast.tam
    with django_assert_num_queries(1):
        list(queries.open_tasks(actor))
    with django_assert_num_queries(1):
        queries.count_open(actor)


def test_an_undeclared_kind_crashes(cast: Cast) -> None:
    with pytest.raises(registry.ManifestError):
        tasks.open_task(
            Work(cast.tam, "x", []), kind="roster.nonsense", title="", url="", action_label="", subject="a:1",
            person_id=1,
        )  # fmt: skip


class Light(models.TextChoices):
    RED = "red", "Đỏ"
    GREEN = "green", "Xanh"
    OFF = "off", "Tắt"


def machine() -> Machine:
    return Machine(
        "Đèn",
        Light,
        (
            Transition(
                "red", "green", permission="roster.transfer", guard=lambda row: "" if row else "Chưa có dòng."
            ),
            Transition("green", "red"),
            Transition("red", "off"),
        ),
    )


def test_a_step_that_is_declared_may_be_taken(cast: Cast) -> None:
    assert machine().check("red", "green", row=cast.school, actor=cast.tam).to == "green"


def test_a_step_that_is_not_declared_names_what_may_follow() -> None:
    with pytest.raises(
        DomainError, match=r"Đèn đang ở trạng thái “Xanh”, chưa thể chuyển sang “Tắt”. .*: Đỏ"
    ):
        machine().check("green", "off")


def test_nothing_follows_a_final_state() -> None:
    assert machine().is_final("off")
    with pytest.raises(DomainError, match="không đổi được nữa"):
        machine().check("off", "red")


def test_a_guard_gives_its_reason_and_takes_the_button_away(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Chưa có dòng"):
        machine().check("red", "green")
    assert [step.to for step in machine().steps_from("red", row=cast.school, actor=cast.tam)] == [
        "green",
        "off",
    ]


def test_mai_may_not_take_a_step_at_another_school(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        machine().check("red", "green", row=cast.school, actor=cast.mai)
    with pytest.raises(NotAllowed):
        machine().check("red", "green", row=cast.school, actor=cast.ha)
    assert [step.to for step in machine().steps_from("red", row=cast.school, actor=cast.ha)] == ["off"]


def test_an_unknown_state_crashes_at_declaration() -> None:
    with pytest.raises(registry.ManifestError):
        Machine("Đèn", Light, (Transition("red", "blue"),))
    with pytest.raises(registry.ManifestError):
        Machine("Đèn", Light, (Transition("red", "green"), Transition("red", "green")))


def test_the_figure_of_the_frame_is_the_number_of_open_tasks_for_everybody(cast: Cast) -> None:
    names = ("lan", "hung", "mai", "binh", "an", "son", "tam", "thanh", "ha")
    places = [cast.school, *cast.school.__class__.objects.exclude(pk=cast.school.pk)]
    for at, unit in enumerate(places):
        for permission in registry.permissions():
            tasks.open_task(
                Work(cast.tam, "x", []), kind="roster.answer_transfer", title="Việc", url="/", action_label="Xem",
                subject=f"{permission}:{at}", unit_id=unit.pk, permission=permission,
            )  # fmt: skip
    for name in names:
        ask(cast.tam, cast.school, person_id=cast.people[name].pk)
    found = {}
    for name in names:
        actor = cast.actor(name)
        sql, values = queries.count_sql(actor)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found[name] = cursor.fetchone()[0]
        assert found[name] == queries.open_tasks(actor).count() > 0, name
    assert len(set(found.values())) > 3
