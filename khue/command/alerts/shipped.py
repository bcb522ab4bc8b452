"""The rules that come with Khuê, laid down by the migrations; the department changes, adds and switches off."""

from __future__ import annotations

from typing import Any, Final

from khue.kernel.access import roles

_HEAD, _OFFICE, _DEPARTMENT = roles.PRINCIPAL, roles.OFFICE_OFFICER, roles.DEPARTMENT_OFFICER
_SCHOOL_YEAR: Final = [9, 10, 11, 12, 1, 2, 3, 4, 5]


def _rule(
    code: str, name: str, figure: str, floor: str, compare: str, amber: float | None, red: float | None,
    told: tuple[str, ...], advice: str, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "code": code, "name": name, "figure": figure, "floor": floor, "compare": compare, "amber": amber, "red": red,
        "roles": list(told), "advice": advice, "repeat_days": 3, "quiet_days": 7, "months": [], **more,
    }  # fmt: skip


RULES: Final[tuple[dict[str, Any], ...]] = (
    _rule(
        "late_marks_area", "Xã, phường vào điểm chậm", "alerts.late_marks", "middle", "above", 10, 25,
        (_OFFICE, _DEPARTMENT),
        "Xem trường nào còn nhiều ô trống, nhắc hiệu trưởng hoặc từng giáo viên.", margin=1, months=_SCHOOL_YEAR,
    ),
    _rule(
        "late_marks", "Trường vào điểm chậm", "alerts.late_marks", "school", "above", 10, 25, (_HEAD, _OFFICE),
        "Xem giáo viên nào còn ô trống rồi nhắc; cần thêm thời gian thì dời hạn.", margin=1, lasts_days=1,
        months=_SCHOOL_YEAR,
    ),
    _rule(
        "over_full", "Lớp quá sĩ số", "alerts.over_full", "school", "above", 1, 5, (_HEAD, _OFFICE),
        "Chuyển bớt em sang lớp khác, mở thêm lớp, hoặc báo cáo lý do.", lasts_days=3, repeat_days=14,
        quiet_days=60,
    ),
    _rule(
        "no_homeroom", "Lớp chưa có chủ nhiệm", "alerts.no_homeroom", "school", "above", 1, 3, (_HEAD, _OFFICE),
        "Mở lớp, chọn Giao chủ nhiệm.", lasts_days=2, months=_SCHOOL_YEAR,
    ),
    _rule(
        "no_teacher", "Môn chưa có giáo viên", "alerts.no_teacher", "school", "above", 1, 10, (_HEAD, _OFFICE),
        "Phân công người dạy, hoặc dạy thay; thiếu người thì đề nghị điều động.", lasts_days=3, repeat_days=7,
        months=_SCHOOL_YEAR,
    ),
    _rule(
        "no_class", "Học sinh chưa xếp lớp", "alerts.no_class", "school", "above", 5, 20, (_HEAD,),
        "Mở hồ sơ từng em, chọn Xếp lớp; hoặc chọn nhiều em trong danh sách.", lasts_days=5, repeat_days=7,
        months=_SCHOOL_YEAR,
    ),
    _rule(
        "no_personal_id", "Thiếu số định danh học sinh", "alerts.no_personal_id", "school", "above", 10, 30,
        (_HEAD, _OFFICE), "Xin số ghi trên giấy khai sinh hoặc VNeID; nhập cả lớp bằng Excel.", margin=1,
        lasts_days=14, repeat_days=30, quiet_days=30, months=_SCHOOL_YEAR,
    ),
    _rule(
        "offline", "Điểm trường chưa có mạng", "alerts.offline", "school", "above", 1, 3, (_OFFICE, _DEPARTMENT),
        "Đề nghị nhà mạng kéo đường truyền; trong lúc chờ, dùng sổ điểm khi không có mạng.", lasts_days=7,
        repeat_days=30, quiet_days=90,
    ),
)  # fmt: skip
BY_CODE: Final = {one["code"]: one for one in RULES}
