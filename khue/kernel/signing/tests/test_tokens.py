"""L4: keys on a token sign and never leave it; the PIN is in no log and no message."""

from __future__ import annotations

import logging
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from khue.kernel.signing import engine
from khue.kernel.signing.tests import softhsm
from khue.kernel.signing.tests.softhsm import put
from tests.signatures.tools import SOFTHSM
from tests.signatures.world import NOW, world


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store of tokens of its own."""
    with softhsm.store(tmp_path_factory.mktemp("tokens")) as folder:
        yield folder


@pytest.mark.parametrize("who", ["lan", "hung"])
def test_a_token_signs_both_kinds_of_file(tokens: Path, who: str) -> None:
    """Lan's key is RSA, Hùng's is on P-256."""
    some = world()
    issued = getattr(some, who)
    policy = some.policy()
    with put(issued).key().open() as signer:
        assert engine.fingerprint(signer.certificate) == engine.fingerprint(issued.certificate)
        xml = engine.sign_xml(some.xml, signer, field="GVCN", capacity="Giáo viên", at=NOW)
        pdf = engine.sign_pdf(some.pdf, signer, field="GVCN", capacity="Giáo viên", at=NOW)
    known = engine.Policy(policy.anchors, policy.evidence, (some.authority.issuing.certificate,))
    assert engine.validate_xml(xml, known, NOW).is_valid
    assert engine.validate_pdf(pdf, known, NOW).is_valid


def test_no_key_can_be_taken_off_a_token(tokens: Path) -> None:
    token = put(world().hung)
    with pkcs11.lib(SOFTHSM).get_token(token_label=token.label).open(user_pin=token.pin) as session:
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        assert len(keys) == 1
        assert keys[0][Attribute.EXTRACTABLE] is False
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            keys[0][Attribute.VALUE]


def test_a_wrong_pin_is_refused_and_no_pin_is_written_anywhere(
    tokens: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = put(world().hung)
    wrong = "9" + token.pin[::-1]
    with pytest.raises(engine.KeyProblem) as refused, token.key(wrong).open():
        pass
    assert refused.value.code == "WRONG_PIN"
    assert refused.value.__cause__ is None
    with token.key().open() as signer:
        signer.sign_digests([b"x" * 32])
    written = capfd.readouterr()
    everything = "\n".join(
        [
            caplog.text,
            written.out,
            written.err,
            str(refused.value),
            repr(refused.value),
            repr(token.key()),
            repr(signer),
        ]
    )
    assert token.pin not in everything
    assert wrong not in everything


def test_two_who_sign_on_one_token_at_once_do_not_log_each_other_out(tokens: Path) -> None:
    token = put(world().hung)
    with token.key().open() as first:
        with token.key().open() as second:
            second.sign_digests([b"x" * 32])
            with pytest.raises(engine.KeyProblem) as refused, token.key("9" + token.pin[::-1]).open():
                pass
            assert refused.value.code == "WRONG_PIN"
        first.sign_digests([b"x" * 32])
    with pytest.raises(engine.KeyProblem) as refused, token.key("9" + token.pin[::-1]).open():
        pass
    assert refused.value.code == "WRONG_PIN"


def test_a_token_that_is_not_there_is_said_to_be_away(tokens: Path) -> None:
    with pytest.raises(engine.KeyProblem) as refused, engine.TokenKey(SOFTHSM, "không có", "1234").open():
        pass
    assert refused.value.code == "TOKEN_AWAY"
    with pytest.raises(engine.KeyProblem) as refused, engine.TokenKey("/nowhere.so", "x", "1234").open():
        pass
    assert refused.value.code == "TOKEN_AWAY"


def test_a_token_without_a_key_says_so(tokens: Path) -> None:
    label, pin = f"trong-{secrets.token_hex(3)}", "48151623"
    words = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--pin",
        pin,
        "--so-pin",
        "00112233",
    ]
    subprocess.run(words, check=True, capture_output=True)
    pkcs11.lib(SOFTHSM).reinitialize()
    with pytest.raises(engine.KeyProblem) as refused, engine.TokenKey(SOFTHSM, label, pin).open():
        pass
    assert refused.value.code == "NO_KEY_ON_TOKEN"
