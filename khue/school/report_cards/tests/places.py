"""What tests of issued cards share: keys of a test authority, cards that say something, signing them all the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.signing import engine, installation
from khue.kernel.signing.engine.cms import encoded
from khue.kernel.signing.models import Anchor, Certificate
from khue.kernel.signing.records import keep_certificate
from khue.registry.roster.models import Enrolment
from khue.school.report_cards import codes, datafile
from khue.school.report_cards.issuing import issue
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.packing import packed
from khue.school.report_cards.printing import samples
from khue.school.report_cards.printing.shape import CardData
from khue.school.report_cards.rules import State, default_policy

BLANK = replace(samples.SECONDARY, signatures=(), proof=None)


@dataclass(frozen=True)
class Keys:
    """A test authority and who signs a card."""

    authority: engine.Authority
    teacher: engine.Issued
    homeroom: engine.Issued
    principal: engine.Issued
    school: engine.Issued


@cache
def keys() -> Keys:
    """Made once: RSA keys cost tenths of a second."""
    authority = engine.Authority.make("Tỉnh Lam Giang")
    return Keys(
        authority,
        authority.person("Nguyễn Thị Lan", personal_id="020185001234"),
        authority.person("Nguyễn Thị Lan", personal_id="020185001234"),
        authority.person("Trần Quốc Hùng", personal_id="020075001234"),
        authority.institution("TRƯỜNG THCS LÊ QUÝ ĐÔN", organisation_id="4900123456"),
    )


def work(name: str = "report_cards.test") -> Work:
    """A unit of work outside any action, for what an action calls."""
    return Work(Actor.system("report_cards.test"), name, [])


def trust(department: Unit) -> None:
    """The province believes the test authority and has its lists of what was revoked."""
    root = keys().authority.root.certificate
    Anchor.objects.create(
        unit=department, content=encoded(root), sha256=engine.fingerprint(root), name="CA thử",
        not_after=root.not_valid_after_utc, trusted_at=timezone.now(),
    )  # fmt: skip
    lists = installation.folder() / "crls"
    lists.mkdir(parents=True)
    for number, one in enumerate(keys().authority.crls()):
        (lists / f"{number}.crl").write_bytes(one.public_bytes(Encoding.DER))


def seal_of(school: Unit) -> Certificate:
    """The school's registered seal."""
    held = keys().school
    return keep_certificate(work(), held.certificate, held.chain, source="trial", unit_id=school.pk)


def says(person: Person, **more: Any) -> CardData:
    """A card that speaks of this person."""
    pupil = replace(
        BLANK.pupil, full_name=person.full_name, born_on=person.birth_date, learner_code=person.code
    )
    return replace(BLANK, pupil=pupil, **more)


def composed(enrolment: Enrolment, content: CardData | None = None, **more: Any) -> Card:
    """A card of a pupil that waits for its first signature."""
    content = content or says(enrolment.person)
    reference = codes.new_reference()
    values: dict[str, Any] = {
        "person": enrolment.person, "enrolment": enrolment, "year_id": enrolment.year_id,
        "school_id": enrolment.school_id, "classroom_id": enrolment.classroom_id, "level": enrolment.level,
        "grade": enrolment.grade, "sort_key": enrolment.sort_key, "state": State.COMPLETE,
        "steps": default_policy(enrolment.level).text, "unsigned": [one.code for one in content.subjects],
        "content": datafile.content_of(content), "fingerprint": datafile.fingerprint(content, reference),
        "reference": reference, "code": codes.new_code(), "composed_at": timezone.now(),
    }  # fmt: skip
    return Card.objects.create(**{**values, **more})


def sign(card: Card, at: datetime | None = None, *, until: str = "TRUONG") -> bytes:
    """The data file of a card with every signature up to one, in order."""
    at = at or datetime.now(UTC)
    data = datafile.write(datafile.card_of(card.content), card.reference)
    with ExitStack() as held:
        for field, capacity, part, key in _steps(card):
            signer = held.enter_context(key.open())
            data = engine.sign_xml(data, signer, field=field, capacity=capacity, at=at, part=part)
            if field == until:
                break
    return data


def _steps(card: Card) -> Iterator[tuple[str, str, str, engine.Issued]]:
    if "subject" in card.steps:
        for line in card.content["subjects"]:
            yield f"GVBM_{line['code']}", "Giáo viên môn học", f"MON_{line['code']}", keys().teacher
    yield "GVCN", "Giáo viên chủ nhiệm", "", keys().homeroom
    yield "HT", "Hiệu trưởng", "", keys().principal
    yield "TRUONG", "Chữ ký số của trường", "", keys().school


def waiting(card: Card) -> bytes:
    """A card that waits for the school's signature: its file lies in the draft; gives the file with that signature."""
    before = sign(card, until="HT")
    Draft.objects.create(card=card, data=packed(before), sha256=engine.content_sha256(before))
    Card.objects.filter(pk=card.pk).update(state=State.PRINCIPAL_SIGNED, unsigned=[])
    card.refresh_from_db()
    return sign(card)


def issue_all(cards: list[tuple[Card, bytes]], by: Work | None = None) -> None:
    """Issue cards as the school's step does, in one transaction."""
    school = cards[0][0].school
    with transaction.atomic(), keys().school.open() as signer:
        issue(by or work(), cards, signer, seal_of(school), timezone.now())


def issued(enrolment: Enrolment, content: CardData | None = None, **more: Any) -> Card:
    """A card signed and issued."""
    card = composed(enrolment, content, **more)
    issue_all([(card, waiting(card))])
    card.refresh_from_db()
    return card
