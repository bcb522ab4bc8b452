"""The personal identification number of 12 digits (NĐ 137/2015, kept by Luật Căn cước 2023).

Digits 1-3 province of birth registration (the 63 provinces before July 2025) or a country from 100; digit
4 century and sex; digits 5-6 year of birth; digits 7-12 random, without check digit. What disagrees is
reported, not refused: civil-status data may have been corrected since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from khue.lib.sexes import Sex
from khue.lib.wording import Wording, said

LENGTH: Final = 12

OLD_PROVINCES: Final[dict[str, str]] = {
    "01": "Hà Nội", "02": "Hà Giang", "04": "Cao Bằng", "06": "Bắc Kạn", "08": "Tuyên Quang", "10": "Lào Cai",
    "11": "Điện Biên", "12": "Lai Châu", "14": "Sơn La", "15": "Yên Bái", "17": "Hòa Bình", "19": "Thái Nguyên",
    "20": "Lạng Sơn", "22": "Quảng Ninh", "24": "Bắc Giang", "25": "Phú Thọ", "26": "Vĩnh Phúc",
    "27": "Bắc Ninh", "30": "Hải Dương", "31": "Hải Phòng", "33": "Hưng Yên", "34": "Thái Bình", "35": "Hà Nam",
    "36": "Nam Định", "37": "Ninh Bình", "38": "Thanh Hóa", "40": "Nghệ An", "42": "Hà Tĩnh",
    "44": "Quảng Bình", "45": "Quảng Trị", "46": "Thừa Thiên Huế", "48": "Đà Nẵng", "49": "Quảng Nam",
    "51": "Quảng Ngãi", "52": "Bình Định", "54": "Phú Yên", "56": "Khánh Hòa", "58": "Ninh Thuận",
    "60": "Bình Thuận", "62": "Kon Tum", "64": "Gia Lai", "66": "Đắk Lắk", "67": "Đắk Nông", "68": "Lâm Đồng",
    "70": "Bình Phước", "72": "Tây Ninh", "74": "Bình Dương", "75": "Đồng Nai", "77": "Bà Rịa - Vũng Tàu",
    "79": "Hồ Chí Minh", "80": "Long An", "82": "Tiền Giang", "83": "Bến Tre", "84": "Trà Vinh",
    "86": "Vĩnh Long", "87": "Đồng Tháp", "89": "An Giang", "91": "Kiên Giang", "92": "Cần Thơ",
    "93": "Hậu Giang", "94": "Sóc Trăng", "95": "Bạc Liêu", "96": "Cà Mau",
}  # fmt: skip
"""The 63 provinces of before July 2025 by code; personal numbers keep these codes for ever."""


class PersonalIdProblem(StrEnum):
    """What can be wrong with a personal number."""

    LENGTH = "LENGTH"
    NON_DIGIT = "NON_DIGIT"
    PROVINCE_UNKNOWN = "PROVINCE_UNKNOWN"
    SEX_MISMATCH = "SEX_MISMATCH"
    CENTURY_MISMATCH = "CENTURY_MISMATCH"
    YEAR_MISMATCH = "YEAR_MISMATCH"

    @property
    def is_fatal(self) -> bool:
        """Whether the number has not even the form of one, so that it cannot be kept as one."""
        return self in (PersonalIdProblem.LENGTH, PersonalIdProblem.NON_DIGIT)


@dataclass(frozen=True, slots=True)
class PersonalIdFinding:
    """One thing wrong with a personal number, with the Vietnamese message that says so."""

    code: PersonalIdProblem
    message: str


@dataclass(frozen=True, slots=True)
class PersonalIdHint:
    """What a personal number suggests about its holder; a hint, never written over declared data."""

    place: str
    province_code: str | None
    sex: Sex
    birth_year: int


def clean_personal_id(value: object) -> str:
    """Give a personal number as text from a cell; a number that lost its leading zero gets it back."""
    if isinstance(value, float | Decimal) and value == value and value == int(value):
        value = int(value)
    text = re.sub(r"[\s.\u00a0\u200b\ufeff']", "", str(value if value is not None else ""))
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return text.zfill(LENGTH) if is_number and LENGTH - 2 <= len(text) < LENGTH else text


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def personal_id_problems(
    number: str, *, sex: Sex | None = None, birth_year: int | None = None
) -> list[PersonalIdFinding]:
    """Check a personal number, also against sex and birth year when they are known; empty when all agrees."""
    found: list[PersonalIdFinding] = []
    if not _is_digits(number):
        strange = next((char for char in number if not _is_digits(char)), "")
        message = (
            said("Số định danh có ký tự “%(shown)s” không phải chữ số.", shown=strange)
            if strange
            else said("Số định danh còn trống.")
        )
        found.append(PersonalIdFinding(PersonalIdProblem.NON_DIGIT, message))
    if len(number) != LENGTH:
        message = said("Số này có %(count)s chữ số, cần đủ %(wanted)s.", count=len(number), wanted=LENGTH)
        found.append(PersonalIdFinding(PersonalIdProblem.LENGTH, message))
    if found:
        return found
    if number[0] == "0" and number[1:3] not in OLD_PROVINCES:
        message = said("Ba số đầu %(first)s không phải mã tỉnh nào.", first=number[:3])
        found.append(PersonalIdFinding(PersonalIdProblem.PROVINCE_UNKNOWN, message))
    digit = int(number[3])
    century = 1900 + digit // 2 * 100
    if sex is not None and sex is not _sex_of(digit):
        message = said(
            "Số thứ tư là %(digit)s, ứng với %(sex)s, nhưng khai %(told)s.",
            digit=digit, sex=Wording.of(_sex_of(digit).label), told=Wording.of(sex.label),
        )  # fmt: skip
        found.append(PersonalIdFinding(PersonalIdProblem.SEX_MISMATCH, message))
    if birth_year is not None and birth_year // 100 * 100 != century:
        message = said(
            "Số thứ tư là %(digit)s, ứng với người sinh %(first)s đến %(last)s, nhưng khai %(told)s.",
            digit=digit, first=century, last=century + 99, told=birth_year,
        )  # fmt: skip
        found.append(PersonalIdFinding(PersonalIdProblem.CENTURY_MISMATCH, message))
    elif birth_year is None and digit > 5:
        message = said("Số thứ tư là %(digit)s, chưa có ai sinh ở thế kỷ ấy.", digit=digit)
        found.append(PersonalIdFinding(PersonalIdProblem.CENTURY_MISMATCH, message))
    if birth_year is not None and birth_year % 100 != int(number[4:6]):
        message = said(
            "Số thứ năm và sáu là %(digits)s, nhưng khai sinh năm %(told)s.",
            digits=number[4:6],
            told=birth_year,
        )
        found.append(PersonalIdFinding(PersonalIdProblem.YEAR_MISMATCH, message))
    return found


def _sex_of(digit: int) -> Sex:
    return Sex.FEMALE if digit % 2 else Sex.MALE


def personal_id_hint(number: str) -> PersonalIdHint | None:
    """Read place, sex and birth year out of a well-formed number; None when it is not one."""
    if any(
        finding.code is not PersonalIdProblem.CENTURY_MISMATCH for finding in personal_id_problems(number)
    ):
        return None
    digit = int(number[3])
    province = number[1:3] if number[0] == "0" else None
    return PersonalIdHint(
        place=OLD_PROVINCES[province] if province else "Nước ngoài",
        province_code=province,
        sex=_sex_of(digit),
        birth_year=1900 + digit // 2 * 100 + int(number[4:6]),
    )


def mask_personal_id(number: str) -> str:
    """Hide the middle of a personal number: 038215001234 as 038*****1234; a shorter one is hidden whole."""
    return f"{number[:3]}*****{number[-4:]}" if len(number) >= LENGTH else "*" * len(number)


def looks_like_old_identity_card(number: str) -> bool:
    """Tell whether a number has the nine digits of the identity card used before 2021 (CMND)."""
    return len(number) == 9 and _is_digits(number)
