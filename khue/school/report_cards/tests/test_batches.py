"""Batches: the passphrase asked once and held sealed, refusals by name, stopped and gone on with (L5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, ProofNeeded
from khue.kernel.audit.models import Payload
from khue.kernel.jobs import actions as jobs
from khue.kernel.jobs.models import Run
from khue.kernel.signing import installation
from khue.kernel.signing.actions import register_certificate
from khue.kernel.signing.models import Signature
from khue.school.report_cards import holding, ticks
from khue.school.report_cards.actions import batches
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.models import Batch, Card, HeldSecret
from khue.school.report_cards.queries import groups
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import flow
from khue.school.report_cards.waiting import KEYS
from tests.cast import Cast

SECRET = "khue"


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Keys of the test authority."""
    settings.DEMO = True


@pytest.fixture
def cards(cast: Cast) -> list[Card]:
    """Three cards that wait for their teachers."""
    flow.approved(cast, 3)
    return flow.compose(cast)


def held() -> list[str]:
    return sorted(path.name for path in holding.folder().iterdir())


def test_a_batch_signs_everything_that_was_shown_and_forgets_the_passphrase(
    cast: Cast, cards: list[Card]
) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    row = HeldSecret.objects.get()
    assert (holding.secret_of(row), held()) == (SECRET, [row.token])
    assert flow.run(made) == "done"
    assert not HeldSecret.objects.exists()
    assert held() == []
    assert set(Card.objects.values_list("state", flat=True)) == {State.TEACHER_SIGNED}
    assert Signature.objects.count() == 3 * 7
    run = Run.objects.get(pk=made.run_id)
    assert (run.done, run.total, run.failures) == (3, 3, [])


def test_the_principals_batch_is_sealed_and_issued_at_once(cast: Cast, cards: list[Card]) -> None:
    flow.until(cast, Step.HOMEROOM, cards)
    made = flow.batch(cast, "hung", Step.PRINCIPAL, flow.key_of(cast, "hung"), seal=flow.seal_of(cast))
    assert HeldSecret.objects.count() == 2
    assert flow.run(made) == "done"
    assert set(Card.objects.values_list("state", flat=True)) == {State.SEALED}
    assert (HeldSecret.objects.count(), held()) == (0, [])


def test_one_that_cannot_be_signed_is_named_and_the_rest_is_signed(cast: Cast, cards: list[Card]) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    Card.objects.filter(pk=cards[0].pk).update(fingerprint="0" * 64)  # composed anew since it was shown
    assert flow.run(made) == "done"
    run = Run.objects.get(pk=made.run_id)
    (failure,) = run.failures
    assert failure["key"] == cards[0].pk
    assert failure["label"].endswith(", 8A3")
    assert "khác bản thầy cô xem" in failure["message"]
    assert Signature.objects.count() == 2 * 7


def test_a_wrong_passphrase_is_said_at_once_and_nothing_is_queued(cast: Cast, cards: list[Card]) -> None:
    key = flow.key_of(cast, "lan")
    with pytest.raises(DomainError) as caught:
        flow.batch(cast, "lan", Step.SUBJECT, KeyGiven(key.certificate, "sai"))
    assert caught.value.message == "Mật khẩu của tệp khóa không đúng."
    assert not Batch.objects.exists()
    assert held() == []


def test_a_second_batch_of_the_same_cards_waits_for_the_first(cast: Cast, cards: list[Card]) -> None:
    flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    with pytest.raises(DomainError, match="Đợt ký trước còn đang chạy"):
        flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))


def test_a_card_stands_once_in_a_batch(cast: Cast, cards: list[Card]) -> None:
    key, seen = flow.key_of(cast, "lan"), groups.groups(cast.lan, Step.SUBJECT)[0].cards
    with pytest.raises(DomainError, match="chọn hai lần"):
        batches.start_batch(
            cast.lan,
            cast.people["lan"],
            step=Step.SUBJECT,
            school_id=cast.school.pk,
            cards=[*seen, seen[0]],
            key=key,
        )


def test_a_run_done_twice_signs_once(cast: Cast, cards: list[Card]) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    flow.run(made)
    assert flow.run(made) == "done"
    assert Signature.objects.count() == 3 * 7


def test_a_batch_killed_after_its_last_card_ends_without_its_passphrase(
    cast: Cast, cards: list[Card]
) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    assert flow.run(made) == "done"
    Run.objects.filter(pk=made.run_id).update(state="running", ended_at=None)
    assert not HeldSecret.objects.exists()
    assert flow.run(made) == "done"
    assert Signature.objects.count() == 3 * 7


def test_a_stopped_batch_goes_on_when_the_passphrase_is_typed_again(cast: Cast, cards: list[Card]) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    jobs.stop(cast.lan, Run.objects.get(pk=made.run_id))
    holding.forget(made.pk)
    jobs.resume(cast.lan, Run.objects.get(pk=made.run_id))
    assert flow.run(made) == "failed"
    assert "nhập lại mật khẩu" in Run.objects.get(pk=made.run_id).problem
    batches.go_on(cast.lan, made, key=flow.key_of(cast, "lan"))
    assert flow.run(made) == "done"
    assert Signature.objects.count() == 3 * 7
    with pytest.raises(DomainError, match="không dừng giữa chừng"):
        batches.resume_batch(cast.lan, made, key=flow.key_of(cast, "lan"))


def test_who_lost_the_class_since_signs_nothing_more(cast: Cast, cards: list[Card]) -> None:
    flow.until(cast, Step.SUBJECT, cards)
    made = flow.batch(cast, "lan", Step.HOMEROOM, flow.key_of(cast, "lan"))
    cast.classroom.homerooms.update(ends_on=timezone.localdate())
    assert flow.run(made) == "done"
    run = Run.objects.get(pk=made.run_id)
    assert len(run.failures) == 3
    assert not Signature.objects.filter(field="GVCN").exists()


def test_the_principal_proves_who_they_are_before_a_batch(cast: Cast, cards: list[Card]) -> None:
    flow.until(cast, Step.HOMEROOM, cards)
    key, seen = flow.key_of(cast, "hung"), groups.groups(cast.hung, Step.PRINCIPAL)[0].cards
    with pytest.raises(ProofNeeded):
        batches.begin(
            cast.actor("hung", proved=False),
            step=Step.PRINCIPAL,
            school_id=cast.school.pk,
            cards=seen,
            key=key,
        )


# --- the secret


def test_the_passphrase_is_in_no_table_job_or_record(cast: Cast, cards: list[Card]) -> None:
    words = "một mật khẩu rất riêng"
    authority = installation.trial_authority()
    assert authority is not None
    issued = authority.person(cast.people["lan"].full_name, personal_id=flow.NUMBERS["lan"], kind="ec")
    row = register_certificate(
        cast.lan, cast.people["lan"], source="file", secret=words, key_file=issued.pkcs12(words)
    )
    made = flow.batch(cast, "lan", Step.SUBJECT, KeyGiven(row, words))
    found = []
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text like %s', [f"%{words}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    assert found == []
    assert words not in repr(KeyGiven(row, words))
    assert all(words.encode() not in path.read_bytes() for path in holding.folder().iterdir())
    assert all(words not in str(one) for one in Payload.objects.values_list("body", flat=True))
    assert flow.run(made) == "done"


def test_half_of_the_seal_opens_nothing_and_time_closes_it(cast: Cast, cards: list[Card]) -> None:
    flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    row = HeldSecret.objects.get()
    assert holding.secret_of(row, timezone.now() + timedelta(minutes=29)) == SECRET
    assert holding.secret_of(row, timezone.now() + timedelta(minutes=31)) is None
    other = HeldSecret(batch_id=row.batch_id + 1, step=row.step, token=row.token, sealed=row.sealed)
    other.held_until = row.held_until
    assert holding.secret_of(other) is None
    (holding.folder() / row.token).unlink()
    assert holding.secret_of(row) is None


def test_what_was_held_too_long_is_wiped_by_the_clock(cast: Cast, cards: list[Card]) -> None:
    flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    assert ticks.forget_secrets() == 0
    HeldSecret.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert ticks.forget_secrets() == 1
    assert (HeldSecret.objects.count(), held()) == (0, [])


# --- the pages


def test_lan_signs_her_class_on_the_page(cast: Cast, cards: list[Card]) -> None:
    client, key = cast.client("lan"), flow.key_of(cast, "lan")
    page = client.get(reverse("report_cards:waiting")).content.decode()
    assert "3 học bạ chờ thầy cô ký" in page
    (group,) = groups.groups(cast.lan, Step.SUBJECT)
    body = {"nhom": f"{group.classroom_id}:{group.digest}", "khoa": key.certificate.pk, "mat-khau": SECRET}
    answer = client.post(reverse("report_cards:begin", args=[KEYS[Step.SUBJECT]]), body)
    made = Batch.objects.get()
    assert answer.headers["Location"] == reverse("report_cards:batch", args=[made.pk])
    assert flow.run(made) == "done"
    assert "Đã ký <b>3</b> trong 3" in client.get(answer.headers["Location"]).content.decode()


def test_a_class_that_changed_since_the_page_was_opened_is_looked_at_again(
    cast: Cast, cards: list[Card]
) -> None:
    client, key = cast.client("lan"), flow.key_of(cast, "lan")
    (group,) = groups.groups(cast.lan, Step.SUBJECT)
    Card.objects.filter(pk=cards[0].pk).update(fingerprint="0" * 64)
    body = {"nhom": f"{group.classroom_id}:{group.digest}", "khoa": key.certificate.pk, "mat-khau": SECRET}
    answer = client.post(reverse("report_cards:begin", args=[KEYS[Step.SUBJECT]]), body)
    assert answer.status_code == 422
    assert "đã khác từ lúc mở trang" in answer.content.decode()
    assert not Batch.objects.exists()


def test_single_cards_of_a_class_are_chosen_and_others_left(cast: Cast, cards: list[Card]) -> None:
    flow.until(cast, Step.SUBJECT, cards)
    client, key = cast.client("lan"), flow.key_of(cast, "lan")
    word = KEYS[Step.HOMEROOM]
    page = client.get(reverse("report_cards:class_to_sign", args=[word, cast.classroom.pk])).content.decode()
    rows = groups.waiting(cast.lan, Step.HOMEROOM, cast.classroom.pk)
    assert all(f'value="{one.shown.card_id}:{one.shown.sha256}"' in page for one in rows)
    body = {
        "lop": cast.classroom.pk, "the": [f"{one.shown.card_id}:{one.shown.sha256}" for one in rows[:2]],
        "khoa": key.certificate.pk, "mat-khau": SECRET,
    }  # fmt: skip
    client.post(reverse("report_cards:begin", args=[word]), body)
    assert Batch.objects.get().cards == [one.shown.card_id for one in rows[:2]]


def test_mai_sees_no_batch_of_lans(cast: Cast, cards: list[Card]) -> None:
    made = flow.batch(cast, "lan", Step.SUBJECT, flow.key_of(cast, "lan"))
    address = reverse("report_cards:batch", args=[made.pk])
    assert cast.client("mai").get(address).status_code == 404
    assert cast.client("hung").get(address).status_code == 404
