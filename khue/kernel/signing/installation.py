"""What this installation believes and signs with: its policy, its time stamps, its key sources.

The engine knows no database; here its parts are filled from tables, settings and the folder `signing` of the
installation (`anchors/*.crt`, `crls/*.crl`, and in demo mode alone the test authority).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.utils import timezone

from khue.kernel.people.models import Person
from khue.kernel.settings_store.values import value_of
from khue.kernel.signing import engine
from khue.kernel.signing.engine.evidence import read_crl
from khue.kernel.signing.models import Certificate, Source
from khue.kernel.signing.records import read_chain
from khue.kernel.statements import fetch

FOLDER = "signing"
_ANCHORS = "select content from signing_anchor where distrusted_at is null order by id"
CRL_HOURS = 12


def folder() -> Path:
    """Where the installation keeps what signing needs and no table holds."""
    return Path(settings.VAR) / FOLDER


def trial_authority() -> engine.Authority | None:
    """The test authority, in demo mode alone; made at first use."""
    if not settings.DEMO:
        return None
    return _trial_authority(folder() / "trial")


@lru_cache(maxsize=4)
def _trial_authority(place: Path) -> engine.Authority:
    return engine.Authority.at(place)


@lru_cache(maxsize=4)
def _evidence(place: Path) -> engine.OnlineEvidence:
    """One lot of evidence for the process: what was fetched once serves all."""
    kept = engine.OnlineEvidence()
    for path in sorted((place / "crls").glob("*.crl")):
        kept.add(crls=[read_crl(path.read_bytes())])
    return kept


_trial_lists: dict[Path, datetime] = {}


def policy() -> engine.Policy:
    """Whom the installation believes now: anchors of table and folder, and in demo mode the test authority."""
    place = folder()
    evidence = _evidence(place)
    anchors = [x509.load_der_x509_certificate(content) for content in _anchors()]
    for path in sorted((place / "anchors").glob("*.crt")):
        anchors += x509.load_pem_x509_certificates(path.read_bytes())
    if (authority := trial_authority()) is not None:
        anchors += authority.anchors
        now = datetime.now(UTC)
        if _trial_lists.get(place, now) <= now:
            evidence.add(crls=authority.crls(now))
            _trial_lists[place] = now + timedelta(hours=CRL_HOURS)
    return engine.Policy(
        tuple(dict.fromkeys(anchors)), evidence, revocation=str(value_of("signing.revocation"))
    )


def _anchors() -> list[bytes]:
    return [bytes(row[0]) for row in fetch(_ANCHORS)]


def stamper() -> engine.Stamper | None:
    """The time-stamping service of the settings; in demo mode without one, that of the test authority; else None."""
    url = str(value_of("signing.stamp_url"))
    if url:
        return engine.HttpStamper(url)
    authority = trial_authority()
    return authority.stamper() if authority is not None else None


def key_source(row: Certificate, secret: str) -> engine.KeySource:
    """Where the key of a registered certificate is; `secret`: its passphrase or PIN, asked of its owner each batch."""
    if row.source in {Source.FILE, Source.TRIAL}:
        return engine.FileKey(bytes(row.key_file or b""), secret)
    return source_at(row.source, row.locator, secret)


def source_at(kind: str, locator: str, secret: str) -> engine.KeySource:
    """A key by its place: the token of that label, or the credential of that name at the signing service."""
    if kind == Source.TOKEN:
        return engine.TokenKey(os.environ.get("KHUE_PKCS11_LIBRARY", ""), locator, secret)
    if kind == Source.REMOTE:
        token = os.environ.get("KHUE_SIGNING_SERVICE_TOKEN", "")
        return engine.RemoteKey(str(value_of("signing.remote_url")), locator, secret, access_token=token)
    raise ValueError(f"no key is found by its place in a {kind}")


def certificate_of(row: Certificate) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """A registered certificate and those above it."""
    return x509.load_der_x509_certificate(bytes(row.content)), read_chain(bytes(row.chain))


def whom(row: Certificate) -> engine.Whom:
    """Who must be named by a registered certificate, as the records know them now."""
    if row.person_id is None:
        return engine.Whom(organisation_id=row.subject_number)
    person = Person.objects.values_list("full_name", "personal_id").get(pk=row.person_id)
    return engine.Whom(name=person[0], personal_id=person[1] or "")


@contextmanager
def opened(row: Certificate, secret: str, *, at: datetime | None = None) -> Iterator[engine.Signer]:
    """The key of a registered certificate, ready for a batch, when the certificate may sign now.

    Raises KeyProblem (passphrase, PIN, token, service) and RefusedToSign (chain, dates, revocation, use, whose it is).
    """
    with key_source(row, secret).open() as signer:
        reasons = engine.check_certificate(
            signer.certificate, signer.chain, policy(), at or timezone.now(), whom(row)
        )
        if engine.fingerprint(signer.certificate) != row.sha256:
            reasons = (engine.reason("KEY_NOT_OF_CERTIFICATE"), *reasons)
        if reasons:
            raise engine.RefusedToSign(*reasons)
        yield signer
