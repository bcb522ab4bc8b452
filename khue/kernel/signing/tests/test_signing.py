"""What is signed is what was shown, keys come from files, and certificates are looked at before they sign."""

from __future__ import annotations

import hashlib
import logging
import random

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from khue.kernel.signing import engine
from khue.kernel.signing.engine.reasons import SENTENCES
from khue.kernel.signing.samples import sample_pdf
from tests.signatures.forging import last_range
from tests.signatures.world import DAY, HUNG, LAN, NOW, OTHER, SCHOOL, card, sign, world

WHOM = engine.Whom("Nguyễn Thị Lan", LAN)


@pytest.mark.parametrize("kind", ["xml", "pdf"])
def test_the_hash_shown_is_the_hash_signed(kind: str) -> None:
    some = world()
    data = getattr(some, kind)
    shown = engine.content_sha256(data)
    assert shown == hashlib.sha256(data).hexdigest()
    prepare = engine.prepare_xml if kind == "xml" else engine.prepare_pdf
    told = {"field": "HT", "capacity": "Hiệu trưởng", "at": NOW, "shown": shown}
    made = prepare(data, some.hung.certificate, some.hung.chain, **told)
    assert made.content_sha256 == shown
    with some.hung.open() as signer:
        assert engine.sign_many(signer, [made])[0] != data
    with pytest.raises(engine.RefusedToSign) as refused:
        prepare(data.replace(b"6.5", b"9.5").replace(b"7.9", b"9.9"), some.hung.certificate, **told)
    assert refused.value.code == "SHOWN_OTHER"


@pytest.mark.parametrize("kind", ["xml", "pdf"])
def test_a_field_is_signed_once(kind: str) -> None:
    data = sign(getattr(world(), kind), world().lan, "GVCN", "Giáo viên")
    with pytest.raises(engine.RefusedToSign) as refused:
        sign(data, world().hung, "GVCN", "Giáo viên")
    assert refused.value.code == "FIELD_TAKEN"


def test_signing_leaves_the_bytes_before_the_signature_as_they_were() -> None:
    some = world()
    signed = sign(some.xml, some.lan, "GVCN", "Giáo viên <&> chủ nhiệm")
    assert signed.startswith(some.xml[: some.xml.rindex(b"</")])
    verdict = engine.validate_xml(signed, some.policy(), NOW)
    assert verdict.is_valid
    assert verdict.signatures[0].capacity == "Giáo viên <&> chủ nhiệm"
    assert sign(some.pdf, some.lan, "GVCN", "Giáo viên").startswith(some.pdf)


def test_a_subject_teacher_signs_one_row_and_the_principal_everything() -> None:
    some = world()
    data = sign(some.xml, some.lan, "TOAN", "Giáo viên Toán", part="MON-1")
    data = sign(data, some.hung, "HT", "Hiệu trưởng")
    verdict = engine.validate_xml(data, some.policy(), NOW)
    assert verdict.is_valid
    assert [each.covers for each in verdict.signatures] == ["MON-1", ""]
    with pytest.raises(engine.RefusedToSign) as refused:
        sign(some.xml, some.lan, "VAN", "Giáo viên", part="MON-99")
    assert refused.value.code == "NO_SUCH_PART"


def test_a_key_file_opens_with_its_passphrase_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    some = world()
    content = some.lan.pkcs12("một câu bí mật")
    key = engine.FileKey(content, "một câu bí mật")
    with key.open() as signer:
        assert engine.identity(signer.certificate).personal_id == LAN
        assert engine.validate_xml(
            engine.sign_xml(some.xml, signer, field="GVCN", capacity="Giáo viên", at=NOW), some.policy(), NOW
        ).is_valid
    with pytest.raises(engine.KeyProblem) as refused, engine.FileKey(content, "sai").open():
        pass
    assert refused.value.code == "WRONG_PASSPHRASE"
    with pytest.raises(engine.KeyProblem) as refused, engine.FileKey(b"junk", "sai").open():
        pass
    assert refused.value.code == "NOT_A_KEY_FILE"
    assert "bí mật" not in repr(key) + caplog.text
    weak = some.weak.pkcs12("x")
    with pytest.raises(engine.KeyProblem) as refused, engine.FileKey(weak, "x").open():
        pass
    assert refused.value.code == "UNFIT_KEY"
    mixed = pkcs12.serialize_key_and_certificates(
        b"x", some.lan.key, some.lan.certificate, None, no_password()
    )
    assert mixed


def no_password():
    from cryptography.hazmat.primitives.serialization import NoEncryption

    return NoEncryption()


@pytest.mark.parametrize(
    ("who", "whom", "code"),
    [
        ("lan", WHOM, ""),
        ("lan", engine.Whom("nguyễn  thị LAN", LAN), ""),
        ("school", engine.Whom(organisation_id=SCHOOL), ""),
        ("hung", WHOM, "NOT_THIS_NUMBER"),
        ("lan", engine.Whom("Nguyễn Thị Làn", LAN), "NOT_THIS_PERSON"),
        ("school", WHOM, "NO_NUMBER"),
        ("lan", engine.Whom(organisation_id=SCHOOL), "NOT_THIS_INSTITUTION"),
        ("school", engine.Whom(organisation_id=OTHER), "NOT_THIS_INSTITUTION"),
        ("short", WHOM, "EXPIRED"),
        ("future", WHOM, "NOT_YET_VALID"),
        ("revoked", WHOM, "REVOKED"),
        ("no_use", WHOM, "WRONG_USE"),
        ("stamp_only", WHOM, "WRONG_USE"),
        ("weak", WHOM, "WEAK_KEY"),
        ("stranger", WHOM, "UNKNOWN_ISSUER"),
        ("rogue_lan", WHOM, "ROGUE_ISSUER"),
        ("of_revoked_authority", WHOM, "ISSUER_REVOKED"),
        ("by_a_person", engine.Whom("Trần Văn Hùng", HUNG), "NOT_AN_AUTHORITY"),
    ],
)
def test_a_certificate_is_looked_at_before_it_signs(who: str, whom: engine.Whom, code: str) -> None:
    some = world()
    issued = getattr(some, who)
    found = engine.check_certificate(issued.certificate, issued.chain, some.policy(), NOW, whom)
    assert [each.code for each in found[:1]] == ([code] if code else [])
    assert all(each.text for each in found)


def test_without_news_of_revocation_nobody_signs_unless_the_policy_says_so() -> None:
    some = world()
    bare = engine.Policy(some.authority.anchors, engine.Evidence())
    found = engine.check_certificate(some.lan.certificate, some.lan.chain, bare, NOW, WHOM)
    assert {each.code for each in found} == {"REVOCATION_UNKNOWN"}
    lenient = engine.Policy(some.authority.anchors, engine.Evidence(), revocation="when_known")
    assert not engine.check_certificate(some.lan.certificate, some.lan.chain, lenient, NOW, WHOM)


def test_an_answer_by_ocsp_does_as_well_as_a_list() -> None:
    some = world()
    root_only = some.crls()[:1]
    good = engine.Evidence(root_only, [some.authority.ocsp(some.lan.certificate, NOW)])
    assert engine.validate_xml(
        sign(some.xml, some.lan, "GVCN", "x"), engine.Policy(some.authority.anchors, good), NOW
    ).is_valid
    gone = engine.Evidence(root_only, [some.authority.ocsp(some.revoked.certificate, NOW)])
    verdict = engine.validate_xml(
        sign(some.xml, some.revoked, "GVCN", "x"), engine.Policy(some.authority.anchors, gone), NOW
    )
    assert verdict.codes[0] == "REVOKED"


@pytest.mark.parametrize("kind", ["xml", "pdf"])
def test_what_was_signed_in_time_stays_valid_when_it_can_be_proven(kind: str) -> None:
    """Certificates that ended or were withdrawn afterwards: a stamp proves it, and so does the register."""
    some = world()
    data, then = getattr(some, kind), NOW - 20 * DAY
    check = engine.validate_pdf if kind == "pdf" else engine.validate_xml
    for who in (some.short, some.revoked):
        stamped = sign(data, who, "GVCN", "x", then, stamper=some.stamper(then))
        verdict = check(stamped, some.policy(), NOW)
        assert verdict.is_valid, verdict.codes
        assert verdict.signatures[0].proven_by == "stamp"
        bare = sign(data, who, "GVCN", "x", then)
        assert check(bare, some.policy(), NOW).outcome == engine.INDETERMINATE
        registered = some.policy().for_file(sha256=engine.content_sha256(bare), registered_at=then)
        verdict = check(bare, registered, NOW)
        assert verdict.is_valid, verdict.codes
        assert (verdict.signatures[0].proven_by, verdict.signatures[0].is_time_stamped) == ("register", False)
        late = some.policy().for_file(sha256=engine.content_sha256(bare), registered_at=NOW - DAY / 2)
        assert check(bare, late, NOW).outcome == engine.INVALID


@pytest.mark.parametrize("kind", ["xml", "pdf"])
def test_the_register_s_word_of_each_signature_counts_and_only_for_the_registered_file(kind: str) -> None:
    some = world()
    then = NOW - 20 * DAY
    check = engine.validate_pdf if kind == "pdf" else engine.validate_xml
    data = sign(sign(getattr(some, kind), some.short, "GVCN", "x", then), some.hung, "HT", "x")
    sha256, issued = engine.content_sha256(data), NOW - DAY / 2
    known = some.policy().for_file(sha256=sha256, registered_at=issued, made={"GVCN": then})
    verdict = check(data, known, NOW)
    assert verdict.is_valid, verdict.codes
    assert [each.proven_at for each in verdict.signatures] == [then, issued]
    late = some.policy().for_file(
        sha256=sha256, registered_at=issued, made={"GVCN": NOW - DAY / 3, "HT": then}
    )
    assert check(data, late, NOW).codes == ("EXPIRED",), "a word after the issuing adds nothing"
    other = some.policy().for_file(sha256="0" * 64, registered_at=issued, made={"GVCN": then})
    assert "EXPIRED_NO_PROOF" in check(data, other, NOW).codes


def test_a_later_stamp_proves_the_earlier_signatures_too() -> None:
    some = world()
    then = NOW - 20 * DAY
    data = sign(some.xml, some.short, "GVCN", "x", then)
    data = sign(data, some.hung, "HT", "x", then, stamper=some.stamper(then))
    verdict = engine.validate_xml(data, some.policy(), NOW)
    assert verdict.is_valid, verdict.codes
    assert [each.proven_by for each in verdict.signatures] == ["later", "stamp"]


def test_a_file_that_was_made_to_last_is_valid_in_ten_years_without_its_authority() -> None:
    """L3: no list, no answer, no service; everything needed is in the file."""
    some = world()
    signed = card(some.pdf, stamper=some.stamper())
    long = engine.with_revocation(signed, some.policy(), NOW)
    assert engine.validate_pdf(long, some.policy(), NOW).is_valid
    lasting = engine.archive(long, some.stamper())
    gone, later = engine.Policy(some.authority.anchors, engine.Evidence()), NOW.replace(year=2036)
    verdict = engine.validate_pdf(lasting, gone, later)
    assert verdict.is_valid, verdict.codes
    assert [each.is_stamp for each in verdict.stamps] == [True]
    assert engine.validate_pdf(signed, gone, later).outcome == engine.INDETERMINATE
    again = engine.archive(lasting, some.authority.stamper(NOW + 3000 * DAY))
    assert engine.validate_pdf(again, gone, later).is_valid


def test_what_is_not_valid_is_not_made_to_last() -> None:
    some = world()
    with pytest.raises(engine.RefusedToSign) as refused:
        engine.with_revocation(sign(some.pdf, some.revoked, "GVCN", "x"), some.policy(), NOW)
    assert refused.value.code == "REVOKED"


@pytest.mark.parametrize("kind", ["xml", "pdf"])
def test_no_flipped_bit_passes_where_it_is_signed(kind: str) -> None:
    """Bits over the whole file: what passes lies in the last envelope; nothing does with the registered hash."""
    some = world()
    data = card(sample_pdf(text="Toan 6.5") if kind == "pdf" else some.xml)
    check = engine.validate_pdf if kind == "pdf" else engine.validate_xml
    registered = some.policy().for_file(sha256=engine.content_sha256(data))
    dice, passed = random.Random(4), []
    for _ in range(60):
        at = dice.randrange(len(data))
        other = data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
        if check(other, some.policy(), NOW).is_valid:
            passed.append(at)
        assert not check(other, registered, NOW).is_valid
    hole = range(*last_range(data)[1:3]) if kind == "pdf" else ()
    assert [at for at in passed if at not in hole] == []
    assert len(passed) <= 2


def test_every_sentence_is_vietnamese_and_takes_its_values() -> None:
    for code, (outcome, sentence) in SENTENCES.items():
        assert outcome in {engine.INVALID, engine.INDETERMINATE}, code
        said = engine.reason(code, what="x", when="y", field="z").text
        assert said.endswith((".", ")", "x")), code
        assert not any(word in said.casefold() for word in ("vui lòng", "thành công", "lỗi hệ thống")), code
        assert sentence.lstrip("“%(")[0].isalpha(), code
