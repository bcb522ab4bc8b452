"""Remote signing (CSC API v2) and time stamps (RFC 3161) over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from khue.kernel.signing import engine
from khue.kernel.signing.engine.remote import Service as Client
from khue.kernel.signing.tests.signing_service import PIN, TOKEN, Service, running
from tests.signatures.world import NOW, world


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service(world().hung, world().authority.stamping)) as made:
        yield made


def key(
    service: Service, pin: str = PIN, credential: str = "hieu-truong", token: str = TOKEN
) -> engine.RemoteKey:
    return engine.RemoteKey(f"{service.url}/csc/v2", credential, pin, token)


def test_a_remote_key_signs_a_batch_with_one_call_for_as_many_as_the_service_allows(service: Service) -> None:
    some = world()
    with key(service).open() as signer:
        made = [
            engine.prepare_xml(
                some.xml, signer.certificate, signer.chain, field="HT", capacity=str(place), at=NOW
            )
            for place in range(12)
        ]
        files = engine.sign_many(signer, made)
    assert service.asked.count("signatures/signHash") == 3
    assert all(engine.validate_xml(each, some.policy(), NOW).is_valid for each in files)
    assert Client(f"{service.url}/csc/v2", TOKEN).credentials() == ["hieu-truong"]


def test_a_remote_key_signs_a_pdf(service: Service) -> None:
    some = world()
    with key(service).open() as signer:
        pdf = engine.sign_pdf(some.pdf, signer, field="HT", capacity="Hiệu trưởng", at=NOW)
    assert engine.validate_pdf(pdf, some.policy(), NOW).is_valid


def test_a_wrong_pin_is_refused_and_written_nowhere(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(engine.KeyProblem) as refused, key(service, "314159").open():
        pass
    assert refused.value.code == "WRONG_PIN"
    with key(service).open() as signer:
        signer.sign_digests([b"x" * 32])
    known = (
        caplog.text + repr(refused.value) + repr(key(service, "314159")) + repr(key(service)) + repr(signer)
    )
    assert "314159" not in known
    assert PIN not in known
    assert TOKEN not in repr(key(service))


def test_what_a_service_signed_is_looked_at(service: Service) -> None:
    service.misbehaves = "other"
    with pytest.raises(engine.KeyProblem) as refused, key(service).open() as signer:
        signer.sign_digests([b"x" * 32])
    assert refused.value.code == "SERVICE_WRONG"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"credential": "khong-co"}, "SERVICE_REFUSED"),
        ({"token": "sai"}, "SERVICE_REFUSED"),
    ],
)
def test_a_refusal_is_told(service: Service, told: dict, code: str) -> None:
    with pytest.raises(engine.KeyProblem) as refused, key(service, **told).open():
        pass
    assert refused.value.code == code


def test_a_disabled_key_and_a_silent_service_are_told(service: Service) -> None:
    service.enabled = False
    with pytest.raises(engine.KeyProblem) as refused, key(service).open():
        pass
    assert refused.value.code == "NO_KEY_ON_TOKEN"
    with (
        pytest.raises(engine.KeyProblem) as refused,
        engine.RemoteKey("http://127.0.0.1:9/csc/v2", "x", "1").open(),
    ):
        pass
    assert refused.value.code == "SERVICE_AWAY"
    with pytest.raises(engine.KeyProblem) as refused, engine.RemoteKey("", "x", "1").open():
        pass
    assert refused.value.code == "SERVICE_AWAY"


def test_a_stamp_is_had_from_a_service_and_believed(service: Service) -> None:
    some = world()
    stamper = engine.HttpStamper(f"{service.url}/stamp")
    with some.lan.open() as signer:
        xml = engine.sign_xml(some.xml, signer, field="GVCN", capacity="Giáo viên", at=NOW, stamper=stamper)
        pdf = engine.sign_pdf(some.pdf, signer, field="GVCN", capacity="Giáo viên", at=NOW, stamper=stamper)
    for verdict in (
        engine.validate_xml(xml, some.policy(), NOW),
        engine.validate_pdf(pdf, some.policy(), NOW),
    ):
        assert verdict.is_valid, verdict.codes
        assert verdict.signatures[0].stamped_at == NOW


def test_a_stamp_that_is_none_is_refused_and_nothing_is_signed(service: Service) -> None:
    service.misbehaves = "junk"
    with world().lan.open() as signer, pytest.raises(engine.StampProblem) as refused:
        engine.sign_xml(
            world().xml,
            signer,
            field="GVCN",
            capacity="x",
            at=NOW,
            stamper=engine.HttpStamper(f"{service.url}/stamp"),
        )
    assert refused.value.code == "STAMP_WRONG"
    with pytest.raises(engine.StampProblem) as refused:
        engine.HttpStamper("http://127.0.0.1:9/").stamp(b"x" * 32)
    assert refused.value.code == "STAMP_AWAY"
