"""L1: every bad file gets the right verdict and the right reason; the verifier of one file is never taken in either."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from khue.kernel.signing import engine
from khue.kernel.signing.standalone import verify_khue
from tests.signatures.museum import Exhibit, exhibits
from tests.signatures.world import EXPECTED, NOW, card, world

OUTCOMES = {0: engine.VALID, 1: engine.INVALID, 2: engine.INDETERMINATE}
NAMES = [each.name for each in exhibits()]


def judged(exhibit: Exhibit) -> engine.Verdict:
    work = engine.validate_pdf if exhibit.is_pdf else engine.validate_xml
    return work(exhibit.data, exhibit.policy, exhibit.moment)


def alone(folder: Path, data: bytes, policy: engine.Policy, moment=NOW) -> tuple[str, str]:
    """What the verifier of one file says, told the same."""
    file = folder / "file"
    file.write_bytes(data)
    words = [str(file), "--at", moment.isoformat()]
    for place, anchor in enumerate(policy.anchors):
        (folder / f"{place}.crt").write_bytes(anchor.public_bytes(Encoding.PEM))
        words += ["--root", str(folder / f"{place}.crt")]
    for place, crl in enumerate(policy.evidence.crls):
        (folder / f"{place}.crl").write_bytes(crl.public_bytes(Encoding.DER))
        words += ["--crl", str(folder / f"{place}.crl")]
    words += ["--sha256", policy.sha256] if policy.sha256 else []
    for each in policy.expected:
        words += ["--expect", f"{each.field}={each.personal_id or each.organisation_id}"]
    said: list[str] = []
    code = verify_khue.main(words, said.append)
    return OUTCOMES[code], "\n".join(said)


def test_the_museum_is_large_and_no_exhibit_shares_a_name() -> None:
    assert len(NAMES) >= 40
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_every_bad_file_gets_its_verdict_and_reason(place: int) -> None:
    exhibit = exhibits()[place]
    verdict = judged(exhibit)
    assert (verdict.outcome, exhibit.code in verdict.codes) == (exhibit.outcome, True), verdict.codes
    assert not verdict.is_valid
    assert all(verdict.sentences)


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_the_verifier_of_one_file_takes_no_bad_file_for_good(place: int, tmp_path: Path) -> None:
    exhibit = exhibits()[place]
    outcome, said = alone(tmp_path, exhibit.data, exhibit.policy, exhibit.moment)
    assert outcome != engine.VALID, said
    if exhibit.outcome == engine.INDETERMINATE:
        assert outcome == engine.INDETERMINATE, said


@pytest.mark.parametrize("kind", ["xml", "pdf"])
@pytest.mark.parametrize("stamped", [False, True])
def test_a_good_card_is_valid_for_both(kind: str, stamped: bool, tmp_path: Path) -> None:
    some = world()
    data = card(getattr(some, kind), stamper=some.stamper() if stamped else None)
    policy = some.policy().for_file(sha256=engine.content_sha256(data), expected=EXPECTED)
    verdict = (engine.validate_pdf if kind == "pdf" else engine.validate_xml)(data, policy, NOW)
    assert verdict.is_valid, verdict.codes
    assert [each.field for each in verdict.signatures] == ["GVCN", "HT", "TRUONG"]
    assert verdict.is_for_trial
    outcome, said = alone(tmp_path, data, policy)
    assert outcome == engine.VALID, said
    assert "Nguyễn Thị Lan (038175001234), Giáo viên chủ nhiệm, 22/11/2026 15:00" in said


def test_the_verifier_of_one_file_is_one_file_without_khue() -> None:
    text = Path(verify_khue.__file__).read_text()
    assert len(text.splitlines()) <= 300
    assert "import khue" not in text
    assert "from khue" not in text
