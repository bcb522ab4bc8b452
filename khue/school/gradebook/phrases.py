"""Sentences for comments that every teacher finds, by how well a pupil does. Pure; no models.

A comment is the teacher's word on a pupil: what the pupil does well, what to do next (TT 22/2021 Điều 5, TT 27/2020
Điều 6). They are kept as they stand, in Vietnamese, whatever language the teacher reads the pages in.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from khue.school.gradebook.layout import Kind

GROUPS: Final[dict[str, str | Promise]] = {
    "good": pgettext_lazy("nhận xét", "Tốt"),
    "fair": pgettext_lazy("nhận xét", "Khá"),
    "pass": pgettext_lazy("nhận xét", "Đạt"),
    "weak": _("Cần cố gắng"),
    "any": _("Dùng chung"),
}

PROVINCE: Final[dict[str, tuple[str, ...]]] = {
    "good": (
        "Nắm chắc kiến thức, vận dụng linh hoạt.",
        "Tiếp thu nhanh, trình bày mạch lạc.",
        "Tích cực phát biểu, biết giúp bạn trong giờ học.",
        "Làm bài cẩn thận, có cách giải riêng.",
        "Tự học tốt, hoàn thành nhiệm vụ sớm và đầy đủ.",
    ),
    "fair": (
        "Nắm được kiến thức cơ bản, cần luyện thêm bài vận dụng.",
        "Chăm học, cần mạnh dạn phát biểu hơn.",
        "Làm bài khá, cần trình bày cẩn thận hơn.",
        "Có tiến bộ ở phần thực hành, cần đọc kĩ đề.",
    ),
    "pass": (
        "Đã nắm kiến thức tối thiểu, cần luyện tập thường xuyên.",
        "Chăm chỉ, cần cẩn thận hơn khi tính toán.",
        "Cần hoàn thành bài tập ở nhà đều đặn hơn.",
        "Cần tập trung nghe giảng và hỏi khi chưa hiểu.",
    ),
    "weak": (
        "Cần luyện thêm phần kiến thức cơ bản cùng thầy cô và bạn.",
        "Chưa hoàn thành bài tập được giao, gia đình nhắc em học ở nhà.",
        "Cần đi học đều và chuẩn bị bài trước khi đến lớp.",
        "Cần được kèm thêm, thầy cô đã xếp lịch phụ đạo.",
    ),
    "any": (
        "Có tiến bộ so với giữa kì.",
        "Ngoan, lễ phép, đoàn kết với bạn.",
        "Cần giữ gìn sách vở và chữ viết cẩn thận hơn.",
        "Hoàn thành nhiệm vụ học tập trong kì.",
    ),
}


def group_of(kind: Kind, value: int | None) -> str:
    """Which sentences fit a mark in tenths or a level; the common ones while there is none."""
    if value is None or value < 0:
        return "any"
    if kind in (Kind.MARK, Kind.TEST):
        return "good" if value >= 80 else "fair" if value >= 65 else "pass" if value >= 50 else "weak"
    if kind == Kind.CONDUCT:
        return ("weak", "pass", "fair", "good")[value]
    if kind in (Kind.LEVEL, Kind.TRAIT):
        return ("weak", "pass", "good")[value]
    return "pass" if value else "weak"
