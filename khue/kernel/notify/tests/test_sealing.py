from __future__ import annotations

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from khue.kernel.notify import sealing
from khue.kernel.notify.tests.reading import Browser, claims_of


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(sealing.decoded(text), "big"), ec.SECP256R1())


def test_the_worked_example_of_the_standard_comes_out_to_the_byte() -> None:
    """RFC 8291, appendix A."""
    browser = Browser(
        private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), sealing.decoded("BTBZMqHH6r4Tts7J_aSIgg")
    )
    assert browser.keys["public_key"] == (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    sealed = sealing.seal(
        b"When I grow up, I want to be a watermelon",
        **browser.keys,
        salt=sealing.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
        key=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        padded_to=0,
    )
    assert sealing.encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
        "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.opened(sealed) == b"When I grow up, I want to be a watermelon"


def test_how_long_a_notice_is_does_not_show() -> None:
    browser = Browser()
    short, long = (sealing.seal(text.encode(), **browser.keys) for text in ("Tin", "Tin" * 100))
    assert len(short) == len(long) < sealing.RECORD_SIZE
    assert browser.opened(long) == b"Tin" * 100


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    first = sealing.house_point()
    sealing._key_at.cache_clear()
    assert sealing.house_point() == first
    assert stat.S_IMODE((tmp_path / "keys" / "push").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["push"]


def test_a_push_service_can_tell_who_sends(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    settings.CSRF_TRUSTED_ORIGINS = ["https://khue.example.edu.vn"]
    claims = claims_of(sealing.authorization("https://push.example.org/send/abc"))
    assert claims["aud"] == "https://push.example.org"
    assert claims["sub"] == "https://khue.example.edu.vn"
    assert claims["k"] == sealing.house_point()
    assert 0 < claims["exp"] - time.time() <= 24 * 3600


def test_threads_that_need_the_key_at_once_share_one(tmp_path: Path) -> None:
    begin = Barrier(8)

    def key_of(_turn: int) -> bytes:
        begin.wait()
        return sealing.point_of(sealing._key_at.__wrapped__(tmp_path / "keys"))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(key_of, range(8)))) == 1
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["push"]


def test_what_another_maker_of_the_key_left_half_done_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / f"push.{os.getpid()}").write_bytes(b"")
    assert sealing.point_of(sealing._key_at.__wrapped__(tmp_path))
