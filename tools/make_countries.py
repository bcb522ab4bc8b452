"""Write khue/lib/data/countries.tsv: ISO 3166-1 codes and Vietnamese names from the CLDR that Babel carries.

    tools/make_countries.py

CLDR is under the Unicode License v3.
"""

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale

TARGET = Path(__file__).resolve().parent.parent / "khue" / "lib" / "data" / "countries.tsv"
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
NAMES_IN_USE = {
    "TW": "Đài Loan (Trung Quốc)",
    "HK": "Hồng Kông (Trung Quốc)",
    "MO": "Ma Cao (Trung Quốc)",
    "KP": "Triều Tiên",
    "KR": "Hàn Quốc",
    "US": "Hoa Kỳ",
    "GB": "Vương quốc Anh",
    "MM": "Mi-an-ma",
}


def main() -> None:
    """Write the file."""
    vietnamese = Locale("vi").territories
    english = Locale("en").territories
    rows = [
        f"{code}\t{NAMES_IN_USE.get(code, vietnamese[code])}\t{english[code]}"
        for code in sorted(vietnamese)
        if re.fullmatch(r"[A-Z]{2}", code) and code not in NOT_COUNTRIES
    ]
    header = (
        "# Countries: ISO 3166-1 alpha-2, Vietnamese and English name; written by tools/make_countries.py.\n"
    )
    TARGET.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} countries written")


if __name__ == "__main__":
    main()
