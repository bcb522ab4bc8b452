"""Consent slips: made and opened by the school, answered and taken back by guardians and pupils."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.citizen.surveys import rules
from khue.citizen.surveys.events import ConsentWithdrawn
from khue.citizen.surveys.models import Decision, Given, Purpose, Slip, State
from khue.citizen.surveys.queries import audience
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.jobs import queue
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.settings_store.values import value_of
from khue.registry.roster.models import Classroom, Enrolment

JOB: Final = "surveys.tell_opened"
OPENED, REMINDED, TAKEN_BACK = "surveys.slip_opened", "surveys.slip_reminder", "surveys.consent_withdrawn"
FIELDS: Final = ("purpose", "title", "body", "data_kinds", "receivers", "until", "due_on")
BIOMETRICS: Final = "surveys.biometrics"
LONGEST: Final = timedelta(days=3 * 366)


@action("surveys.make_slip", permission="surveys.manage_consents")
def make_slip(
    work: Work, place: Unit | Classroom, *, grade: int | None = None, values: Mapping[str, Any]
) -> Slip:
    """Write a slip for a class, a campus, a school or one grade of it; a draft until it is opened."""
    if isinstance(place, Classroom):
        whose = {"school_id": place.school_id, "campus_id": place.campus_id, "classroom_id": place.pk}
        unit = Unit.objects.get(pk=place.school_id)
    elif place.kind == UnitKind.CAMPUS:
        whose = {"school_id": place.parent_id, "campus_id": place.pk, "grade": grade}
        unit = place
    elif place.kind == UnitKind.SCHOOL:
        whose, unit = {"school_id": place.pk, "grade": grade}, place
    else:
        raise NotVisible
    _check(unit, values)
    chosen = {name: values[name] for name in FIELDS}
    return work.create(Slip(**whose, **chosen, made_by_id=work.actor.person_id))


@action("surveys.change_slip", permission="surveys.manage_consents")
def change_slip(work: Work, slip: Slip, *, version: int, values: Mapping[str, Any]) -> Slip:
    """Change the words of a slip that nobody has answered; whoever reads the old ones has to read again."""
    if slip.version != version:
        raise Conflict(_("Có người vừa sửa phiếu này. Mở lại rồi sửa."))
    if slip.state == State.CLOSED or Decision.objects.filter(slip=slip).exists():
        raise DomainError(
            _("Đã có người trả lời theo lời ghi trên phiếu. Cần hỏi khác đi thì lập phiếu mới.")
        )
    _check(slip.school, values)
    work.change(slip, **{name: values[name] for name in FIELDS})
    if slip.state == State.OPEN:
        work.change(slip, text_hash=hash_of(slip))
    return slip


def _check(unit: Unit, values: Mapping[str, Any]) -> None:
    """The law's contents are there and the days follow one another; raises DomainError."""
    today = timezone.localdate()
    faults: dict[str, str] = {}
    for name in ("title", "body", "data_kinds", "receivers"):
        if not str(values[name]).strip():
            faults[name] = _("Phải ghi mục này thì người trả lời mới đồng ý có căn cứ.")
    if values["purpose"] not in Purpose.values:
        faults["purpose"] = _("Chọn việc cần xin đồng ý.")
    elif values["purpose"] == Purpose.BIOMETRICS and not value_of(BIOMETRICS, unit):
        faults["purpose"] = _("Sở chưa cho dùng vân tay, khuôn mặt. Chọn việc khác.")
    if values["due_on"] < today:
        faults["due_on"] = _("Hạn trả lời phải từ hôm nay trở đi.")
    if values["until"] < values["due_on"]:
        faults["until"] = _("Ngày hết hiệu lực phải sau hạn trả lời.")
    elif values["until"] > today + LONGEST:
        faults["until"] = _("Đồng ý dùng được nhiều nhất 3 năm; sau đó xin lại.")
    if faults:
        raise DomainError(next(iter(faults.values())), fields=faults)


def hash_of(slip: Slip) -> str:
    """The hash of what people read on a slip."""
    return rules.text_hash([slip.purpose, slip.title, slip.body, slip.data_kinds, slip.receivers, slip.until])


@action("surveys.remove_slip", permission="surveys.manage_consents")
def remove_slip(work: Work, slip: Slip) -> None:
    """Throw a draft away."""
    if slip.state != State.DRAFT:
        raise DomainError(_("Phiếu đã gửi thì không xóa được, chỉ đóng lại."))
    work.remove(slip)


@action("surveys.open_slip", permission="surveys.manage_consents")
def open_slip(work: Work, slip: Slip) -> Slip:
    """Send a slip out: from now on its text is bound by its hash, and the families are told once."""
    if slip.state != State.DRAFT:
        raise DomainError(_("Phiếu này đã gửi rồi."))
    if slip.due_on < timezone.localdate():
        raise DomainError(_("Hạn trả lời đã qua. Sửa hạn rồi gửi."))
    work.change(slip, state=State.OPEN, opened_at=timezone.now(), text_hash=hash_of(slip))
    queue.wake(JOB, timedelta(0))
    return slip


@action("surveys.close_slip", permission="surveys.manage_consents")
def close_slip(work: Work, slip: Slip) -> Slip:
    """Take no more answers; what was agreed holds until its last day and can be taken back all the same."""
    if slip.state != State.OPEN:
        raise DomainError(_("Phiếu này không mở."))
    return work.change(slip, state=State.CLOSED, closed_at=timezone.now())


@action("surveys.tell_slip", permission="surveys.manage_consents")
def tell_slip(work: Work, slip: Slip) -> int:
    """Tell the guardians, and the pupils who are asked themselves, that a slip waits; once, however often it is run."""
    if slip.state != State.OPEN or slip.told_at is not None:
        return 0
    people: set[int] = set()
    for _pk, person, born, guardians in audience.all_asked_by_slip(slip, timezone.localdate()):
        people.update(guardians or ())
        if rules.asks_child(slip.purpose, born, timezone.localdate()):
            people.add(person)
    work.change(slip, told_at=timezone.now())
    return tell(
        work, people=people, kind=OPENED, title=written(gettext_noop("Xin ý kiến: %(title)s"), title=slip.title),
        body=written(gettext_noop("Đọc rồi chọn đồng ý hoặc không, hạn %(day)s. Không trả lời không phải là đồng ý."),
                     day=f"{slip.due_on:%d/%m/%Y}"),
        url=reverse("surveys:open"), dedupe_key=f"{OPENED}:{slip.pk}", unit_id=slip.school_id,
    )  # fmt: skip


@action("surveys.remind_slip", permission="surveys.manage_consents")
def remind_slip(work: Work, slip: Slip) -> int:
    """Remind those who have not answered, at most once a day; gives how many were."""
    today = timezone.localdate()
    if slip.state != State.OPEN or slip.due_on < today:
        raise DomainError(_("Phiếu không còn mở nên không nhắc được."))
    if slip.reminded_on == today:
        raise DomainError(_("Hôm nay đã nhắc rồi. Mỗi ngày nhắc một lần."))
    said: dict[int, dict[int, str]] = {}
    for enrolment, by, answer in Decision.objects.filter(slip=slip).order_by("pk").values_list(
        "enrolment_id", "by_id", "answer"
    ):  # fmt: skip
        said.setdefault(enrolment, {})[by] = answer
    people: set[int] = set()
    for pk, person, born, guardians in audience.all_asked_by_slip(slip, today):
        answers, needs_child = said.get(pk, {}), rules.asks_child(slip.purpose, born, today)
        given = [answers[one] for one in guardians or () if one in answers]
        now = rules.verdict(given, answers.get(person), needs_child=needs_child)
        if now.waits_for_child:
            people.add(person)
        elif now.answer == rules.NONE:
            people.update(guardians or ())
            if needs_child and person not in answers:
                people.add(person)
    work.change(slip, reminded_on=today)
    return tell(
        work, people=people, kind=REMINDED, title=written(gettext_noop("Chưa trả lời: %(title)s"), title=slip.title),
        body=written(gettext_noop("Nhà trường chờ ý kiến trước hết ngày %(day)s."), day=f"{slip.due_on:%d/%m/%Y}"),
        url=reverse("surveys:open"), dedupe_key=f"{REMINDED}:{slip.pk}:{today}", unit_id=slip.school_id,
    )  # fmt: skip


# --- answering ------------------------------------------------------------------------------------------------------
@action("surveys.answer_slip", permission="surveys.answer_consents")
def answer_slip(work: Work, enrolment: Enrolment, *, slip: Slip, answer: str, text_hash: str) -> Decision:
    """Say yes or no for an own child, or for oneself; bound to the text that was read. The same again adds nothing."""
    slip = Slip.objects.get(pk=slip.pk)
    today = timezone.localdate()
    if answer not in (Given.YES, Given.NO):
        raise DomainError(_("Chọn đồng ý hoặc không đồng ý."), fields={"answer": _("Chọn một trong hai.")})
    last = _last(work, enrolment, slip)
    if slip.state == State.DRAFT or not audience.all_slip_asks(slip.pk, enrolment.pk):
        raise NotVisible
    if slip.state != State.OPEN or slip.due_on < today:
        raise DomainError(_("Phiếu đã hết hạn trả lời. Liên hệ nhà trường."))
    if text_hash != slip.text_hash:
        raise Conflict(_("Nhà trường vừa sửa lời trên phiếu. Đọc lại rồi trả lời."))
    _check_child(work, enrolment, slip, today)
    if last is not None and last.answer == answer and last.text_hash == text_hash:
        return last
    made = _add(work, enrolment, slip, answer)
    if last is not None and last.answer == Given.YES:
        _told_back(work, slip, enrolment, made)
    return made


@action("surveys.withdraw_consent", permission="surveys.answer_consents")
def withdraw_consent(work: Work, enrolment: Enrolment, *, slip: Slip) -> Decision:
    """Take one's own yes back, at any time, without a reason; the school is told at once."""
    slip = Slip.objects.get(pk=slip.pk)
    last = _last(work, enrolment, slip)
    if last is None or last.slip_id != slip.pk:
        raise NotVisible
    if last.answer != Given.YES:
        raise DomainError(_("Không có lời đồng ý nào đang còn để rút."))
    made = _add(work, enrolment, slip, Given.WITHDRAWN)
    _told_back(work, slip, enrolment, made)
    return made


def _last(work: Work, enrolment: Enrolment, slip: Slip) -> Decision | None:
    """The newest answer of who acts."""
    rows = Decision.objects.filter(slip=slip, enrolment=enrolment, by_id=work.actor.person_id or 0)
    return rows.order_by("-pk").first()


def _check_child(work: Work, enrolment: Enrolment, slip: Slip, today: date) -> None:
    if work.actor.person_id != enrolment.person_id:
        return
    if not rules.asks_child(slip.purpose, Person.objects.get(pk=enrolment.person_id).birth_date, today):
        raise NotVisible


def _add(work: Work, enrolment: Enrolment, slip: Slip, answer: str) -> Decision:
    work.touch(slip)
    work.touch_people([enrolment.person_id])
    return work.create(
        Decision(
            slip=slip, enrolment=enrolment, by_id=work.actor.person_id or 0, answer=answer, text_hash=slip.text_hash,
            is_own=work.actor.person_id == enrolment.person_id,
        )
    )  # fmt: skip


def _told_back(work: Work, slip: Slip, enrolment: Enrolment, made: Decision) -> None:
    """A yes is gone: modules that use it act at once, and whoever made the slip hears of it."""
    work.announce(ConsentWithdrawn(slip.pk, enrolment.pk, slip.purpose))
    if slip.made_by_id is None:
        return
    name = Person.objects.get(pk=enrolment.person_id).full_name
    tell(
        work, people=[slip.made_by_id], kind=TAKEN_BACK,
        title=written(gettext_noop("Rút đồng ý: %(name)s"), name=name),
        body=written(gettext_noop("Phiếu “%(title)s”. Từ lúc này không dùng dữ liệu của em theo phiếu ấy nữa."),
                     title=slip.title),
        url=reverse("surveys:slip", args=[slip.pk]), unit_id=slip.school_id,
        dedupe_key=f"{TAKEN_BACK}:{made.pk}",
    )  # fmt: skip
