"""The sheet of partial results of a pupil who moves in mid-year: composed, signed by the head, sealed by the school."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel import papers
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.actions.doing import require_proof
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.signing import engine, installation, limits
from khue.kernel.signing.actions import in_words
from khue.kernel.signing.models import Certificate
from khue.kernel.signing.records import Signed, record_signatures
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Enrolment, Transfer, TransferState
from khue.registry.roster.queries.places import all_holders
from khue.registry.roster.rules import TRANSFER_REASONS
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries.pupils import all_pupil_place, all_pupil_sheets
from khue.school.report_cards import addresses, codes, datafile, keeping, signed
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.actions.composing import province
from khue.school.report_cards.actions.signing import Hand, head_capacity_of
from khue.school.report_cards.models import SheetState, TransferSheet
from khue.school.report_cards.printing.papers import TRANSFER
from khue.school.report_cards.printing.shape import Proof, TransferData
from khue.school.report_cards.queries.facts import all_class_facts
from khue.school.report_cards.rules import Step
from khue.school.report_cards.transferring import sheet_of

TASK: Final = "report_cards.transfer_sheet"
DOCUMENT: Final = "report_cards.transfersheet"
OPEN: Final = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)
LONGEST_NUMBER: Final = 40


def ask_for_sheet(work: Work, transfer: Transfer) -> None:
    """Ask the head of the sending school for the sheet, when the pupil's class has a gradebook this year."""
    enrolment = transfer.enrolment
    room_id = enrolment.classroom_id
    if room_id is None or not Sheet.objects.filter(classroom_id=room_id, year__is_closed=False).exists():
        return
    if TransferSheet.objects.filter(transfer=transfer, state=SheetState.ISSUED).exists():
        return
    open_task(
        work, kind=TASK,
        title=written(
            gettext_noop("Ký phiếu kết quả chuyển trường của em %(name)s"), name=enrolment.person.full_name
        ),
        detail=written(
            gettext_noop("Chuyển đến: %(school)s"),
            school=transfer.to_school.name if transfer.to_school else transfer.to_outside,
        ),
        url=reverse("report_cards:transfer_sheet", args=[transfer.pk]), action_label=gettext_noop("Lập và ký"),
        unit_id=transfer.from_school_id, permission="report_cards.compose", subject=subject_of(transfer.pk),
    )  # fmt: skip


def subject_of(transfer_id: int) -> str:
    """What the task is about."""
    return f"roster.transfer:{transfer_id}:sheet"


@action("report_cards.compose_transfer_sheet", permission="report_cards.compose")
def compose_transfer_sheet(
    work: Work, enrolment: Enrolment, *, transfer_id: int, number: str = ""
) -> TransferSheet:
    """Freeze what the gradebook holds of the pupil today as the sheet of a transfer; anew as long as nobody signed it.

    Raises DomainError when the pupil's class has no marks, Conflict when the sheet is signed or the pupil has left.
    """
    transfer = (
        Transfer.objects.select_for_update(of=("self",))
        .select_related("to_school")
        .filter(pk=transfer_id, enrolment_id=enrolment.pk)
        .first()
    )
    if transfer is None:
        raise NotVisible
    if transfer.state not in OPEN:
        raise Conflict(_("Đơn chuyển trường này đã xong hoặc đã rút, không lập phiếu nữa."))
    known = TransferSheet.objects.select_for_update().filter(transfer=transfer).first()
    if known is not None and known.state != SheetState.COMPOSED:
        raise Conflict(_("Phiếu đã ký, không lập lại được."))
    sheet = _composed(enrolment, transfer, number_text(number))
    mark = known.reference if known is not None else codes.new_reference()
    data = datafile.write_sheet(sheet, mark)
    values = {
        "content": datafile.sheet_adapter.dump_python(sheet, mode="json", exclude=set(datafile.LEFT_OUT)),
        "data": data, "sha256": engine.content_sha256(data), "composed_at": timezone.now(),
    }  # fmt: skip
    work.touch_people([enrolment.person_id])
    work.touch(transfer)
    if known is not None:
        return work.change(known, **values)
    return work.create(
        TransferSheet(
            transfer=transfer, person_id=enrolment.person_id, enrolment=enrolment, school_id=enrolment.school_id,
            reference=mark, **values,
        )
    )  # fmt: skip


def number_text(typed: str) -> str:
    """The number as the paper bears it, with or without the word typed: "12/THCS" is "Số: 12/THCS"."""
    words = " ".join(typed.split())[:LONGEST_NUMBER]
    return words if not words or words.lower().startswith("số") else f"Số: {words}"


def _composed(enrolment: Enrolment, transfer: Transfer, number: str) -> TransferData:
    room_id = enrolment.classroom_id
    facts = all_class_facts(room_id) if room_id is not None else None
    judged = next((one for one in facts.pupils if one.enrolment_id == enrolment.pk), None) if facts else None
    place = all_pupil_place(enrolment.pk)
    if facts is None or judged is None or place is None:
        raise DomainError(_("Lớp của em không có sổ điểm, chuyển trường không cần phiếu kết quả."))
    day = timezone.localdate()
    other = transfer.to_school
    return sheet_of(
        facts, judged, all_pupil_sheets(place), province=province(),
        to_school=other.name if other is not None else transfer.to_outside, term=place.term_on(day), as_of=day,
        reason=str(TRANSFER_REASONS.get(transfer.reason_code, "")), number=number,
    )  # fmt: skip


def sign_sheet(actor: Actor, sheet: TransferSheet, *, shown: str, key: KeyGiven) -> TransferSheet:
    """Sign a sheet with the head's own key; raises DomainError when the key may not sign."""
    require_proof(actor)
    assert actor.person_id is not None
    with (
        in_words(),
        limits.guessing(actor.person_id),
        installation.opened(key.certificate, key.secret) as signer,
    ):
        return sign_transfer_sheet(actor, sheet, shown=shown, hand=Hand(signer, key.certificate))


def seal_sheet(actor: Actor, sheet: TransferSheet, *, shown: str, key: KeyGiven) -> TransferSheet:
    """Seal a sheet with the school's key; raises DomainError when the key may not sign."""
    require_proof(actor)
    assert actor.person_id is not None
    with (
        in_words(),
        limits.guessing(actor.person_id),
        installation.opened(key.certificate, key.secret) as signer,
    ):
        return seal_transfer_sheet(actor, sheet, shown=shown, hand=Hand(signer, key.certificate))


@action("report_cards.sign_transfer_sheet", permission="report_cards.sign_principal")
def sign_transfer_sheet(work: Work, sheet: TransferSheet, *, shown: str, hand: Hand) -> TransferSheet:
    """The head's signature on the data of a sheet, over the file that was shown."""
    _demand(sheet, SheetState.COMPOSED, shown)
    if hand.certificate.person_id != work.actor.person_id:
        raise DomainError(_("Chứng thư số này không phải của thầy cô."))
    capacity = head_capacity_of(work, str(sheet.content["principal"]["title"]))
    data = _signed(work, sheet, Step.PRINCIPAL, capacity, 1, hand)
    work.touch_people([sheet.person_id])
    return work.change(sheet, state=SheetState.SIGNED.value, data=data, sha256=engine.content_sha256(data))


@action("report_cards.seal_transfer_sheet", permission="report_cards.seal")
def seal_transfer_sheet(work: Work, sheet: TransferSheet, *, shown: str, hand: Hand) -> TransferSheet:
    """The school's signature on data and paper; from now on the sheet does not change and the new school reads it."""
    _demand(sheet, SheetState.SIGNED, shown)
    if hand.certificate.unit_id != sheet.school_id:
        raise DomainError(_("Con dấu số này không phải của trường."))
    data = _signed(work, sheet, Step.SCHOOL, "Chữ ký số của tổ chức", 2, hand)
    made = signed.signatures_in(data, datafile.SHEET_ROOT)
    is_test = any(one.is_test for one in made)
    site = addresses.site()
    proof = Proof(
        url=addresses.of(site, sheet.reference), code=sheet.reference, site=addresses.bare(site),
        fingerprint=engine.content_sha256(data), is_test=is_test,
    )  # fmt: skip
    content = signed.with_signatures(datafile.sheet_adapter.validate_python(sheet.content), made, proof)
    now = timezone.now()
    paper = engine.sign_pdf(
        papers.render(TRANSFER, content), hand.signer, field=signed.FIELDS[Step.SCHOOL],
        capacity="Chữ ký số của tổ chức", at=now, stamper=installation.stamper(),
    )  # fmt: skip
    work.touch_people([sheet.person_id])
    close_tasks(work, subject_of(sheet.transfer_id))
    issued = work.change(
        sheet, state=SheetState.ISSUED.value, data=data, sha256=keeping.keep(data), paper_sha256=keeping.keep(paper),
        is_test=is_test, issued_at=now,
    )  # fmt: skip
    transfer = Transfer.objects.select_related("to_school").get(pk=sheet.transfer_id)
    if transfer.to_school_id is not None:
        tell(
            work, people=all_holders("roster.transfer", transfer.to_school_id), kind="roster.transfer",
            title=written(
                gettext_noop("Có phiếu kết quả chuyển trường của em %(name)s"), name=sheet.person.full_name
            ),
            url=reverse("report_cards:transfer_sheet", args=[transfer.pk]), dedupe_key=reference(sheet),
        )  # fmt: skip
    return issued


def _demand(sheet: TransferSheet, state: SheetState, shown: str) -> None:
    if sheet.state != state:
        raise Conflict(_("Phiếu này vừa có người khác ký hoặc lập lại. Mở lại trang để xem."))
    if not Transfer.objects.filter(pk=sheet.transfer_id, state__in=OPEN).exists():
        raise Conflict(_("Đơn chuyển trường này đã xong hoặc đã rút, không ký phiếu nữa."))
    if sheet.sha256 != shown or engine.content_sha256(bytes(sheet.data)) != shown:
        raise Conflict(_("Phiếu đã khác bản trên trang. Mở lại trang, xem rồi ký."))


def _signed(work: Work, sheet: TransferSheet, step: Step, capacity: str, position: int, hand: Hand) -> bytes:
    """The data file with one more signature, which the register of signatures takes down."""
    now, stamper = timezone.now(), installation.stamper()
    before = bytes(sheet.data)
    field = signed.FIELDS[step]
    data = engine.sign_xml(before, hand.signer, field=field, capacity=capacity, at=now, stamper=stamper)
    certificate: Certificate = hand.certificate
    record_signatures(
        work,
        [
            Signed(
                unit_id=sheet.school_id, document_kind=DOCUMENT, document_id=sheet.pk, form="xml", position=position,
                field=field, capacity=capacity, signer_id=work.actor.person_id, certificate_id=certificate.pk,
                sha256=engine.content_sha256(before), result_sha256=engine.content_sha256(data), signed_at=now,
                is_time_stamped=stamper is not None,
            )
        ],
    )  # fmt: skip
    return data
