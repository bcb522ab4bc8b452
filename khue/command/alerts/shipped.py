"""The rules that come with Khuê, laid down by the migrations; the department changes, adds and switches off.

Bounds of figures about children are shares, or high enough that an alert points at no child.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from khue.kernel.access import roles

_HEAD, _OFFICE, _DEPARTMENT = roles.PRINCIPAL, roles.OFFICE_OFFICER, roles.DEPARTMENT_OFFICER
_SCHOOL, _AREA = "school", "middle"
_YEAR: Final = [9, 10, 11, 12, 1, 2, 3, 4, 5]  # months of the school year


def _rule(
    code: str, name: str, figure: str, floor: str, compare: str, amber: float | None, red: float | None,
    told: tuple[str, ...], advice: str, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "code": code, "name": name, "figure": figure, "floor": floor, "compare": compare, "amber": amber, "red": red,
        "roles": list(told), "advice": advice, "repeat_days": 3, "quiet_days": 7, "months": _YEAR, **more,
    }  # fmt: skip


RULES: Final[tuple[dict[str, Any], ...]] = (
    _rule(
        "late_marks_area", "Xã, phường vào điểm chậm", "gradebook.done", _AREA, "below", 90, 75, (_OFFICE, _DEPARTMENT),
        "Xem trường nào còn nhiều ô trống, nhắc hiệu trưởng hoặc từng giáo viên.", margin=1,
    ),
    _rule(
        "late_marks", "Trường vào điểm chậm", "gradebook.done", _SCHOOL, "below", 90, 75, (_HEAD, _OFFICE),
        "Xem giáo viên nào còn ô trống rồi nhắc; cần thêm thời gian thì dời hạn.", margin=1, lasts_days=1,
    ),
    _rule(
        "over_size", "Lớp quá sĩ số", "roster.over_size", _SCHOOL, "above", 1, 5, (_HEAD, _OFFICE),
        "Chuyển bớt em sang lớp khác, mở thêm lớp, hoặc báo cáo lý do.", lasts_days=3, repeat_days=14, quiet_days=60,
    ),
    _rule(
        "no_teacher", "Môn chưa có giáo viên", "curriculum.untaught", _SCHOOL, "above", 1, 10, (_HEAD, _OFFICE),
        "Phân công người dạy, hoặc dạy thay; thiếu người thì đề nghị điều động.", lasts_days=3, repeat_days=7,
    ),
    _rule(
        "no_homeroom", "Lớp chưa có chủ nhiệm", "roster.no_homeroom", _SCHOOL, "above", 1, 3, (_HEAD, _OFFICE),
        "Mở lớp, chọn Giao chủ nhiệm.", lasts_days=2,
    ),
    _rule(
        "short_of_teachers", "Thiếu giáo viên so với định mức", "roster.missing_rate", _AREA, "above", 10, 20,
        (_OFFICE, _DEPARTMENT), "Đề nghị tuyển, điều động, hoặc dạy liên trường trong lúc chờ.", margin=1, lasts_days=7,
        repeat_days=30, quiet_days=60,
    ),
    _rule(
        "pupils_jump", "Sĩ số toàn trường thay đổi đột ngột", "roster.pupils", _SCHOOL, "jump", 5, 10,
        (_HEAD, _OFFICE), "Xem biến động trong tuần: chuyển trường thật, hay nhập nhầm, hay ghi hai lần.",
        window_days=7, quiet_days=14, months=[10, 11, 12, 1, 2, 3, 4, 5],
    ),
    _rule(
        "dropout", "Bỏ học vượt mức", "roster.dropout_rate", _SCHOOL, "above", 0.5, 1.5, (_HEAD, _OFFICE),
        "Gặp gia đình từng em, cùng xã, phường vận động trở lại; xem lý do ở trang biến động.", margin=0.1,
        repeat_days=7, quiet_days=30,
    ),
    _rule(
        "dropout_rise", "Bỏ học tăng nhanh", "roster.dropout_rate", _AREA, "rise", 20, 50, (_OFFICE, _DEPARTMENT),
        "Xem trường nào có em mới bỏ học trong tháng, tìm lý do chung: mùa vụ, đi làm xa, đường sá.", window_days=30,
        quiet_days=30,
    ),
    _rule(
        "transfers_late", "Đơn chuyển trường quá hạn", "roster.transfers_late", _SCHOOL, "above", 1, 5,
        (_HEAD, _OFFICE), "Mở Chuyển trường, trả lời hoặc bàn giao hồ sơ.", lasts_days=1, months=[],
    ),
    _rule(
        "no_personal_id", "Thiếu số định danh học sinh", "roster.no_personal_id", _SCHOOL, "above", 10, 30,
        (_HEAD, _OFFICE), "Xin số ghi trên giấy khai sinh hoặc VNeID; nhập cả lớp bằng Excel.", margin=1,
        lasts_days=14, repeat_days=30, quiet_days=30,
    ),
    _rule(
        "faults", "Dữ liệu học sinh nhiều lỗi", "roster.faults", _SCHOOL, "above", 10, 30, (_HEAD,),
        "Mở Chất lượng dữ liệu, sửa theo từng loại lỗi.", margin=1, lasts_days=7, repeat_days=14, quiet_days=30,
    ),
    _rule(
        "nothing_known", "Trường không có số liệu học sinh", "roster.pupils", _SCHOOL, "missing", 3, 14,
        (_HEAD, _OFFICE), "Nhập danh sách lớp và học sinh của năm học.", repeat_days=7,
    ),
    _rule(
        "cards_late", "Học bạ năm trước chưa cấp xong", "report_cards.last_year_issued", _SCHOOL, "below", 95, 70,
        (_HEAD, _OFFICE), "Xem lớp nào còn chờ ai ký ở trang Tiến độ ký học bạ.", margin=1, lasts_days=7,
        repeat_days=7, months=[8, 9, 10, 11, 12],
    ),
    _rule(
        "results_late", "Kết quả học kì I duyệt chậm", "gradebook.term1_approved", _SCHOOL, "below", 90, 50,
        (_HEAD, _OFFICE), "Xem lớp nào chưa trình, chưa duyệt ở trang Kết quả học tập.", lasts_days=7, months=[1, 2],
    ),
    _rule(
        "offline", "Điểm trường chưa có mạng", "indicators.no_internet", _SCHOOL, "above", 1, 3,
        (_OFFICE, _DEPARTMENT), "Đề nghị nhà mạng kéo đường truyền; trong lúc chờ, vào điểm khi không có mạng.",
        lasts_days=7, repeat_days=30, quiet_days=90, months=[],
    ),
    _rule(
        "rolls_missing", "Lớp chưa điểm danh", "attendance.missing_today", _SCHOOL, "above", 3, 10, (_HEAD,),
        "Mở Chưa điểm danh, nhắc chủ nhiệm; chưa điểm danh thì chưa biết em nào có mặt.", repeat_days=1, quiet_days=1,
    ),
    _rule(
        "attendance_low", "Chuyên cần thấp", "attendance.rate", _SCHOOL, "below", 92, 85, (_HEAD, _OFFICE),
        "Xem lớp nào, tháng nào vắng nhiều; tìm lý do chung: mùa vụ, đường sá, dịch bệnh.", margin=1, lasts_days=2,
        repeat_days=7, quiet_days=14,
    ),
    _rule(
        "dropout_watch", "Nhiều em nghỉ 5 ngày liền", "attendance.away_5", _SCHOOL, "above", 5, 15, (_HEAD, _OFFICE),
        "Chủ nhiệm gọi gia đình từng em; không liên lạc được thì cùng xã, phường đến nhà.", repeat_days=3,
        quiet_days=7,
    ),
    _rule(
        "unused", "Giáo viên ít đăng nhập", "staff.used", _SCHOOL, "below", 50, None, (_HEAD,),
        "Giúp người chưa quen đăng nhập, phát lại mã cho người quên.", margin=2, lasts_days=7, repeat_days=30,
        quiet_days=30,
    ),
    _rule(
        "unattended", "Báo động ở trường không ai nhận", "alerts.unattended", _AREA, "above", 3, 10,
        (_OFFICE, _DEPARTMENT), "Mở từng cảnh báo, nhận hoặc giao cho người của trường.",
    ),
    _rule(
        "stale", "Số liệu chưa được tính lại", "alerts.stale", "department", "above", 12, 36, (_DEPARTMENT,),
        "Xem việc nền chép số liệu: tiến trình worker có chạy, đĩa còn chỗ không.", months=[], quiet_days=1,
    ),
)  # fmt: skip


def texts() -> Iterator[tuple[str, str]]:
    """(context, text) of their names and advice: pages translate those that were not changed."""
    from khue.command.alerts.models import TEXTS

    for rule in RULES:
        yield TEXTS, rule["name"]
        yield TEXTS, rule["advice"]
