"""What terms and the year are called, in words and in addresses. Pure; no models."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.school.gradebook.judging import YEAR

ROMAN: Final = {1: "I", 2: "II"}
WORDS: Final = {1: gettext_noop("học kì I"), 2: gettext_noop("học kì II"), YEAR: gettext_noop("cả năm")}
KEYS: Final = {"1": 1, "2": 2, "ca-nam": YEAR}  # as `ky` of an address says them


def label(term: int) -> str:
    """`Học kì I`."""
    return _("Học kì %(term)s") % {"term": ROMAN[term]}


def words(period: int) -> str:
    """`học kì I`, `học kì II`, `cả năm`, in the reader's language."""
    return _(WORDS[period])


def key_of(period: int) -> str:
    """How addresses say a period: `1`, `2`, `ca-nam`."""
    return str(period) if period else "ca-nam"
