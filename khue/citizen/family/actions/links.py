"""A guardian comes to a child by a slip: codes are handed out, shown with the birth date, used up (reliability F8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.citizen.family.models import LinkCode
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.people import codes, throttle
from khue.kernel.people.models import Person
from khue.registry.roster.actions.guardians import tie
from khue.registry.roster.models import Enrolment, Guardianship, Homeroom, Relation

LIFE: Final = timedelta(days=30)
TRIES: Final = 5
ADULT: Final = 18  # years
MOST: Final = 400
LINKED: Final = "family.linked"


@dataclass(frozen=True)
class Slip:
    """What is printed for one child, this once."""

    enrolment: Enrolment
    code: str
    relation: str


@dataclass(frozen=True)
class Issued:
    """Codes just made, the names left out with the reason, and until when they work."""

    slips: Sequence[Slip]
    left_out: Sequence[tuple[str, str]]
    expires_at: datetime


@action("family.issue_codes")
def issue_codes(work: Work, enrolments: Sequence[Enrolment], *, relation: str) -> Issued:
    """Make one code a child for a relation; an older one for the same is dead. The codes exist in the result only."""
    if relation not in Relation.values:
        raise DomainError(_("Chọn quan hệ với em."), fields={"relation": _("Chọn quan hệ với em.")})
    if len(enrolments) > MOST:
        raise DomainError(_("Mỗi lần nhiều nhất 400 em. Làm từng lớp."))
    people = Person.objects.in_bulk({one.person_id for one in enrolments})
    left_out, slips = [], []
    for one in enrolments:
        one.person = people[one.person_id]
        if not one.is_current:
            left_out.append((one.person.full_name, _("Em không còn học ở trường.")))
        elif one.person.birth_date is None:
            left_out.append((one.person.full_name, _("Hồ sơ chưa có ngày sinh: bổ sung rồi cấp mã.")))
        else:
            slips.append(Slip(one, codes.new_code(), relation))
    now = timezone.now()
    expires_at = now + LIFE
    LinkCode.objects.filter(
        enrolment__in=[slip.enrolment.pk for slip in slips], relation=relation, used_at__isnull=True,
        expires_at__gt=now,
    ).update(expires_at=now)  # fmt: skip
    work.create_many(
        LinkCode,
        ["enrolment_id", "relation", "code_hash", "issued_by_id", "issued_at", "expires_at", "tries"],
        [
            [
                slip.enrolment.pk, relation, codes.hash_of(slip.code), work.actor.person_id, now, expires_at, 0
            ]
            for slip in slips
        ],
    )  # fmt: skip
    work.touch_people(slip.enrolment.person_id for slip in slips)
    work.note(codes=len(slips))
    return Issued(slips, left_out, expires_at)


def redeem(actor: Actor, text: str, datum: str) -> LinkCode | None:
    """The living code that was typed with the child's right birth date; nothing for every other case, told by nobody.

    Wrong tries are counted three times over, each before anything is looked at: of the person, of the network, of the
    code. After ten in a row a person waits, after five the code is dead.
    """
    if actor.person_id is None or throttle.is_flooding(actor.ip):
        return None
    key = person_key(actor.person_id)
    if not throttle.reserve(key).allowed:
        return None
    hashes = [codes.hash_of(text, one) for one in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]
    with connection.cursor() as cursor:
        cursor.execute(
            "update family_link_code set tries = tries + 1 where code_hash = any(%s) and used_at is null "
            "and expires_at > %s and tries < %s returning id",
            [hashes if codes.read(text) else [], timezone.now(), TRIES],
        )
        row = cursor.fetchone()
    found = LinkCode.objects.select_related("enrolment__person").filter(pk=row[0] if row else 0).first()
    if found is not None and codes.is_datum(found.enrolment.person, datum):
        throttle.clear(key)
        return found
    throttle.count_network_failure(actor.ip)
    return None


def person_key(person_id: int) -> str:
    """Under which the wrong tries of one person are counted."""
    return f"link:{throttle.keyed('family', person_id)}"


@action("family.use_code", own=True)
def use_code(work: Work, person: Person, *, code: LinkCode) -> Guardianship:
    """Become the guardian of the child of a slip. What a court or the school has closed stays closed."""
    locked = LinkCode.objects.select_for_update().select_related("enrolment").get(pk=code.pk)
    now, today = timezone.now(), timezone.localdate()
    if locked.used_at is not None or locked.expires_at <= now:
        raise DomainError(_("Mã đã hết hiệu lực hoặc đã dùng. Xin nhà trường cấp phiếu mới."))
    if not locked.enrolment.is_current:
        raise DomainError(_("Em không còn học ở trường đã cấp phiếu. Xin trường mới cấp phiếu khác."))
    if _is_young_pupil(person):
        raise DomainError(
            _("Học sinh không dùng phiếu này. Cha mẹ, người giám hộ đăng nhập bằng tài khoản của mình.")
        )
    pupil = Person.objects.get(pk=locked.enrolment.person_id)
    before = list(Guardianship.objects.select_for_update().filter(pupil=pupil, guardian=person))
    if any(not one.may_view for one in before):
        raise DomainError(
            _(
                "Nhà trường đang giữ một hạn chế về việc xem hồ sơ của em. Liên hệ nhà trường để được giải đáp."
            )
        )
    if any(one.ends_on is not None and one.ends_on >= timezone.localdate(locked.issued_at) for one in before):
        raise DomainError(_("Quan hệ này đã được nhà trường kết thúc sau khi cấp phiếu. Liên hệ nhà trường."))
    row = tie(work, pupil, person, relation=locked.relation, starts_on=today)
    work.change(locked, used_at=now, used_by_id=person.pk, guardianship_id=row.pk)
    _tell(work, locked, pupil, person)
    return row


def _is_young_pupil(person: Person) -> bool:
    """Whether who holds the slip is a pupil under eighteen: slips go home in schoolbags (Civil Code art. 49)."""
    if not Enrolment.objects.filter(person=person, is_current=True).exists():
        return False
    today = timezone.localdate()
    born = person.birth_date
    return born is None or (born.year + ADULT, born.month, born.day) > (today.year, today.month, today.day)


def _tell(work: Work, code: LinkCode, pupil: Person, guardian: Person) -> None:
    """Whoever handed out the slip, the homeroom teacher and the other guardians hear of it."""
    today = timezone.localdate()
    others = Guardianship.objects.filter(
        pupil=pupil, may_view=True, starts_on__lte=today, ends_on__isnull=True
    ).exclude(guardian=guardian)
    teachers = Homeroom.objects.filter(
        classroom_id=code.enrolment.classroom_id or 0, starts_on__lte=today, ends_on__gt=today
    )
    staff = {*teachers.values_list("teacher_id", flat=True), code.issued_by_id} - {None, guardian.pk}
    title = written(
        gettext_noop("%(guardian)s đã được gắn với em %(pupil)s"),
        guardian=guardian.full_name,
        pupil=pupil.full_name,
    )
    body = gettext_noop(
        "Người này dùng phiếu mã của trường và ngày sinh của em. Nếu không đúng người, báo ngay cho nhà trường."
    )
    for people, url in (
        (staff, reverse("family:links")),
        (set(others.values_list("guardian_id", flat=True)), reverse("family:today")),
    ):
        tell(
            work, people=sorted(one for one in people if one), kind=LINKED, title=title, body=body, url=url,
            dedupe_key=f"{LINKED}:{code.pk}", unit_id=code.enrolment.school_id,
        )  # fmt: skip
