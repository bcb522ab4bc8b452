"""Invented people and figures for the component page. Nothing here reaches a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from khue.ui.frame import Choice, Frame, Link, WingGroup
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing, Preset, Row, State
from khue.ui.templatetags.ui import badge, quiet

SWATCHES = (
    "paper", "margin", "sunken", "line", "line-2", "ink", "ink-2", "ink-3", "blue", "blue-tint", "seal",
    "rule-red", "ok", "wait", "bad", "edit", "off", "band",
)  # fmt: skip

PAGE = "/ui/thanh-phan/"
WIZARD = (("Chọn tệp", f"{PAGE}#lich-su"), "Ghép cột", "Xem trước", "Ghi")
CRUMBS = (("Lam Giang", PAGE), ("THCS Lê Quý Đôn", PAGE), ("Thành phần", ""))


def frame(here: str = "") -> Frame:
    """A teacher's frame whose wings are the sections of the component page."""
    return Frame(
        province="Tỉnh Lam Giang",
        person_name="Nguyễn Thị Lan",
        capacity_label="GVCN 8A3, dạy Toán",
        capacity_detail="THCS Lê Quý Đôn",
        capacities=[
            Choice("Giáo viên", "1", "THCS Lê Quý Đôn · chủ nhiệm 8A3, dạy Toán", "school", True),
            Choice("Phụ huynh", "2", "của em Trần Minh Khang, lớp 3B", "home"),
        ],
        year_label="2026 – 2027",
        year_detail="Học kì I, tuần 15",
        home_url=PAGE,
        wings=[
            WingGroup("", [Link("Màu và chữ", f"{PAGE}#mau", "star", is_current=not here)]),
            WingGroup(
                "Nhập",
                [Link("Nút", f"{PAGE}#nut", "player-play"), Link("Trường nhập", f"{PAGE}#truong", "pencil")],
            ),
            WingGroup(
                "Xem",
                [
                    Link("Trạng thái", f"{PAGE}#trang-thai", "bell", 8),
                    Link("Số liệu", f"{PAGE}#so-lieu", "chart-bar"),
                    Link("Lịch sử, quyền", f"{PAGE}#lich-su", "history"),
                    Link("Danh sách", f"{PAGE}danh-sach/", "list", is_current=here == "list"),
                ],
            ),
        ],
        tabbar=[
            Link("Nút", f"{PAGE}#nut", "player-play"),
            Link("Trạng thái", f"{PAGE}#trang-thai", "bell", 8),
            Link("Danh sách", f"{PAGE}danh-sach/", "list", is_current=here == "list"),
        ],
        is_demo=True,
    )


class AdmissionForm(forms.Form):
    """Every kind of field once."""

    name = forms.CharField(label="Họ và tên")
    sex = forms.ChoiceField(label="Giới tính", choices=[("f", "Nữ"), ("m", "Nam")])
    born = forms.CharField(label="Ngày sinh", help_text="Ngày, tháng, năm, ví dụ 14/03/2013")
    number = forms.CharField(
        label="Số định danh cá nhân", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    reason = forms.CharField(label="Lý do chuyển", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    leave = forms.ChoiceField(
        label="Nghỉ học",
        choices=[("p", "Có phép"), ("k", "Không phép")],
        widget=forms.RadioSelect,
        initial="p",
    )
    tell = forms.BooleanField(label="Nhắn phụ huynh", required=False, initial=True)
    password = forms.CharField(label="Mật khẩu", widget=forms.PasswordInput)
    letter = forms.FileField(
        label="Đơn xin chuyển trường", help_text="Ảnh chụp rõ hoặc PDF, không quá 10 MB."
    )

    def clean_born(self) -> str:
        """Refuse a pupil of seven, and offer the year that was probably meant."""
        born = str(self.cleaned_data["born"])
        if born.endswith("2019"):
            raise ValidationError(
                "Sinh năm 2019 thì năm học này mới 7 tuổi.", params={"fix": born[:-4] + "2013"}
            )
        return born

    def clean_number(self) -> str:
        """Count the figures."""
        number = str(self.cleaned_data["number"])
        if len(number) != 12:
            raise ValidationError(f"Số này có {len(number)} chữ số, cần đủ 12. Xem lại trên giấy khai sinh.")
        return number


def faulty_form() -> AdmissionForm:
    """The form as it comes back with places to mend."""
    given = {
        "name": "Hoàng Thị Yến Nhi",
        "sex": "f",
        "born": "12/08/2019",
        "number": "03831300471",
        "leave": "p",
        "tell": "on",
        "password": "x",
    }
    return AdmissionForm({f"sai-{key}": value for key, value in given.items()}, prefix="sai")


def _rows() -> list[dict[str, Any]]:
    families = ("Bùi", "Đỗ", "Hà", "Lê", "Lường", "Nguyễn", "Phạm", "Quách", "Trần", "Vũ")
    middles = ("Thị", "Văn", "Hoài", "Gia", "Ngọc", "Minh", "Thu")
    givens = ("An", "Anh", "Ánh", "Bảo", "Bình", "Châu", "Diệp", "Đăng", "Giang", "Hà", "Khang", "Lan", "My")
    found = []
    for at in range(378):
        given = givens[at * len(givens) // 378]
        found.append(
            {
                "id": at + 1,
                "name": f"{families[at * 7 % 10]} {middles[at * 5 % 7]} {given}",
                "order": at,
                "code": f"3826{100000 + at * 7919 % 899999}",
                "born": date(2013, 1, 1) + timedelta(days=at * 37 % 365),
                "sex": "Nữ" if at % 2 else "Nam",
                "class": f"8A{at * 4 % 9 + 1}",
                "people": ("Kinh", "Mường", "Thái")[at % 7 % 3],
                "absent": at * 11 % 7 if at % 53 else 23,
                "parent": f"{families[at * 7 % 10]} Văn Hòa",
                "missing": "Thiếu số định danh" if at % 17 == 4 else "",
                "url": "#hang",
            }
        )
    return found


ROWS = _rows()


def _absent(row: Row) -> object:
    return SafeString(f'<b class="c-wait">{int(row["absent"])}</b>') if row["absent"] > 20 else row["absent"]


def _file(row: Row) -> object:
    return badge("wait", row["missing"], "alert-triangle") if row["missing"] else quiet("ok", "Đủ")


PUPILS = Listing(
    key="ui.sample_pupils",
    noun="em",
    columns=(
        Column("name", "Họ và tên", sort=("order",), link="url", phone="title", is_fixed=True),
        Column("code", "Mã định danh", kind="code", sort=True, phone="line"),
        Column("born", "Ngày sinh", kind="date", sort=True, phone="line"),
        Column("sex", "Giới", width="x-m"),
        Column("class", "Lớp", sort=True, phone="end"),
        Column("people", "Dân tộc", width="x-m"),
        Column("absent", "Nghỉ", kind="number", sort=True, cell=_absent),
        Column("parent", "Phụ huynh", width="x-m", is_shown=False),
        Column("missing", "Hồ sơ", cell=_file, phone="line"),
    ),
    filters=(
        Filter("class", "Lớp", [(f"8A{n}", f"8A{n}") for n in range(1, 10)]),
        Filter("people", "Dân tộc", [(name, name) for name in ("Kinh", "Mường", "Thái")]),
    ),
    search="Tên, mã định danh hoặc ngày sinh",
    default_sort="name",
    sizes=(20, 50, 100),
    bulk=(BulkAction("Chuyển lớp", "", "arrows-exchange"), BulkAction("In thẻ", "", "id-badge-2")),
    presets=(Preset("Lớp 8A3, nghỉ nhiều trước", "class=8A3&sort=-absent", "42 em"),),
    empty=Empty("Lớp 6A1 chưa có học sinh", "Nhập danh sách từ tệp Excel của trường."),
)


def find(state: State) -> tuple[list[dict[str, Any]], int]:
    """What a module's query would do in the database: filter, sort, cut."""
    found = [
        row
        for row in ROWS
        if state.search.casefold() in f"{row['name']} {row['code']}".casefold()
        and all(row[key] == value for key, value in state.filters.items())
    ]
    for name in reversed(state.order_by):
        found.sort(key=lambda row: row[name.lstrip("-")], reverse=name.startswith("-"))
    end = None if state.limit is None else state.offset + state.limit
    return found[state.offset : end], len(found)


def sums(state: State) -> Mapping[str, object]:
    """The foot of the list."""
    return {
        "absent": sum(row["absent"] for row in ROWS if all(row[k] == v for k, v in state.filters.items()))
    }
