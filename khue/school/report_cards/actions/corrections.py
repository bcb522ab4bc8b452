"""Putting right what an issued card says: asked with evidence, decided by the head, issued anew as the next edition.

An issued card never changes. The head grants the request, what is wrong is mended at its source (the gradebook's
`correct_results`, the pupil's record), a new edition is composed from the sources and signed again by everybody, and
with its issuing the old one is superseded (`superseding.follow`).
"""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import store
from khue.kernel.notify.notices import tell
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Enrolment
from khue.registry.roster.queries.places import all_nearest_holders
from khue.school.report_cards import datafile, register
from khue.school.report_cards.actions.composing import UNISSUED, Edition, compose_rows, province_of
from khue.school.report_cards.composing import Composed, compose_one
from khue.school.report_cards.differences import Difference, differences
from khue.school.report_cards.models import Card, Correction, CorrectionState, Draft, EntryKind
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.facts import ClassFacts, all_class_facts
from khue.school.report_cards.rules import ISSUED, NO_PERSONAL_ID, State

DECIDE, SIGN_ANEW = "report_cards.decide_correction", "report_cards.compose_edition"
PURPOSE: Final = "report_cards.evidence"
EVIDENCE: Final = ("pdf", "jpeg", "png", "webp")
SHORTEST, LONGEST, LONGEST_ANSWER, LONGEST_DECISION = 15, 500, 300, 100
NOTICE: Final = "report_cards.correction"


@action("report_cards.ask_correction")
def ask_correction(work: Work, card: Card, *, what: str, evidence: Any = None) -> Correction:
    """Ask the head to put an issued card right: what is wrong, what is right, with a paper that shows it.

    Raises DomainError with `what` or `evidence` among its fields, Conflict when somebody asked already.
    """
    if not custody.issued(work.actor).filter(pk=card.pk).exists():
        raise NotVisible
    return _ask(work, card, what, evidence)


@action("report_cards.ask_correction_as_holder", permission="report_cards.ask_correction")
def ask_correction_as_holder(
    work: Work, enrolment: Enrolment, *, card_id: int, what: str, evidence: Any = None
) -> Correction:
    """The same by the school that holds the pupil now, for a card that another school issued: that school decides."""
    card = (
        Card.objects.select_for_update(of=("self",)).filter(pk=card_id, person_id=enrolment.person_id).first()
    )
    if card is None or not enrolment.is_current or card.state not in custody.KEPT:
        raise NotVisible
    return _ask(work, card, what, evidence)


def _ask(work: Work, card: Card, what: str, evidence: Any) -> Correction:
    text = " ".join(what.split())
    if len(text) < SHORTEST:
        words = _("Ghi rõ chỗ sai trên học bạ và đúng phải là gì.")
        raise DomainError(words, fields={"what": words})
    if len(text) > LONGEST:
        words = _("Dài nhất %(n)s chữ.") % {"n": LONGEST}
        raise DomainError(words, fields={"what": words})
    if card.state not in {state.value for state in ISSUED}:
        raise Conflict(_("Học bạ này không còn là bản có giá trị."))
    if Correction.objects.filter(card=card, state__in=custody.OPEN_CORRECTIONS).exists():
        raise Conflict(_("Học bạ này đang có đề nghị sửa chờ nhà trường."))
    kept: StoredFile | None = None
    if evidence is not None:
        kept = store(work, evidence, purpose=PURPOSE, unit=card.school, kinds=EVIDENCE)
    work.reason = text[:300]
    assert work.actor.person_id is not None
    asked = work.create(Correction(card=card, asked_by_id=work.actor.person_id, what=text, evidence=kept))
    work.touch_people([card.person_id])
    work.touch(card)
    unit, people = all_nearest_holders("report_cards.decide_correction", card.school, without=None)
    url = reverse("report_cards:correction", args=[asked.pk])
    title = written(
        gettext_noop("Đề nghị sửa học bạ của em %(name)s, lớp %(room)s"),
        name=card.person.full_name, room=card.classroom.name,
    )  # fmt: skip
    open_task(
        work, kind=DECIDE, title=title, detail=text, url=url, action_label=gettext_noop("Xem và trả lời"),
        unit_id=unit, permission="report_cards.decide_correction", subject=reference(asked),
    )  # fmt: skip
    tell(work, people=people, kind=NOTICE, title=title, body=text, url=url, dedupe_key=reference(asked))
    return asked


@action("report_cards.withdraw_correction", permission="report_cards.ask_correction")
def withdraw_correction(work: Work, correction: Correction) -> Correction:
    """Take one's own request back as long as the head has not answered."""
    if correction.asked_by_id != work.actor.person_id:
        raise NotVisible
    _demand(correction, CorrectionState.ASKED)
    work.change(correction, state=CorrectionState.WITHDRAWN.value)
    close_tasks(work, reference(correction))
    return correction


@action("report_cards.refuse_correction", permission="report_cards.decide_correction")
def refuse_correction(
    work: Work, correction: Correction, *, answer: str, version: int | None = None
) -> Correction:
    """Say why the card stays as it is; whoever asked reads it."""
    _demand(correction, CorrectionState.ASKED, version)
    text = _line(answer, LONGEST_ANSWER, "answer", gettext_noop("Ghi lý do, người đề nghị sẽ đọc."))
    work.reason = text
    _decided(work, correction, CorrectionState.REFUSED, answer=text)
    _answer(work, correction, gettext_noop("Nhà trường không sửa học bạ của em %(name)s"), text)
    return correction


@action("report_cards.grant_correction", permission="report_cards.decide_correction")
def grant_correction(
    work: Work, correction: Correction, *, decision: str, answer: str = "", version: int | None = None
) -> Correction:
    """Decide, by a numbered decision of the head, that the card is put right; who asked does not decide."""
    _demand(correction, CorrectionState.ASKED, version)
    if correction.asked_by_id == work.actor.person_id:
        raise DomainError(_("Người đề nghị và người quyết định sửa điểm phải là hai người."))
    number = _line(decision, LONGEST_DECISION, "decision", gettext_noop("Ghi số, ngày quyết định."))
    work.reason = number
    _decided(
        work, correction, CorrectionState.GRANTED, answer=" ".join(answer.split())[:300], decision=number
    )
    card = correction.card
    open_task(
        work, kind=SIGN_ANEW,
        title=written(
            gettext_noop("Sửa và lập bản mới học bạ của em %(name)s"), name=card.person.full_name
        ),
        detail=correction.what, url=reverse("report_cards:correction", args=[correction.pk]),
        action_label=gettext_noop("Mở đề nghị"), unit_id=card.school_id,
        permission="report_cards.decide_correction", subject=reference(correction),
    )  # fmt: skip
    _answer(work, correction, gettext_noop("Nhà trường đồng ý sửa học bạ của em %(name)s"), number)
    return correction


def _decided(work: Work, correction: Correction, state: CorrectionState, **values: Any) -> None:
    work.change(
        correction, state=state.value, decided_by_id=work.actor.person_id, decided_at=timezone.now(), **values
    )
    close_tasks(work, reference(correction), [DECIDE])
    work.touch(correction.card)
    work.touch_people([correction.card.person_id])


def _answer(work: Work, correction: Correction, title: str, body: str) -> None:
    tell(
        work, people=[correction.asked_by_id], kind=NOTICE,
        title=written(title, name=correction.card.person.full_name), body=body,
        url=reverse("report_cards:correction", args=[correction.pk]),
        dedupe_key=f"{reference(correction)}:{correction.state}",
    )  # fmt: skip


def _demand(correction: Correction, state: CorrectionState, version: int | None = None) -> None:
    if correction.state != state or (version is not None and version != correction.version):
        raise Conflict(_("Đề nghị này vừa có người khác xử lý. Mở lại để xem."))


def _line(text: str, longest: int, name: str, otherwise: str) -> str:
    """A line somebody wrote, or DomainError: with `otherwise` (marked, not yet translated) when it is empty."""
    found = " ".join(text.split())
    if not found:
        words = _(otherwise)
        raise DomainError(words, fields={name: words})
    if len(found) > longest:
        words = _("Dài nhất %(n)s chữ.") % {"n": longest}
        raise DomainError(words, fields={name: words})
    return found


# --- the next edition -------------------------------------------------------------------------------------------------


def all_recomposed(correction: Correction, facts: ClassFacts | None) -> list[Difference] | None:
    """What the next edition would say otherwise if it were composed of these; None when the pupil has no results."""
    made, changed = _recomposed(correction, correction.card, facts)
    return None if made is None else changed


def _recomposed(
    correction: Correction, card: Card, facts: ClassFacts | None
) -> tuple[Composed | None, list[Difference]]:
    judged = (
        next((one for one in facts.pupils if one.enrolment_id == card.enrolment_id), None) if facts else None
    )
    if facts is None or judged is None:
        return None, []
    words = replaces_line(correction)
    made = compose_one(facts, judged, province_of(facts.department), edition=card.edition + 1, replaces=words)
    return made, differences(datafile.card_of(card.content), made.card)


def replaces_line(correction: Correction) -> str:
    """What the new edition prints about the old one: in Vietnamese, whoever composes it."""
    card = correction.card
    day = timezone.localtime(card.issued_at) if card.issued_at else timezone.localtime()
    return (
        f"Thay bản {card.edition} cấp ngày {day:%d/%m/%Y} (mã {card.code}). "
        f"Sửa: {correction.what} Quyết định {correction.decision}."
    )


@action("report_cards.compose_edition", permission="report_cards.decide_correction")
def compose_edition(work: Work, correction: Correction) -> Card:
    """Compose the next edition from the sources as they are now; it waits for its signatures like any card.

    Composed again as long as nobody has signed it. Raises DomainError when the sources say what the old card said,
    Conflict when the new edition is being signed already or another card of the year waits.
    """
    _demand(correction, CorrectionState.GRANTED)
    old = Card.objects.select_for_update(of=("self",)).select_related("classroom").get(pk=correction.card_id)
    facts = all_class_facts(old.classroom_id)
    made, changed = _recomposed(correction, old, facts)
    if facts is None or made is None:
        raise DomainError(_("Không còn kết quả học tập của em trong năm học ấy để lập bản mới."))
    if not changed:
        raise DomainError(_("Điểm, hồ sơ vẫn như trên học bạ cũ. Sửa điểm hoặc hồ sơ trước rồi lập bản mới."))
    waiting = (
        Card.objects.select_for_update().filter(enrolment_id=old.enrolment_id, state__in=UNISSUED).first()
    )
    if waiting is not None and waiting.replaces_id != old.pk:
        raise Conflict(_("Năm học này của em đã có một bản đang chờ ký."))
    if waiting is not None and Draft.objects.filter(card=waiting).exists():
        raise Conflict(_("Bản mới đang ký, không lập lại được."))
    edition = Edition(old.edition + 1, old.pk, replaces_line(correction))
    compose_rows(work, old.classroom, facts, {old.enrolment_id: edition}, [old.enrolment_id])
    new = Card.objects.select_for_update().get(enrolment_id=old.enrolment_id, state__in=UNISSUED)
    if old.excuse and not new.excuse:
        problems = [code for code in new.problems if code != NO_PERSONAL_ID]
        state = State.DRAFT if problems else State.COMPLETE
        work.change(new, excuse=old.excuse, problems=problems, state=state.value)
    work.touch(old, correction)
    work.touch_people([old.person_id])
    work.reason = correction.decision
    work.note(edition=new.edition, differences=[str(one) for one in changed])
    close_tasks(work, reference(correction), [SIGN_ANEW])
    return new


# --- revoking ---------------------------------------------------------------------------------------------------------


@action("report_cards.revoke", permission="report_cards.decide_correction")
def revoke(work: Work, card: Card, *, reason: str, decision: str) -> Card:
    """Withdraw an issued card that should never have been: it stays in the register and says that it was revoked.

    Raises Conflict when it is valid no more, or a request to correct it is open.
    """
    why = _line(reason, LONGEST_ANSWER, "reason", gettext_noop("Ghi lý do thu hồi."))
    number = _line(decision, LONGEST_DECISION, "decision", gettext_noop("Ghi số, ngày quyết định."))
    if card.state not in {state.value for state in ISSUED}:
        raise Conflict(_("Học bạ này không còn là bản có giá trị."))
    if Correction.objects.filter(card=card, state__in=custody.OPEN_CORRECTIONS).exists():
        raise Conflict(_("Học bạ đang có đề nghị sửa: trả lời đề nghị trước rồi thu hồi."))
    files = register.files_of(card.pk)
    if files is None:
        raise DomainError(_("Học bạ này không có trong sổ cấp."))
    work.reason = why
    work.note(decision=number)
    work.change(card, state=State.REVOKED.value)
    work.touch_people([card.person_id])
    register.enter(work, card.school_id, [register.Line(card, EntryKind.REVOKED, files)], timezone.now())
    tell(
        work, people=custody.all_family(card.person_id), kind=NOTICE,
        title=written(
            gettext_noop("Học bạ lớp %(room)s của em %(name)s đã thu hồi"), room=card.classroom.name,
            name=card.person.full_name,
        ),
        body=written("%(why)s (%(number)s)", why=why, number=number), url=reverse("report_cards:my_cards"),
        dedupe_key=f"{reference(card)}:revoked",
    )  # fmt: skip
    return card
