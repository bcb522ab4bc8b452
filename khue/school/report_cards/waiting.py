"""What a signer is shown and what is signed are the same file: how a card is named on the page, by its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from khue.school.report_cards import signed
from khue.school.report_cards.rules import Step

SUBJECT_FIELD: Final = "GV_"
# The statement's word for rules.next_step: the same decision over many rows.
NEXT: Final = """case when c.state not in ('complete', 'teacher_signed', 'homeroom_signed', 'principal_signed') then ''
  when c.steps like 'subject%%' and cardinality(c.unsigned) > 0 then 'subject'
  when c.state in ('complete', 'teacher_signed') then 'homeroom'
  when c.state = 'homeroom_signed' then 'principal' else 'school' end"""
PERMISSION: Final = {
    Step.SUBJECT: "report_cards.sign_subject",
    Step.HOMEROOM: "report_cards.sign_homeroom",
    Step.PRINCIPAL: "report_cards.sign_principal",
    Step.SCHOOL: "report_cards.seal",
}

# How addresses call a step, and pages.
WORDS: Final = {
    "mon": Step.SUBJECT, "chu-nhiem": Step.HOMEROOM, "hieu-truong": Step.PRINCIPAL, "con-dau": Step.SCHOOL,
}  # fmt: skip
KEYS: Final = {step: word for word, step in WORDS.items()}
TITLES: Final = {
    Step.SUBJECT: gettext_lazy("Môn mình dạy"),
    Step.HOMEROOM: gettext_lazy("Lớp chủ nhiệm"),
    Step.PRINCIPAL: gettext_lazy("Hiệu trưởng duyệt"),
    Step.SCHOOL: gettext_lazy("Con dấu số của trường"),
}
WAITS_FOR: Final = {
    Step.SUBJECT: gettext_lazy("Chờ giáo viên môn học"),
    Step.HOMEROOM: gettext_lazy("Chờ chủ nhiệm"),
    Step.PRINCIPAL: gettext_lazy("Chờ hiệu trưởng"),
    Step.SCHOOL: gettext_lazy("Chờ đóng dấu"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as it was shown: its id, and the SHA-256 of what the signature will cover."""

    card_id: int
    sha256: str


def shown_sha256(step: Step, fingerprint: str, draft_sha256: str | None) -> str:
    """What stands for a card on the page: for a teacher its content (others may sign meanwhile), else its file."""
    return fingerprint if step == Step.SUBJECT else draft_sha256 or fingerprint


def digest_of(cards: Iterable[Shown]) -> str:
    """One hash for many cards shown together, whatever their order."""
    lines = "\n".join(f"{one.card_id}:{one.sha256}" for one in sorted(cards, key=lambda one: one.card_id))
    return hashlib.sha256(lines.encode()).hexdigest()


def field_of(step: Step, subject: str = "") -> str:
    """The Id of a signature in the data file."""
    return f"{SUBJECT_FIELD}{subject}" if step == Step.SUBJECT else signed.FIELDS[step]


def part_of(subject: str) -> str:
    """The part of the data file that a subject's teacher signs."""
    return f"{signed.PART}{subject}"


def chunks(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    """Pieces of a list, the last one shorter."""
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def step_words(step: str) -> str:
    """Whom a card waits for."""
    return str(WAITS_FOR[Step(step)]) if step else ""
