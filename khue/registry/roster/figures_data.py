"""Indicators over how complete the records are, and over the accounts of pupils and families."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, from_, is_one_of, total, true
from khue.registry.roster.facts import ACCOUNTS, ENROLMENTS, QUALITY
from khue.registry.roster.figures_pupils import PUPILS

_GROUP: Final = "Chất lượng dữ liệu"
_USE: Final = "Tài khoản"
_DATA: Final = "NĐ 88/2026/NĐ-CP; TT 42/2021/TT-BGDĐT"
_OURS: Final = "Quy định sử dụng của tỉnh"
_BY: Final = ("level", "grade", "ownership", "region", "school_level")
_IS: Final = true("is_pupil")
_HERE: Final = Measure(ACCOUNTS.name, count)


def _lacking(name: str, label: str, short: str, code: str, words: str, column: str, red: float) -> Indicator:
    return Indicator(
        name=name, label=label, unit="%", group=_GROUP, scale=100, decimals=1, short=short, code=code, source=_DATA,
        definition=words, formula=f"{label.removeprefix('Tỷ lệ học sinh ').capitalize()} ÷ số học sinh × 100",
        direction="down", target=0, amber=1, red=red, dimensions=_BY, bottom=PUPILS,
        top=Measure(ENROLMENTS.name, count, both(_IS, false(column))),
    )  # fmt: skip


def _faults(name: str, label: str, short: str, code: str, words: str, *faults: str) -> Indicator:
    return Indicator(
        name=name, label=label, unit="hồ sơ", group=_GROUP, short=short, code=code, source=_DATA, definition=words,
        formula="Đếm hồ sơ có lỗi này", direction="down", target=0, amber=1, red=50,
        top=Measure(QUALITY.name, total("records"), is_one_of("fault", *faults)),
    )  # fmt: skip


INDICATORS: Final = (
    _lacking("roster.no_personal_id", "Tỷ lệ học sinh thiếu số định danh cá nhân", "Thiếu số định danh", "DP-70",
             "Trong số học sinh đang học, bao nhiêu phần trăm chưa có số định danh 12 chữ số. Thiếu số thì không ký "
             "được học bạ số.", "has_personal_id", 5),
    _lacking("roster.no_ministry_code", "Tỷ lệ học sinh thiếu mã của Bộ", "Thiếu mã của Bộ", "DP-71",
             "Trong số học sinh đang học, bao nhiêu phần trăm chưa có mã định danh của cơ sở dữ liệu ngành.",
             "has_ministry_code", 10),
    _lacking("roster.no_class", "Tỷ lệ học sinh chưa xếp lớp", "Chưa xếp lớp", "DP-72",
             "Trong số học sinh đang học, bao nhiêu phần trăm chưa được xếp vào lớp nào.", "has_class", 2),
    _lacking("roster.no_basics", "Tỷ lệ học sinh thiếu ngày sinh, giới tính, dân tộc", "Thiếu thông tin gốc", "DP-73",
             "Trong số học sinh đang học, bao nhiêu phần trăm còn thiếu ngày sinh, giới tính hoặc dân tộc.",
             "has_basics", 5),
    _lacking("roster.no_guardian", "Tỷ lệ học sinh chưa có cha mẹ, người giám hộ trong hồ sơ", "Chưa có người nhà",
             "DP-74", "Trong số học sinh đang học, bao nhiêu phần trăm chưa ghi cha, mẹ hay người giám hộ nào.",
             "has_guardian", 5),
    Indicator(
        name="roster.odd_age", label="Học sinh có tuổi khác thường so với khối", unit="học sinh", group=_GROUP,
        short="Tuổi khác thường", code="DP-75", source=_DATA, direction="down", target=0, amber=1, red=50,
        definition="Số học sinh phổ thông học sớm hơn tuổi hoặc hơn tuổi trên 3 năm: thường là sai ngày sinh hoặc xếp "
        "nhầm khối.",
        formula="Đếm em học sớm hoặc hơn tuổi trên 3 năm", dimensions=_BY, about_children=True,
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("age_fit", "early", "far"))),
    ),
    _faults("roster.doubles", "Hồ sơ có thể trùng", "Có thể trùng", "DP-76",
            "Số học sinh có hồ sơ giống một hồ sơ khác về số, hoặc về họ tên và ngày sinh, mà chưa ai xem.", "double"),
    _faults("roster.bad_numbers", "Số định danh sai mẫu hoặc khác hồ sơ", "Số định danh sai", "DP-77",
            "Số học sinh có số định danh không đúng mẫu, hoặc chữ số giới tính, năm sinh trong số khác với hồ sơ.",
            "bad_personal_id", "sex_mismatch", "birth_mismatch"),
    _faults("roster.no_contact", "Học sinh không có điện thoại gia đình", "Không có điện thoại", "DP-78",
            "Số học sinh mà không người nhà nào có số điện thoại trong hồ sơ.", "no_contact"),
    Indicator(
        name="roster.faults", label="Lỗi dữ liệu trên 100 học sinh", unit="lỗi", group=_GROUP, scale=100, decimals=1,
        short="Lỗi/100 học sinh", code="DP-79", source=_DATA, direction="down", target=0, amber=5, red=20,
        definition="Cộng mọi lỗi của hồ sơ học sinh mà trang Chất lượng dữ liệu nêu, tính trên 100 học sinh.",
        formula="Tổng số lỗi hồ sơ học sinh ÷ số học sinh × 100", dimensions=(),
        top=Measure(QUALITY.name, total("records"), lambda t: ~t.fault.isin(["over_full", "near_full", "no_homeroom"])),
        bottom=Measure(QUALITY.name, total("of"), is_one_of("fault", "no_class")),
    ),
    Indicator(
        name="roster.pupil_accounts", label="Tỷ lệ học sinh có tài khoản đã kích hoạt", unit="%", group=_USE, scale=100,
        decimals=1, short="Học sinh kích hoạt", code="DP-80", source=_OURS, direction="up", target=90, amber=60, red=30,
        definition="Trong số học sinh đang học, bao nhiêu phần trăm đã tự chọn mật khẩu cho tài khoản của mình.",
        formula="Số học sinh đã kích hoạt tài khoản ÷ số học sinh × 100", dimensions=_BY, bottom=_HERE,
        top=Measure(ACCOUNTS.name, count, true("is_active")),
    ),
    Indicator(
        name="roster.pupil_use", label="Tỷ lệ học sinh đăng nhập trong 30 ngày", unit="%", group=_USE, scale=100,
        decimals=1, short="Học sinh đang dùng", code="DP-81", source=_OURS, direction="up", target=70, amber=40, red=15,
        definition="Trong số học sinh đang học, bao nhiêu phần trăm đã đăng nhập ít nhất một lần trong 30 ngày qua.",
        formula="Số học sinh đăng nhập trong 30 ngày ÷ số học sinh × 100", dimensions=_BY, bottom=_HERE,
        top=Measure(ACCOUNTS.name, count, true("is_used")),
    ),
    Indicator(
        name="roster.linked", label="Tỷ lệ học sinh có gia đình kết nối", unit="%", group=_USE, scale=100, decimals=1,
        short="Gia đình kết nối", code="DP-82", source=_OURS, direction="up", target=95, amber=70, red=40,
        definition="Trong số học sinh đang học, bao nhiêu phần trăm có ít nhất một cha, mẹ hoặc người giám hộ được xem "
        "hồ sơ và đã kích hoạt tài khoản.",
        formula="Số học sinh có người nhà đã kích hoạt tài khoản ÷ số học sinh × 100", dimensions=_BY, bottom=_HERE,
        top=Measure(ACCOUNTS.name, count, true("is_linked")),
    ),
    Indicator(
        name="roster.guardian_accounts", label="Tỷ lệ người nhà đã kích hoạt tài khoản", unit="%", group=_USE,
        scale=100, decimals=1, short="Người nhà kích hoạt", code="DP-83", source=_OURS, direction="up", target=90,
        amber=60, red=30, dimensions=_BY,
        definition="Trong số cha, mẹ, người giám hộ được xem hồ sơ học sinh, bao nhiêu phần trăm đã kích hoạt tài "
        "khoản. Người có hai con đang học được đếm hai lần.",
        formula="Số người nhà đã kích hoạt ÷ số người nhà × 100",
        top=Measure(ACCOUNTS.name, total("guardians_active")), bottom=Measure(ACCOUNTS.name, total("guardians")),
    ),
    Indicator(
        name="roster.family_use", label="Tỷ lệ học sinh có người nhà đăng nhập trong 30 ngày", unit="%", group=_USE,
        scale=100, decimals=1, short="Gia đình đang dùng", code="DP-84", source=_OURS, direction="up", target=80,
        amber=50, red=25, dimensions=_BY, bottom=_HERE,
        definition="Trong số học sinh đang học, bao nhiêu phần trăm có ít nhất một người nhà đã đăng nhập trong 30 "
        "ngày qua.",
        formula="Số học sinh có người nhà đăng nhập trong 30 ngày ÷ số học sinh × 100",
        top=Measure(ACCOUNTS.name, count, from_("guardians_used", 1)),
    ),
)  # fmt: skip
