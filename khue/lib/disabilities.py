"""Kinds and degrees of disability (Luật Người khuyết tật 2010, Art. 3, and what school lists add)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from khue.lib.names import fold


class DisabilityKind(StrEnum):
    """What a pupil is limited in; autism and learning disability are the lists' own additions."""

    MOBILITY = "mobility"
    HEARING_SPEECH = "hearing_speech"
    VISION = "vision"
    MENTAL = "mental"
    INTELLECTUAL = "intellectual"
    AUTISM = "autism"
    LEARNING = "learning"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words of the law."""
        return _KIND_LABELS[self]


class DisabilityDegree(StrEnum):
    """How heavy a disability is, as the commune certifies it."""

    VERY_SEVERE = "very_severe"
    SEVERE = "severe"
    MILD = "mild"

    @property
    def label(self) -> str:
        """The words of the law."""
        return _DEGREE_LABELS[self]


_KIND_LABELS: Final[dict[DisabilityKind, str]] = {
    DisabilityKind.MOBILITY: "Vận động",
    DisabilityKind.HEARING_SPEECH: "Nghe, nói",
    DisabilityKind.VISION: "Nhìn",
    DisabilityKind.MENTAL: "Thần kinh, tâm thần",
    DisabilityKind.INTELLECTUAL: "Trí tuệ",
    DisabilityKind.AUTISM: "Tự kỷ",
    DisabilityKind.LEARNING: "Khuyết tật học tập",
    DisabilityKind.OTHER: "Khác",
}
_DEGREE_LABELS: Final[dict[DisabilityDegree, str]] = {
    DisabilityDegree.VERY_SEVERE: "Đặc biệt nặng",
    DisabilityDegree.SEVERE: "Nặng",
    DisabilityDegree.MILD: "Nhẹ",
}

_KIND_WORDS: Final[tuple[tuple[str, DisabilityKind], ...]] = (
    ("tu ky", DisabilityKind.AUTISM),
    ("pho tu ky", DisabilityKind.AUTISM),
    ("hoc tap", DisabilityKind.LEARNING),
    ("van dong", DisabilityKind.MOBILITY),
    ("nghe", DisabilityKind.HEARING_SPEECH),
    ("noi", DisabilityKind.HEARING_SPEECH),
    ("cam", DisabilityKind.HEARING_SPEECH),
    ("diec", DisabilityKind.HEARING_SPEECH),
    ("khiem thinh", DisabilityKind.HEARING_SPEECH),
    ("nhin", DisabilityKind.VISION),
    ("khiem thi", DisabilityKind.VISION),
    ("mat", DisabilityKind.VISION),
    ("than kinh", DisabilityKind.MENTAL),
    ("tam than", DisabilityKind.MENTAL),
    ("tri tue", DisabilityKind.INTELLECTUAL),
    ("thieu nang", DisabilityKind.INTELLECTUAL),
    ("down", DisabilityKind.INTELLECTUAL),
    ("khac", DisabilityKind.OTHER),
)
_NONE_WORDS: Final = frozenset({"", "khong", "khong khuyet tat", "0", "-", "binh thuong"})
_CROSSES: Final = frozenset({"x", "v", "co", "1", "kt", "khuyet tat", "\u2713", "\u2714"})


class DisabilityProblem(ValueError):
    """A value that names no kind or degree of disability, with a Vietnamese message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse_disability(value: object) -> DisabilityKind | None:
    """Read a kind of disability from words or a cross; None when there is none.

    A bare cross says that there is one of unknown kind and gives OTHER. Raises DisabilityProblem.
    """
    if isinstance(value, float) and value == value and value == int(value):
        value = int(value)
    text = fold(str(value if value is not None else "")).strip(" .")
    if text in _NONE_WORDS:
        return None
    if text in _CROSSES:
        return DisabilityKind.OTHER
    padded = f" {text.replace(',', ' ').replace('/', ' ')} "
    for word, kind in _KIND_WORDS:
        if f" {word} " in padded:
            return kind
    raise DisabilityProblem(f"Chưa rõ loại khuyết tật “{str(value)[:30]}”.")


def parse_disability_degree(value: object) -> DisabilityDegree | None:
    """Read a degree of disability; None when the cell is empty. Raises DisabilityProblem."""
    text = fold(str(value if value is not None else "")).strip(" .")
    if text in _NONE_WORDS:
        return None
    for degree, label in _DEGREE_LABELS.items():
        if text in (fold(label), f"muc {fold(label)}", degree.value):
            return degree
    raise DisabilityProblem(f"Chưa rõ mức độ khuyết tật “{str(value)[:30]}”.")
