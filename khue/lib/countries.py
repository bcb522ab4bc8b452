"""Countries by ISO 3166-1 alpha-2, found by Vietnamese or English name; nationality is kept by code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from khue.lib.names import fold

VIETNAM: Final = "VN"

_FILE: Final = Path(__file__).with_name("data") / "countries.tsv"
_ALIASES: Final[dict[str, str]] = {
    "vietnam": "VN", "viet nam": "VN", "my": "US", "usa": "US", "anh": "GB", "uk": "GB", "phap": "FR",
    "nga": "RU", "dai loan": "TW", "hong kong": "HK", "ma cao": "MO", "lao": "LA", "chdcnd lao": "LA",
    "campuchia": "KH", "cam pu chia": "KH", "cam-pu-chia": "KH", "han quoc": "KR", "nam han": "KR",
    "bac trieu tien": "KP", "chdcnd trieu tien": "KP", "uc": "AU", "duc": "DE", "trung hoa": "CN", "nhat": "JP",
    "thai": "TH", "myanmar": "MM", "mien dien": "MM", "xin-ga-po": "SG", "sec": "CZ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Country:
    """A country: ISO code, Vietnamese and English name."""

    code: str
    name: str
    english_name: str


class CountryProblem(ValueError):
    """A value that names no country, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Give all countries by code."""
    rows = [
        line.split("\t")
        for line in _FILE.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    return {code: Country(code, name, english) for code, name, english in rows}


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for country in countries().values():
        found[fold(country.english_name)] = country.code
    for country in countries().values():
        found[fold(country.name)] = country.code
    return found | _ALIASES


def parse_country(value: object) -> Country:
    """Find a country by code or name; raises CountryProblem."""
    text = " ".join(str(value if value is not None else "").split())
    if not text:
        raise CountryProblem("Quốc tịch còn trống.")
    code = text.upper() if text.upper() in countries() else _codes_by_name().get(fold(text))
    if code is None:
        raise CountryProblem(f"Không có nước “{text[:30]}” trong danh mục.")
    return countries()[code]
