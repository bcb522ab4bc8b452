"""A batch: cards that somebody saw and signs in one go, in the background; the passphrase is asked for once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.actions.doing import require_proof
from khue.kernel.actions.written import written
from khue.kernel.jobs.actions import resume, start
from khue.kernel.jobs.models import Run, RunState
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.signing import installation, limits
from khue.kernel.signing.actions import in_words
from khue.kernel.signing.models import Certificate
from khue.school.report_cards import holding
from khue.school.report_cards.models import Batch
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import Shown

JOB: Final = "report_cards.sign_batch"
TITLES: Final = {
    Step.SUBJECT: gettext_noop("Ký môn mình dạy trên %(n)s học bạ"),
    Step.HOMEROOM: gettext_noop("Chủ nhiệm ký %(n)s học bạ"),
    Step.PRINCIPAL: gettext_noop("Hiệu trưởng ký %(n)s học bạ"),
    Step.SCHOOL: gettext_noop("Đóng dấu số %(n)s học bạ"),
}
TITLE_WITH_SEAL: Final = gettext_noop("Hiệu trưởng ký và đóng dấu số %(n)s học bạ")
IN_SEAL: Final = {"secret": "seal_secret", "key": "seal"}
PERSONAL: Final = (Step.SUBJECT, Step.HOMEROOM, Step.PRINCIPAL)


@dataclass(frozen=True, slots=True)
class KeyGiven:
    """A certificate somebody chose and the passphrase or PIN they typed."""

    certificate: Certificate
    secret: str

    def __repr__(self) -> str:
        return f"KeyGiven({self.certificate})"


def begin(
    actor: Actor,
    *,
    step: Step,
    school_id: int,
    cards: Sequence[Shown],
    key: KeyGiven,
    seal: KeyGiven | None = None,
) -> Batch:
    """Try the key, then queue the batch; raises DomainError with the reason when the key may not sign now.

    `cards` were shown to the actor, who may sign them (queries.signable said so; the job asks again for each).
    With `seal` the principal's batch is sealed by the school's key at once.
    """
    if actor.person_id is None or not cards:
        raise DomainError(_("Chọn ít nhất một học bạ để ký."))
    if step in (Step.PRINCIPAL, Step.SCHOOL):
        require_proof(actor)
    limits.demand_room(actor.person_id, len(cards) * (2 if seal or step == Step.SCHOOL else 1))
    _try_keys(actor, key, seal)
    return start_batch(
        actor, Person(pk=actor.person_id), step=step, school_id=school_id, cards=cards, key=key, seal=seal
    )


def _try_keys(actor: Actor, key: KeyGiven, seal: KeyGiven | None) -> None:
    """Try both; a refusal says of which one: `fields` key or secret, seal or seal_secret."""
    try_key(actor, key)
    if seal is None:
        return
    try:
        try_key(actor, seal)
    except DomainError as problem:
        words = {IN_SEAL.get(name, name): text for name, text in problem.fields.items()}
        raise DomainError(
            _("Con dấu số: %(why)s") % {"why": problem.message}, fields=words, code=problem.code
        ) from None


def try_key(actor: Actor, key: KeyGiven) -> None:
    """Open a key once, so that a wrong passphrase or a certificate that may not sign is said at once."""
    assert actor.person_id is not None
    try:
        with in_words(), limits.guessing(actor.person_id), installation.opened(key.certificate, key.secret):
            pass
    except DomainError as problem:
        place = "secret" if "secret" in problem.fields or problem.code == "sign_guesses" else "key"
        raise DomainError(problem.message, fields={place: problem.message}, code=problem.code) from None


@action("report_cards.start_batch", own=True)
def start_batch(
    work: Work,
    person: Person,
    *,
    step: Step,
    school_id: int,
    cards: Sequence[Shown],
    key: KeyGiven,
    seal: KeyGiven | None = None,
) -> Batch:
    """Write the batch down, hold the passphrase for it, queue it."""
    ordered = list(cards)
    ids = [one.card_id for one in ordered]
    if len(set(ids)) != len(ids):
        raise DomainError(_("Một học bạ được chọn hai lần."))
    busy = Batch.objects.filter(
        signer=person, step=step, cards__overlap=ids, run__state__in=[RunState.WAITING, RunState.RUNNING]
    )
    if busy.exists():
        raise DomainError(_("Đợt ký trước còn đang chạy với các học bạ này. Chờ xong rồi xem lại."))
    batch = work.create(
        Batch(
            signer_id=person.pk, school_id=school_id, step=str(step), with_seal=seal is not None, cards=ids,
            shown=[one.sha256 for one in ordered],
        )
    )  # fmt: skip
    _hold(work, batch, step, key, seal)
    title = written(TITLE_WITH_SEAL if seal else TITLES[step], n=len(ids))
    run = start(work, JOB, title, Unit.objects.get(pk=school_id), {"batch_id": batch.pk}, total=len(ids))
    return work.change(batch, run=run)


def _hold(work: Work, batch: Batch, step: Step, key: KeyGiven, seal: KeyGiven | None) -> None:
    holding.hold(work, batch, str(step), key.certificate.pk, key.secret)
    if seal is not None:
        holding.hold(work, batch, str(Step.SCHOOL), seal.certificate.pk, seal.secret)


def go_on(actor: Actor, batch: Batch, *, key: KeyGiven, seal: KeyGiven | None = None) -> Batch:
    """Go on with a batch that was stopped or broke off: the passphrase is asked for again."""
    if Step(batch.step) in (Step.PRINCIPAL, Step.SCHOOL):
        require_proof(actor)
    if batch.with_seal and seal is None:
        raise DomainError(_("Nhập cả mật khẩu con dấu số của trường."))
    _try_keys(actor, key, seal)
    return resume_batch(actor, batch, key=key, seal=seal)


@action("report_cards.resume_batch", own=True)
def resume_batch(work: Work, batch: Batch, *, key: KeyGiven, seal: KeyGiven | None = None) -> Batch:
    """Hold the passphrase anew and queue the rest."""
    run = Run.objects.select_for_update().get(pk=batch.run_id) if batch.run_id is not None else None
    if run is None or not run.can_resume:
        raise DomainError(_("Đợt ký này không dừng giữa chừng."))
    holding.forget(batch.pk)
    _hold(work, batch, Step(batch.step), key, seal if batch.with_seal else None)
    resume(work.actor, run)
    return batch
