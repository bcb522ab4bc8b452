"""Counts of modules that a rule may watch beside the indicators: fresh to the minute, school by school.

Most are read from figures that the modules keep themselves (quality of data, progress of marks), so a look at two
thousand schools is one small read. Each gives a school's top and bottom; offices and the province are their sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Count:
    """A figure of schools: `sql` gives (school_id, top, bottom) of the year `%(year)s` on the day `%(day)s`.

    Without a bottom the figure is the top, else scale x top / bottom.
    """

    name: str
    label: str | Promise
    unit: str | Promise
    definition: str | Promise
    sql: str
    scale: float = 1
    decimals: int = 0


_QUALITY = (
    "select school_id, {top}, {bottom} from roster_quality_figure where year_id = %(year)s and classes > 0"
)
_LATE_MARKS = """
select p.school_id, sum(p.due - p.done)::float, sum(p.due)::float from gradebook_school_progress p
join calendar_term t on t.year_id = p.year_id and t.number = p.term and t.starts_on <= %(day)s
where p.year_id = %(year)s group by p.school_id
"""
_NO_TEACHER = """
select c.school_id, count(*) filter (where not exists (
    select from curriculum_teaching_assignment a
    where a.course_id = c.id and a.starts_on <= %(day)s and a.ends_on > %(day)s))::float, null::float
from curriculum_course c join roster_classroom k on k.id = c.classroom_id and k.closed_on is null
where c.year_id = %(year)s group by c.school_id
"""
_OFFLINE = """
select s.id, ((not s.has_internet and not exists (
    select from org_unit a where a.parent_id = s.id and a.kind = 'campus' and a.closed_on is null))::int
    + (select count(*) from org_unit a where a.parent_id = s.id and a.kind = 'campus' and a.closed_on is null
       and not a.has_internet))::float, null::float
from org_unit s where s.kind = 'school' and s.closed_on is null
"""


def _fault(name: str) -> str:
    return f"coalesce((faults->>'{name}')::float, 0)"


_ALL: Final = (
    Count(
        "alerts.late_marks", _("Ô điểm chậm so với hạn"), "%",
        _("Ô điểm đã đến hạn mà còn trống, trên mọi ô đã đến hạn của các học kì đã bắt đầu."), _LATE_MARKS, 100, 1,
    ),
    Count(
        "alerts.over_full", _("Lớp quá sĩ số"), _("lớp"), _("Lớp có nhiều học sinh hơn mức của điều lệ nhà trường."),
        _QUALITY.format(top=_fault("over_full"), bottom="null::float"),
    ),
    Count(
        "alerts.no_homeroom", _("Lớp chưa có chủ nhiệm"), _("lớp"), _("Lớp đang học mà hôm nay không có ai chủ nhiệm."),
        _QUALITY.format(top=_fault("no_homeroom"), bottom="null::float"),
    ),
    Count(
        "alerts.no_class", _("Học sinh chưa xếp lớp"), _("em"), _("Học sinh đang học mà chưa ở lớp nào."),
        _QUALITY.format(top=_fault("no_class"), bottom="null::float"),
    ),
    Count(
        "alerts.no_personal_id", _("Học sinh thiếu số định danh"), "%",
        _("Học sinh chưa có số định danh cá nhân trong hồ sơ, trên mọi học sinh đang học."),
        _QUALITY.format(top=_fault("no_personal_id"), bottom="nullif(pupils, 0)::float"), 100, 1,
    ),
    Count(
        "alerts.no_teacher", _("Môn chưa có giáo viên"), _("môn của lớp"),
        _("Môn của một lớp mà hôm nay không có ai được phân công dạy."), _NO_TEACHER,
    ),
    Count(
        "alerts.offline", _("Điểm trường chưa có mạng"), _("điểm trường"),
        _("Điểm trường, hoặc trường không có điểm trường, ghi là chưa có mạng internet."), _OFFLINE,
    ),
)  # fmt: skip
COUNTS: Final[Mapping[str, Count]] = {count.name: count for count in _ALL}
