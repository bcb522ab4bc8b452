"""A pupil's cards leave for another province in one signed package, or come from one and are read as foreign."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action
from khue.kernel.people.models import Person
from khue.kernel.signing import engine, installation, limits
from khue.kernel.signing.actions import in_words
from khue.kernel.signing.engine.verdicts import held_against
from khue.lib import names
from khue.registry.roster.models import Enrolment
from khue.school.report_cards import datafile, keeping, packages, register, signed
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.actions.composing import province
from khue.school.report_cards.actions.signing import Hand
from khue.school.report_cards.models import Direction, Package, TransferSheet
from khue.school.report_cards.packages import CARD, SHEET, About, Opened, PackageError
from khue.school.report_cards.printing.shape import CardData
from khue.school.report_cards.queries import custody, transfers
from khue.school.report_cards.rules import Step

WORST: Final = (engine.VALID, engine.INDETERMINATE, engine.INVALID)
LONGEST: Final = 200


def export_package(actor: Actor, enrolment: Enrolment, *, to: str, key: KeyGiven) -> Package:
    """Make a package with the school's key; raises DomainError when it may not sign or nothing is to be packed."""
    assert actor.person_id is not None
    with (
        in_words(),
        limits.guessing(actor.person_id),
        installation.opened(key.certificate, key.secret) as signer,
    ):
        return make_package(actor, enrolment, to=to, hand=Hand(signer, key.certificate))


@action("report_cards.make_package", permission="report_cards.export")
def make_package(work: Work, enrolment: Enrolment, *, to: str, hand: Hand) -> Package:
    """Pack every valid card of a pupil, own and foreign, and the transfer sheet; sign the list; keep the file.

    The pupil's current school makes it. Raises DomainError when no card was issued, or a file is not what was issued.
    """
    if not enrolment.is_current:
        raise NotVisible
    if hand.certificate.unit_id != enrolment.school_id:
        raise DomainError(_("Con dấu số này không phải của trường."))
    target = " ".join(to.split())
    if not target or len(target) > LONGEST:
        words = _("Ghi trường, tỉnh nhận gói.")
        raise DomainError(words, fields={"to": words})
    person = Person.objects.get(pk=enrolment.person_id)
    files, years, is_test = _files(person.pk)
    if not files:
        raise DomainError(_("Em chưa có học bạ nào được cấp để đóng gói."))
    now = timezone.now()
    about = About(
        person.ministry_code or person.code, person.personal_id or "", person.full_name, person.birth_date,
        enrolment.school.name, enrolment.school.code, province(), target, timezone.localtime(now),
    )  # fmt: skip
    listing = engine.sign_xml(
        packages.listing_of(about, files), hand.signer, field=packages.FIELD, capacity="Chữ ký số của tổ chức", at=now,
        stamper=installation.stamper(),
    )  # fmt: skip
    data = packages.pack(listing, files)
    sha256 = keeping.keep(data)
    work.touch_people([person.pk])
    work.note(years=years, files=len(files), sha256=sha256, is_test=is_test)
    return work.create(
        Package(
            person=person, school_id=enrolment.school_id, direction=Direction.OUT.value, other=target, sha256=sha256,
            size=len(data), by_id=work.actor.person_id, at=now, verdict=engine.VALID, years=years,
        )
    )  # fmt: skip


def _files(person_id: int) -> tuple[list[tuple[str, bytes]], list[int], bool]:
    found: list[tuple[str, bytes]] = []
    years: list[int] = []
    is_test = False
    for card in custody.all_latest(person_id):
        files = register.files_of(card.pk)
        if files is None:
            continue
        name = f"{CARD}/{card.year_id}-{card.year_id + 1}-{card.code.lower()}"
        found += [(f"{name}.xml", _sound(files.data_sha256)), (f"{name}.pdf", _sound(files.paper_sha256))]
        years.append(card.year_id)
        is_test |= card.is_test
    for kept in Package.objects.filter(person_id=person_id, direction=Direction.IN).exclude(
        verdict=engine.INVALID
    ):
        try:
            opened = packages.unpack(_sound(kept.sha256))
        except PackageError as problem:
            raise DomainError(str(problem)) from problem
        for one in opened.listed:
            if one.kind == CARD and all(one.name != name for name, _data in found):
                found.append((one.name, opened.files[one.name]))
        years += [year for year in kept.years if year not in years]
    sheet = (
        TransferSheet.objects.filter(person_id=person_id, issued_at__isnull=False)
        .exclude(transfer__state__in=transfers.ENDED)
        .order_by("-issued_at")
        .first()
    )
    if sheet is not None:
        name = f"{SHEET}/{sheet.content['year']}-{sheet.content['year'] + 1}"
        found += [(f"{name}.xml", bytes(sheet.data)), (f"{name}.pdf", _sound(sheet.paper_sha256))]
    return found, sorted(years), is_test


def _sound(sha256: str) -> bytes:
    data = keeping.content(sha256)
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        raise DomainError(
            _("Có tệp học bạ không còn nguyên như lúc cấp, chưa đóng gói được. Báo người quản trị.")
        )
    return data


@action("report_cards.take_package", permission="report_cards.export")
def take_package(work: Work, package: Package) -> bytes:
    """The file of a package; that it was taken is written down."""
    _demand_holder(work, package.person_id)
    work.touch_people([package.person_id])
    return _sound(package.sha256)


@action("report_cards.write_receipt", permission="report_cards.export")
def write_receipt(work: Work, package: Package, *, receipt: str) -> Package:
    """Write down the paper by which the other school confirmed that it has the package."""
    text = " ".join(receipt.split())
    if not text or len(text) > 100:
        words = _("Ghi số, ngày giấy tiếp nhận.")
        raise DomainError(words, fields={"receipt": words})
    if package.direction != Direction.OUT:
        raise NotVisible
    work.touch_people([package.person_id])
    return work.change(package, receipt=text)


def _demand_holder(work: Work, person_id: int) -> None:
    rows: Any = Enrolment.objects.visible_to(work.actor, "report_cards.export")
    if not rows.filter(person_id=person_id, is_current=True).exists():
        raise NotVisible


# --- bringing one in --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """What is found in a package that somebody brings: whose, which years, how its signatures stand."""

    opened: Opened
    verdict: str
    reasons: tuple[str, ...]
    cards: tuple[CardData, ...]


def judge_package(data: bytes, moment: datetime | None = None) -> Judged:
    """Open a package and judge every signature in it by whom the installation believes; raises DomainError.

    A signature that is surely bad, or by a person where an institution signs, refuses the whole; one that cannot be
    judged (an authority not known here, a seal of another name than the school's) does not, and is said.
    """
    moment = moment or timezone.now()
    try:
        opened = packages.unpack(data)
        cards = tuple(_card(file) for _name, file in opened.data_files(CARD))
        schools = _schools(opened, cards)
    except (PackageError, datafile.DataFileError) as problem:
        raise DomainError(str(problem)) from problem
    if not cards:
        raise DomainError(_("Gói không có học bạ nào."))
    policy = installation.policy()
    seal = policy.for_file(expected=[engine.Expected(packages.FIELD)])
    verdicts = [(packages.LIST, engine.validate_xml(opened.listing, seal, moment))]
    for kind, root in ((CARD, datafile.ROOT), (SHEET, datafile.SHEET_ROOT)):
        for name, file in opened.data_files(kind):
            whole = policy.for_file(expected=_expected(file, root))
            verdicts.append((name, engine.validate_xml(file, whole, moment)))
    for name, file in opened.papers():
        verdicts.append((name, engine.validate_pdf(file, seal, moment)))
    verdicts = [(name, _by_whom(verdict, schools.get(_stem(name), ""))) for name, verdict in verdicts]
    worst = max((verdict.outcome for _name, verdict in verdicts), key=WORST.index)
    reasons = tuple(
        dict.fromkeys(
            f"{name}: {sentence}"
            for name, verdict in verdicts
            if not verdict.is_valid
            for sentence in verdict.sentences
        )
    )
    return Judged(opened, worst, reasons, cards)


def _schools(opened: Opened, cards: Sequence[CardData]) -> dict[str, str]:
    """Which school each file of a package names, by the file's name without its ending; a paper as its data file."""
    named = {_stem(packages.LIST): opened.about.school_name}
    for (name, _file), card in zip(opened.data_files(CARD), cards, strict=True):
        named[_stem(name)] = card.school.name
    for name, file in opened.data_files(SHEET):
        sheet, _reference = datafile.read_sheet(file)
        named[_stem(name)] = sheet.school.name
    return named


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _by_whom(verdict: engine.Verdict, school: str) -> engine.Verdict:
    """The school's place is signed by an institution, of that name, and every other place by a person."""
    against = []
    for one in verdict.signatures:
        is_seal = one.field == signed.FIELDS[Step.SCHOOL]
        if one.identity.is_institution != is_seal:
            against.append(engine.reason("NOT_ENTITLED", what=one.identity.name, field=one.field))
        elif is_seal and not bears(one.identity, school):
            against.append(engine.reason("SEAL_OF_ANOTHER_NAME", what=one.identity.name))
    return held_against(verdict, *against)


def bears(seal: engine.Identity, school: str) -> bool:
    """Whether a seal bears a school's name, with or without accents and the word "Trường", among other words or not."""
    name = f"{names.search_key(school)} ".removeprefix("truong ").strip()
    borne = (names.search_key(seal.name), names.search_key(seal.organisation))
    return bool(name) and any(f" {name} " in f" {words} " for words in borne)


def _expected(file: bytes, root: str) -> list[engine.Expected]:
    """The signatures a data file has, each over the whole or over its subject's row; head and school must be there."""
    try:
        made = signed.signatures_in(file, root)
    except datafile.DataFileError as problem:
        raise DomainError(str(problem)) from problem
    found = [
        engine.Expected(one.field, part=f"{signed.PART}{one.subject}" if one.subject else "") for one in made
    ]
    fields = {one.field for one in made}
    return found + [
        engine.Expected(field)
        for field in (signed.FIELDS[Step.PRINCIPAL], signed.FIELDS[Step.SCHOOL])
        if field not in fields
    ]


def _card(file: bytes) -> CardData:
    card, _reference = datafile.read(file)
    return replace(card, signatures=tuple(one.shown for one in signed.signatures_in(file)))


@action("report_cards.bring_package", permission="report_cards.export")
def bring_package(work: Work, enrolment: Enrolment, *, data: bytes) -> Package:
    """Take a package of another province in as this pupil's foreign record; read-only, part of the book.

    Raises DomainError when a signature in it is bad, when it is about somebody else, or its years are here already.
    """
    if not enrolment.is_current:
        raise NotVisible
    person = Person.objects.get(pk=enrolment.person_id)
    judged = judge_package(data)
    if judged.verdict == engine.INVALID:
        raise DomainError(_("Không nhận gói này: có chữ ký không đúng.") + " " + " ".join(judged.reasons[:3]))
    for card in judged.cards:
        if why := stranger(person, card.pupil):
            raise DomainError(why)
    sha256 = keeping.keep(data)
    if Package.objects.filter(person=person, sha256=sha256).exists():
        raise Conflict(_("Gói này đã có trong hồ sơ của em."))
    about = judged.opened.about
    work.touch_people([person.pk])
    work.note(sha256=sha256, verdict=judged.verdict, school=about.school_name)
    return work.create(
        Package(
            person=person, school_id=enrolment.school_id, direction=Direction.IN.value,
            other=", ".join(filter(None, (about.school_name, about.province)))[:200], sha256=sha256, size=len(data),
            by_id=work.actor.person_id, at=timezone.now(), verdict=judged.verdict, reasons=list(judged.reasons[:20]),
            years=sorted({card.year for card in judged.cards}), cards=_plain(judged.cards),
        )
    )  # fmt: skip


def _plain(cards: Sequence[CardData]) -> list[dict[str, Any]]:
    dump = datafile.content_adapter.dump_python
    return [{"content": dump(card, mode="json", exclude={"proof"})} for card in cards]


def stranger(person: Person, pupil: Any) -> str:
    """Why a card is not about this person, in words; empty when number, or name and birth date, agree."""
    if pupil.personal_id and person.personal_id:
        if pupil.personal_id == person.personal_id:
            return ""
        return _("Số định danh trên học bạ trong gói không phải của em.")
    same = names.fold(pupil.full_name) == names.fold(person.full_name) and pupil.born_on == person.birth_date
    return "" if same else _("Học bạ trong gói ghi họ tên, ngày sinh khác với hồ sơ của em.")
