"""Figures of staff: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import ROLES
from khue.kernel.indicators.declare import Dimension, Figures, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, is_one_of, more, true
from khue.kernel.indicators.places import Spot, address, may
from khue.registry.staff import facts
from khue.registry.staff.facts import POWERS, STAFF
from khue.registry.staff.models import Post

Words = dict[object, str | Promise]


def duty_words() -> Words:
    """Heads, teachers and the others."""
    return {"head": _("Cán bộ quản lý"), "teacher": _("Giáo viên"), "other": _("Nhân viên")}


def post_words() -> Words:
    """Posts in a school."""
    return dict(Post.choices)


def contract_words() -> Words:
    """Who has tenure."""
    return {"tenured": _("Viên chức"), "contract": _("Hợp đồng"), "": _("Chưa ghi")}


def age_words() -> Words:
    """Ages by ten years."""
    return {
        "<30": _("Dưới 30 tuổi"), "30-39": _("30–39 tuổi"), "40-49": _("40–49 tuổi"), "50+": _("Từ 50 tuổi"),
        "": _("Chưa có ngày sinh"),
    }  # fmt: skip


def qualification_words() -> Words:
    """Levels of training."""
    return {
        0: _("Chưa ghi"), 1: _("Trung cấp trở xuống"), 2: _("Cao đẳng"), 3: _("Đại học"), 4: _("Thạc sĩ"),
        5: _("Tiến sĩ"),
    }  # fmt: skip


def role_words() -> Words:
    """Roles with power."""
    return {code: role.label for code, role in ROLES.items()}


_HERE: Final = "khue.registry.staff.figures"
DIMENSIONS: Final = (
    Dimension("duty", "Nhóm vị trí", f"{_HERE}.duty_words"),
    Dimension("post", "Chức vụ", f"{_HERE}.post_words"),
    Dimension("contract", "Hình thức hợp đồng", f"{_HERE}.contract_words"),
    Dimension("age_band", "Nhóm tuổi", f"{_HERE}.age_words"),
    Dimension("qualification", "Trình độ đào tạo", f"{_HERE}.qualification_words"),
    Dimension("speciality", "Môn dạy ghi trong hồ sơ"),
    Dimension("role", "Vai", f"{_HERE}.role_words"),
)

_GROUP: Final = "Đội ngũ"
_USE: Final = "Tài khoản"
_TT03, _LAW, _STANDARD = (
    "TT 03/2024/TT-BGDĐT",
    "Luật Giáo dục 2019, Điều 72",
    "TT 20/2018/TT-BGDĐT; TT 26/2018",
)
_OURS: Final = "Quy định sử dụng của tỉnh"
_OF: Final = ("ownership", "region", "school_level")
_BY: Final = ("duty", "post", "sex", "minority", "age_band", "contract", "qualification", *_OF)
_TEACHER: Final = is_one_of("duty", "teacher")
_OF_TEACHERS: Final = ("sex", "minority", "age_band", "contract", "qualification", "speciality", *_OF)
_TEACHERS: Final = Measure(STAFF.name, count, _TEACHER)
_EVERYBODY: Final = Measure(STAFF.name, count)
_POWERFUL: Final = Measure(POWERS.name, count)

INDICATORS: Final = (
    Indicator(
        name="staff.staff", label="Cán bộ, giáo viên, nhân viên", unit="người", group=_GROUP, short="Cán bộ, giáo viên",
        definition="Số người đang làm việc hoặc nghỉ có thời hạn, tính ở trường giữ chức vụ chính của họ.",
        formula="Đếm người có chức vụ chính đang giữ", code="DP-90", source=_TT03, dimensions=_BY, top=_EVERYBODY,
    ),
    Indicator(
        name="staff.teachers", label="Giáo viên", unit="giáo viên", group=_GROUP, short="Giáo viên", code="DP-91",
        definition="Số người giữ chức vụ chính là giáo viên. Không tính hiệu trưởng, phó hiệu trưởng, tổng phụ trách.",
        formula="Đếm người có chức vụ chính là giáo viên", source=_TT03, dimensions=_OF_TEACHERS, top=_TEACHERS,
    ),
    Indicator(
        name="staff.heads", label="Cán bộ quản lý", unit="người", group=_GROUP, short="Cán bộ quản lý", code="DP-92",
        definition="Số hiệu trưởng và phó hiệu trưởng đang giữ chức.", formula="Đếm hiệu trưởng và phó hiệu trưởng",
        source=_TT03, dimensions=_BY, top=Measure(STAFF.name, count, is_one_of("duty", "head")),
    ),
    Indicator(
        name="staff.others", label="Nhân viên", unit="người", group=_GROUP, short="Nhân viên", code="DP-93",
        definition="Số người làm văn thư, kế toán, thư viện, thiết bị, y tế và các việc khác ngoài giảng dạy, quản lý.",
        formula="Đếm người không phải giáo viên, cán bộ quản lý", source=_TT03, dimensions=_BY,
        top=Measure(STAFF.name, count, is_one_of("duty", "other")),
    ),
    Indicator(
        name="staff.principals", label="Tỷ lệ trường có hiệu trưởng", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Có hiệu trưởng", code="DP-94", source="Điều lệ trường học (TT 15/2026/TT-BGDĐT)", direction="up",
        target=100, amber=99, red=95, dimensions=_OF,
        definition="Trong các trường đang hoạt động, bao nhiêu phần trăm có hiệu trưởng đang giữ chức.",
        formula="Số hiệu trưởng ÷ số trường × 100",
        top=Measure(STAFF.name, count, is_one_of("post", "principal")),
        bottom=Measure("indicators.units", count, is_one_of("place", "school")),
    ),
    Indicator(
        name="staff.women", label="Tỷ lệ giáo viên nữ", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Giáo viên nữ", code="DP-95", source=_TT03, dimensions=("minority", "age_band", "contract", *_OF),
        definition="Trong số giáo viên, bao nhiêu phần trăm là nữ.", formula="Số giáo viên nữ ÷ số giáo viên × 100",
        top=Measure(STAFF.name, count, both(_TEACHER, is_one_of("sex", 2))), bottom=_TEACHERS,
    ),
    Indicator(
        name="staff.minority", label="Tỷ lệ giáo viên dân tộc thiểu số", unit="%", group=_GROUP, scale=100, decimals=1,
        short="GV dân tộc thiểu số", code="DP-96", source=_TT03, dimensions=("sex", "age_band", "contract", *_OF),
        definition="Trong số giáo viên, bao nhiêu phần trăm là người dân tộc thiểu số.",
        formula="Số giáo viên dân tộc thiểu số ÷ số giáo viên × 100", bottom=_TEACHERS,
        top=Measure(STAFF.name, count, both(_TEACHER, true("minority"))),
    ),
    Indicator(
        name="staff.qualified", label="Tỷ lệ giáo viên đạt chuẩn trình độ trở lên", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Đạt chuẩn trình độ", code="DP-97", source=_LAW, direction="up", target=100, amber=95, red=85,
        definition="Trong số giáo viên, bao nhiêu phần trăm có trình độ từ chuẩn trở lên: cao đẳng ở mầm non, đại học "
        "ở các cấp khác. Hồ sơ chưa ghi trình độ thì tính là chưa đạt.",
        formula="Số giáo viên có trình độ từ chuẩn trở lên ÷ số giáo viên × 100", dimensions=_OF_TEACHERS,
        top=Measure(STAFF.name, count, both(_TEACHER, lambda t: t.qualification >= t.asked)), bottom=_TEACHERS,
    ),
    Indicator(
        name="staff.above", label="Tỷ lệ giáo viên trên chuẩn trình độ", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Trên chuẩn trình độ", code="DP-98", source=_LAW, direction="up", dimensions=_OF_TEACHERS,
        definition="Trong số giáo viên, bao nhiêu phần trăm có trình độ cao hơn chuẩn của cấp học.",
        formula="Số giáo viên trên chuẩn ÷ số giáo viên × 100",
        top=Measure(STAFF.name, count, both(_TEACHER, more("qualification", "asked"))), bottom=_TEACHERS,
    ),
    Indicator(
        name="staff.standard", label="Tỷ lệ giáo viên đạt chuẩn nghề nghiệp mức khá trở lên", unit="%", group=_GROUP,
        scale=100, decimals=1, short="Chuẩn nghề khá, tốt", code="DP-99", source=_STANDARD, direction="up", target=95,
        amber=80, red=60, dimensions=_OF_TEACHERS,
        definition="Trong số giáo viên đã được đánh giá, bao nhiêu phần trăm xếp mức Tốt hoặc Khá.",
        formula="Số giáo viên xếp Tốt, Khá ÷ số giáo viên đã được đánh giá × 100",
        top=Measure(STAFF.name, count, both(_TEACHER, is_one_of("standard", "Tốt", "Khá"))),
        bottom=Measure(STAFF.name, count, both(_TEACHER, lambda t: t.standard != "")),
    ),
    Indicator(
        name="staff.contract", label="Tỷ lệ giáo viên hợp đồng", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Giáo viên hợp đồng", code="DP-100", source="NĐ 111/2022/NĐ-CP", direction="down", amber=10, red=20,
        dimensions=_OF_TEACHERS,
        definition="Trong số giáo viên, bao nhiêu phần trăm không phải viên chức.",
        formula="Số giáo viên hợp đồng ÷ số giáo viên × 100",
        top=Measure(STAFF.name, count, both(_TEACHER, is_one_of("contract", "contract"))), bottom=_TEACHERS,
    ),
    Indicator(
        name="staff.older", label="Tỷ lệ giáo viên từ 50 tuổi", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Giáo viên từ 50 tuổi", code="DP-101", source="NĐ 135/2020/NĐ-CP", direction="down", amber=30, red=45,
        dimensions=("sex", "minority", "contract", "speciality", *_OF),
        definition="Trong số giáo viên đã có ngày sinh, bao nhiêu phần trăm từ 50 tuổi trở lên, tính theo năm sinh: số "
        "người cần tuyển thay trong mười năm tới.",
        formula="Số giáo viên từ 50 tuổi ÷ số giáo viên có ngày sinh × 100",
        top=Measure(STAFF.name, count, both(_TEACHER, is_one_of("age_band", "50+"))),
        bottom=Measure(STAFF.name, count, both(_TEACHER, lambda t: t.age_band != "")),
    ),
    Indicator(
        name="staff.on_leave", label="Giáo viên đang nghỉ có thời hạn", unit="giáo viên", group=_GROUP,
        short="Giáo viên đang nghỉ", code="DP-102", source=_OURS, direction="down", dimensions=_OF_TEACHERS,
        definition="Số giáo viên đang nghỉ thai sản, đi học, nghỉ không lương và các kỳ nghỉ khác có thời hạn.",
        formula="Đếm giáo viên có tình trạng nghỉ có thời hạn",
        top=Measure(STAFF.name, count, both(_TEACHER, is_one_of("status", "leave"))),
    ),
    Indicator(
        name="staff.active", label="Tỷ lệ cán bộ, giáo viên đã kích hoạt tài khoản", unit="%", group=_USE, scale=100,
        decimals=1, short="Cán bộ kích hoạt", code="DP-103", source=_OURS, direction="up", target=100, amber=95, red=80,
        definition="Trong số cán bộ, giáo viên, nhân viên, bao nhiêu phần trăm đã tự chọn mật khẩu.",
        formula="Số người đã kích hoạt tài khoản ÷ số người × 100", dimensions=("duty", "post", *_OF),
        top=Measure(STAFF.name, count, true("is_active")), bottom=_EVERYBODY,
    ),
    Indicator(
        name="staff.used", label="Tỷ lệ giáo viên đăng nhập trong 30 ngày", unit="%", group=_USE, scale=100, decimals=1,
        short="Giáo viên đang dùng", code="DP-104", source=_OURS, direction="up", target=100, amber=90, red=70,
        definition="Trong số giáo viên, bao nhiêu phần trăm đã đăng nhập ít nhất một lần trong 30 ngày qua.",
        formula="Số giáo viên đăng nhập trong 30 ngày ÷ số giáo viên × 100", dimensions=_OF_TEACHERS, bottom=_TEACHERS,
        top=Measure(STAFF.name, count, both(_TEACHER, true("is_used"))),
    ),
    Indicator(
        name="staff.second_factor", label="Tỷ lệ người có quyền lớn đã bật bước xác nhận thứ hai", unit="%",
        group=_USE, scale=100, decimals=1, short="Xác nhận hai bước", code="DP-105", direction="up", target=100,
        amber=99, red=90, source="Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15", dimensions=("role",),
        definition="Trong số người giữ vai quản trị, lãnh đạo, cán bộ phụ trách, hiệu trưởng, phó hiệu trưởng, văn "
        "thư, bao nhiêu phần trăm đã cài ứng dụng mã hoặc khóa bảo mật. Mã dự phòng không tính.",
        formula="Số người đã có bước xác nhận thứ hai ÷ số người giữ vai có quyền lớn × 100",
        top=Measure(POWERS.name, count, true("has_second_factor")), bottom=_POWERFUL,
    ),
    Indicator(
        name="staff.idle_power", label="Người có quyền lớn chưa kích hoạt tài khoản", unit="người", group=_USE,
        short="Quyền lớn chưa dùng", code="DP-106", direction="down", target=0, amber=1, red=20, dimensions=("role",),
        source="Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15",
        definition="Số người giữ vai có quyền lớn mà chưa tự chọn mật khẩu: mã kích hoạt của họ còn nằm ngoài.",
        formula="Đếm người giữ vai có quyền lớn chưa kích hoạt",
        top=Measure(POWERS.name, count, false("is_active")),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=facts.FACTS, dimensions=DIMENSIONS, indicators=INDICATORS)


def staff_rows(actor: Actor, spot: Spot) -> str:
    """The list of staff."""
    return address("staff:list", spot) if may(actor, "staff.view", Spot(spot.unit)) else ""
