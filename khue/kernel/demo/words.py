"""Words from which invented people and places are named, kept in `words.toml` (shares: rules/16 section 9)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

_FILE: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)


def _list(name: str) -> list[str]:
    return str(_FILE[name]).split("|")


FAMILIES: Final[dict[str, dict[str, int]]] = _FILE["families"]
"""Family names by ethnic group code, in per mille."""

BOY_MIDDLES: Final = _list("boy_middles")
BOY_NAMES: Final = _list("boy_names")
GIRL_MIDDLES: Final = _list("girl_middles")
GIRL_NAMES: Final = _list("girl_names")
MAN_MIDDLES: Final = _list("man_middles")
MAN_NAMES: Final = _list("man_names")
WOMAN_MIDDLES: Final = _list("woman_middles")
WOMAN_NAMES: Final = _list("woman_names")
MONG_MEN: Final = _list("mong_men")
MONG_WOMEN: Final = _list("mong_women")
PUPILS_OF_8A3: Final = _list("pupils_of_8a3")

MOUNTAIN_COMMUNES: Final = _list("mountain_communes")
PLAIN_FIRST: Final = _list("plain_first")
PLAIN_SECOND: Final = _list("plain_second")
WARDS: Final = _list("wards")
OLD_DISTRICTS: Final = _list("old_districts")
SCHOOL_NAMES: Final = _list("school_names")
FLOWERS: Final = _list("flowers")
HAMLETS: Final = _list("hamlets")
