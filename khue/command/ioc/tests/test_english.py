"""The operations centre for a reader of English: the words of indicators, on pages and in files."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from django.utils.translation import override

from khue.command.ioc import wording
from khue.command.ioc.tests.kept import keep_today
from khue.config import messages
from khue.kernel.indicators import catalogue
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from tests.cast import Cast

BASE = "/dieu-hanh/"


def in_english(client: Client) -> Client:
    messages.compile_stale()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_pages_say_names_units_and_definitions_in_english(cast: Cast) -> None:
    keep_today(cast)
    son = in_english(cast.client("son"))
    for address, said, unsaid in (
        ("man-hinh/", "Marks entered on time", "Vào điểm đúng hạn"),
        ("man-hinh/chon/", "Marks entered on time", "Tiến độ vào điểm"),
        ("chi-tieu/", "Progress of marks", "Tiến độ vào điểm"),
        ("chi-tieu/gradebook.done/", "Cells filled ÷ cells due", "Số ô đã vào"),
        ("dat-canh-nhau/", "Marks entered on time", "Tiến độ vào điểm"),
        ("bang-cheo/", "Marks entered on time", "Tiến độ vào điểm"),
        ("ban/moi/", "Marks entered on time", "Tiến độ vào điểm"),
        ("thu-tu/gradebook.done/SO/", "Marks entered on time", "Tiến độ vào điểm"),
    ):
        page = son.get(BASE + address).content.decode()
        assert said in page, address
        assert unsaid not in page, address
    assert "Tiến độ vào điểm đúng hạn" in cast.client("son").get(f"{BASE}chi-tieu/").content.decode()


def test_a_file_for_a_reader_of_english_is_in_english(cast: Cast) -> None:
    keep_today(cast)
    data = in_english(cast.client("son")).get(f"{BASE}chi-tieu/?tep=xlsx").content
    words = {cell for sheet in read_workbook(data, FileKind.XLSX) for row in sheet.rows for cell in row}
    assert {"Marks entered on time", "Progress of marks", "Pupils", "pupils"} <= words
    assert "Tiến độ vào điểm" not in words


def test_english_tells_one_from_many_beside_a_figure() -> None:
    messages.compile_stale()
    pupils, share = catalogue.indicators()["roster.pupils"], catalogue.indicators()["gradebook.done"]
    size = catalogue.indicators()["roster.class_size"]
    with override("en"):
        told = [
            wording.shown(pupils, 1),
            wording.shown(pupils, 2),
            wording.shown(share, 1),
            wording.shown(size, 1),
        ]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in told] == [
        "1 pupil", "2 pupils", "1,0 %", "1,0 pupils/class",
    ]  # fmt: skip
    assert wording.shown(pupils, 1).endswith("học sinh")
