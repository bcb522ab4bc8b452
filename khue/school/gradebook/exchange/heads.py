"""The words that schools write over columns of marks, and the column of a sheet they mean. Pure; no models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from khue.school.gradebook.layout import TRAITS, Column, Kind
from khue.school.gradebook.rules.block_layout import head_key

CODE: Final = "ma"
NAME: Final = "ten"
FAMILY: Final = "ho"
GIVEN: Final = "goi"
BORN: Final = "sinh"
NUMBER: Final = "stt"
AVERAGE: Final = "tbm"
COMMENT: Final = "nx"
REMARK: Final = "ghichu"

IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    CODE: ("mã học sinh", "mã HS", "mã định danh", "mã định danh học sinh", "mã định danh Bộ GD&ĐT", "mã Khuê", "mã",
           "mã số", "mã trẻ", "mã định danh Bộ", "số định danh"),
    NAME: ("họ và tên", "họ tên", "họ và tên học sinh", "họ tên học sinh", "tên học sinh", "học sinh", "họ, tên",
           "họ và tên trẻ", "họ tên trẻ", "họ và tên HS", "họ tên HS"),
    FAMILY: ("họ và tên đệm", "họ và đệm", "họ đệm", "họ lót", "họ và chữ lót", "họ"),
    GIVEN: ("tên",),
    BORN: ("ngày sinh", "ngày, tháng, năm sinh", "ngày tháng năm sinh", "năm sinh", "sinh ngày"),
    NUMBER: ("STT", "TT", "số TT", "số thứ tự", "no"),
    AVERAGE: ("ĐTBmhk", "ĐTBmhkI", "ĐTBmhkII", "ĐTBmhk1", "ĐTBmhk2", "ĐTB", "TBM", "TBmhk", "TB", "TBMHK", "ĐTBM",
              "trung bình", "điểm trung bình", "TB môn", "trung bình môn", "TBHK", "ĐTB HK", "điểm TB",
              "kết quả học kì"),
    COMMENT: ("nhận xét", "nhận xét của giáo viên", "lời nhận xét", "nhận xét sự tiến bộ", "nội dung nhận xét",
              "nhận xét học kì", "nhận xét cuối kì"),
    REMARK: ("ghi chú", "ghi chú của Khuê", "giới tính", "nam/nữ", "nữ", "dân tộc", "lớp", "ĐTBmcn", "cả năm", "TBCN",
             "điện thoại", "nơi sinh", "chữ ký", "xếp loại"),
}  # fmt: skip
_IDENTITY: Final = {head_key(word): field for field, words in IDENTITY.items() for word in words}

_REGULAR: Final = tuple(
    head_key(word)
    for word in (
        "TX", "ĐĐGtx", "ĐGtx", "KTtx", "KTTX", "thường xuyên", "đánh giá thường xuyên", "điểm thường xuyên",
        "kiểm tra thường xuyên", "điểm đánh giá thường xuyên", "điểm TX", "ĐTX", "mức ĐGTX", "ĐĐG thường xuyên",
        "điểm ĐGTX", "điểm ĐĐGtx", "điểm KTtx", "hệ số 1", "HS1", "điểm hệ số 1",
    )
)  # fmt: skip
_MIDDLE: Final = (
    "GK", "ĐĐGgk", "ĐGgk", "KTGK", "giữa kì", "giữa học kì", "đánh giá giữa kì", "kiểm tra giữa kì", "điểm giữa kì",
    "ĐĐG giữa kì", "điểm GK", "ĐGK", "điểm ĐĐGgk", "điểm ĐGGK", "giữa HK", "điểm kiểm tra giữa kì",
)  # fmt: skip
_END: Final = (
    "CK", "ĐĐGck", "ĐGck", "KTCK", "cuối kì", "cuối học kì", "đánh giá cuối kì", "kiểm tra cuối kì", "điểm cuối kì",
    "ĐĐG cuối kì", "điểm CK", "ĐCK", "điểm ĐĐGck", "điểm ĐGCK", "cuối HK", "điểm kiểm tra cuối kì", "HK", "thi học kì",
)  # fmt: skip
_TOPIC: Final = ("CĐ", "chuyên đề", "cụm chuyên đề", "chuyên đề học tập", "ĐĐGcđ", "cụm chuyên đề học tập")
_NUMBERED: Final = re.compile(r"(?:lan|cot|bai|thu|so|diem)?(\d)")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over one column of a file: its own words and the group's above them, folded."""

    own: str
    group: str
    text: str  # as written, for people

    @property
    def keys(self) -> tuple[str, ...]:
        """The wordings to look for, the surest first."""
        return tuple(
            key for key in (self.group + self.own, self.own + self.group, self.own, self.group) if key
        )


def identity_of(head: Head) -> str:
    """The field of identity a header names, or nothing."""
    return _IDENTITY.get(head.own) or (_IDENTITY.get(head.group, "") if not head.own else "")


def words_of(column: Column, number: int | None = None) -> set[str]:
    """Every folded wording of a column."""
    found = {head_key(str(column.title)), head_key(column.code)}
    if column.kind not in (Kind.LEVEL, Kind.TEST, Kind.TRAIT):
        found.add(head_key(str(column.label)))
    if column.code.startswith("tx"):
        found |= {f"{word}{column.code[2:]}" for word in _REGULAR}
    elif column.code == "cd":
        found |= {head_key(word) for word in _TOPIC}
    elif column.kind in (Kind.MARK, Kind.PASS) and column.code == "gk":
        found |= {head_key(word) for word in _MIDDLE}
    elif column.kind in (Kind.MARK, Kind.PASS) and column.code in ("ck", "hk"):
        found |= {head_key(word) for word in _END}
    return (
        found | _primary_words(column) | _older_words(column) | _conduct_words(column) | _trait_words(column)
    )


def _primary_words(column: Column) -> set[str]:
    if column.kind not in (Kind.LEVEL, Kind.TEST):
        return set()
    is_middle = column.code.startswith("g")
    middle = ("giữa kì", "giữa học kì", "GK", "giữa HK", "GHK")
    end = ("cuối kì", "cuối học kì", "CK", "cuối năm", "cuối HK", "CHK", "CN", "cuối năm học")
    times = middle if is_middle else end
    terms = ("", "I", "II", "1", "2")
    what = (
        ("mức", "mức đạt được", "mức ĐĐ", "MĐĐ", "đánh giá", "mức đạt")
        if column.kind == Kind.LEVEL
        else ("điểm", "điểm KT", "điểm KTĐK", "KTĐK", "điểm kiểm tra", "điểm kiểm tra định kì", "ĐKT")
    )
    found = set()
    for time in times:
        for term in terms:
            for word in what:
                found |= {head_key(f"{time}{term}{word}"), head_key(f"{word}{time}{term}")}
    return found


def _older_words(column: Column) -> set[str]:
    letters, digits = column.code[:1], column.code[1:]
    names = {"m": ("M", "miệng", "điểm miệng", "KT miệng"), "p": ("15p", "15 phút", "KT 15 phút", "viết 15 phút"),
             "v": ("V", "1 tiết", "một tiết", "viết", "KT 1 tiết", "45 phút")}  # fmt: skip
    if not digits.isdigit() or letters not in names or column.code.startswith(("tx", "vp")):
        return set()
    return {head_key(f"{word}{digits}") for word in names[letters]} | {
        head_key(f"{word} lần {digits}") for word in names[letters]
    }


def _conduct_words(column: Column) -> set[str]:
    if column.code == "rl":
        return {
            head_key(word)
            for word in ("rèn luyện", "KQRL", "kết quả rèn luyện", "hạnh kiểm", "HK", "mức rèn luyện")
        }
    if column.code in ("vp", "vk") and column.kind == Kind.COUNT:
        with_leave = ("có phép", "P", "CP", "vắng P", "vắng có phép", "nghỉ có phép", "số buổi nghỉ có phép")
        without = (
            "không phép",
            "K",
            "KP",
            "vắng K",
            "vắng không phép",
            "nghỉ không phép",
            "số buổi nghỉ không phép",
        )
        words = with_leave if column.code == "vp" else without
        above = ("", "số buổi nghỉ", "số buổi vắng", "nghỉ học", "vắng", "số ngày nghỉ")
        return {head_key(f"{over}{word}") for word in words for over in above}
    return set()


def _trait_words(column: Column) -> set[str]:
    if column.kind != Kind.TRAIT:
        return set()
    time = (
        ("giữa kì", "GK", "giữa học kì")
        if column.slot < len(TRAITS)
        else ("cuối kì", "CK", "cuối học kì", "cuối năm")
    )
    names = (str(column.title), str(column.label))
    found = {head_key(f"{one}{name}") for one in time for name in names}
    return found | {head_key(f"{name}{one}") for one in time for name in names}


def slots_under(heads: Sequence[Head], columns: Iterable[Column]) -> dict[int, int]:
    """Which slot each column of a file holds: by its own words, or by its place under a group that is spread."""
    known = {word: column.slot for column in columns for word in words_of(column) if word}
    regular = [column.slot for column in columns if column.code.startswith("tx")]
    found: dict[int, int] = {}
    under: dict[str, int] = {}
    for index, head in enumerate(heads):
        if identity_of(head):
            continue
        slot = next((known[key] for key in head.keys if key in known), None)
        if slot is None and head.group in _REGULAR and head.own:
            digits = _NUMBERED.fullmatch(head.own)
            slot = _nth(regular, int(digits[1]) - 1) if digits else None
        elif slot is None and (head.own in _REGULAR or (not head.own and head.group in _REGULAR)):
            word = head.own or head.group  # one title over several columns: the first, the second …
            slot = _nth(regular, under.get(word, 0))
            under[word] = under.get(word, 0) + 1
        if slot is not None and slot not in found.values():
            found[index] = slot
    return found


def _nth(slots: Sequence[int], place: int) -> int | None:
    return slots[place] if 0 <= place < len(slots) else None
