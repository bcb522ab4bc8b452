"""Certificates of people and schools, whom the province believes, the register of signatures, and the limits."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded, Work
from khue.kernel.audit.models import Entry
from khue.kernel.people.models import Person
from khue.kernel.settings_store.models import Value
from khue.kernel.signing import actions, engine, installation, limits, queries
from khue.kernel.signing.command import main as verify
from khue.kernel.signing.models import Anchor, Certificate, Source
from khue.kernel.signing.records import Signed, record_signatures
from khue.kernel.signing.samples import sample_xml
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SECRET = "một câu bí mật"


@pytest.fixture
def demo(settings: Any, tmp_path: Path) -> engine.Authority:
    """Demo mode with a folder of its own, so with a test authority of its own."""
    settings.DEMO = True
    settings.VAR = tmp_path
    made = installation.trial_authority()
    assert made is not None
    return made


def numbered(cast: Cast, name: str, number: str) -> Person:
    person = cast.people[name]
    Person.objects.filter(pk=person.pk).update(personal_id=number)
    person.refresh_from_db()
    return person


@pytest.fixture
def lan(cast: Cast) -> Person:
    return numbered(cast, "lan", "038175001234")


def p12(authority: engine.Authority, person: Person) -> bytes:
    return authority.person(person.full_name, personal_id=person.personal_id or "").pkcs12(SECRET)


def test_lan_registers_her_certificate_and_signs_with_it(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    row = actions.register_certificate(
        cast.lan, lan, source=Source.FILE, secret=SECRET, key_file=p12(demo, lan)
    )
    assert (row.name, row.subject_number, row.key_kind) == (lan.full_name, "038175001234", "RSA 2048")
    assert list(queries.usable_certificates(cast.lan)) == [row]
    entry = Entry.objects.latest("pk")
    assert entry.action == "signing.register_certificate"
    with installation.opened(Certificate.objects.get(), SECRET) as signer:
        signed = engine.sign_xml(sample_xml(), signer, field="GVCN", capacity="Giáo viên", at=timezone.now())
    verdict = engine.validate_xml(signed, installation.policy(), timezone.now())
    assert verdict.is_valid, verdict.codes
    assert verdict.is_for_trial


def test_somebody_elses_certificate_is_refused_in_words(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    hung = numbered(cast, "hung", "038170005678")
    with pytest.raises(DomainError, match="không phải của người đang ký") as refused:
        actions.register_certificate(
            cast.lan, lan, source=Source.FILE, secret=SECRET, key_file=p12(demo, hung)
        )
    assert refused.value.code == "not_this_number"
    with pytest.raises(DomainError, match="Mật khẩu của tệp khóa không đúng"):
        actions.register_certificate(cast.lan, lan, source=Source.FILE, secret="sai", key_file=p12(demo, lan))
    with pytest.raises(NotVisible):
        actions.register_certificate(
            cast.lan, hung, source=Source.FILE, secret=SECRET, key_file=p12(demo, hung)
        )
    assert not Certificate.objects.exists()


def test_neither_key_nor_passphrase_reaches_the_record(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    content = p12(demo, lan)
    actions.register_certificate(cast.lan, lan, source=Source.FILE, secret=SECRET, key_file=content)
    with connection.cursor() as cursor:
        cursor.execute("select body from audit_payload")
        kept = "\n".join(str(row[0]) for row in cursor.fetchall())
    assert SECRET not in kept
    assert content.hex()[:60] not in kept


def test_a_withdrawn_certificate_signs_no_more_and_its_key_is_gone(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    row = actions.issue_trial(cast.lan, lan)
    actions.withdraw_certificate(cast.lan, lan, certificate_id=row.pk)
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert row.key_file is None
    assert not queries.usable_certificates(cast.lan).exists()
    with pytest.raises(DomainError):
        actions.withdraw_certificate(cast.lan, lan, certificate_id=row.pk)


def test_the_principal_registers_the_seal_and_the_clerk_sets_it(cast: Cast, demo: engine.Authority) -> None:
    content = demo.institution(cast.school.name, organisation_id="3800123456").pkcs12(SECRET)
    told = {"organisation_id": "3800123456", "source": Source.FILE, "secret": SECRET, "key_file": content}
    with pytest.raises(ProofNeeded):
        actions.register_seal(cast.actor("hung", proved=False), cast.school, **told)
    with pytest.raises(NotAllowed):
        actions.register_seal(cast.tam, cast.school, **told)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.register_seal(cast.mai, cast.school, **told)
    row = actions.register_seal(cast.hung, cast.school, **told)
    assert list(queries.seals(cast.tam)) == [row]
    assert not queries.seals(cast.mai).exists()
    assert not queries.seals(cast.lan).exists()
    with installation.opened(row, SECRET) as signer:
        assert engine.identity(signer.certificate).is_institution
    other = demo.institution("Trường khác", organisation_id="3800999999").pkcs12(SECRET)
    with pytest.raises(DomainError, match="không phải của đơn vị này"):
        actions.register_seal(cast.hung, cast.school, **{**told, "key_file": other})
    actions.withdraw_seal(cast.hung, row)
    assert not queries.seals(cast.tam).exists()


def test_trial_keys_exist_in_demo_mode_alone(
    cast: Cast, demo: engine.Authority, lan: Person, settings: Any
) -> None:
    row = actions.issue_trial(cast.lan, lan)
    assert row.source == Source.TRIAL
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in row.issuer
    seal = actions.issue_trial_seal(cast.hung, cast.school)
    assert seal.subject_number == cast.school.code
    settings.DEMO = False
    with pytest.raises(DomainError, match="bản dùng thử"):
        actions.issue_trial(cast.lan, lan)
    with pytest.raises(engine.RefusedToSign), installation.opened(row, actions.TRIAL_PASSPHRASE):
        pass
    assert installation.trial_authority() is None


def test_the_trial_authority_keeps_its_keys_to_itself(demo: engine.Authority) -> None:
    keys = list((installation.folder() / "trial").glob("*.key"))
    assert len(keys) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)
    again = engine.Authority.at(installation.folder() / "trial")
    assert again.root.certificate == demo.root.certificate


def test_the_department_decides_whom_to_believe(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    authority = engine.Authority.make("Công cộng")
    pem = authority.root.certificate.public_bytes(Encoding.PEM)
    admin = administrator(cast)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.trust(cast.hung, cast.department, content=pem)
    anchor = actions.trust(admin, cast.department, content=pem)
    assert actions.trust(admin, cast.department, content=pem) == anchor
    assert installation.policy().anchors == authority.anchors
    with pytest.raises(DomainError, match="chứng thư của tổ chức cấp"):
        actions.trust(admin, cast.department, content=b"junk")
    with pytest.raises(DomainError, match="Chỉ Sở"):
        actions.trust(admin, cast.school, content=pem)
    actions.distrust(admin, anchor)
    assert installation.policy().anchors == ()
    assert Anchor.objects.get().distrusted_at is not None


def administrator(cast: Cast) -> Any:
    """Sơn, given the administrator's role at the department."""
    RoleAssignment.objects.create(
        person=cast.people["son"], role="administrator", unit=cast.department, starts_on=date(2020, 1, 1),
        reason="quản trị",
    )  # fmt: skip
    return cast.actor("son", wanted=f"administrator:{cast.department.pk}")


def signed_row(cast: Cast, row: Certificate, place: int = 1, **more: Any) -> Signed:
    told = {
        "unit_id": cast.school.pk, "document_kind": "report_cards.card", "document_id": 7, "form": "xml",
        "position": place, "field": f"F{place}", "capacity": "Giáo viên", "signer_id": cast.people["lan"].pk,
        "certificate_id": row.pk, "sha256": "a" * 64, "result_sha256": "b" * 64, "signed_at": timezone.now(), **more,
    }  # fmt: skip
    return Signed(**told)


def test_the_register_takes_signatures_in_and_lets_none_out(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    row = actions.issue_trial(cast.lan, lan)
    record_signatures(
        Work(cast.lan, "signing.issue_trial", [row]), [signed_row(cast, row, 1), signed_row(cast, row, 2)]
    )
    assert [each.field for each in queries.signatures(cast.hung, "report_cards.card", [7])] == ["F1", "F2"]
    assert not queries.signatures(cast.mai, "report_cards.card", [7]).exists()
    assert queries.all_signatures("report_cards.card", [7]).count() == 2
    for statement in ("update signing_signature set field = 'x'", "delete from signing_signature"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(IntegrityError, match="signing_field_signed_once"), transaction.atomic():
        record_signatures(Work(cast.lan, "signing.issue_trial", [row]), [signed_row(cast, row, 1)])


def test_nobody_signs_more_in_an_hour_than_the_province_allows(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    Value.objects.create(
        name="signing.most_an_hour", unit=cast.department, value="3", valid_from=timezone.localdate()
    )
    row = actions.issue_trial(cast.lan, lan)
    limits.demand_room(lan.pk, 3)
    record_signatures(
        Work(cast.lan, "signing.issue_trial", [row]), [signed_row(cast, row, 1), signed_row(cast, row, 2)]
    )
    limits.demand_room(lan.pk, 1)
    with pytest.raises(DomainError) as refused:
        limits.demand_room(lan.pk, 2)
    assert refused.value.code == "sign_rate"
    limits.demand_room(cast.people["hung"].pk, 3)


def test_guessing_a_passphrase_must_wait_and_a_right_one_forgets(
    cast: Cast, demo: engine.Authority, lan: Person
) -> None:
    row = actions.issue_trial(cast.lan, lan)

    def attempt(secret: str) -> None:
        with limits.guessing(lan.pk), installation.opened(row, secret):
            pass

    for _ in range(5):
        with pytest.raises(engine.KeyProblem):
            attempt("sai")
    attempt(actions.TRIAL_PASSPHRASE)
    refusals = []
    for _ in range(20):
        try:
            attempt("sai")
        except engine.KeyProblem:
            refusals.append("wrong")
        except DomainError as refused:
            refusals.append(refused.code)
    assert refusals[0] == "wrong"
    assert refusals[-1] == "sign_guesses"
    with pytest.raises(DomainError):
        attempt(actions.TRIAL_PASSPHRASE)


def test_khue_verify_says_who_signed_and_whether_it_holds(
    cast: Cast, demo: engine.Authority, lan: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = actions.issue_trial(cast.lan, lan)
    with installation.opened(row, actions.TRIAL_PASSPHRASE) as signer:
        signed = engine.sign_xml(sample_xml(), signer, field="GVCN", capacity="Giáo viên", at=timezone.now())
    file = tmp_path / "hoc-ba.xml"
    file.write_bytes(signed)
    assert verify([str(file)]) == 0
    said = capsys.readouterr().out
    assert f"1. GVCN: {lan.full_name}" in said
    assert "038175001234" not in said
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in said
    assert said.endswith("HỢP LỆ\n")
    file.write_bytes(signed.replace(b"7.9", b"9.9"))
    assert verify([str(file), "--json"]) == 1
    assert '"ALTERED"' in capsys.readouterr().out
    assert verify([str(tmp_path / "khong-co.pdf")]) == 2
    settings_off = tmp_path / "la.xml"
    stranger = engine.Authority.make("Lạ").person("Ai đó", personal_id="000000000000")
    with stranger.open() as other:
        settings_off.write_bytes(
            engine.sign_xml(sample_xml(), other, field="X", capacity="x", at=timezone.now())
        )
    assert verify([str(settings_off)]) in {1, 3}
