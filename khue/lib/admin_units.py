"""Administrative units of Vietnam: 34 provinces and 3,321 communes since 01/07/2025, 696 districts before.

Two independent levels since the reform, a code is never used again (QĐ 19/2025/QĐ-TTg). Names are matched
by folded text, for files write Hòa and Hoà, "P.", "X.", "TP." side by side (rules/03 section 3, rules/16
section 5).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from khue.lib.names import fold, sort_key, tone_canon
from khue.lib.personal_id import OLD_PROVINCES

REFORM_DAY: Final = date(2025, 7, 1)
"""The day districts ended and 63 provinces became 34."""

_FILE: Final = Path(__file__).with_name("data") / "admin_units.tsv"


class UnitKind(StrEnum):
    """What a unit is called in law."""

    CITY = "city"
    PROVINCE = "province"
    WARD = "ward"
    COMMUNE = "commune"
    SPECIAL_ZONE = "special_zone"
    URBAN_DISTRICT = "urban_district"
    RURAL_DISTRICT = "rural_district"
    TOWN = "town"

    @property
    def label(self) -> str:
        """The word put before the name."""
        return _LABELS[self]


_LABELS: Final[dict[UnitKind, str]] = {
    UnitKind.CITY: "thành phố",
    UnitKind.PROVINCE: "tỉnh",
    UnitKind.WARD: "phường",
    UnitKind.COMMUNE: "xã",
    UnitKind.SPECIAL_ZONE: "đặc khu",
    UnitKind.URBAN_DISTRICT: "quận",
    UnitKind.RURAL_DISTRICT: "huyện",
    UnitKind.TOWN: "thị xã",
}

MERGED_FROM: Final[dict[str, tuple[str, ...]]] = {
    "01": ("01",), "04": ("04",), "08": ("02", "08"), "11": ("11",), "12": ("12",), "14": ("14",),
    "15": ("10", "15"), "19": ("06", "19"), "20": ("20",), "22": ("22",), "24": ("24", "27"),
    "25": ("17", "25", "26"), "31": ("30", "31"), "33": ("33", "34"), "37": ("35", "36", "37"), "38": ("38",),
    "40": ("40",), "42": ("42",), "44": ("44", "45"), "46": ("46",), "48": ("48", "49"), "51": ("51", "62"),
    "52": ("52", "64"), "56": ("56", "58"), "66": ("54", "66"), "68": ("60", "67", "68"), "75": ("70", "75"),
    "79": ("74", "77", "79"), "80": ("72", "80"), "82": ("82", "87"), "86": ("83", "84", "86"),
    "91": ("89", "91"), "92": ("92", "93", "94"), "96": ("95", "96"),
}  # fmt: skip
"""The provinces of before July 2025 that each of the 34 was formed from, by code."""

_SUCCESSOR: Final = {old: new for new, olds in MERGED_FROM.items() for old in olds}


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally-run city since July 2025; `changed_on` and `kind_before` tell a later change."""

    code: str
    name: str
    kind: UnitKind
    changed_on: date | None = None
    kind_before: UnitKind | None = None

    @property
    def full_name(self) -> str:
        """Kind and name: "tỉnh Thanh Hoá"."""
        return f"{self.kind.label} {self.name}"

    def kind_on(self, day: date) -> UnitKind:
        """What the unit was on a day since the reform."""
        return (
            self.kind_before if self.changed_on and self.kind_before and day < self.changed_on else self.kind
        )


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, ward or special zone since July 2025, of one province."""

    code: str
    name: str
    kind: UnitKind
    province_code: str
    changed_on: date | None = None
    kind_before: UnitKind | None = None

    @property
    def full_name(self) -> str:
        """Kind and name: "phường Ba Đình"."""
        return f"{self.kind.label} {self.name}"

    def kind_on(self, day: date) -> UnitKind:
        """What the unit was on a day since the reform."""
        return (
            self.kind_before if self.changed_on and self.kind_before and day < self.changed_on else self.kind
        )


@dataclass(frozen=True, slots=True)
class District:
    """A district of the years before July 2025, of one of the 63 provinces."""

    code: str
    name: str
    kind: UnitKind
    old_province_code: str

    @property
    def full_name(self) -> str:
        """Kind and name: "huyện Hà Trung"."""
        return f"{self.kind.label} {self.name}"


@dataclass(frozen=True, slots=True)
class OldProvince:
    """One of the 63 provinces of before July 2025, with the province it became part of."""

    code: str
    name: str
    successor_code: str


@dataclass(frozen=True, slots=True)
class _Units:
    provinces: dict[str, Province]
    communes: dict[str, Commune]
    districts: dict[str, District]
    communes_of: dict[str, tuple[Commune, ...]]
    districts_of: dict[str, tuple[District, ...]]


@lru_cache(maxsize=1)
def _units() -> _Units:
    provinces: dict[str, Province] = {}
    communes: dict[str, Commune] = {}
    districts: dict[str, District] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        level, code, parent, kind, name, *change = line.split("\t")
        changed_on = date.fromisoformat(change[0]) if change else None
        before = UnitKind(change[1]) if change else None
        if level == "P":
            provinces[code] = Province(code, name, UnitKind(kind), changed_on, before)
        elif level == "C":
            communes[code] = Commune(code, name, UnitKind(kind), parent, changed_on, before)
        else:
            districts[code] = District(code, name, UnitKind(kind), parent)
    return _Units(
        provinces,
        communes,
        districts,
        {
            province: tuple(
                sorted(
                    (unit for unit in communes.values() if unit.province_code == province),
                    key=lambda unit: _plain_order(unit.name),
                )
            )
            for province in provinces
        },
        {
            province: tuple(unit for unit in districts.values() if unit.old_province_code == province)
            for province in OLD_PROVINCES
        },
    )


def _plain_order(name: str) -> str:
    return "-".join(sort_key(word) for word in name.split())


def provinces() -> tuple[Province, ...]:
    """Give the 34 provinces in the order of their codes."""
    return tuple(_units().provinces.values())


def communes(province_code: str | None = None) -> tuple[Commune, ...]:
    """Give the communes of a province by name, or all 3,321 by code; KeyError for an unknown province."""
    if province_code is None:
        return tuple(_units().communes.values())
    return _units().communes_of[province_code]


def province(code: str) -> Province:
    """Give a province by its two-digit code; KeyError when there is none."""
    return _units().provinces[code]


def commune(code: str) -> Commune:
    """Give a commune by its five-digit code; KeyError when there is none."""
    return _units().communes[code]


@lru_cache(maxsize=1)
def old_provinces() -> tuple[OldProvince, ...]:
    """Give the 63 provinces of before July 2025 in the order of their codes."""
    return tuple(OldProvince(code, name, _SUCCESSOR[code]) for code, name in OLD_PROVINCES.items())


def successor_of_old_province(code: str) -> Province:
    """Give the province that one of the 63 became part of; KeyError when there is none."""
    return province(_SUCCESSOR[code])


def districts(old_province_code: str) -> tuple[District, ...]:
    """Give the districts a province had until 30/06/2025; KeyError for a code not among the 63."""
    return _units().districts_of[old_province_code]


def district(code: str) -> District:
    """Give a district of before July 2025 by its three-digit code; KeyError when there is none."""
    return _units().districts[code]


_KIND_WORDS: Final[tuple[tuple[re.Pattern[str], tuple[UnitKind, ...]], ...]] = (
    (re.compile(r"^(?:thanh pho|t\.?\s?pho|tp)(?:[.\s]+|$)"), (UnitKind.CITY,)),
    (re.compile(r"^(?:tinh|t\.)(?:[.\s]+|$)"), (UnitKind.PROVINCE,)),
    (re.compile(r"^(?:phuong|p\.|p(?=\s))[.\s]*"), (UnitKind.WARD,)),
    (re.compile(r"^(?:xa|x\.|x(?=\s))[.\s]*"), (UnitKind.COMMUNE,)),
    (re.compile(r"^(?:dac khu|dk\.?)[.\s]+"), (UnitKind.SPECIAL_ZONE,)),
    (re.compile(r"^(?:thi xa|tx\.?)[.\s]+"), (UnitKind.TOWN,)),
    (re.compile(r"^(?:thi tran|tt\.?)[.\s]+"), ()),
    (re.compile(r"^(?:quan|q\.)[.\s]*"), (UnitKind.URBAN_DISTRICT,)),
    (re.compile(r"^(?:huyen|h\.)[.\s]*"), (UnitKind.RURAL_DISTRICT,)),
)
_PARTS: Final = re.compile(r"\s*[,;\n]\s*|\s+[-\u2013]\s+(?=(?:tinh|tp|thanh pho|t\.)\b)", re.IGNORECASE)
_PROVINCE_ALIASES: Final[dict[str, str]] = {
    "hcm": "79", "tphcm": "79", "sai gon": "79", "ho chi minh": "79", "hn": "01", "thua thien hue": "46",
    "thua thien - hue": "46", "hue": "46", "dac lac": "66", "daklak": "66", "dak lak": "66", "dac nong": "68",
    "br-vt": "79", "ba ria vung tau": "79", "vung tau": "79", "hp": "31", "dn": "48", "bac can": "19",
}  # fmt: skip


def _key(name: str) -> str:
    return re.sub(r"[\s\-'.]+", " ", fold(name)).strip()


def _exact_key(name: str) -> str:
    return re.sub(r"[\s\-'\u2019.]+", " ", tone_canon(name).lower()).strip()


def _without_kind(text: str) -> tuple[str, tuple[UnitKind, ...] | None]:
    """Take the kind word off a part of an address; give the rest as written and the kinds it allows."""
    written = " ".join(unicodedata.normalize("NFC", text).split())
    folded = fold(written)
    source = written if len(written) == len(folded) else folded
    for pattern, kinds in _KIND_WORDS:
        match = pattern.match(folded)
        if match and match.end() < len(folded):
            return source[match.end() :].strip(), kinds
    return source, None


@lru_cache(maxsize=1)
def _province_keys() -> dict[str, str]:
    keys = {_key(old.name): old.successor_code for old in old_provinces()}
    keys |= {_key(unit.name): unit.code for unit in provinces()}
    keys |= {_key(alias): code for alias, code in _PROVINCE_ALIASES.items()}
    return keys


@lru_cache(maxsize=4096)
def match_province(text: str) -> Province | None:
    """Find a province by name, old name or code: "TP Thanh Hoá", "T. Hà Giang" (now Tuyên Quang), "38"."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= 2:
        return _units().provinces.get(stripped.zfill(2))
    for candidate in (_without_kind(stripped)[0], stripped):
        code = _province_keys().get(_key(candidate))
        if code is not None:
            return province(code)
    return None


@lru_cache(maxsize=1)
def _commune_keys() -> dict[str, tuple[Commune, ...]]:
    keys: dict[str, list[Commune]] = {}
    for unit in communes():
        keys.setdefault(_key(unit.name), []).append(unit)
    return {key: tuple(units) for key, units in keys.items()}


def _narrowed(
    units: tuple[Commune, ...], name: str, kinds: tuple[UnitKind, ...] | None
) -> tuple[Commune, ...]:
    """Keep those whose diacritics agree, then those whose kind agrees, as long as any are left."""
    exact = tuple(unit for unit in units if _exact_key(unit.name) == _exact_key(name))
    units = exact or units
    if kinds:
        right_kind = tuple(unit for unit in units if unit.kind in kinds or unit.kind_before in kinds)
        units = right_kind or units
    return units


@lru_cache(maxsize=8192)
def commune_candidates(text: str, province_code: str | None = None) -> tuple[Commune, ...]:
    """Find the communes an address may mean, best first reading only; empty when none fits.

    The address reads from small to large, parts set off by commas. A province named in it, or given,
    narrows the choice; so do the diacritics and the kind (P., X., đặc khu) when they were written.
    """
    stripped = text.strip()
    if re.fullmatch(r"\d{1,5}", stripped, re.ASCII):
        unit = _units().communes.get(stripped.zfill(5))
        return (unit,) if unit and province_code in (None, unit.province_code) else ()
    parts = [part for part in _PARTS.split(stripped) if part]
    if not parts:
        return ()
    if province_code is None and len(parts) > 1:
        named = match_province(parts[-1])
        if named is not None:
            province_code = named.code
            parts = parts[:-1]
    for part in reversed(parts):
        name, kinds = _without_kind(part)
        for candidate, allowed in ((name, kinds), (part, None)):
            units = _commune_keys().get(_key(candidate), ())
            if province_code is not None:
                units = tuple(unit for unit in units if unit.province_code == province_code)
            if units:
                return _narrowed(units, candidate, allowed)
    return ()


def match_commune(text: str, province_code: str | None = None) -> Commune | None:
    """Find the one commune an address means, or None when none fits or several do.

    Tolerates Hòa/Hoà, "P.", "X.", "TP.", missing diacritics and the district of before.
    """
    found = commune_candidates(text, province_code)
    return found[0] if len(found) == 1 else None
