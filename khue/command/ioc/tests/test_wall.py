"""The wall: what Sơn, Thanh and Hùng see on theirs, what is old says so, and nothing of anybody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from khue.command.alerts.models import Alert, Rule
from khue.command.ioc import actions, wall
from khue.command.ioc.models import Wall
from khue.command.ioc.queries.wall import readings
from khue.command.ioc.tests.kept import keep, keep_today
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.org.models import Unit
from tests.cast import Cast, make_unit

NOW = timezone.localtime


def test_the_department_sees_its_figures_and_a_tile_a_commune(cast: Cast) -> None:
    keep_today(cast)
    shown = wall.shown(cast.son, cast.department, NOW())
    assert [one.name for one in shown.figures][:2] == ["roster.pupils", "gradebook.done"]
    assert shown.figures[0].value == "900"
    assert shown.figures[0].flag.text == "tăng 10 trong 30 ngày"
    assert shown.figures[1].value == "89,0"
    assert shown.figures[1].detail == "178 / 200"
    assert (shown.shape, shown.units) == ("one", 2)
    assert "Mường Khoa" in shown.tiles
    assert "Đông Kinh" in shown.tiles


def test_a_late_commune_comes_forward_in_colour_sign_and_word(cast: Cast) -> None:
    keep_today(cast)
    tiles = wall.shown(cast.son, cast.department, NOW()).tiles
    late = next(part for part in tiles.split("<a ") if "Xã Mường Khoa" in part)
    fine = next(part for part in tiles.split("<a ") if "Phường Đông Kinh" in part)
    assert 'class="tile s5"' in late
    assert "báo động" in late
    assert "#i-alert" in late
    assert 'class="tile s1"' in fine  # 98 is the very bound


def test_an_open_alert_marks_the_tile_of_its_commune_and_stands_in_the_strip(cast: Cast) -> None:
    keep_today(cast)
    rule, now = Rule.objects.order_by("pk")[0], timezone.now()
    Alert.objects.create(
        rule=rule, unit=cast.other_school, state="open", step="red", value=3, measured=3, began_at=now, opened_at=now,
        stepped_at=now,
    )  # fmt: skip
    shown = wall.shown(cast.son, cast.department, NOW())
    assert shown.open_alerts == 1
    assert shown.alerts[0].title.startswith("THCS Mường Khoa: ")
    assert shown.alerts[0].state == "Chưa ai nhận"
    assert "has-alert" in next(part for part in shown.tiles.split("<a ") if "Mường Khoa" in part)
    assert wall.shown(cast.thanh, cast.commune, NOW()).open_alerts == 0


def test_schools_under_the_department_itself_are_counted_beside_the_map(cast: Cast) -> None:
    keep_today(cast)
    upper = make_unit("THPT-1", "THPT Đông Kinh", "school", cast.department, levels=["THPT"])
    keep("gradebook.done", upper, 45, 50)
    shown = wall.shown(cast.son, cast.department, NOW())
    assert shown.units == 2
    assert "1 trường trực thuộc Sở, không nằm trong ô nào: 90,0." in shown.map_note


def test_a_commune_has_its_schools_as_tiles_and_a_school_has_no_map(cast: Cast) -> None:
    keep_today(cast)
    commune = wall.shown(cast.thanh, cast.commune, NOW())
    assert (commune.shape, commune.units) == ("one", 1)
    school = wall.shown(cast.hung, cast.school, NOW())
    assert (school.shape, school.units) == ("plain", 0)
    assert school.figures[0].value == "500"


def test_a_school_stands_beside_the_province_by_ratios_with_enough_others_behind(cast: Cast) -> None:
    keep_today(cast)
    assert [one.beside for one in wall.shown(cast.hung, cast.school, NOW()).figures[:2]] == ["", ""]
    for number in range(4):
        keep(
            "gradebook.done",
            make_unit(f"T{number}", f"THCS Số {number}", "school", cast.other_commune),
            8,
            10,
        )
    assert [one.beside for one in wall.shown(cast.son, cast.department, NOW()).figures[:2]] == ["", ""]
    assert wall.shown(cast.hung, cast.school, NOW()).figures[1].beside == "toàn tỉnh 89,0\u00a0%"


def test_the_map_takes_the_screen_for_itself_when_there_are_many_communes(cast: Cast) -> None:
    keep_today(cast)
    for number in range(60):
        make_unit(f"X-{number}", f"Xã Số {number}", "commune", cast.department)
    shown = wall.shown(cast.son, cast.department, NOW())
    assert (shown.shape, shown.units, shown.columns) == ("faces", 62, 11)
    assert shown.tiles.count("–</b>") == 60  # no figure yet is a dash, never nought


def test_a_name_is_text_and_never_markup(cast: Cast) -> None:
    keep_today(cast)
    make_unit("X-9", """Xã <b onclick='x'>"Ấp" & Bãi</b>""", "commune", cast.department)
    tiles = wall.shown(cast.son, cast.department, NOW()).tiles
    assert "<b onclick" not in tiles
    assert "&lt;b onclick=&#x27;x&#x27;&gt;&quot;Ấp&quot; &amp; Bãi" in tiles


@pytest.mark.parametrize("tiles", range(1, 177, 7))
def test_every_map_fits_eleven_rows(tiles: int) -> None:
    assert -(-tiles // wall.columns_for(tiles)) <= 11


def test_figures_say_in_words_when_they_are_old_and_when_there_are_none(cast: Cast) -> None:
    empty = cast.client("son").get("/dieu-hanh/man-hinh/").content.decode()
    assert "Chưa có số liệu nào được tính" in empty
    keep_today(cast, hours_old=26)
    old = cast.client("son").get("/dieu-hanh/man-hinh/").content.decode()
    assert "Số liệu cũ: đã 26 giờ chưa có bản mới." in old


def test_fresh_figures_say_nothing_of_their_age(cast: Cast) -> None:
    keep_today(cast)
    page = cast.client("son").get("/dieu-hanh/man-hinh/").content.decode()
    assert "Số liệu cũ" not in page
    assert "Sơ đồ ô, không phải bản đồ địa giới" in page


def test_its_script_gets_only_what_changes(cast: Cast) -> None:
    keep_today(cast)
    client = cast.client("son")
    part = client.get("/dieu-hanh/man-hinh/", headers={"X-Khue-Fragment": "wall"}).content.decode()
    assert "<html" not in part
    assert part.strip().startswith("<header")
    whole = client.get("/dieu-hanh/man-hinh/").content.decode()
    clock = re.compile(r"<b data-clock>[0-9:]+")
    assert clock.sub("", part).strip() in clock.sub("", whole)


def test_asking_by_itself_does_not_keep_a_session_alive(cast: Cast) -> None:
    keep_today(cast)
    client = cast.client("son")
    session = client.session
    session["seen_at"] = (timezone.now() - timedelta(minutes=20)).timestamp()
    session["signed_in_at"], session["idle"] = session["seen_at"], 30 * 60
    session.save()
    alone = {"X-Khue-Fragment": "wall", "X-Khue-Unattended": "1"}
    assert client.get("/dieu-hanh/man-hinh/", headers=alone).status_code == 200
    assert client.session["seen_at"] == session["seen_at"]
    assert client.get("/dieu-hanh/man-hinh/").status_code == 200
    assert client.session["seen_at"] > session["seen_at"]


def test_a_wall_left_on_a_screen_waits_for_nobody_and_opens_nothing_else(cast: Cast) -> None:
    keep_today(cast)
    client = cast.client("son")
    session, now = client.session, timezone.now()
    session["signed_in_at"] = (now - timedelta(hours=11)).timestamp()
    session["seen_at"], session["idle"] = (now - timedelta(minutes=20)).timestamp(), 30 * 60
    session.save()
    assert client.post("/dieu-hanh/man-hinh/treo/").status_code == 302
    session = client.session
    session["seen_at"] = (now - timedelta(hours=3)).timestamp()
    session.save()
    page = client.get("/dieu-hanh/man-hinh/")
    assert page.status_code == 200
    assert "chỉ xem" in page.content.decode()
    for address in ("/", "/dieu-hanh/ban/", "/dieu-hanh/man-hinh/chon/", "/hoc-sinh/"):
        assert client.get(address)["Location"] == "/dieu-hanh/man-hinh/"
    asked = client.post("/dieu-hanh/man-hinh/chon/", {"f1": "roster.pupils", "map": "roster.pupils"})
    assert asked["Location"] == "/dieu-hanh/man-hinh/"
    assert client.get("/api/v1/people/counts").status_code == 403
    assert not Wall.objects.exists()
    session = client.session
    session["signed_in_at"] = (now - timedelta(hours=12, minutes=1)).timestamp()
    session.save()
    assert "dang-nhap" in client.get("/dieu-hanh/man-hinh/")["Location"]


def test_mai_sees_her_own_department_of_nothing_and_nobody_sees_past_their_unit(cast: Cast) -> None:
    keep_today(cast)
    assert cast.client("mai").get("/dieu-hanh/man-hinh/").status_code == 404
    assert cast.client("hung").get("/dieu-hanh/man-hinh/", {"don-vi": "SO"}).status_code == 404
    assert cast.client("thanh").get("/dieu-hanh/man-hinh/", {"don-vi": "X-MUONGKHOA"}).status_code == 404
    assert cast.client("thanh").get("/dieu-hanh/man-hinh/", {"don-vi": "THCS-LQD"}).status_code == 200
    assert readings(cast.hung, [(cast.department, "roster.pupils")]) == {}


def test_the_department_chooses_for_all_and_a_school_for_itself(cast: Cast) -> None:
    keep_today(cast)
    actions.choose_wall(cast.son, cast.department, figures=["gradebook.done", ""], map_by="roster.pupils")
    assert wall.chosen(cast.hung, cast.school) == (["gradebook.done"], "roster.pupils")
    actions.choose_wall(cast.hung, cast.school, figures=["roster.pupils"], map_by="gradebook.done")
    assert wall.chosen(cast.hung, cast.school) == (["roster.pupils"], "gradebook.done")
    assert wall.chosen(cast.thanh, cast.commune) == (["gradebook.done"], "roster.pupils")
    assert Entry.objects.filter(action="ioc.choose_wall").count() == 2


def test_a_choice_is_refused_when_it_is_empty_too_much_or_not_in_the_catalogue(cast: Cast) -> None:
    for figures in ([""], ["roster.pupils", "roster.classes", "roster.girls", "roster.minority", "gradebook.done",
                           "roster.dropouts", "roster.class_size"], ["roster.nothing"]):  # fmt: skip
        with pytest.raises(DomainError):
            actions.choose_wall(cast.son, cast.department, figures=figures, map_by="roster.pupils")
    assert not Wall.objects.exists()


def test_nobody_chooses_for_a_unit_that_is_not_theirs(cast: Cast) -> None:
    for who, unit, refusal in (
        ("hung", cast.department, NotVisible), ("thanh", cast.other_commune, NotVisible),
        ("mai", cast.school, NotAllowed), ("lan", cast.school, NotAllowed),
    ):  # fmt: skip
        with pytest.raises(refusal):
            actions.choose_wall(cast.actor(who), unit, figures=["roster.pupils"], map_by="roster.pupils")


def test_the_wall_of_the_province_costs_few_statements(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    keep_today(cast)
    client = cast.client("son")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get("/dieu-hanh/man-hinh/")
    assert Unit.objects.exists()
