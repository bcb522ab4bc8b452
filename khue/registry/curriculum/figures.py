"""Figures of courses and teaching: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Dimension, Figures, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, is_one_of, total, true
from khue.kernel.indicators.places import Spot, address, may
from khue.registry.curriculum import facts
from khue.registry.curriculum.facts import COURSES, LOADS
from khue.registry.curriculum.models import Subject

WEEKS: Final = 35


def subject_words() -> dict[object, str | Promise]:
    """Subjects in the order of the programme, and the homeroom teacher's pages beside them."""
    found: dict[object, str | Promise] = dict(Subject.objects.order_by("order").values_list("code", "name"))
    return {
        **found, "conduct": _("Rèn luyện, chuyên cần"), "traits": _("Phẩm chất, năng lực"),
        "observation": _("Quan sát trẻ"),
    }  # fmt: skip


DIMENSIONS: Final = (Dimension("subject", "Môn học", "khue.registry.curriculum.figures.subject_words"),)

_GROUP: Final = "Phân công giảng dạy"
_PROGRAMME, _LOAD = "Chương trình GDPT 2018 (TT 32/2018/TT-BGDĐT)", "TT 05/2025/TT-BGDĐT"
_BY: Final = ("level", "grade", "subject", "ownership", "region", "school_level")
_ALL: Final = Measure(COURSES.name, count)
_UNTAUGHT: Final = false("has_teacher")

INDICATORS: Final = (
    Indicator(
        name="curriculum.courses", label="Môn học của các lớp", unit="môn-lớp", group=_GROUP, short="Môn học của lớp",
        definition="Số môn học và hoạt động giáo dục đã mở cho các lớp: mỗi môn ở mỗi lớp đếm một.",
        formula="Đếm môn học của từng lớp", code="DP-110", source=_PROGRAMME, dimensions=_BY, top=_ALL,
    ),
    Indicator(
        name="curriculum.untaught", label="Môn học chưa có giáo viên", unit="môn-lớp", group=_GROUP,
        short="Môn chưa có giáo viên", code="DP-111", source=_LOAD, direction="down", target=0, amber=1, red=50,
        definition="Số môn học của các lớp mà hôm nay không có giáo viên nào được phân công, kể cả dạy thay.",
        formula="Đếm môn học của lớp không có phân công", dimensions=_BY, top=Measure(COURSES.name, count, _UNTAUGHT),
    ),
    Indicator(
        name="curriculum.untaught_rate", label="Tỷ lệ môn học chưa có giáo viên", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Tỷ lệ chưa phân công", code="DP-112", source=_LOAD, direction="down", target=0, amber=1,
        red=5, definition="Trong các môn học của các lớp, bao nhiêu phần trăm chưa có giáo viên.",
        formula="Số môn chưa có giáo viên ÷ số môn học của các lớp × 100", dimensions=_BY, bottom=_ALL,
        top=Measure(COURSES.name, count, _UNTAUGHT),
    ),
    Indicator(
        name="curriculum.untaught_periods", label="Tiết học mỗi tuần chưa có giáo viên", unit="tiết/tuần",
        group=_GROUP, scale=1 / WEEKS, decimals=1, short="Tiết chưa có giáo viên", code="DP-113", source=_LOAD,
        direction="down", target=0, amber=1, red=200, dimensions=_BY,
        definition="Cộng số tiết mỗi tuần của các môn học chưa có giáo viên, tính theo 35 tuần thực học.",
        formula="Số tiết cả năm của các môn chưa có giáo viên ÷ 35",
        top=Measure(COURSES.name, total("periods"), _UNTAUGHT),
    ),
    Indicator(
        name="curriculum.substituted", label="Môn học đang dạy thay", unit="môn-lớp", group=_GROUP,
        short="Đang dạy thay", code="DP-114", source=_LOAD, direction="down", dimensions=_BY,
        definition="Số môn học của các lớp hôm nay có giáo viên dạy thay.", formula="Đếm môn học có phân công dạy thay",
        top=Measure(COURSES.name, count, true("is_substituted")),
    ),
    Indicator(
        name="curriculum.load", label="Số tiết dạy bình quân một giáo viên mỗi tuần", unit="tiết/tuần", group=_GROUP,
        scale=1 / WEEKS, decimals=1, short="Tiết/giáo viên/tuần", code="DP-115", source=_LOAD,
        dimensions=("ownership", "region", "school_level"),
        definition="Một người đang được phân công dạy bao nhiêu tiết mỗi tuần, tính theo 35 tuần thực học. Định mức: "
        "tiểu học 23, THCS 19, THPT 17 tiết, chưa trừ phần giảm cho chủ nhiệm và kiêm nhiệm.",
        formula="Số tiết cả năm đã phân công ÷ 35 ÷ số người được phân công",
        top=Measure(LOADS.name, total("periods")), bottom=Measure(LOADS.name, count),
    ),
    Indicator(
        name="curriculum.teaching", label="Người đang đứng lớp", unit="người", group=_GROUP, short="Đang đứng lớp",
        definition="Số người hôm nay được phân công dạy ít nhất một môn ở một lớp, kể cả cán bộ quản lý. Người dạy ở "
        "hai trường đếm ở cả hai.",
        formula="Đếm người có phân công giảng dạy", code="DP-116", source=_LOAD,
        dimensions=("ownership", "region", "school_level"), top=Measure(LOADS.name, count),
    ),
    Indicator(
        name="curriculum.marked", label="Tỷ lệ môn học đánh giá bằng điểm số", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Môn có điểm số", code="DP-117", source="TT 22/2021/TT-BGDĐT; TT 27/2020/TT-BGDĐT",
        definition="Trong các môn học của các lớp, bao nhiêu phần trăm được đánh giá bằng điểm số kết hợp nhận xét.",
        formula="Số môn đánh giá bằng điểm số ÷ số môn học của các lớp × 100", dimensions=_BY, bottom=_ALL,
        top=Measure(COURSES.name, count, both(is_one_of("assessed_by", "marks"))),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=facts.FACTS, dimensions=DIMENSIONS, indicators=INDICATORS)


def course_rows(actor: Actor, spot: Spot) -> str:
    """The courses of the class with their teachers, or the assignments of the school."""
    if not may(actor, "curriculum.view_assignments", spot) or not spot.unit.is_school:
        return ""
    if spot.class_id:
        return reverse("curriculum:classroom", args=[spot.class_id])
    return address("curriculum:assignments", spot)


def load_rows(actor: Actor, spot: Spot) -> str:
    """The workload of the school's teachers."""
    is_here = spot.unit.is_school and may(actor, "curriculum.view_workload", Spot(spot.unit))
    return address("curriculum:workload", spot) if is_here else ""
