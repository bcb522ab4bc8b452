"""The pupil list as it is declared: columns, conditions, what may be done with chosen rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.lib.dates import DatePrecision, format_date
from khue.lib.ethnic_groups import GROUPS
from khue.registry.roster import rules
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing, Text
from khue.ui.templatetags.ui import badge, quiet

STATUSES = (
    ("studying", gettext_lazy("Đang học")),
    ("suspended", gettext_lazy("Tạm dừng học")),
    ("reserved", gettext_lazy("Bảo lưu")),
    ("counted", gettext_lazy("Tính vào sĩ số")),
    ("left", gettext_lazy("Đã rời trường (mọi lý do)")),
    ("transferred_out", gettext_lazy("Chuyển đi")),
    ("dropped", gettext_lazy("Bỏ học")),
    ("completed", gettext_lazy("Hoàn thành cấp học")),
    ("deceased", gettext_lazy("Đã mất")),
)
STATUS_WORDS = dict(STATUSES)
MISSING = (
    ("so-dinh-danh", gettext_lazy("Số định danh cá nhân")),
    ("ma-bo", gettext_lazy("Mã định danh của Bộ")),
    ("lop", gettext_lazy("Lớp")),
    ("lien-he", gettext_lazy("Điện thoại gia đình")),
)
ETHNIC: tuple[tuple[str, Text], ...] = (
    ("minority", gettext_lazy("Dân tộc thiểu số")),
    *((code, group.name) for code, group in GROUPS.items()),
)
PRECISION = {"d": DatePrecision.DAY, "m": DatePrecision.MONTH, "y": DatePrecision.YEAR}

COLUMNS: tuple[Column, ...] = (
    Column("name", gettext_lazy("Họ và tên"), sort=("sort_key",), link="url", phone="title", is_fixed=True),
    Column("code", gettext_lazy("Mã định danh"), kind="code", phone="line"),
    Column(
        "born", gettext_lazy("Ngày sinh"), kind="date", sort=("person__birth_date", "sort_key"), phone="line"
    ),
    Column("sex", gettext_lazy("Giới"), width="x-m"),
    Column("classroom", gettext_lazy("Lớp"), sort=("classroom__sort_key", "sort_key"), phone="end"),
    Column("ethnicity", gettext_lazy("Dân tộc"), width="x-m"),
    Column("guardian", gettext_lazy("Liên hệ chính"), width="x-m", is_shown=False),
    Column("status", gettext_lazy("Tình trạng"), width="x-m", is_shown=False),
    Column("record", gettext_lazy("Hồ sơ"), phone="line"),
)
SCHOOL = Column("school", gettext_lazy("Trường"), phone="line")

FILTERS = (
    Filter("don-vi", gettext_lazy("Đơn vị")),
    Filter("khoi", gettext_lazy("Khối")),
    Filter("lop", gettext_lazy("Lớp")),
    Filter("tinh-trang", gettext_lazy("Tình trạng"), STATUSES),
    Filter("gioi", gettext_lazy("Giới tính"), (("2", gettext_lazy("Nữ")), ("1", gettext_lazy("Nam")))),
    Filter("dan-toc", gettext_lazy("Dân tộc"), ETHNIC),
    Filter("diem-truong", gettext_lazy("Điểm trường")),
    Filter("thieu", gettext_lazy("Còn thiếu"), MISSING),
    Filter(
        "luu-ban",
        gettext_lazy("Học lại"),
        (("1", gettext_lazy("Học lại lớp này")), ("0", gettext_lazy("Không học lại"))),
    ),
)

PUPILS = Listing(
    key="roster.pupils",
    noun=gettext_lazy("em"),
    columns=COLUMNS,
    filters=FILTERS,
    search=gettext_lazy("Tên, mã định danh hoặc ngày sinh"),
    default_sort="name",
    empty=Empty(
        gettext_lazy("Chưa có học sinh trong năm học này"),
        gettext_lazy(
            "Nhập từ tệp Excel của trường, Khuê tự tìm dòng tiêu đề và ghép cột; hoặc tiếp nhận từng em."
        ),
        "/hoc-sinh/tiep-nhan/",
        gettext_lazy("Tiếp nhận học sinh"),
    ),
)


@cache
def pupil_listing(
    *, is_wide: bool, may_move: bool, may_transfer: bool, may_export: bool, may_admit: bool
) -> Listing:
    """The list for a place: a wide one shows schools and only the order of names; who may move pupils chooses rows."""
    columns = COLUMNS
    if is_wide:
        columns = tuple(replace(one, sort=one.sort if one.key == "name" else False) for one in COLUMNS)
        columns = (*columns[:5], SCHOOL, *columns[5:])
    bulk = []
    if may_move:
        bulk = [
            BulkAction(gettext_lazy("Chuyển lớp"), reverse("roster:place"), "arrows-exchange"),
            BulkAction(gettext_lazy("Ghi biến động"), reverse("roster:movement"), "door-exit"),
        ]
    if may_transfer:
        bulk.append(BulkAction(gettext_lazy("Chuyển trường"), reverse("roster:new_transfers"), "building"))
    if may_export and bulk:
        bulk.append(BulkAction(gettext_lazy("Xuất Excel"), reverse("roster:export_chosen"), "download"))
    empty = PUPILS.empty if may_admit else Empty(gettext_lazy("Chưa có học sinh trong năm học này"))
    return replace(PUPILS, columns=columns, bulk=tuple(bulk), can_export=may_export, empty=empty)


def shown(rows: Iterable[Mapping[str, Any]], *, can_open: bool) -> list[dict[str, Any]]:
    """Rows of the query as the list shows them; a pupil who has moved on keeps the name, not the link."""
    complete, missing = quiet("ok", _("Đủ")), badge("wait", _("Thiếu số định danh"), "alert-triangle")
    sexes = {1: _("Nam"), 2: _("Nữ")}
    base = reverse("roster:pupil", args=[0])[:-2]
    found = []
    for row in rows:
        is_held = row["is_current"]
        group = GROUPS.get(row["person__ethnicity"])
        found.append(
            {
                "id": row["id"],
                "url": f"{base}{row['person_id']}/" if can_open and is_held else "",
                "name": row["person__full_name"],
                "code": (row["person__ministry_code"] or row["person__code"]) if is_held else "",
                "born": _born(row) if is_held else None,
                "sex": sexes.get(row["person__sex"], ""),
                "classroom": row["classroom__name"] or "",
                "school": row.get("school__name", ""),
                "ethnicity": group.name if group else "",
                "guardian": row.get("guardian", ""),
                "status": STATUS_WORDS.get(row["status"], ""),
                "record": _record(row, complete, missing),
            }
        )
    return found


def _born(row: Mapping[str, Any]) -> Any:
    if row["person__birth_precision"] == "d" or row["person__birth_date"] is None:
        return row["person__birth_date"]
    return format_date(row["person__birth_date"], PRECISION[row["person__birth_precision"]])


def _record(row: Mapping[str, Any], complete: SafeString, missing: SafeString) -> SafeString:
    status = row["status"]
    if status != "studying":
        return badge("" if status in rules.PRESENT else "bad", str(STATUS_WORDS.get(status, status)))
    if not row["is_current"]:
        return quiet("", _("Năm trước"))
    return complete if row["person__personal_id"] else missing
