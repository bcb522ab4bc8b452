"""Pages of indicators: from the province down to the class, side by side, in order, as files; by rights."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from khue.command.ioc import paths, ranking, showing, tables, wording
from khue.command.ioc.tests.kept import keep, keep_today
from khue.kernel.indicators import asking, catalogue, computing, snapshots
from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.models import Snapshot
from khue.kernel.indicators.queries import Below, Moment, Value
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.lib.spreadsheets.write import OutColumn
from tests.cast import Cast

BASE = "/dieu-hanh/chi-tieu/"
DONE = f"{BASE}gradebook.done/"


def text_of(client: Client, address: str, *, status: int = 200, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == status, address
    return answer.content.decode()


# --- the way down ----------------------------------------------------------------------------------------------------


def test_an_address_says_the_whole_way_and_may_be_shortened_from_above() -> None:
    way = paths.read("SO/X-A/TRUONG/lop-31")
    assert way == paths.Way(("SO", "X-A", "TRUONG"), 31)
    assert paths.write(way.codes, way.classroom_id) == "SO/X-A/TRUONG/lop-31"
    full = ("SO", "X-A", "TRUONG")
    assert all(paths.is_way_to(paths.Way(full[at:]), full) for at in range(3))
    assert not paths.is_way_to(paths.Way(("X-B", "TRUONG")), full)
    assert paths.read("lop-31") is None
    assert paths.read("A/lop-x") is None
    assert paths.read("A" * 41) is None


def test_the_province_opens_to_communes_and_communes_to_schools(cast: Cast) -> None:
    keep_today(cast)
    son = cast.client("son")
    page = text_of(son, DONE)
    assert "89,0" in page
    assert f"{DONE}SO/X-DONGKINH/" in page
    assert f"{DONE}SO/X-MUONGKHOA/" in page
    page = text_of(son, f"{DONE}SO/X-MUONGKHOA/")
    assert "80,0" in page
    assert f"{DONE}SO/X-MUONGKHOA/THCS-MK/" in page
    assert "Lê Quý Đôn" not in page


def test_a_way_that_does_not_lead_there_is_no_page(cast: Cast) -> None:
    keep_today(cast)
    son = cast.client("son")
    for wrong in ("X-MUONGKHOA/THCS-LQD/", "KHONG-CO/", "SO/X-DONGKINH/THCS-LQD/lop-999999/", "SO/lop-1/"):
        text_of(son, DONE + wrong, status=404)
    text_of(son, f"{BASE}roster.khong-co/", status=404)
    room = cast.other_classroom.pk
    text_of(son, f"{DONE}SO/X-DONGKINH/THCS-LQD/lop-{room}/", status=404)


def test_an_officer_of_one_commune_gets_nothing_of_another(cast: Cast) -> None:
    keep_today(cast)
    thanh = cast.client("thanh")
    page = text_of(thanh, DONE)
    assert "98,0" in page
    assert "Mường Khoa" not in page
    for there in ("SO/", "X-MUONGKHOA/", "THCS-MK/"):
        text_of(thanh, DONE + there, status=404)
    for address in (
        f"{BASE}?don-vi=X-MUONGKHOA", "/dieu-hanh/dat-canh-nhau/?b=X-MUONGKHOA", "/dieu-hanh/dat-canh-nhau/?a=SO",
        "/dieu-hanh/thu-tu/gradebook.done/SO/", "/dieu-hanh/con-thieu/gradebook.done/X-MUONGKHOA/",
    ):  # fmt: skip
        text_of(thanh, address, status=404)
    assert (
        "Mường Khoa"
        not in text_of(thanh, "/dieu-hanh/dat-canh-nhau/?tim=muong+khoa").partition("Đơn vị có tên")[2]
    )


def test_who_does_not_oversee_has_no_such_pages(cast: Cast) -> None:
    for who in ("lan", "binh", "an", "tam"):
        for address in (BASE, DONE, "/dieu-hanh/dat-canh-nhau/", "/dieu-hanh/thu-tu/gradebook.done/SO/"):
            text_of(cast.client(who), address, status=404)


def test_a_head_sees_the_own_school_beside_ratios_of_the_province(cast: Cast) -> None:
    keep_today(cast)
    for number in range(6):
        school = _school(cast, number)
        keep("gradebook.done", school, 10, 100)
    hung = cast.client("hung")
    page = text_of(hung, DONE)
    assert "98,0" in page
    assert "89,0" in page  # the province, as a ratio
    assert "178" not in page
    beside = text_of(hung, "/dieu-hanh/dat-canh-nhau/?b=SO")
    assert "89,0" in beside
    assert "900" not in beside  # pupils of the province: a count
    text_of(hung, "/dieu-hanh/dat-canh-nhau/?b=THCS-MK", status=404)


def _school(cast: Cast, number: int) -> Any:
    from tests.cast import make_unit

    return make_unit(f"TRUONG-{number}", f"Trường {number}", "school", cast.other_commune, levels=["THCS"])


# --- days ------------------------------------------------------------------------------------------------------------


def test_any_day_can_be_asked_for_and_what_is_closed_says_so(cast: Cast) -> None:
    keep_today(cast)
    then = timezone.localdate() - timedelta(days=5)
    Snapshot.objects.create(
        day=then, computed_at=timezone.now(), copied_at=timezone.now(), year=2026, is_closed=True, digest=b""
    )
    son = cast.client("son")
    page = text_of(son, f"{BASE}roster.pupils/?ngay={then:%d/%m/%Y}")
    assert "890" in page
    assert "đã khóa" in page
    assert "900" in text_of(son, f"{BASE}roster.pupils/")
    assert "Chưa có số liệu" in text_of(son, f"{BASE}roster.pupils/?ngay=2001-01-01")
    both = text_of(son, f"/dieu-hanh/dat-canh-nhau/?ngayb={then.isoformat()}")
    assert "+10" in both


def test_figures_nobody_computes_any_more_say_so_and_a_day_asked_for_does_not(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=4)
    day = timezone.localdate(at)
    keep("roster.pupils", cast.department, 900, ago=4)
    Snapshot.objects.create(day=day, computed_at=at, copied_at=at, year=2026)
    snapshots.close(day)
    son = cast.client("son")
    for address in (f"{BASE}roster.pupils/", BASE):
        page = text_of(son, address)
        assert "900" in page
        assert "Số liệu chưa được tính lại" in page
        assert "Số liệu chưa được tính lại" not in text_of(son, f"{address}?ngay={day:%d/%m/%Y}")


def test_before_the_first_figures_every_page_says_so(cast: Cast) -> None:
    son = cast.client("son")
    for address in (BASE, DONE, "/dieu-hanh/dat-canh-nhau/", "/dieu-hanh/thu-tu/gradebook.done/SO/"):
        assert "Chưa có số liệu" in text_of(son, address)


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_the_catalogue_is_searched_and_narrowed_to_what_calls_for_attention(cast: Cast) -> None:
    keep_today(cast)
    son = cast.client("son")
    page = text_of(son, f"{BASE}?q=tien+do+vao+diem+dung+han")
    assert "Tiến độ vào điểm đúng hạn" in page
    assert "báo động" in page
    assert "178 / 200" in page
    assert "Học sinh nữ" not in text_of(son, f"{BASE}?q=tien+do+vao+diem")
    alarming = text_of(son, f"{BASE}?muc=bad").partition("<tbody>")[2]
    assert "gradebook.done" in alarming
    assert "roster.pupils/" not in alarming
    assert "Không có chỉ tiêu nào như vậy" in text_of(son, f"{BASE}?q=zzzz")


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_table_goes_out_as_excel_and_csv_with_numbers_as_numbers(cast: Cast) -> None:
    keep_today(cast)
    son = cast.client("son")
    answer = son.get(f"{DONE}?tep=xlsx")
    sheets = read_workbook(answer.content, FileKind.XLSX)
    cells = [cell for row in sheets[0].rows for cell in row]
    assert "Phường Đông Kinh" in cells
    assert {80, 100} <= {float(str(cell)) for cell in cells if str(cell).replace(".", "").isdigit()}
    assert len(sheets) == 2  # and how it went
    csv = text_of(son, f"{DONE}?tep=csv")
    assert "Xã Mường Khoa" in csv
    assert '"80.0"' in csv
    assert "Tiến độ" in text_of(son, f"{BASE}?tep=csv")
    assert son.get("/dieu-hanh/dat-canh-nhau/?tep=xlsx").status_code == 200
    assert son.get("/dieu-hanh/thu-tu/gradebook.done/SO/?tep=csv").status_code == 200


def in_words(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        return " ".join(whole.read(name).decode() for name in whole.namelist() if name.endswith(".xml"))


def test_a_file_says_the_hour_of_the_province(cast: Cast) -> None:
    taken = datetime(2026, 11, 2, 19, 35, tzinfo=UTC)
    moment = Moment(date(2026, 11, 3), taken, taken, 2026, is_closed=False)
    columns = [OutColumn("A", "a", 10)]
    answer = tables.respond("xlsx", "x", columns, [{"a": "1"}], moment=moment, where="Sở")
    assert "số liệu ngày 03/11/2026, lấy từ Khuê lúc 02:35 03/11/2026" in in_words(answer.content)


# --- asked live ------------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(cast: Cast, settings: Any, tmp_path: Any) -> Any:
    """A columnar copy of the cast's province."""
    from khue.kernel.indicators import copying

    settings.VAR = tmp_path
    copying.refresh(whole=True)
    yield
    computing.close()


def test_below_the_school_figures_are_asked_live_down_to_the_class(cast: Cast, copied: Any) -> None:
    keep_today(cast)
    son = cast.client("son")
    room = cast.classroom.pk
    at_school = f"{BASE}roster.pupils/SO/X-DONGKINH/THCS-LQD/"
    page = text_of(son, at_school)
    assert 'hx-get="?xem=class"' in page
    piece = text_of(son, f"{at_school}?xem=class", headers={"HX-Request": "true", "HX-Target": "chia"})
    assert "<html" not in piece
    assert f"{at_school}lop-{room}/" in piece
    in_class = text_of(son, f"{at_school}lop-{room}/")
    pupils = sum(1 for one in cast.enrolments.values() if one.classroom_id == room)
    assert f'<span class="big">{pupils}</span>' in in_class
    assert "8A3" in in_class
    by_sex = text_of(son, f"{at_school}?xem=sex")
    assert "Giới tính" in by_sex
    file = text_of(son, f"{at_school}?xem=class&tep=csv")
    assert "8A3" in file


def test_parts_counted_now_do_not_go_out_under_a_past_day(cast: Cast, copied: Any) -> None:
    keep_today(cast)
    then = timezone.localdate() - timedelta(days=5)
    at = timezone.now()
    Snapshot.objects.create(day=then, computed_at=at, copied_at=at, year=2026, is_closed=True, digest=b"")
    son, address = cast.client("son"), f"{BASE}roster.pupils/SO/X-DONGKINH/THCS-LQD/?tep=xlsx"
    note = f"số liệu ngày {then:%d/%m/%Y}"
    assert note in in_words(son.get(f"{address}&ngay={then}").content)
    parted = in_words(son.get(f"{address}&ngay={then}&xem=class").content)
    assert "8A3" in parted
    assert note not in parted
    assert "lấy từ Khuê lúc" in in_words(son.get(f"{address}&xem=class").content)


def test_parts_of_all_classes_are_the_pupils_of_the_school(cast: Cast, copied: Any) -> None:
    from khue.command.ioc.queries.living import parted
    from khue.command.ioc.queries.places import standing

    here = standing(cast.hung, "")
    assert here is not None
    one = catalogue.indicators()["roster.pupils"]
    for word in ("class", "sex", "grade"):
        rows = parted(cast.hung, one, here, 2026, word)
        assert sum(row.figure.top or 0 for row in rows) == len(
            [e for e in cast.enrolments.values() if e.school_id == cast.school.pk and e.year_id == 2026]
        )
    assert parted(cast.hung, one, here, 2026, "unit_id") == []


def test_small_parts_asked_live_stay_hidden_from_who_may_not_see_such_records(
    cast: Cast, copied: Any
) -> None:
    from khue.command.ioc.queries.living import parted, whole
    from khue.command.ioc.queries.places import standing

    one = catalogue.indicators()["roster.disabled"]
    from khue.registry.roster.models import PupilProfile

    PupilProfile.objects.update_or_create(person=cast.people["an"], defaults={"disability": "hearing"})
    from khue.kernel.indicators import copying

    copying.refresh(whole=True)
    above = standing(cast.son, "THCS-LQD")
    room = standing(cast.son, "THCS-LQD", cast.classroom.pk)
    assert above is not None
    assert room is not None
    assert all(row.figure.is_hidden for row in parted(cast.son, one, above, 2026, "class"))
    figure = whole(cast.son, one, room, 2026)
    assert figure is not None
    assert figure.is_hidden
    own = standing(cast.hung, "", cast.classroom.pk)
    assert own is not None
    seen = whole(cast.hung, one, own, 2026)
    assert seen is not None
    assert seen.top == 1


def test_without_a_copy_the_page_says_so(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    computing.close()
    keep_today(cast)
    page = text_of(cast.client("son"), f"{BASE}roster.pupils/SO/X-DONGKINH/THCS-LQD/?xem=class")
    assert "Chưa có bản chép số liệu" in page


# --- the order -------------------------------------------------------------------------------------------------------

RATIO = Indicator(
    "x.rate", "Tỉ lệ", "%", "Nhóm", "", top=Measure("x", lambda t: t), bottom=Measure("x", lambda t: t), scale=100,
    decimals=1, direction="up",
)  # fmt: skip


def below(
    name: str, top: float | None, bottom: float | None, *, levels: tuple[str, ...] = ("THCS",)
) -> Below:
    return Below(1, name, name, "school", levels, 2, True, "Xã", Value(RATIO, 1, top, bottom))


def test_schools_with_the_same_figure_share_a_place_and_small_ones_stand_apart() -> None:
    places, left = ranking.ranked(
        RATIO,
        [
            below("a", 90, 100),
            below("b", 45, 50),
            below("c", 80, 100),
            below("d", 9, 10),
            below("e", None, None),
        ],
    )
    assert [(place.number, place.school.name) for place in places] == [(1, "a"), (1, "b"), (3, "c")]
    assert [school.name for school in left] == ["d", "e"]


def test_what_chance_explains_is_said_to_be_alike() -> None:
    places, _left = ranking.ranked(RATIO, [below("a", 45, 50), below("b", 44, 50), below("c", 4, 50)])
    assert [place.is_like_next for place in places] == [True, False, False]
    low, high = ranking.interval(RATIO, below("a", 45, 50))
    assert low is not None
    assert high is not None
    assert 78 < low < 90 < high < 96


def test_counts_are_not_ranked_and_schools_only_beside_their_like(cast: Cast) -> None:
    keep_today(cast)
    son = cast.client("son")
    assert "không xếp thứ tự được" in text_of(son, "/dieu-hanh/thu-tu/roster.pupils/SO/")
    page = text_of(son, "/dieu-hanh/thu-tu/gradebook.done/SO/")
    assert page.index("Lê Quý Đôn</a>") < page.index("Mường Khoa</a>")
    assert "dưới 5 trường" in page
    text_of(son, "/dieu-hanh/thu-tu/gradebook.done/SO/X-DONGKINH/THCS-LQD/", status=404)
    assert [key for key, _region in ranking.groups([below("a", 1, 2), below("b", 1, 2, levels=("TH", "THCS"))])] == [
        "TH-THCS", "THCS",
    ]  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def test_figures_are_said_as_people_say_them() -> None:
    assert wording.shown(RATIO, 96.44) == "96,4\u00a0%"
    assert wording.difference(RATIO, 96.4, 95.0) == "+1,4\u00a0điểm"
    assert wording.difference(RATIO, 96.41, 96.44) == "không đổi"
    assert wording.direction_of(RATIO, 90, 91) == "bad"
    assert wording.count(1234.0) == "1.234"
    rate = catalogue.indicators()["roster.dropout_rate"]
    assert wording.part_names(rate) == ("Số học sinh bỏ học trong năm", "Số học sinh đầu năm học")


def test_what_stands_in_for_a_small_number_is_not_said_to_be_one_of_under_five() -> None:
    stand_in = Value(catalogue.indicators()["roster.disabled"], 1).hidden()
    assert wording.told(stand_in) == "số nhỏ, không hiện"
    assert tables.row_of("THCS A", "A", stand_in)["state"] == "số nhỏ, không hiện"
    assert showing.value_words(stand_in) == "không hiện"


def test_a_page_costs_twelve_questions_at_most_at_every_step(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    keep_today(cast)
    for unit, top in ((cast.department, 12), (cast.commune, 3), (cast.school, 3), (cast.other_commune, 9)):
        keep("roster.disabled", unit, top)
        keep("roster.plans", unit, top, 40)
    son, hung = cast.client("son"), cast.client("hung")
    for client, address in (
        (son, BASE), (son, DONE), (son, f"{DONE}SO/X-DONGKINH/"), (son, f"{DONE}SO/X-DONGKINH/THCS-LQD/"), (hung, DONE),
        (son, "/dieu-hanh/dat-canh-nhau/?b=X-DONGKINH"), (hung, "/dieu-hanh/dat-canh-nhau/?b=SO"),
        (son, "/dieu-hanh/thu-tu/gradebook.done/SO/"), (son, "/dieu-hanh/con-thieu/gradebook.done/SO/"),
        (son, f"{BASE}roster.plans/"), (son, f"{BASE}roster.plans/SO/X-DONGKINH/"),
        (son, f"{BASE}roster.plans/SO/X-DONGKINH/THCS-LQD/"), (son, "/dieu-hanh/thu-tu/roster.plans/SO/"),
    ):  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(12):
            client.get(address)


def test_the_question_is_narrowed_to_the_reach_not_to_the_address(cast: Cast) -> None:
    from khue.kernel.indicators.declare import Question

    asked = Question(("roster.pupils",), 2026, units=(cast.other_school.pk,))
    narrowed = asking.within(cast.hung, asked, cast.school)
    assert narrowed is not None
    assert narrowed.units == (cast.school.pk,)
