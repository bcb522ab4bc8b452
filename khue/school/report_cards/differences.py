"""What one edition of a card says otherwise than another, in words: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from khue.school.report_cards.printing.shape import (
    CardData,
    PrimaryLine,
    PrimaryResult,
    Pupil,
    Relative,
    SecondaryResult,
    Signer,
    SubjectLine,
    TraitLine,
)

# Fields that say nothing of the pupil's year, or follow from the edition itself.
ASIDE: Final = frozenset({"version", "replaces", "signed_on", "signatures", "proof", "form"})
LEVELS: Final[Mapping[str, str | Promise]] = {
    "TOT": _("Tốt"), "KHA": _("Khá"), "DAT": _("Đạt"), "CHUA_DAT": _("Chưa đạt"), "GIOI": _("Giỏi"),
    "TRUNG_BINH": _("Trung bình"), "YEU": _("Yếu"), "KEM": _("Kém"), "XUAT_SAC": _("Xuất sắc"),
    "HOAN_THANH": _("Hoàn thành"), "CHUA_HOAN_THANH": _("Chưa hoàn thành"), "LEN_LOP": _("Được lên lớp"),
    "O_LAI": _("Ở lại lớp"), "REN_LUYEN_HE": _("Rèn luyện trong hè"), "KIEM_TRA_LAI": _("Kiểm tra lại"),
    "HIEU_TRUONG_XET": _("Hiệu trưởng xét"),
}  # fmt: skip
LABELS: Final[Mapping[type, Mapping[str, str | Promise]]] = {
    Pupil: {
        "full_name": _("Họ và tên"), "born_on": _("Ngày sinh"), "born_precision": _("Độ chính xác của ngày sinh"),
        "sex": _("Giới tính"), "learner_code": _("Mã học sinh"), "personal_id": _("Số định danh"),
        "ethnic_group": _("Dân tộc"), "nationality": _("Quốc tịch"), "birth_place": _("Nơi sinh"),
        "home_town": _("Quê quán"), "address": _("Chỗ ở"), "policy": _("Diện chính sách"),
        "relatives": _("Cha mẹ, người giám hộ"),
    },
    SubjectLine: {
        "name": _("tên môn"), "by_marks": _("cách đánh giá"), "first": _("học kì I"), "second": _("học kì II"),
        "year": _("cả năm"), "retest": _("kiểm tra lại"), "comment": _("nhận xét"), "teacher": _("giáo viên"),
    },
    PrimaryLine: {
        "name": _("tên môn"), "level": _("mức đạt được"), "mark": _("điểm kiểm tra"), "comment": _("nhận xét"),
        "teacher": _("giáo viên"),
    },
    SecondaryResult: {
        "learning_first": _("Học tập học kì I"), "learning_second": _("Học tập học kì II"),
        "learning_year": _("Học tập cả năm"), "conduct_first": _("Rèn luyện học kì I"),
        "conduct_second": _("Rèn luyện học kì II"), "conduct_year": _("Rèn luyện cả năm"),
        "absences": _("Số buổi nghỉ"), "learning_after": _("Học tập sau kiểm tra lại"),
        "conduct_after": _("Rèn luyện sau hè"), "summer_comment": _("Nhận xét rèn luyện hè"),
        "mean_first": _("Trung bình các môn học kì I"), "mean_second": _("Trung bình các môn học kì II"),
        "mean_year": _("Trung bình các môn cả năm"),
    },
    PrimaryResult: {
        "quality_comment": _("Nhận xét phẩm chất"), "general_comment": _("Nhận xét năng lực chung"),
        "specific_comment": _("Nhận xét năng lực đặc thù"), "height_cm": _("Chiều cao"), "weight_kg": _("Cân nặng"),
        "health": _("Sức khỏe"), "absences_excused": _("Nghỉ có phép"), "absences_unexcused": _("Nghỉ không phép"),
        "result": _("Kết quả giáo dục"), "after_support": _("Sau đánh giá bổ sung"),
    },
    CardData: {
        "circular": _("Thông tư"), "school": _("Trường"), "year": _("Năm học"), "grade": _("Khối"),
        "classroom": _("Lớp"), "homeroom": _("Giáo viên chủ nhiệm"), "principal": _("Hiệu trưởng"),
        "outcome": _("Kết quả cả năm"), "promoted_to": _("Được lên"), "completion": _("Hoàn thành chương trình"),
        "decision": _("Quyết định"), "certificates": _("Chứng chỉ"), "prizes": _("Giải thưởng"),
        "awards": _("Khen thưởng"), "homeroom_comment": _("Nhận xét của chủ nhiệm"),
        "principal_comment": _("Nhận xét của hiệu trưởng"), "place": _("Nơi ký"),
        "individual_plan": _("Kế hoạch giáo dục cá nhân"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that one edition says otherwise than the other."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return _now("%(label)s: “%(before)s” thành “%(after)s”") % {
            "label": self.label, "before": self.before, "after": self.after,
        }  # fmt: skip


def differences(old: CardData, new: CardData) -> list[Difference]:
    """Everything the new card says otherwise, in the order of the form; empty when the two say the same."""
    found = [*_fields(old.pupil, new.pupil)]
    found += _lines(old.subjects, new.subjects)
    found += _lines(old.primary_subjects, new.primary_subjects)
    found += _traits(old.primary_result, new.primary_result)
    for before, after in ((old.result, new.result), (old.primary_result, new.primary_result)):
        if before is not None and after is not None:
            found += _fields(before, after)
        elif before is not after:
            found.append(Difference(_now("Mẫu học bạ"), "", ""))
    found += _fields(old, new)
    return found


def _fields(old: Any, new: Any, prefix: str = "") -> Iterator[Difference]:
    labels = LABELS[type(new)]
    for one in fields(new):
        if one.name in ASIDE or one.name not in labels:
            continue
        before, after = getattr(old, one.name), getattr(new, one.name)
        if before != after:
            yield Difference(f"{prefix}{labels[one.name]}", _text(one.name, before), _text(one.name, after))


def _lines(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    before = {line.code: line for line in old}
    after = {line.code: line for line in new}
    for code, line in after.items():
        if code in before:
            yield from _fields(before[code], line, f"{line.name}, ")
        else:
            yield Difference(line.name, "", _now("có trong học bạ"))
    for code, line in before.items():
        if code not in after:
            yield Difference(line.name, _now("có trong học bạ"), "")


def _traits(old: PrimaryResult | None, new: PrimaryResult | None) -> Iterator[Difference]:
    before = {line.code: line for line in (old.traits if old else ())}
    after: dict[str, TraitLine] = {line.code: line for line in (new.traits if new else ())}
    for code in {**before, **after}:
        was = before[code].level if code in before else ""
        now = after[code].level if code in after else ""
        if was != now:
            yield Difference((after.get(code) or before[code]).name, was, now)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _now("tính điểm") if value else _now("nhận xét")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Signer):
        return value.full_name
    if isinstance(value, tuple):
        return ", ".join(one.full_name for one in value if isinstance(one, Relative))
    if name == "sex":
        return {1: _now("Nam"), 2: _now("Nữ")}.get(value, "")
    if hasattr(value, "name") and hasattr(value, "commune"):
        return str(value.name)
    text = str(value)
    if text in LEVELS:
        return str(LEVELS[text])
    return text.replace(".", ",") if text.replace(".", "", 1).isdigit() and "." in text else text
