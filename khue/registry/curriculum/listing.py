"""The list of schools with the teachers they need and have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.ui.lists import Column, Empty, Filter, Listing
from khue.ui.templatetags.ui import quiet
from khue.ui.words import number_vi

LEVEL_NAMES = {
    "MN": _("Mầm non"), "TH": _("Tiểu học"), "THCS": _("Trung học cơ sở"), "THPT": _("Trung học phổ thông"),
    "GDTX": _("Giáo dục thường xuyên"),
}  # fmt: skip


def difference_words(number: Any) -> str:
    """`thiếu 3`, `thừa 1`, `đủ`."""
    if number < 0:
        return _now("thiếu %(n)s") % {"n": number_vi(-number)}
    return _now("thừa %(n)s") % {"n": number_vi(number)} if number > 0 else _now("đủ")


def _difference(row: Mapping[str, Any]) -> SafeString:
    number = row["difference"]
    return quiet(
        "bad" if number < 0 else "wait" if number > 0 else "", difference_words(number), _sign(number)
    )


def _sign(number: int) -> str:
    return "arrow-down" if number < 0 else "arrow-up" if number > 0 else "check"


STAFFING = Listing(
    key="curriculum.staffing",
    noun=_("trường"),
    columns=(
        Column("name", _("Trường"), sort=("sort_key",), link="url", phone="title", is_fixed=True),
        Column("levels", _("Cấp học"), phone="line"),
        Column("classes", _("Số lớp"), kind="number", sort=True, width="x-m"),
        Column("needed", _("Cần"), kind="number", sort=True),
        Column("present", pgettext_lazy("số lượng", "Có"), kind="number", sort=True),
        Column("difference", _("Thừa, thiếu"), sort=True, cell=_difference, phone="end"),
        Column("size", _("Sĩ số bình quân"), kind="number", sort=True, width="x-m"),
        Column("over", _("Lớp quá sĩ số"), kind="number", sort=True, width="x-m"),
    ),
    filters=(Filter("level", _("Cấp học"), tuple(LEVEL_NAMES.items())),),
    search=_("Tên trường"),
    default_sort="difference",
    empty=Empty(_("Chưa có trường nào ở đây"), icon="building"),
    can_export=True,
)


def staffing_workbook(title: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same as a file."""
    columns = (
        OutColumn("Mã trường", "code"), OutColumn("Trường", "name"), OutColumn("Cấp học", "levels"),
        OutColumn("Số lớp", "classes"), OutColumn("Giáo viên cần (TT 20/2023)", "needed"),
        OutColumn("Giáo viên có", "present"),
        OutColumn("Thừa (+), thiếu (-)", "difference"), OutColumn("Sĩ số bình quân", "size"),
        OutColumn("Lớp quá sĩ số", "over"),
    )  # fmt: skip
    return write_xlsx(f"Định mức giáo viên {title}", columns, rows)
