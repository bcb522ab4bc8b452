"""`khue verify FILE`: who signed it, when, whether it was altered, by what this installation believes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from khue.kernel.signing import engine, installation
from khue.kernel.signing.engine.trust import shown
from khue.ui.words import mask_id

WORDS = {
    engine.VALID: "HỢP LỆ",
    engine.INDETERMINATE: "CHƯA KẾT LUẬN ĐƯỢC",
    engine.INVALID: "KHÔNG HỢP LỆ",
}
EXIT = {engine.VALID: 0, engine.INVALID: 1, engine.INDETERMINATE: 3}


def main(argv: Sequence[str]) -> int:
    """0 when valid, 1 when invalid, 3 when it cannot be told, 2 when the words or the file are wrong."""
    parser = argparse.ArgumentParser(
        prog="khue verify", description="Kiểm tra chữ ký của một tệp PDF hoặc XML."
    )
    parser.add_argument("file", metavar="TỆP")
    parser.add_argument("--sha256", default="", help="mã băm đã đăng ký của tệp")
    parser.add_argument("--at", default="", metavar="GIỜ", help="xét ở thời điểm này (ISO 8601, có múi giờ)")
    parser.add_argument("--json", action="store_true")
    try:
        arguments = parser.parse_args(list(argv))
        moment = datetime.fromisoformat(arguments.at) if arguments.at else datetime.now(UTC)
        data = Path(arguments.file).read_bytes()
    except SystemExit as ending:
        return int(ending.code or 0)
    except (OSError, ValueError) as problem:
        print(f"khue verify: {problem}", file=sys.stderr)
        return 2
    policy = installation.policy().for_file(sha256=arguments.sha256.lower())
    verdict = (engine.validate_pdf if data[:5] == b"%PDF-" else engine.validate_xml)(data, policy, moment)
    print(_json(verdict) if arguments.json else in_words(verdict))
    return EXIT[verdict.outcome]


def in_words(verdict: engine.Verdict) -> str:
    """The verdict as lines of text: each signature, then the reasons, then the conclusion."""
    lines = [line(each) for each in verdict.signatures]
    lines += [f"- {text}" for text in verdict.sentences]
    if verdict.is_for_trial:
        lines.append("- Chữ ký thử nghiệm, KHÔNG CÓ GIÁ TRỊ PHÁP LÝ.")
    return "\n".join([*lines, f"SHA-256 {verdict.sha256}", WORDS[verdict.outcome]])


def line(finding: engine.Finding) -> str:
    """One signature: who, as what, when, stamped or not, over how much."""
    who = finding.identity
    number = mask_id(who.personal_id) if who.personal_id else who.organisation_id
    parts = [f"{finding.order}. {finding.field}: {who.name}", number, finding.capacity]
    if finding.signed_at is not None:
        parts.append(shown(finding.signed_at))
    parts.append("có dấu thời gian" if finding.is_time_stamped else "không có dấu thời gian")
    if finding.covers:
        parts.append(f"chỉ phần {finding.covers}")
    return f"{', '.join(part for part in parts if part)}: {WORDS[finding.outcome].lower()}"


def _json(verdict: engine.Verdict) -> str:
    return orjson.dumps(
        {
            "outcome": verdict.outcome, "codes": verdict.codes, "sentences": verdict.sentences,
            "sha256": verdict.sha256, "trial": verdict.is_for_trial,
            "signatures": [
                {
                    "order": each.order, "field": each.field, "name": each.identity.name, "capacity": each.capacity,
                    "issuer": each.identity.issuer, "signed_at": each.signed_at, "stamped_at": each.stamped_at,
                    "covers": each.covers, "outcome": each.outcome, "codes": [one.code for one in each.reasons],
                }
                for each in verdict.signatures
            ],
        }
    ).decode()  # fmt: skip
