"""The wizard, as the clerk meets it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khue.kernel.exchange.models import Import
from khue.kernel.org.models import Unit
from khue.lib.spreadsheets.write import write_xlsx
from tests.cast import Cast

FILES = Path(__file__).resolve().parents[4] / "tests" / "data" / "rosters"
COLUMNS = ["Mã học sinh", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp"]
ROWS = [
    ["3812345678", "Lò Thị Én", "05/02/2013", "Nữ", "8A3"],
    ["3812345679", "Vàng A Páo", "31/06/2013", "Nam", "8A3"],
]


@pytest.fixture
def tam(cast: Cast) -> Client:
    """Tâm at her own school."""
    return cast.client("tam")


def give(client: Client, rows: list[list[str]] = ROWS, columns: list[str] = COLUMNS) -> Import:
    data = write_xlsx("Danh sách", columns, rows)
    answer = client.post(
        reverse("exchange:start"), {"table": "roster", "file": SimpleUploadedFile("Khối 8.xlsx", data)}
    )
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("pk")


def test_the_way_from_file_to_list(tam: Client, cast: Cast) -> None:
    imported = give(tam)
    page = tam.get(reverse("exchange:preview", args=[imported.pk])).content.decode()
    assert "Tháng 6 không có ngày 31" in page
    assert 'value="31/06/2013"' in page
    assert "Ghi 1 em" in page
    problem_place = f"Danh sách!{imported_row(imported)}:C"
    answer = tam.post(
        reverse("exchange:preview", args=[imported.pk]),
        {f"cell:{problem_place}": "30/06/2013", f"was:{problem_place}": "31/06/2013"},
        follow=True,
    )
    assert "Ghi 2 em" in answer.content.decode()
    answer = tam.post(reverse("exchange:write", args=[imported.pk]), follow=True)
    assert "Đã ghi 2 em" in answer.content.decode()
    answer = tam.post(reverse("exchange:undo", args=[imported.pk]), follow=True)
    assert "Đã hoàn tác" in answer.content.decode()


def imported_row(imported: Import) -> int:
    from khue.kernel.exchange.reading import plan_of

    return plan_of(imported).refusals[0].row


def test_a_file_without_a_class_column_asks_for_it(tam: Client) -> None:
    imported = give(tam, [["3812345678", "Lò Thị Én", "05/02/2013", "Nữ", "8A3"]], [*COLUMNS[:4], "Chỗ"])
    page = tam.get(reverse("exchange:columns", args=[imported.pk])).content.decode()
    assert "Chỗ" in page
    assert "8A3" in page
    answer = tam.post(reverse("exchange:columns", args=[imported.pk]), {
        "column-A": "code", "column-B": "full_name", "column-C": "birth_date", "column-D": "sex",
        "column-E": "class_name",
    }, follow=True)  # fmt: skip
    assert "Ghi 1 em" in answer.content.decode()


def test_the_marked_file_and_the_blank_one_can_be_kept(tam: Client) -> None:
    imported = give(tam)
    answer = tam.get(reverse("exchange:marked", args=[imported.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    texts = [cell.comment.text for row in page.iter_rows() for cell in row if cell.comment]
    assert any("Tháng 6 không có ngày 31" in text for text in texts)
    answer = tam.get(reverse("exchange:blank", args=["roster"]))
    headers = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0][3]]
    assert answer.status_code == 200
    assert "Họ và tên" in str(headers) + str(
        list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    )


def test_the_kind_of_list_is_told_by_its_columns(tam: Client) -> None:
    for name, table in (("C1-HocSinh-THPT.xlsx", "roster"), ("CSDL_GiaoVien.xlsx", "staff")):
        upload = SimpleUploadedFile(name, (FILES / name).read_bytes())
        assert tam.post(reverse("exchange:start"), {"table": "", "file": upload}).status_code == 302
        assert Import.objects.latest("pk").table == table


def test_what_is_no_workbook_is_said_beside_the_field(tam: Client) -> None:
    answer = tam.post(
        reverse("exchange:start"),
        {"table": "roster", "file": SimpleUploadedFile("a.xlsx", b"GIF89a<script>")},
    )
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()
    assert not Import.objects.exists()


def test_mai_cannot_open_the_import_of_another_school(cast: Cast, tam: Client) -> None:
    imported = give(tam)
    for who in ("mai", "ha", "lan", "binh", "son"):
        client = cast.client(who)
        for name in ("preview", "columns", "done", "marked"):
            assert client.get(reverse(f"exchange:{name}", args=[imported.pk])).status_code == 404, (who, name)
        for name in ("write", "undo", "drop"):
            assert client.post(reverse(f"exchange:{name}", args=[imported.pk])).status_code == 404, (
                who,
                name,
            )
    imported.refresh_from_db()
    assert imported.state == "preview"


def test_the_preview_keeps_its_budget_of_queries_whatever_the_size(cast: Cast, tam: Client) -> None:
    Unit.objects.filter(pk=cast.school.pk).update(levels=["THCS"])
    data = (FILES / "C1-HocSinh-THCS-v2.xls").read_bytes()
    tam.post(reverse("exchange:start"), {"table": "roster", "file": SimpleUploadedFile("C1.xls", data)})
    imported = Import.objects.latest("pk")
    assert imported.added == 456
    with CaptureQueriesContext(connection) as queries:
        tam.get(reverse("exchange:preview", args=[imported.pk]))
    assert len(queries) <= 20, [q["sql"][:90] for q in queries]
