"""Codes of pupils, schools and campuses: the ministry's, a school's own, and those that stand in for them.

The ministry's code is ten digits, issued once for life (TT 42/2021, Art. 10). Until it is issued a pupil
carries a temporary code that can never be taken for one.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from khue.lib.wording import said

MINISTRY_CODE_PATTERN: Final = r"\d{10}"
"""Form of the ministry's identifier; a province may set another in its settings."""

SCHOOL_CODE_PATTERN: Final = r"[0-9A-Z][0-9A-Z\-]{1,31}"
"""Form of a school code: opaque, since its parts named districts that are gone."""

_TEMPORARY: Final = re.compile(r"TAM-(?P<school>[0-9A-Z][0-9A-Z\-]*)-(?P<year>\d{2})(?P<number>\d{4,})")
_CAMPUS: Final = re.compile(r"(?P<school>.+)-(?P<number>\d{2})")


class CodeProblem(ValueError):
    """A value that is not the code asked for, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def code_text(value: object) -> str:
    """Give a code as text from a cell: 3868707214.0 and "'3868707214 " become "3868707214"."""
    if isinstance(value, float | Decimal) and value == value and value == int(value):
        value = int(value)
    return re.sub(r"[\s\u00a0\u200b\ufeff']", "", str(value if value is not None else "")).upper()


def check_ministry_code(value: object, *, pattern: str = MINISTRY_CODE_PATTERN) -> str:
    """Take a ministry identifier; raises CodeProblem when it has not the form set."""
    text = code_text(value)
    if not text:
        raise CodeProblem(said("Mã định danh còn trống."))
    if text.isascii() and re.fullmatch(pattern, text):
        return text
    if pattern == MINISTRY_CODE_PATTERN:
        if not (text.isascii() and text.isdigit()):
            raise CodeProblem(said("Mã định danh “%(shown)s” có ký tự không phải chữ số.", shown=text[:20]))
        raise CodeProblem(said("Mã định danh có %(count)s chữ số, cần đủ 10.", count=len(text)))
    raise CodeProblem(said("Mã định danh “%(shown)s” không đúng mẫu của tỉnh.", shown=text[:20]))


def is_ministry_code(value: object, *, pattern: str = MINISTRY_CODE_PATTERN) -> bool:
    """Tell whether a value has the form of a ministry identifier."""
    text = code_text(value)
    return text.isascii() and re.fullmatch(pattern, text) is not None


def check_school_code(value: object, *, pattern: str = SCHOOL_CODE_PATTERN) -> str:
    """Take a school code (the ministry's eight digits or a local one such as THPT-TRONG); raises CodeProblem."""
    text = code_text(value)
    if not text:
        raise CodeProblem(said("Mã trường còn trống."))
    if not (text.isascii() and re.fullmatch(pattern, text)):
        raise CodeProblem(
            said("Mã trường “%(shown)s” chỉ gồm chữ cái không dấu, chữ số và gạch nối.", shown=text[:20])
        )
    return text


def campus_code(school_code: str, number: int) -> str:
    """Make the code of a campus of a school, numbered from 1: "38280501-02"."""
    if not 1 <= number <= 99:
        raise ValueError("a school numbers its campuses 1 to 99")
    return f"{school_code}-{number:02d}"


def split_campus_code(code: str) -> tuple[str, int] | None:
    """Give the school code and number of a campus code, or None when it is not one."""
    match = _CAMPUS.fullmatch(code)
    return (match["school"], int(match["number"])) if match else None


def temporary_pupil_code(school_code: str, school_year_start: int, number: int) -> str:
    """Make the code a pupil carries until the ministry's comes: "TAM-THPT-TRONG-260001"."""
    if number < 1:
        raise ValueError("temporary codes are numbered from 1")
    return f"TAM-{check_school_code(school_code)}-{school_year_start % 100:02d}{number:04d}"


def is_temporary_pupil_code(value: object) -> bool:
    """Tell whether a code only stands in for the ministry's."""
    return _TEMPORARY.fullmatch(code_text(value)) is not None
