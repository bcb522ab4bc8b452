"""Register certificates, seals and the authorities that are believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.signing import engine, installation
from khue.kernel.signing.engine.cms import encoded
from khue.kernel.signing.models import Anchor, Certificate, Source
from khue.kernel.signing.records import keep_certificate

TRIAL_PASSPHRASE = "khue"  # noqa: S105 (opens keys of the test authority, which have no legal value)


@action("signing.register_certificate", own=True)
def register_certificate(
    work: Work, person: Person, *, source: str, secret: str, key_file: bytes = b"", locator: str = ""
) -> Certificate:
    """Register one's own certificate: from a PKCS#12 file, or from the token or credential named by `locator`.

    The certificate must name this person (number and name) and be fit to sign with now.
    """
    whom = engine.Whom(name=person.full_name, personal_id=person.personal_id or "")
    return _register(work, whom, source, secret, key_file, locator, person_id=person.pk)


@action("signing.register_seal")
def register_seal(
    work: Work,
    unit: Unit,
    *,
    organisation_id: str,
    source: str,
    secret: str,
    key_file: bytes = b"",
    locator: str = "",
) -> Certificate:
    """Register an institution's seal; `organisation_id` is the code that its certificate must name."""
    whom = engine.Whom(organisation_id=organisation_id)
    return _register(work, whom, source, secret, key_file, locator, unit_id=unit.pk)


def _register(
    work: Work,
    whom: engine.Whom,
    source: str,
    secret: str,
    key_file: bytes,
    locator: str,
    *,
    person_id: int | None = None,
    unit_id: int | None = None,
) -> Certificate:
    if source not in {Source.FILE, Source.TOKEN, Source.REMOTE}:
        raise DomainError(_("Chọn khóa ở đâu: tệp, thiết bị ký hay dịch vụ."))
    where: engine.KeySource = (
        engine.FileKey(key_file, secret)
        if source == Source.FILE
        else installation.source_at(source, locator, secret)
    )
    with in_words(), where.open() as signer:
        reasons = engine.check_certificate(
            signer.certificate, signer.chain, installation.policy(), timezone.now(), whom
        )
        if reasons:
            raise engine.RefusedToSign(*reasons)
        return keep_certificate(
            work, signer.certificate, signer.chain, source=source, locator=locator, person_id=person_id,
            unit_id=unit_id, key_file=key_file if source == Source.FILE else None,
        )  # fmt: skip


@action("signing.withdraw_certificate", own=True)
def withdraw_certificate(work: Work, person: Person, *, certificate_id: int) -> None:
    """Stop using one of one's own certificates; what was signed with it stays as it is."""
    row = (
        Certificate.objects.select_for_update()
        .filter(pk=certificate_id, person_id=person.pk, withdrawn_at__isnull=True)
        .first()
    )
    if row is None:
        raise DomainError(_("Không thấy chứng thư số này trong danh sách của thầy cô."))
    work.change(row, withdrawn_at=timezone.now(), key_file=None)


@action("signing.withdraw_seal", permission="signing.register_seal")
def withdraw_seal(work: Work, row: Certificate) -> None:
    """Stop using an institution's seal."""
    if row.withdrawn_at is None:
        work.change(row, withdrawn_at=timezone.now(), key_file=None)


@action("signing.issue_trial", own=True)
def issue_trial(work: Work, person: Person) -> Certificate:
    """In demo mode: a certificate of the test authority for oneself, without legal value; its passphrase is `khue`."""
    authority = _trial()
    issued = authority.person(person.full_name, personal_id=person.personal_id or "", kind="ec")
    return keep_certificate(
        work, issued.certificate, issued.chain, source=Source.TRIAL, person_id=person.pk,
        key_file=issued.pkcs12(TRIAL_PASSPHRASE),
    )  # fmt: skip


@action("signing.issue_trial_seal", permission="signing.register_seal")
def issue_trial_seal(work: Work, unit: Unit) -> Certificate:
    """In demo mode: a seal of the test authority for the institution, without legal value."""
    authority = _trial()
    issued = authority.institution(unit.name, organisation_id=unit.code, kind="ec")
    return keep_certificate(
        work, issued.certificate, issued.chain, source=Source.TRIAL, unit_id=unit.pk,
        key_file=issued.pkcs12(TRIAL_PASSPHRASE),
    )  # fmt: skip


def _trial() -> engine.Authority:
    authority = installation.trial_authority() if settings.DEMO else None
    if authority is None:
        raise DomainError(_("Khóa thử nghiệm chỉ có ở bản dùng thử."))
    return authority


@action("signing.trust")
def trust(work: Work, unit: Unit, *, content: bytes) -> Anchor:
    """Believe an authority from now on: its root certificate, PEM or DER. The target is the department."""
    if unit.parent_id is not None:
        raise DomainError(_("Chỉ Sở quyết định tin tổ chức cấp chứng thư số."))
    certificate = _read_certificate(content)
    kept = Anchor.objects.filter(sha256=engine.fingerprint(certificate), distrusted_at__isnull=True).first()
    return kept or work.create(
        Anchor(
            unit=unit, content=encoded(certificate), sha256=engine.fingerprint(certificate),
            name=engine.identity(certificate).name[:200], not_after=certificate.not_valid_after_utc,
            trusted_at=timezone.now(),
        )
    )  # fmt: skip


@action("signing.distrust", permission="signing.trust")
def distrust(work: Work, anchor: Anchor) -> None:
    """Stop believing an authority; signatures that rest on it alone are no longer valid."""
    if anchor.distrusted_at is None:
        work.change(anchor, distrusted_at=timezone.now())


def _read_certificate(content: bytes) -> x509.Certificate:
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            found = x509.load_pem_x509_certificate(content)
        else:
            found = x509.load_der_x509_certificate(content)
        basic = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        raise DomainError(_("Tệp không phải là chứng thư của tổ chức cấp.")) from None
    if not basic.ca:
        raise DomainError(_("Tệp không phải là chứng thư của tổ chức cấp."))
    return found


# Beside which field of a form a refusal belongs; one that is in none stands above the form.
PLACES = {
    "WRONG_PASSPHRASE": "secret", "WRONG_PIN": "secret", "PIN_LOCKED": "secret", "NOT_A_KEY_FILE": "key_file",
    "TOKEN_AWAY": "locator", "NO_KEY_ON_TOKEN": "locator", "SERVICE_REFUSED": "locator",
    "NOT_THIS_INSTITUTION": "organisation_id",
}  # fmt: skip


@contextmanager
def in_words() -> Iterator[None]:
    """What the engine refuses, as the DomainError that page, API, import and job show alike."""
    try:
        yield
    except engine.SigningProblem as problem:
        words = " ".join(_(each.template) % dict(each.values) for each in problem.reasons)
        place = PLACES.get(problem.code) if len(problem.reasons) == 1 else None
        raise DomainError(words, fields={place: words} if place else {}, code=problem.code.lower()) from None
