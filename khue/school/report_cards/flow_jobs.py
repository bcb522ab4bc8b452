"""Behind the page: a school's cards composed class after class, a batch signed a handful at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError
from khue.kernel.jobs.handle import Lost, RunHandle, Stopped, background
from khue.kernel.signing import installation
from khue.kernel.signing.actions import in_words
from khue.registry.roster.models import Classroom
from khue.school.report_cards import holding
from khue.school.report_cards.actions import composing, signing
from khue.school.report_cards.actions.signing import Hand, Refusal
from khue.school.report_cards.models import Batch, HeldSecret
from khue.school.report_cards.queries import signable
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import chunks

AT_ONCE: Final = 45  # cards signed in one transaction: a class
SEALED_AT_ONCE: Final = 8  # those whose paper is rendered too

log = logging.getLogger("khue.report_cards")


@background("report_cards.compose")
def compose_school(run: RunHandle, *, school_id: int, year_id: int) -> None:
    """Compose the cards of every class of a school's year; a class is one transaction and one step."""
    made = int(run.result.get("made", 0))

    def do(room: Classroom) -> None:
        nonlocal made
        done = composing.compose_class(run.actor, room)
        made += done.made + done.anew
        run.note(made=made)

    run.each(signable.all_classes(school_id, year_id), do, label=lambda room: room.name)


@background("report_cards.sign_batch")
def sign_batch(run: RunHandle, *, batch_id: int) -> None:
    """Sign a batch; killed at any moment it goes on after the last handful that was kept, and none is signed twice."""
    try:
        _sign_batch(run, batch_id)
    except Lost:
        raise  # whoever took the run over still needs the passphrase
    except BaseException:
        holding.forget(batch_id)
        raise
    holding.forget(batch_id)


def _sign_batch(run: RunHandle, batch_id: int) -> None:
    batch = Batch.objects.get(pk=batch_id)
    shown = dict(zip(batch.cards, batch.shown, strict=True))
    todo = list(batch.cards) if run.only is None else [pk for pk in batch.cards if pk in set(run.only)]
    begin = int(run.cursor or 0)
    if run.cursor is None:
        run.step(done=0, total=len(todo), cursor=0)
    if begin >= len(todo):
        return  # killed between its last handful and its end: all is signed and the passphrase may be gone
    step = Step(batch.step)
    with ExitStack() as stack, in_words():
        hands = {
            Step(row.step): _hand(stack, row) for row in HeldSecret.objects.filter(batch=batch).order_by("pk")
        }
        if step not in hands or (batch.with_seal and Step.SCHOOL not in hands):
            raise DomainError(
                _(
                    "Mật khẩu khóa ký không còn được giữ. Mở đợt ký, nhập lại mật khẩu để ký tiếp phần còn lại."
                )
            )
        size = SEALED_AT_ONCE if batch.with_seal or step == Step.SCHOOL else AT_ONCE
        done = begin
        for piece in chunks(todo[begin:], size):
            _piece(run, batch, piece, shown, hands, done + len(piece))
            done += len(piece)


def _hand(stack: ExitStack, row: HeldSecret) -> Hand:
    secret = holding.secret_of(row)
    if secret is None:
        raise DomainError(
            _("Mật khẩu khóa ký không còn được giữ. Mở đợt ký, nhập lại mật khẩu để ký tiếp phần còn lại.")
        )
    return Hand(stack.enter_context(installation.opened(row.certificate, secret)), row.certificate)


def _piece(
    run: RunHandle,
    batch: Batch,
    piece: Sequence[int],
    shown: dict[int, str],
    hands: dict[Step, Hand],
    reached: int,
) -> None:
    """One handful: its signatures and the place reached are one transaction. A card that breaks is left out alone."""
    try:
        _keep(run, reached, lambda: _sign(run.actor, batch, piece, shown, hands))
    except (Stopped, Lost):
        raise
    except DomainError as problem:
        if len(piece) == 1 or problem.code in KEY_PROBLEMS:
            raise
        _one_by_one(run, batch, piece, shown, hands, reached)
    except Exception:
        log.exception("batch %s: a handful failed, its cards are tried one by one", batch.pk)
        _one_by_one(run, batch, piece, shown, hands, reached)


# What is wrong with the key is wrong for every card: the batch stops and says so.
KEY_PROBLEMS: Final = frozenset({
    "expired", "revoked", "revocation_unknown", "revocation_stale", "token_away", "wrong_pin", "pin_locked",
    "service_away", "service_refused", "service_wrong", "not_this_person", "not_this_number", "unknown_issuer",
    "stamp_away", "stamp_refused", "key_not_of_certificate", "not_this_institution", "issuer_revoked", "wrong_use",
})  # fmt: skip


def _one_by_one(
    run: RunHandle,
    batch: Batch,
    piece: Sequence[int],
    shown: dict[int, str],
    hands: dict[Step, Hand],
    reached: int,
) -> None:
    def each() -> list[Refusal]:
        refused = []
        for pk in piece:
            try:
                with transaction.atomic():
                    refused += _sign(run.actor, batch, [pk], shown, hands)
            except DomainError as problem:
                if problem.code in KEY_PROBLEMS:
                    raise
                refused.append(Refusal(pk, _label(pk), problem.message))
            except Exception:
                log.exception("batch %s: card %s failed", batch.pk, pk)
                refused.append(
                    Refusal(pk, _label(pk), _("Khuê gặp lỗi ở học bạ này và đã ghi lại để sửa. Chưa ký."))
                )
        return refused

    _keep(run, reached, each)


def _keep(run: RunHandle, reached: int, do: Any) -> None:
    with run.stepping(count=0, cursor=reached):
        refused = do()
        run.done = reached
        if refused:
            run.step(
                failures=[{"key": one.card_id, "label": one.label, "message": one.message} for one in refused]
            )


def _label(card_id: int) -> str:
    return signable.all_label(card_id)


def _sign(
    actor: Actor, batch: Batch, piece: Sequence[int], shown: dict[int, str], hands: dict[Step, Hand]
) -> list[Refusal]:
    """Ask again who may sign what now, sign that, and list the rest."""
    step = Step(batch.step)
    refused: list[Refusal] = []
    hand = hands[step]
    if step == Step.SUBJECT:
        courses, cards = signable.own_courses(actor, piece)
        refused += _gone(piece, [card.pk for card in cards])
        if courses and cards:
            ids = [card.pk for card in cards]
            refused += signing.sign_subjects(actor, courses, card_ids=ids, shown=shown, hand=hand)
        return refused
    cards = signable.cards(actor, step, piece)
    refused += _gone(piece, [card.pk for card in cards])
    if not cards:
        return refused
    do = {
        Step.HOMEROOM: signing.sign_homeroom,
        Step.PRINCIPAL: signing.sign_principal,
        Step.SCHOOL: signing.seal,
    }
    refused += do[step](actor, cards, shown=shown, hand=hand)
    if batch.with_seal:
        left = {one.card_id for one in refused}
        cards = [card for card in signable.cards(actor, Step.SCHOOL, piece) if card.pk not in left]
        if cards:
            files = signable.all_files([card.pk for card in cards])
            refused += signing.seal(actor, cards, shown=files, hand=hands[Step.SCHOOL])
    return refused


def _gone(piece: Sequence[int], found: Sequence[int]) -> list[Refusal]:
    missing = [pk for pk in piece if pk not in set(found)]
    return [
        Refusal(pk, _label(pk), _("Thầy cô không còn được giao ký học bạ này, hoặc học bạ đã lập lại."))
        for pk in missing
    ]
