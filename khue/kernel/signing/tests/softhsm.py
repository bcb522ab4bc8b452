"""Tokens of SoftHSM for tests: a store of their own, a token with a key, its certificate and those above it."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from khue.kernel.signing import engine
from khue.kernel.signing.engine.authority import Issued
from khue.kernel.signing.engine.cms import encoded
from tests.signatures.tools import SOFTHSM, needs


@dataclass
class Token:
    """A token of SoftHSM with a key and a certificate on it."""

    label: str
    pin: str

    def key(self, pin: str = "") -> engine.TokenKey:
        return engine.TokenKey(SOFTHSM, self.label, pin or self.pin)


@contextmanager
def store(folder: Path) -> Iterator[Path]:
    """A store of tokens in a folder; the library reads its place from the environment when it begins."""
    needs("softhsm2-util")
    (folder / "store").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'store'}\nlog.level = INFO\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        yield folder


def put(issued: Issued) -> Token:
    """A new token that holds the key and the certificate."""
    made = Token(f"the-{secrets.token_hex(4)}", "4815" + secrets.token_hex(3))
    subprocess.run(
        [
            "softhsm2-util", "--init-token", "--free", "--label", made.label, "--pin", made.pin,
            "--so-pin", "00112233",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    pkcs8 = issued.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    library = pkcs11.lib(SOFTHSM)
    library.reinitialize()
    with library.get_token(token_label=made.label).open(user_pin=made.pin, rw=True) as session:
        is_rsa = isinstance(issued.key, rsa.RSAPrivateKey)
        template = decode_rsa_private_key(pkcs8) if is_rsa else decode_ec_private_key(pkcs8)
        template |= {
            Attribute.TOKEN: True, Attribute.ID: b"1", Attribute.LABEL: "ky", Attribute.SIGN: True,
            Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True,
        }  # fmt: skip
        session.create_object(template)
        for place, certificate in enumerate((issued.certificate, *issued.chain), start=1):
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.TOKEN: True, Attribute.ID: str(place).encode(),
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509, Attribute.VALUE: encoded(certificate),
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                }
            )  # fmt: skip
    return made
