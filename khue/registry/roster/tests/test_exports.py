"""Lists leave the house written down; a large one wants a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.kernel.workflow.models import Task
from khue.registry.roster import actions
from khue.registry.roster.models import ExportRequest
from khue.registry.roster.tests.place import last_entry
from tests.cast import START, Cast, make_account, make_person, make_staff

WHY = "Gửi công an phường làm thẻ căn cước"


def asked(cast: Cast, who: str = "tam", count: int = 900) -> ExportRequest:
    """Tâm asks for the whole school."""
    return actions.ask_export(
        cast.actor(who), cast.school, year_id=2026, query="khoi=8", count=count, reason=WHY
    )


def test_an_export_says_how_many_and_by_which_conditions(cast: Cast) -> None:
    actions.export_unit(cast.tam, cast.school, count=12, filters={"khoi": "8"})
    entry = last_entry()
    assert (entry.action, entry.chain) == ("roster.export", cast.school.pk)
    assert '"pupils":12' in entry.payload.body
    actions.export_class(cast.lan, cast.classroom, count=1, filters={})
    assert last_entry().action == "roster.export_class"
    actions.export_chosen(cast.lan, [cast.enrolments["an"]], filters={})
    assert f"people.person:{cast.people['an'].pk}" in last_entry().touched


def test_nobody_exports_what_is_not_theirs(cast: Cast) -> None:
    for attempt in (
        lambda: actions.export_unit(cast.ha, cast.school, count=1, filters={}),
        lambda: actions.export_class(cast.mai, cast.classroom, count=1, filters={}),
        lambda: actions.export_chosen(cast.mai, [cast.enrolments["an"]], filters={}),
        lambda: actions.ask_export(cast.ha, cast.school, year_id=2026, query="", count=900, reason=WHY),
    ):
        with pytest.raises(NotVisible):
            attempt()
    with pytest.raises(NotAllowed):
        actions.export_chosen(cast.binh, [cast.enrolments["an"]], filters={})


def test_beyond_the_limit_somebody_else_must_agree(cast: Cast) -> None:
    with pytest.raises(DomainError) as caught:
        actions.export_unit(cast.tam, cast.school, count=501, filters={})
    assert caught.value.code == "needs_approval"
    Value.objects.create(name="roster.export_limit", unit=cast.department, valid_from=START, value=900)
    actions.export_unit(cast.tam, cast.school, count=501, filters={})


def test_the_request_waits_before_the_head_and_its_reason_is_asked_for(cast: Cast) -> None:
    with pytest.raises(DomainError):
        actions.ask_export(cast.tam, cast.school, year_id=2026, query="", count=900, reason="cần")
    request = asked(cast)
    task = Task.objects.get(closed_at__isnull=True)
    assert (task.unit_id, task.permission) == (cast.school.pk, "roster.approve_export")
    assert list(Message.objects.values_list("person_id", flat=True)) == [cast.people["hung"].pk]
    actions.decide_export(cast.hung, request, is_approved=True)
    task.refresh_from_db()
    assert task.closed_at is not None
    assert Message.objects.filter(person=cast.people["tam"]).exists()


def test_the_heads_own_request_goes_up_to_the_department(cast: Cast) -> None:
    asked(cast, "hung")
    assert Task.objects.get(closed_at__isnull=True).unit_id == cast.department.pk
    assert cast.people["son"].pk in Message.objects.values_list("person_id", flat=True)


def test_nobody_approves_their_own_request_and_nobody_without_proof(cast: Cast) -> None:
    request = asked(cast, "hung")
    with pytest.raises(NotAllowed):
        actions.decide_export(cast.hung, request, is_approved=True)
    with pytest.raises(ProofNeeded):
        actions.decide_export(cast.actor("son", proved=False), request, is_approved=True)
    with pytest.raises(NotVisible):
        actions.decide_export(cast.ha, request, is_approved=True)
    with pytest.raises(NotAllowed):
        actions.decide_export(cast.tam, request, is_approved=True)


def test_a_refusal_says_why(cast: Cast) -> None:
    request = asked(cast)
    with pytest.raises(DomainError):
        actions.decide_export(cast.hung, request, is_approved=False)
    actions.decide_export(cast.hung, request, is_approved=False, answer="Xuất từng khối")
    with pytest.raises(DomainError):
        actions.use_export(cast.tam, request, count=900, filters={})
    with pytest.raises(DomainError):
        actions.decide_export(cast.hung, request, is_approved=True)


def test_an_approved_list_leaves_once_soon_and_no_larger(cast: Cast) -> None:
    request = asked(cast)
    with pytest.raises(DomainError):
        actions.use_export(cast.tam, request, count=900, filters={})
    actions.decide_export(cast.hung, request, is_approved=True)
    with pytest.raises(DomainError):
        actions.use_export(cast.tam, request, count=1400, filters={})
    ExportRequest.objects.update(valid_until=timezone.now() - timedelta(minutes=1))
    with pytest.raises(DomainError):
        actions.use_export(cast.tam, request, count=900, filters={})
    ExportRequest.objects.update(valid_until=timezone.now() + timedelta(hours=1))
    actions.use_export(cast.tam, request, count=903, filters={"khoi": "8"})
    assert '"exported":"approved"' in last_entry().payload.body
    with pytest.raises(DomainError):
        actions.use_export(cast.tam, request, count=900, filters={})


def test_another_clerk_cannot_use_the_approval(cast: Cast) -> None:
    request = asked(cast)
    actions.decide_export(cast.hung, request, is_approved=True)
    other = make_person("Vũ Thị Thu")
    make_staff(other, cast.school, "clerk")
    make_account(other, "thu")
    cast.people["thu"] = other
    with pytest.raises(DomainError):
        actions.use_export(cast.thu, request, count=900, filters={})
