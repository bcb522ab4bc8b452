"""Figures of the gradebook: what is copied and counted of marks and results, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Dimension, Figures
from khue.kernel.indicators.places import STEP, Spot, address, may
from khue.school.gradebook import facts, figures_marks, figures_progress, figures_results
from khue.school.gradebook.models import ReviewState

Words = dict[object, str | Promise]


def term_words() -> Words:
    """Terms, and the year."""
    return {1: _("Học kì I"), 2: _("Học kì II"), 0: _("Cả năm")}


def learning_words() -> Words:
    """Levels of learning by the circulars of all schools."""
    return {
        "TOT": _("Tốt"), "KHA": _("Khá"), "DAT": _("Đạt"), "CHUA_DAT": _("Chưa đạt"),
        "EXCELLENT": _("Hoàn thành xuất sắc"), "WELL": _("Hoàn thành tốt"), "DONE": _("Hoàn thành"),
        "NOT_DONE": _("Chưa hoàn thành"), "GIOI": _("Giỏi"), "TRUNG_BINH": _("Trung bình"), "YEU": _("Yếu"),
        "KEM": _("Kém"), "": _("Chưa có"),
    }  # fmt: skip


def award_words() -> Words:
    """Titles of pupils."""
    return {
        "XUAT_SAC": _("Học sinh Xuất sắc"), "GIOI": _("Học sinh Giỏi"), "TIEN_TIEN": _("Học sinh Tiên tiến"),
        "TIEU_BIEU": _("Học sinh Tiêu biểu"), "": _("Không có danh hiệu"),
    }  # fmt: skip


def outcome_words() -> Words:
    """What became of pupils at the end of the year."""
    return {
        "LEN_LOP": _("Lên lớp"), "O_LAI": _("Ở lại lớp"), "HOAN_THANH": _("Hoàn thành chương trình lớp học"),
        "KIEM_TRA_LAI": _("Chờ kiểm tra lại"), "REN_LUYEN_HE": _("Rèn luyện trong hè"),
        "BO_SUNG": _("Chờ đánh giá bổ sung"), "HIEU_TRUONG_XET": _("Hiệu trưởng xét"), "CHUA_DU": _("Chưa đủ kết quả"),
        "": _("Chưa xét"),
    }  # fmt: skip


def review_words() -> Words:
    """How far the results of a class have come."""
    return dict(ReviewState.choices)


_HERE: Final = "khue.school.gradebook.figures"
DIMENSIONS: Final = (
    Dimension("term", "Học kì", f"{_HERE}.term_words"),
    Dimension("learning", "Mức học tập", f"{_HERE}.learning_words"),
    Dimension("conduct", "Mức rèn luyện", f"{_HERE}.learning_words"),
    Dimension("award", "Danh hiệu", f"{_HERE}.award_words"),
    Dimension("outcome", "Kết quả cuối năm", f"{_HERE}.outcome_words"),
    Dimension("review_state", "Tình trạng duyệt", f"{_HERE}.review_words"),
)

FIGURES: Final = Figures(
    facts=facts.FACTS,
    dimensions=DIMENSIONS,
    indicators=(*figures_progress.INDICATORS, *figures_marks.INDICATORS, *figures_results.INDICATORS),
)


# --- the pages with the rows ------------------------------------------------------------------------------------------
def progress_rows(actor: Actor, spot: Spot) -> str:
    """How far the marks have come, by school above it and by class and subject in it."""
    return (
        address("gradebook:progress", spot) if may(actor, "gradebook.view_progress", Spot(spot.unit)) else ""
    )


def mark_rows(actor: Actor, spot: Spot) -> str:
    """The gradebook of the class; above it how far the marks have come."""
    if spot.class_id and spot.unit.is_school and may(actor, "gradebook.view", spot):
        return f"{reverse('gradebook:sheets')}?lop={spot.class_id}"
    return progress_rows(actor, spot)


def result_rows(actor: Actor, spot: Spot) -> str:
    """The results of the class, or the classes of the school; above it there is no page with pupils."""
    if not spot.unit.is_school or not may(actor, "gradebook.view_results", spot):
        return ""
    if spot.class_id:
        return reverse("gradebook:class_results", args=[spot.class_id])
    return address("gradebook:results", spot)


def finding_rows(actor: Actor, spot: Spot) -> str:
    """What looks odd at the school."""
    is_here = spot.unit.is_school and may(actor, "gradebook.view_findings", Spot(spot.unit))
    return f"{reverse('gradebook:findings')}?{STEP}={spot.unit.code}" if is_here else ""


def unlock_rows(actor: Actor, spot: Spot) -> str:
    """The requests to unlock at the school."""
    is_here = spot.unit.is_school and may(actor, "gradebook.unlock", Spot(spot.unit))
    return f"{reverse('gradebook:unlocks')}?{STEP}={spot.unit.code}" if is_here else ""
