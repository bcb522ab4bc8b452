"""What anybody is told of a card: whether it is valid, whose it is, who signed it; never a mark (rules/02 section 5).

The quick answer compares every byte: the register's line with what the card says, both files with the line. The full
check judges each signature by the signing room. Anything that does not agree is said to be untrustworthy, and then
nothing else is said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.utils import timezone

from khue.kernel.signing import engine, installation
from khue.school.report_cards import keeping, register, signed, verifying
from khue.school.report_cards.queries import verification as queries
from khue.school.report_cards.queries.verification import Kept
from khue.school.report_cards.rules import State, Step, policy_of

LAST_GRADES: Final = frozenset({5, 9, 12})  # where a level is completed


class Standing(StrEnum):
    """The one answer."""

    VALID = "valid"
    TEST = "test"  # all in order, but signed by a test authority
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    RETURNED = "returned"  # the department gave it back to the school
    BROKEN = "broken"  # what is kept does not agree with the register


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows."""

    standing: Standing
    kept: Kept
    checked_at: datetime
    signatures: tuple[signed.Made, ...] = ()
    data: bytes = b""
    paper: bytes = b""

    @property
    def is_test(self) -> bool:
        """Whether a test authority signed it."""
        return bool(self.kept.said[12])

    @property
    def pupil(self) -> str:
        """The pupil's name."""
        return str(self.kept.content["pupil"]["full_name"])

    @property
    def school(self) -> str:
        """The school with commune and province."""
        place = self.kept.content["school"]
        return ", ".join(part for part in (place["name"], place["commune"], place["province"]) if part)

    @property
    def year(self) -> int:
        """The school year by its first calendar year."""
        return int(self.kept.content["year"])

    @property
    def completion(self) -> str:
        """The level completed, in words; empty in years that complete none."""
        return str(self.kept.content["completion"]) if self.kept.content["grade"] in LAST_GRADES else ""

    @property
    def edition(self) -> int:
        """Which edition this is."""
        return int(self.kept.said[3])

    @property
    def code(self) -> str:
        """The code to type."""
        return str(self.kept.said[2])

    @property
    def ended_at(self) -> datetime | None:
        """Since when it is replaced or revoked."""
        return self.kept.moments.get("revoked") or self.kept.moments.get("superseded")

    @property
    def teachers(self) -> int:
        """How many subject rows their teachers signed."""
        return sum(one.step == Step.SUBJECT for one in self.signatures)

    @property
    def signers(self) -> tuple[signed.Made, ...]:
        """Those who signed the whole card, in order."""
        return tuple(one for one in self.signatures if one.step != Step.SUBJECT)


def answer(reference: str) -> Answer | None:
    """The quick answer about an issued card; None when there is none of that reference."""
    kept = queries.all_kept(reference)
    if kept is None:
        return None
    now = timezone.now()
    if kept.files is None or not agrees(kept):
        return Answer(Standing.BROKEN, kept, now)
    data, paper = keeping.content(kept.files.data_sha256), keeping.content(kept.files.paper_sha256)
    if (
        data is None
        or paper is None
        or _sha256(data) != kept.files.data_sha256
        or _sha256(paper) != kept.files.paper_sha256
    ):
        return Answer(Standing.BROKEN, kept, now)
    return Answer(_standing(kept), kept, now, signed.signatures_in(data), data, paper)


def agrees(kept: Kept) -> bool:
    """Whether a card says what its line of the register was made of."""
    if kept.files is None or kept.at != kept.issued_at:
        return False
    fields = register.fields_of(kept.school_id, kept.seq, "issued", kept.at, kept.said, kept.files)
    if register.digest(kept.previous, fields) != kept.hash:
        return False
    return verifying.says(kept.content, str(kept.said[1]), str(kept.said[5]))


def _standing(kept: Kept) -> Standing:
    if "revoked" in kept.moments or kept.state == State.REVOKED:
        return Standing.REVOKED
    if "superseded" in kept.moments or kept.state == State.SUPERSEDED:
        return Standing.SUPERSEDED
    if kept.state == State.RETURNED:
        return Standing.RETURNED
    return Standing.TEST if kept.said[12] else Standing.VALID


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- every signature --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What the signing room says of both files."""

    data: engine.Verdict
    paper: engine.Verdict

    @property
    def is_valid(self) -> bool:
        """Both, or neither."""
        return self.data.is_valid and self.paper.is_valid

    @property
    def is_broken(self) -> bool:
        """Whether one of them is surely bad, not only unknown."""
        return engine.INVALID in (self.data.outcome, self.paper.outcome)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why not, in words."""
        return tuple(dict.fromkeys((*self.data.sentences, *self.paper.sentences)))


def check(found: Answer, at: datetime | None = None) -> Checked:
    """Judge every signature of both files, as the register knows them: by whom, in which order, over these bytes.

    `at`: as somebody would judge who asks at that moment (now).
    """
    kept, policy = found.kept, installation.policy()
    assert kept.files is not None
    noted, sealed = queries.all_noted(kept.pk, "xml"), queries.all_noted(kept.pk, "pdf")
    moment = at or timezone.now()
    data = policy.for_file(
        sha256=kept.files.data_sha256,
        registered_at=kept.at,
        expected=[expected(one.field, noted, one.subject) for one in _wanted(found)],
        made={field: one.at for field, one in noted.items()},
    )
    paper = policy.for_file(
        sha256=kept.files.paper_sha256,
        registered_at=kept.at,
        expected=[expected(signed.FIELDS[Step.SCHOOL], sealed)],
        made={field: one.at for field, one in sealed.items()},
    )
    return Checked(
        engine.validate_xml(found.data, data, moment), engine.validate_pdf(found.paper, paper, moment)
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    field: str
    subject: str = ""


def _wanted(found: Answer) -> list[_Wanted]:
    """The signatures that the card's policy asks for, in order; those of teachers as they come."""
    steps = policy_of(str(found.kept.said[11])).steps
    content: dict[str, Any] = found.kept.content
    teachers = [_Wanted(one.field, one.subject) for one in found.signatures if one.step == Step.SUBJECT]
    if Step.SUBJECT in steps:
        there = {one.subject for one in teachers}
        lines = content["subjects"] or content["primary_subjects"]
        teachers += [_Wanted(f"?{line['code']}", line["code"]) for line in lines if line["code"] not in there]
    return [*teachers, *(_Wanted(signed.FIELDS[step]) for step in steps if step != Step.SUBJECT)]


def expected(field: str, noted: Mapping[str, queries.Noted], subject: str = "") -> engine.Expected:
    """Whose signature a file must show in a place, by what the register of signatures says was made there."""
    one = noted.get(field)
    number, is_seal = (one.number, one.is_seal) if one is not None else ("", False)
    return engine.Expected(
        field,
        personal_id="" if is_seal else number,
        organisation_id=number if is_seal else "",
        part=f"{signed.PART}{subject}" if subject else "",
    )
