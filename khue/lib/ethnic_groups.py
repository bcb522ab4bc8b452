"""The 54 ethnic groups of Vietnam by the codes of QĐ 121-TCTK/PPCĐ, with two codes systems add (55, 56)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from khue.lib.names import fold

KINH: Final = "01"
HOA: Final = "04"
FOREIGNER: Final = "55"
UNKNOWN: Final = "56"

_NAMES: Final = (
    "Kinh",
    "Tày",
    "Thái",
    "Hoa",
    "Khơ-me",
    "Mường",
    "Nùng",
    "Mông",
    "Dao",
    "Gia-rai",
    "Ngái",
    "Ê-đê",
    "Ba-na",
    "Xơ-đăng",
    "Sán Chay",
    "Cơ-ho",
    "Chăm",
    "Sán Dìu",
    "Hrê",
    "Mnông",
    "Ra-glai",
    "Xtiêng",
    "Bru-Vân Kiều",
    "Thổ",
    "Giáy",
    "Cơ-tu",
    "Gié-Triêng",
    "Mạ",
    "Khơ-mú",
    "Co",
    "Ta-ôi",
    "Chơ-ro",
    "Kháng",
    "Xinh-mun",
    "Hà Nhì",
    "Chu-ru",
    "Lào",
    "La Chí",
    "La Ha",
    "Phù Lá",
    "La Hủ",
    "Lự",
    "Lô Lô",
    "Chứt",
    "Mảng",
    "Pà Thẻn",
    "Cờ Lao",
    "Cống",
    "Bố Y",
    "Si La",
    "Pu Péo",
    "Brâu",
    "Ơ-đu",
    "Rơ-măm",
    "Người nước ngoài",
    "Không xác định",
)

_ALIASES: Final[dict[str, str]] = {
    "01": "Việt",
    "03": "Thái Trắng|Thái Đen|Tày Khao|Tày Đăm|Tày Mười|Tày Thanh",
    "04": "Hán|Triều Châu|Phúc Kiến|Quảng Đông|Xạ Phạng",
    "05": "Khmer|Khme|Khơ me|Khơ mer|Miên|Khmer Krôm",
    "06": "Mol|Mual|Ao Tá",
    "07": "Nùng An|Nùng Cháo|Nùng Lòi|Phàn Sình|Quý Rịn|Khen Lài",
    "08": "H'Mông|H Mông|Mèo|Mẹo|Mông Trắng|Mông Đen|Mông Đỏ|Mông Xanh|Mông Hoa|Na Miẻo",
    "09": "Mán|Dao Đỏ|Dao Tiền|Dao Quần Chẹt|Dao Thanh Y|Dao Áo Dài|Dao Quần Trắng|Dìu Miền|Kìm Mùn",
    "10": "Jrai|Jarai|Giơ-rai|Chơ-rai|Tơ-buăn|Hdrung",
    "11": "Khách Gia",
    "12": "Rhadé|Ra đê|A-đham|Ktul|Mđhur|Kpạ",
    "13": "Bahnar|Rơ-ngao|Tơ-lô|Gơ-lar|Giơ-lâng|Bơ-nâm",
    "14": "Sơ-đăng|Sedang|Xê Đăng|Xơ-teng|Tơ-đra|Mơ-nâm|Ha-lăng|Ca-dong|Kmrâng",
    "15": "Cao Lan|Sán Chỉ|Sán Chí|Cao Lan - Sán Chỉ|San Chay",
    "16": "K'Ho|Kơ-ho|Cờ-ho|Xrê|Nốp|Cơ-don|Tơ-ring",
    "17": "Chàm|Chiêm Thành|Hroi|Chăm Hroi",
    "18": "Sán Dẻo|Trại Đất",
    "19": "H'Rê|Chăm Rê|Krẹ Luỹ",
    "20": "M'Nông|Mơ Nông|Pnông|Bu-đâng|Rơ-lam",
    "21": "Raglay|Ra-clây|Noang|La-oang",
    "22": "Stiêng|X'tiêng|S'tiêng|Xa-điêng",
    "23": "Bru|Vân Kiều|Măng Coong|Tri Khùa",
    "24": "Đan Lai|Ly Hà|Tày Pọng|Cuối|Kẹo",
    "25": "Nhắng|Dẩng|Pầu Thìn|Cùi Chu|Dáy",
    "26": "Cờ Tu|Ca-tu|Ka Tu|Ca-tang",
    "27": "Giẻ-Triêng|Gié|Giẻ|Triêng|Ta-riêng|Bnoong",
    "28": "Châu Mạ|Mạ Ngăn|Mạ Tô",
    "29": "Khmu|Xá Cẩu|Khơ Mụ|Kơ Mụ|Tày Hay",
    "30": "Cor|Kor|Cùa|Trầu",
    "31": "Tà Ôi|Tôi-ôi|Pa-co|Pa Cô|Pa-hi|Ba-hi",
    "32": "Châu Ro|Dơ-ro|Chrau|Đơ-ro",
    "33": "Xá Khao|Xá Súa|Xá Dón|Xá Hốc",
    "34": "Puộc|Pụa|Sinh Mun|Xing Mun",
    "35": "U Ni|Xá U Ni",
    "36": "Chơ-ru",
    "37": "Lào Bốc|Lào Nọi",
    "38": "Cù Tê|La Quả",
    "39": "Xá Khắc|Khlá Phlạo",
    "40": "Bồ Khô Pạ|Mù Di Pạ|Xá Phó|Va Xơ Lao",
    "41": "La Hũ|Khù Sung|Khả Quy",
    "42": "Lừ|Lữ|Nhuồn Duôn",
    "43": "Mùn Di",
    "44": "Rục|Mã-liềng|A-rem",
    "45": "Mảng Ư",
    "46": "Pà Thèn|Pà Hưng",
    "47": "Cờ Lao Đỏ|Cờ Lao Trắng|Cờ Lao Xanh|Ke Lao",
    "48": "Xắm Khống|Mấng Nhé|Xá Xeng",
    "49": "Chủng Chá|Trọng Gia|Tu Dí|Tu Dìn|Pu Nả",
    "50": "Cù Dề Xừ|Khả Pẻ",
    "51": "Ka Bèo|Pen Ti Lô Lô",
    "52": "Brao",
    "53": "Tày Hạt|O-đu",
    "55": "Nước ngoài|Ngoại quốc",
    "56": "Không rõ|Chưa xác định|Khác",
}
"""Other names in use, from the national list and from school files; each belongs to one group only."""


@dataclass(frozen=True, slots=True)
class EthnicGroup:
    """An ethnic group: two-digit code, name, and other names it is written with."""

    code: str
    name: str
    aliases: tuple[str, ...]


GROUPS: Final[dict[str, EthnicGroup]] = {
    f"{number:02d}": EthnicGroup(
        f"{number:02d}", name, tuple(filter(None, _ALIASES.get(f"{number:02d}", "").split("|")))
    )
    for number, name in enumerate(_NAMES, start=1)
}

_PREFIX: Final = re.compile(r"^(?:dan toc|nguoi|dt|d\.toc)\s+")


class EthnicGroupProblem(ValueError):
    """A value that names no ethnic group, with a Vietnamese message that names the mistake."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _exact_key(text: str) -> str:
    """Keep tones and letters but not case, spaces, hyphens and apostrophes (Ê-đê = Ê Đê = Êđê)."""
    return re.sub(r"[\s\-'\u2019.]", "", text).lower()


def _folded_key(text: str) -> str:
    return re.sub(r"[\s\-'.]", "", fold(text))


@lru_cache(maxsize=1)
def _index() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    folded: dict[str, set[str]] = {}
    for group in GROUPS.values():
        exact[_exact_key(group.name)] = group.code
    for group in GROUPS.values():
        for alias in group.aliases:
            exact.setdefault(_exact_key(alias), group.code)
        for name in (group.name, *group.aliases):
            folded.setdefault(_folded_key(name), set()).add(group.code)
    for group in GROUPS.values():
        folded[_folded_key(group.name)] = {
            other.code for other in GROUPS.values() if _folded_key(other.name) == _folded_key(group.name)
        }
    return exact, {key: min(codes) for key, codes in folded.items() if len(codes) == 1}


@lru_cache(maxsize=4096)
def _code_of_text(text: str) -> str | None:
    exact, folded = _index()
    if text.isascii() and text.isdigit() and len(text) <= 2:
        code = text.zfill(2)
        return code if code in GROUPS else None
    found = exact.get(_exact_key(text))
    if found is not None:
        return found
    bare = _PREFIX.sub("", fold(text))
    without_prefix = " ".join(text.split()[-len(bare.split()) :]) if bare else text
    return exact.get(_exact_key(without_prefix)) or folded.get(_folded_key(bare))


def parse_ethnic_group(value: object) -> EthnicGroup:
    """Find an ethnic group by name, other name or code ("Mông", "H'Mông", "Ê Đê", "08", 8).

    Raises EthnicGroupProblem. A name without diacritics is taken only when it can mean one group.
    """
    if isinstance(value, float) and value == value and value == int(value):
        value = int(value)
    text = " ".join(str(value if value is not None else "").split())
    if not text:
        raise EthnicGroupProblem("Dân tộc còn trống.")
    code = _code_of_text(text)
    if code is None:
        raise EthnicGroupProblem(f"Không có dân tộc “{text[:30]}” trong danh mục.")
    return GROUPS[code]


def is_minority(code: str, *, hoa_counts: bool = True) -> bool:
    """Tell whether a group is a minority; some policies leave out the Hoa, and 55 and 56 never count."""
    return code not in (KINH, FOREIGNER, UNKNOWN) and (hoa_counts or code != HOA)
