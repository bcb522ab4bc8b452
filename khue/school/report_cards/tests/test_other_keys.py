"""Keys that are no file, through the pages: on a token or with a remote service, registered and signed with by Lan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.jobs.models import Run
from khue.kernel.people.models import Person
from khue.kernel.settings_store.models import Value
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Certificate, Signature
from khue.kernel.signing.tests import softhsm
from khue.kernel.signing.tests.signing_service import PIN, TOKEN, Service, running
from khue.school.report_cards import register
from khue.school.report_cards.models import Batch, Card, Draft, HeldSecret
from khue.school.report_cards.queries import groups
from khue.school.report_cards.rules import State, Step
from khue.school.report_cards.tests import flow
from khue.school.report_cards.waiting import KEYS, field_of, part_of
from tests.cast import START, Cast
from tests.signatures.tools import SOFTHSM

CREDENTIAL = "hieu-truong"  # the one that the service holds


@pytest.fixture(autouse=True)
def trial(settings: Any, own_files: Any) -> None:
    """Certificates of the test authority."""
    settings.DEMO = True


@pytest.fixture
def cards(cast: Cast) -> list[Card]:
    """Three cards that wait for their teachers."""
    flow.approved(cast, 3)
    return flow.compose(cast)


def issued(cast: Cast, name: str, kind: str = "rsa") -> engine.Issued:
    authority = installation.trial_authority()
    assert authority is not None
    return authority.person(cast.people[name].full_name, personal_id=flow.NUMBERS[name], kind=kind)


def issued_seal(cast: Cast) -> engine.Issued:
    authority = installation.trial_authority()
    assert authority is not None
    return authority.institution(cast.school.name, organisation_id=cast.school.code, kind="ec")


def setting(cast: Cast, name: str, value: str) -> None:
    Value.objects.create(name=name, unit=cast.department, value=value, valid_from=START)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Tokens of this test, plugged into the machine."""
    (tmp_path / "tokens").mkdir()
    with softhsm.store(tmp_path / "tokens") as folder:
        monkeypatch.setenv("KHUE_PKCS11_LIBRARY", SOFTHSM)
        yield folder


@pytest.fixture
def service(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A signing service that holds Lan's key, and is the one of the settings."""
    Person.objects.filter(pk=cast.people["lan"].pk).update(personal_id=flow.NUMBERS["lan"])
    made = issued(cast, "lan")
    monkeypatch.setenv("KHUE_SIGNING_SERVICE_TOKEN", TOKEN)
    with running(Service(made, made)) as found:
        setting(cast, "signing.remote_url", f"{found.url}/csc/v2")
        yield found


def registering(cast: Cast, source: str, locator: str, secret: str, name: str = "lan") -> Any:
    return cast.client(name).post(
        reverse("signing:register"), {"source": source, "locator": locator, "secret": secret}
    )


def form_of(cast: Cast, step: Step, row: Certificate, pin: str, name: str = "lan") -> dict[str, Any]:
    (group,) = groups.groups(cast.actor(name), step)
    return {"nhom": f"{group.classroom_id}:{group.digest}", "khoa": row.pk, "mat-khau": pin}


def signing(cast: Cast, step: Step, row: Certificate, pin: str, name: str = "lan", **more: Any) -> Any:
    body = form_of(cast, step, row, pin, name) | more
    return cast.client(name).post(reverse("report_cards:begin", args=[KEYS[step]]), body)


def beside(answer: Any, field: str, words: str) -> bool:
    """Whether the words stand in the feedback of that field, the field says so, and no secret came back."""
    page = answer.content.decode()
    _before, found, after = page.partition(f'id="{field}-loi"')
    return (
        bool(found)
        and words in after.partition("</div></div>")[0]
        and f'describedby="{field}-loi"' in page.replace(f"{field}-chu ", "")
    )


def sign_as_homeroom_too(cast: Cast, row: Certificate, pin: str) -> None:
    """The next step with the same key, by the page; then every card bears all of Lan's signatures, and they hold."""
    assert signing(cast, Step.HOMEROOM, row, pin).status_code == 302
    assert flow.run(Batch.objects.get(step="homeroom")) == "done"
    subjects = [line["code"] for line in Card.objects.all()[0].content["subjects"]]
    expected = [
        engine.Expected(field_of(Step.SUBJECT, code), personal_id=flow.NUMBERS["lan"], part=part_of(code))
        for code in subjects
    ]
    expected.append(engine.Expected(field_of(Step.HOMEROOM), personal_id=flow.NUMBERS["lan"]))
    policy = installation.policy().for_file(expected=expected)
    for draft in Draft.objects.all():
        verdict = engine.validate_xml(draft.file, policy, timezone.now())
        assert verdict.is_valid, verdict.codes


# --- a token


def test_lan_registers_her_token_and_signs_her_class_with_it(
    cast: Cast, cards: list[Card], store: Path
) -> None:
    token = softhsm.put(issued(cast, "lan"))
    assert registering(cast, "token", token.label, token.pin).status_code == 302
    row = Certificate.objects.get()
    assert (row.source, row.locator, row.key_file) == ("token", token.label, None)
    assert "Thiết bị ký" in cast.client("lan").get(reverse("report_cards:waiting")).content.decode()
    answer = signing(cast, Step.SUBJECT, row, token.pin)
    made = Batch.objects.get()
    assert answer.headers["Location"] == reverse("report_cards:batch", args=[made.pk])
    assert flow.run(made) == "done"
    assert "Đã ký <b>3</b> trong 3" in cast.client("lan").get(answer.headers["Location"]).content.decode()
    assert Signature.objects.filter(certificate=row).count() == 3 * 7
    assert not HeldSecret.objects.exists()
    sign_as_homeroom_too(cast, row, token.pin)


def test_a_wrong_pin_is_said_beside_its_field_and_the_form_keeps_the_rest(
    cast: Cast, cards: list[Card], store: Path
) -> None:
    token = softhsm.put(issued(cast, "lan", "ec"))
    wrong = "9" + token.pin[::-1]
    answer = registering(cast, "token", token.label, wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert beside(answer, "id_secret", "Mã PIN không đúng")
    assert f'value="{token.label}"' in page
    assert '<option value="token" selected>' in page
    assert wrong not in page
    assert not Certificate.objects.exists()

    registering(cast, "token", token.label, token.pin)
    row = Certificate.objects.get()
    answer = signing(cast, Step.SUBJECT, row, wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert beside(answer, "mat-khau-mon", "Mã PIN không đúng")
    assert '<a href="#mat-khau-mon">' in page
    assert wrong not in page
    assert f'<option value="{row.pk}" selected>' in page
    assert not Batch.objects.exists()
    assert not HeldSecret.objects.exists()


def test_what_was_left_out_stays_so_after_a_wrong_pin(cast: Cast, cards: list[Card], store: Path) -> None:
    flow.until(cast, Step.SUBJECT, cards)
    token = softhsm.put(issued(cast, "lan", "ec"))
    registering(cast, "token", token.label, token.pin)
    row = Certificate.objects.get(source="token")
    rows = groups.waiting(cast.lan, Step.HOMEROOM, cast.classroom.pk)
    values = [f"{one.shown.card_id}:{one.shown.sha256}" for one in rows]
    answer = cast.client("lan").post(
        reverse("report_cards:begin", args=[KEYS[Step.HOMEROOM]]),
        {"lop": cast.classroom.pk, "the": values[:2], "khoa": row.pk, "mat-khau": "000000"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert beside(answer, "mat-khau-chu-nhiem", "Mã PIN không đúng")
    assert [f'value="{value}" checked' in page for value in values] == [True, True, False]


def test_a_token_that_is_not_plugged_in_is_said_beside_the_key(
    cast: Cast, cards: list[Card], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = softhsm.put(issued(cast, "lan", "ec"))
    assert beside(registering(cast, "token", "khong-co", token.pin), "id_locator", "Không thấy thiết bị ký")
    registering(cast, "token", token.label, token.pin)
    row = Certificate.objects.get()
    Certificate.objects.update(locator="da-rut-ra")
    answer = signing(cast, Step.SUBJECT, row, token.pin)
    assert answer.status_code == 422
    assert beside(answer, "khoa-mon", "Không thấy thiết bị ký")
    monkeypatch.setenv("KHUE_PKCS11_LIBRARY", "")
    assert beside(registering(cast, "token", token.label, token.pin), "id_locator", "Không thấy thiết bị ký")


def test_a_token_pulled_out_after_the_batch_began_loses_nothing(
    cast: Cast, cards: list[Card], store: Path
) -> None:
    token = softhsm.put(issued(cast, "lan", "ec"))
    registering(cast, "token", token.label, token.pin)
    row = Certificate.objects.get()
    signing(cast, Step.SUBJECT, row, token.pin)
    made = Batch.objects.get()
    Certificate.objects.update(locator="da-rut-ra")
    assert flow.run(made) == "failed"
    assert "Không thấy thiết bị ký" in Run.objects.get(pk=made.run_id).problem
    assert (Signature.objects.count(), HeldSecret.objects.count()) == (0, 0)
    Certificate.objects.update(locator=token.label)
    address = reverse("report_cards:go_on", args=[made.pk])
    answer = cast.client("lan").post(address, {"khoa": row.pk, "mat-khau": "000000"})
    assert answer.status_code == 422
    assert beside(answer, "mat-khau-tiep", "Mã PIN không đúng")
    assert cast.client("lan").post(address, {"khoa": row.pk, "mat-khau": token.pin}).status_code == 302
    assert flow.run(made) == "done"
    assert Signature.objects.count() == 3 * 7


def test_the_principal_signs_and_seals_with_two_tokens(cast: Cast, cards: list[Card], store: Path) -> None:
    flow.until(cast, Step.HOMEROOM, cards)
    own, seal = softhsm.put(issued(cast, "hung", "ec")), softhsm.put(issued_seal(cast))
    client = cast.client("hung")
    registering(cast, "token", own.label, own.pin, "hung")
    answer = client.post(
        reverse("signing:register_seal"),
        {
            "dau-source": "token", "dau-locator": seal.label, "dau-secret": own.pin,
            "dau-organisation_id": cast.school.code,
        },
    )  # fmt: skip
    assert beside(answer, "id_dau-secret", "Mã PIN không đúng")
    client.post(
        reverse("signing:register_seal"),
        {
            "dau-source": "token", "dau-locator": seal.label, "dau-secret": seal.pin,
            "dau-organisation_id": cast.school.code,
        },
    )  # fmt: skip
    key = Certificate.objects.get(person=cast.people["hung"], withdrawn_at=None)
    stamp = Certificate.objects.get(unit=cast.school, withdrawn_at=None)
    more = {"dong-dau": "1", "dau": stamp.pk, "mat-khau-dau": "000000"}
    answer = signing(cast, Step.PRINCIPAL, key, own.pin, "hung", **more)
    page = answer.content.decode()
    assert beside(answer, "mat-khau-dau-hieu-truong", "Mã PIN không đúng")
    assert 'name="dong-dau" value="1" checked' in page
    more["mat-khau-dau"] = seal.pin
    assert signing(cast, Step.PRINCIPAL, key, own.pin, "hung", **more).status_code == 302
    assert flow.run(Batch.objects.get(signer=cast.people["hung"])) == "done"
    assert set(Card.objects.values_list("state", flat=True)) == {State.SEALED}
    assert all(register.files_of(card.pk) is not None for card in cards)


# --- a remote service


def test_lan_registers_a_remote_key_and_signs_her_class_with_it(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    assert registering(cast, "remote", CREDENTIAL, PIN).status_code == 302
    row = Certificate.objects.get()
    assert (row.source, row.locator, row.key_file) == ("remote", CREDENTIAL, None)
    service.asked.clear()
    assert signing(cast, Step.SUBJECT, row, PIN).status_code == 302
    assert "signatures/signHash" not in service.asked  # the PIN was tried, nothing was signed
    made = Batch.objects.get()
    assert flow.run(made) == "done"
    assert Signature.objects.filter(certificate=row).count() == 3 * 7
    sign_as_homeroom_too(cast, row, PIN)


def test_a_wrong_pin_of_the_service_is_said_before_anything_is_queued(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    answer = registering(cast, "remote", CREDENTIAL, "314159")
    assert answer.status_code == 422
    assert beside(answer, "id_secret", "Mã PIN không đúng")
    assert not Certificate.objects.exists()
    registering(cast, "remote", CREDENTIAL, PIN)
    row = Certificate.objects.get()
    answer = signing(cast, Step.SUBJECT, row, "314159")
    assert answer.status_code == 422
    assert beside(answer, "mat-khau-mon", "Mã PIN không đúng")
    assert "314159" not in answer.content.decode()
    assert not Batch.objects.exists()


def test_guesses_of_a_pin_are_counted_and_a_service_away_is_none(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    service.misbehaves = "away"
    for _again in range(12):
        answer = registering(cast, "remote", CREDENTIAL, PIN)
        assert "Dịch vụ ký số từ xa không trả lời" in answer.content.decode()
    service.misbehaves = ""
    assert registering(cast, "remote", CREDENTIAL, PIN).status_code == 302
    row = Certificate.objects.get()
    for _again in range(12):
        answer = signing(cast, Step.SUBJECT, row, "314159")
    assert beside(answer, "mat-khau-mon", "quá nhiều lần")
    assert beside(signing(cast, Step.SUBJECT, row, PIN), "mat-khau-mon", "quá nhiều lần")


def test_a_service_that_dies_in_the_middle_stops_the_batch_and_it_goes_on_later(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    registering(cast, "remote", CREDENTIAL, PIN)
    row = Certificate.objects.get()
    signing(cast, Step.SUBJECT, row, PIN)
    made = Batch.objects.get()
    service.misbehaves = "dies"
    assert flow.run(made) == "failed"
    run = Run.objects.get(pk=made.run_id)
    assert "Dịch vụ ký số từ xa không trả lời (503)" in run.problem
    assert (Signature.objects.count(), HeldSecret.objects.count(), run.failures) == (0, 0, [])
    address = reverse("report_cards:go_on", args=[made.pk])
    service.misbehaves = "away"
    answer = cast.client("lan").post(address, {"khoa": row.pk, "mat-khau": PIN})
    assert answer.status_code == 422
    assert beside(answer, "khoa-tiep", "không trả lời")
    service.misbehaves = ""
    assert cast.client("lan").post(address, {"khoa": row.pk, "mat-khau": PIN}).status_code == 302
    assert flow.run(made) == "done"
    assert Signature.objects.count() == 3 * 7


def test_a_service_that_answers_with_another_signature_signs_nothing(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    registering(cast, "remote", CREDENTIAL, PIN)
    signing(cast, Step.SUBJECT, Certificate.objects.get(), PIN)
    service.misbehaves = "other"
    made = Batch.objects.get()
    assert flow.run(made) == "failed"
    assert "trả về chữ ký không đúng" in Run.objects.get(pk=made.run_id).problem
    assert not Signature.objects.exists()


def test_a_credential_of_somebody_else_is_refused_in_words(
    cast: Cast, cards: list[Card], service: Service
) -> None:
    answer = registering(cast, "remote", CREDENTIAL, PIN, "mai")
    assert answer.status_code == 422
    assert "mang tên “Nguyễn Thị Lan”" in answer.content.decode()
    answer = registering(cast, "remote", "khong-co", PIN)
    assert beside(answer, "id_locator", "Không có khóa này")
    assert not Certificate.objects.exists()
