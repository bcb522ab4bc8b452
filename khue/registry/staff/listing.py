"""The staff list as a page shows it, and as Excel takes it away: with the words that the import reads back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from khue.lib.ethnic_groups import GROUPS
from khue.lib.phones import mask_phone
from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.registry.staff.choices import EVERY_POST, STATUS_LOOKS, STATUSES
from khue.ui.lists import Column, Empty, Filter, Listing
from khue.ui.templatetags.ui import quiet
from khue.ui.words import date_vi


def _status(row: Mapping[str, Any]) -> SafeString | str:
    if row["status_code"] == "working":
        return str(row["status"])
    return quiet(STATUS_LOOKS[row["status_code"]], row["status"])


STAFF = Listing(
    key="staff.members",
    noun=_("người"),
    columns=(
        Column("name", _("Họ và tên"), sort=("sort_key",), link="url", phone="title", is_fixed=True),
        Column("code", _("Mã cán bộ"), kind="code", sort=("person__ministry_code",), phone="line"),
        Column("born", _("Ngày sinh"), kind="date", sort=("person__birth_date",), width="x-m"),
        Column("post", _("Vị trí việc làm"), sort=("post",), phone="end"),
        Column("subjects", _("Môn dạy"), sort=("subjects_text",), phone="line"),
        Column("unit", _("Đơn vị"), sort=("unit__name",), width="x-m", is_shown=False),
        Column(
            "phone", _("SĐT"), cell=lambda row: mask_phone(row["phone"]) if row["phone"] else "", width="x-m"
        ),
        Column("qualification", _("Trình độ chuyên môn"), sort=True, is_shown=False),
        Column("contract", _("Hình thức hợp đồng"), sort=True, is_shown=False),
        Column("joined", _("Ngày vào ngành"), kind="date", sort=("joined_sector_on",), is_shown=False),
        Column("retires", _("Đến tuổi nghỉ hưu"), cell=lambda row: date_vi(row["retires"]), is_shown=False),
        Column("status", _("Trạng thái"), cell=_status, sort=("status",), phone="line"),
    ),
    filters=(
        Filter("status", _("Trạng thái"), STATUSES),
        Filter("post", _("Vị trí việc làm"), EVERY_POST),
        Filter("subject", _("Môn dạy")),
    ),
    search=_("Tên, mã, số điện thoại hoặc ngày sinh"),
    default_sort="name",
    tie_break=("person_id",),
    empty=Empty(
        _("Chưa có hồ sơ cán bộ nào"),
        _("Nhập từ tệp CSDL_GiaoVien, hoặc thêm từng người."),
        icon="id-badge-2",
    ),
    can_export=True,
)

OUT = (
    OutColumn("Mã cán bộ", "code"), OutColumn("Họ tên", "name"), OutColumn("Ngày sinh", "born"),
    OutColumn("Giới tính", "sex"), OutColumn("Email", "email"), OutColumn("SĐT", "phone"),
    OutColumn("Trạng thái CB", "status"), OutColumn("Vị trí việc làm", "post"), OutColumn("Môn dạy", "subjects"),
    OutColumn("Trình độ chuyên môn", "qualification"), OutColumn("Mã chức danh nghề nghiệp", "title_code"),
    OutColumn("Hình thức hợp đồng", "contract"), OutColumn("Ngày vào ngành", "joined"),
    OutColumn("Dân tộc", "ethnic"), OutColumn("Chuẩn nghề nghiệp", "standard"), OutColumn("Ghi chú", "note"),
)  # fmt: skip


def workbook(title: str, rows: Iterable[Mapping[str, Any]], note: str) -> bytes:
    """The rows as a file that can be imported again; personal numbers stay at home."""
    shown = (
        {**row, "ethnic": GROUPS[row["ethnicity"]].name if row["ethnicity"] in GROUPS else ""} for row in rows
    )
    return write_xlsx(title, OUT, shown, note=note)
