"""What anybody is told of a transfer sheet: whether it is as the school signed it, whose it is, who signed; no mark.

Sheets are few and stand in no register: every signature is judged each time one is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.kernel.signing import engine, installation
from khue.school.report_cards import datafile, keeping, signed
from khue.school.report_cards.models import TransferSheet
from khue.school.report_cards.printing.shape import TransferData
from khue.school.report_cards.queries import verification as queries
from khue.school.report_cards.rules import Step
from khue.school.report_cards.verification import Standing, expected

DOCUMENT: Final = "report_cards.transfersheet"
STEPS: Final = (Step.PRINCIPAL, Step.SCHOOL)


@dataclass(frozen=True, slots=True)
class SheetAnswer:
    """What the page shows; `sentences`: why it cannot be decided whether the signatures hold."""

    standing: Standing
    sheet: TransferSheet
    checked_at: datetime
    said: TransferData | None = None
    signers: tuple[signed.Made, ...] = ()
    sentences: tuple[str, ...] = ()


def answer(reference: str) -> SheetAnswer | None:
    """The answer about an issued sheet; None when there is none of that reference."""
    sheet = queries.all_issued_sheet(reference)
    if sheet is None:
        return None
    now = timezone.now()
    broken = SheetAnswer(Standing.BROKEN, sheet, now)
    data, paper = keeping.content(sheet.sha256), keeping.content(sheet.paper_sha256)
    if data is None or paper is None:
        return broken
    if (engine.content_sha256(data), engine.content_sha256(paper)) != (sheet.sha256, sheet.paper_sha256):
        return broken
    try:
        said, named = datafile.read_sheet(data)
        made = signed.signatures_in(data, datafile.SHEET_ROOT)
    except datafile.DataFileError:
        return broken
    verdicts = _verdicts(sheet, data, paper, now)
    if named != sheet.reference or any(one.outcome == engine.INVALID for one in verdicts):
        return broken
    sentences = tuple(dict.fromkeys(words for one in verdicts if not one.is_valid for words in one.sentences))
    standing = Standing.TEST if any(one.is_test for one in made) else Standing.VALID
    return SheetAnswer(standing, sheet, now, said, made, sentences)


def _verdicts(sheet: TransferSheet, data: bytes, paper: bytes, now: datetime) -> tuple[engine.Verdict, ...]:
    policy, noted = installation.policy(), queries.all_noted(sheet.pk, "xml", DOCUMENT)
    wanted = [expected(signed.FIELDS[step], noted) for step in STEPS]
    whole = policy.for_file(
        sha256=sheet.sha256,
        registered_at=sheet.issued_at,
        expected=wanted,
        made={field: one.at for field, one in noted.items()},
    )
    printed = policy.for_file(
        sha256=sheet.paper_sha256, registered_at=sheet.issued_at, expected=wanted[-1:]
    )  # the paper is sealed in the moment of issuing
    return engine.validate_xml(data, whole, now), engine.validate_pdf(paper, printed, now)
