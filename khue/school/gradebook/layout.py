"""The columns of a sheet: they follow from the rule set, the kind of sheet, the periods and the level (rules/01).

A column has a slot that never moves, so that rows written before a topic cluster was added keep their meaning.
Pure; no models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

TT27, TT58 = "TT27_2020", "TT58_2011"  # rules.rule_sets.RuleSetCode, as stored
MAX_REGULAR: Final = 5


class Kind(StrEnum):
    """What the integer of a cell means."""

    MARK = "mark"  # tenths, 0..100
    PASS = "pass"  # noqa: S105 (rules.marks.PASS Đạt, FAIL Chưa đạt)
    LEVEL = "level"  # 2 Hoàn thành tốt, 1 Hoàn thành, 0 Chưa hoàn thành
    TEST = "test"  # primary tests: tenths in whole marks
    TRAIT = "trait"  # 2 Tốt, 1 Đạt, 0 Cần cố gắng
    CONDUCT = "conduct"  # 3 Tốt, 2 Khá, 1 Đạt, 0 Chưa đạt
    OBSERVED = "observed"  # 1 đạt, 0 chưa đạt
    MEASURE = "measure"  # tenths of a kilogram or centimetre
    COUNT = "count"  # half-day sessions


@dataclass(frozen=True)
class Column:
    """One column of a sheet."""

    slot: int
    code: str
    label: str | Promise  # at the head of the grid
    title: str | Promise  # in full
    kind: Kind
    weight: int = 0  # in the average; 0: outside it
    is_required: bool = True
    group: str | Promise = ""


def _regular(count: int, kind: Kind) -> list[Column]:
    return [
        Column(n, f"tx{n + 1}", f"TX{n + 1}", format_lazy(_("Thường xuyên {n}"), n=n + 1), kind, 1)
        for n in range(count)
    ]


@cache
def _secondary(regular: int, has_topic: bool, is_scored: bool) -> tuple[Column, ...]:
    kind = Kind.MARK if is_scored else Kind.PASS
    found = _regular(min(regular, MAX_REGULAR), kind)
    if has_topic:
        found.append(Column(7, "cd", _("CĐ"), _("Cụm chuyên đề học tập"), kind, 1))
    found.append(Column(5, "gk", _("GK"), _("Giữa kì"), kind, 2))
    found.append(Column(6, "ck", _("CK"), _("Cuối kì"), kind, 3))
    return tuple(found)


@cache
def _older(is_scored: bool) -> tuple[Column, ...]:
    kind = Kind.MARK if is_scored else Kind.PASS
    found = [
        Column(n, f"m{n + 1}", f"M{n + 1}", format_lazy(_("Miệng {n}"), n=n + 1), kind, 1, is_required=n == 0)
        for n in range(2)
    ]
    found += [
        Column(
            2 + n, f"p{n + 1}", f"15p{n + 1}", format_lazy(_("Viết 15 phút {n}"), n=n + 1), kind, 1,
            is_required=n == 0,
        )
        for n in range(3)
    ]  # fmt: skip
    found += [
        Column(5 + n, f"v{n + 1}", f"V{n + 1}", format_lazy(_("Một tiết {n}"), n=n + 1), kind, 2, is_required=n == 0)
        for n in range(3)
    ]  # fmt: skip
    found.append(Column(8, "hk", "HK", _("Học kì"), kind, 3))
    return tuple(found)


# Subjects with tests, by grade; the middle of the term has them in grades 4 and 5 only (rules/01 B2).
TESTS: Final = {
    1: ("TIENG_VIET", "TOAN"),
    2: ("TIENG_VIET", "TOAN"),
    3: ("TIENG_VIET", "TOAN", "NGOAI_NGU_1", "TIN_CN"),
    4: ("TIENG_VIET", "TOAN", "NGOAI_NGU_1", "LS_DL", "KHOA_HOC", "TIN_CN"),
    5: ("TIENG_VIET", "TOAN", "NGOAI_NGU_1", "LS_DL", "KHOA_HOC", "TIN_CN"),
}
MIDDLE_TESTS: Final = {4: ("TIENG_VIET", "TOAN"), 5: ("TIENG_VIET", "TOAN")}


@cache
def _primary(grade: int, subject: str, term: int) -> tuple[Column, ...]:
    end = _("Cuối HKI") if term == 1 else _("Cuối năm")
    middle = _("Giữa HKI") if term == 1 else _("Giữa HKII")
    found = [Column(0, "gk", _("Mức"), _("Mức đạt được giữa kì"), Kind.LEVEL, group=middle)]
    if subject in MIDDLE_TESTS.get(grade, ()):
        found.append(Column(1, "gkb", _("Điểm KT"), _("Điểm kiểm tra giữa kì"), Kind.TEST, group=middle))
    found.append(Column(2, "ck", _("Mức"), _("Mức đạt được cuối kì"), Kind.LEVEL, group=end))
    if subject in TESTS.get(grade, ()):
        found.append(Column(3, "ckb", _("Điểm KT"), _("Điểm kiểm tra cuối kì"), Kind.TEST, group=end))
    return tuple(found)


TRAITS: Final[tuple[tuple[str, str | Promise, str | Promise, str | Promise], ...]] = (
    ("yn", _("Yêu nước"), _("Yêu nước"), _("Phẩm chất chủ yếu")),
    ("na", _("Nhân ái"), _("Nhân ái"), _("Phẩm chất chủ yếu")),
    ("cc", _("Chăm chỉ"), _("Chăm chỉ"), _("Phẩm chất chủ yếu")),
    ("tt", _("Trung thực"), _("Trung thực"), _("Phẩm chất chủ yếu")),
    ("tn", _("Trách nhiệm"), _("Trách nhiệm"), _("Phẩm chất chủ yếu")),
    ("tc", _("Tự chủ"), _("Tự chủ và tự học"), _("Năng lực chung")),
    ("gt", _("Giao tiếp"), _("Giao tiếp và hợp tác"), _("Năng lực chung")),
    ("st", _("Sáng tạo"), _("Giải quyết vấn đề và sáng tạo"), _("Năng lực chung")),
    ("nn", _("Ngôn ngữ"), _("Ngôn ngữ"), _("Năng lực đặc thù")),
    ("tt2", _("Tính toán"), _("Tính toán"), _("Năng lực đặc thù")),
    ("kh", _("Khoa học"), _("Khoa học"), _("Năng lực đặc thù")),
    ("cn", _("Công nghệ"), _("Công nghệ"), _("Năng lực đặc thù")),
    ("ti", _("Tin học"), _("Tin học"), _("Năng lực đặc thù")),
    ("tm", _("Thẩm mĩ"), _("Thẩm mĩ"), _("Năng lực đặc thù")),
    ("tl", _("Thể chất"), _("Thể chất"), _("Năng lực đặc thù")),
)
NOT_TAUGHT_BEFORE_3: Final = frozenset({"cn", "ti"})


@cache
def _traits(grade: int) -> tuple[Column, ...]:
    """Fifteen columns at the middle of the term (slots 0..14), the same at its end (15..29)."""
    return tuple(
        Column(
            place * len(TRAITS) + n,
            f"{when}{code}",
            label,
            title,
            Kind.TRAIT,
            is_required=grade > 2 or code not in NOT_TAUGHT_BEFORE_3,
            group=group,
        )
        for place, when in enumerate(("g", "c"))
        for n, (code, label, title, group) in enumerate(TRAITS)
    )


@cache
def _conduct() -> tuple[Column, ...]:
    return (
        Column(0, "rl", _("Rèn luyện"), _("Kết quả rèn luyện"), Kind.CONDUCT),
        Column(1, "vp", _("Vắng P"), _("Số buổi vắng có phép"), Kind.COUNT, group=_("Số buổi vắng")),
        Column(2, "vk", _("Vắng K"), _("Số buổi vắng không phép"), Kind.COUNT, group=_("Số buổi vắng")),
    )


@cache
def _observation() -> tuple[Column, ...]:
    areas = (
        ("tc", _("Thể chất"), _("Phát triển thể chất")),
        ("nt", _("Nhận thức"), _("Phát triển nhận thức")),
        ("nn", _("Ngôn ngữ"), _("Phát triển ngôn ngữ")),
        ("tx", _("Tình cảm"), _("Phát triển tình cảm và kĩ năng xã hội")),
        ("tm", _("Thẩm mĩ"), _("Phát triển thẩm mĩ")),
    )
    found = [Column(n, code, label, title, Kind.OBSERVED) for n, (code, label, title) in enumerate(areas)]
    found.append(Column(5, "cn", _("Cân (kg)"), _("Cân nặng (kg)"), Kind.MEASURE, is_required=False))
    found.append(Column(6, "cao", _("Cao (cm)"), _("Chiều cao (cm)"), Kind.MEASURE, is_required=False))
    return tuple(found)


def columns_of(
    rule_set: str, kind: str, *, grade: int, subject: str = "", term: int = 1, regular: int = 0,
    has_topic: bool = False, is_scored: bool = True,
) -> tuple[Column, ...]:  # fmt: skip
    """The columns of a sheet in the order in which they are shown."""
    if kind == "conduct":
        return _conduct()
    if kind == "traits":
        return _traits(grade)
    if kind == "observation":
        return _observation()
    if rule_set == TT27:
        return _primary(grade, subject, term)
    if rule_set == TT58:
        return _older(is_scored)
    return _secondary(regular, has_topic, is_scored)


def width_of(columns: Sequence[Column]) -> int:
    """How many slots a row of the sheet has."""
    return max((column.slot for column in columns), default=-1) + 1
