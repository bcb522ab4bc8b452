"""Desks: put together by buttons, kept, shared with readers who see their own figures, sent once a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from khue.command.ioc import actions, jobs
from khue.command.ioc.arranged import arranged
from khue.command.ioc.desks import MOST_TILES, Tile, changed_by, is_due, moved, tiles_from, tiles_of
from khue.command.ioc.models import Desk, DeskShare, Posting, Schedule
from khue.command.ioc.queries import desk as queries
from khue.command.ioc.tests.kept import keep_today
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.files.storing import content_of
from khue.kernel.notify.models import Message
from tests.cast import Cast

TILES = [Tile("roster.pupils"), Tile("gradebook.done", "bars"), Tile("gradebook.done", "trend")]


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of November 2026, local time."""
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.get_default_timezone())


def made(cast: Cast, who: str = "son", title: str = "Sáng thứ Hai", tiles: list[Tile] | None = None) -> Desk:
    actor = cast.actor(who)
    return actions.create_desk(actor, queries.self_of(actor), title=title, tiles=tiles or TILES)


# --- pure ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from("abcde"), max_size=8), st.integers(-2, 9), st.sampled_from((-1, 1)))
def test_moving_a_tile_loses_none(names: list[str], at: int, by: int) -> None:
    tiles = [Tile(name) for name in names]
    assert sorted(one.indicator for one in moved(tiles, at, by)) == sorted(names)


def test_buttons_move_drop_and_add() -> None:
    tiles = [Tile("a"), Tile("b"), Tile("c")]

    def names(wish: str) -> str:
        return "".join(one.indicator for one in changed_by(tiles, wish))

    assert names("up:1") == "bac"
    assert names("up:0") == "abc"
    assert names("down:0") == "bac"
    assert names("down:2") == "abc"
    assert names("drop:1") == "ac"
    assert names("add:d") == "abcd"
    for nonsense in ("", "up:", "up:x", "up:99", "fly:1", "drop:-1", "up:²"):
        assert names(nonsense) == "abc"


def test_a_form_with_missing_parts_gives_usual_tiles() -> None:
    assert tiles_from(["a", "b"], ["trend", "nonsense"], ["7"]) == [Tile("a", "trend", 7), Tile("b")]
    assert tiles_of([one.as_kept for one in TILES]) == TILES


@pytest.mark.parametrize(
    ("now", "every", "posted", "due"),
    [
        (at(23, 7, 5), "day", None, True),
        (at(23, 6, 59), "day", None, False),
        (at(23, 7, 5), "day", date(2026, 11, 23), False),
        (at(23, 7, 5), "day", date(2026, 11, 22), True),
        (at(23, 7, 5), "week", None, True),  # a Monday
        (at(24, 7, 5), "week", None, False),
        (at(20, 7, 5), "day", None, False),  # before its first day
    ],
)
def test_a_letter_is_due_from_its_hour_on_its_day_and_once(
    now: datetime, every: str, posted: date, due: bool
) -> None:
    found = is_due(now, every=every, weekday=0, hour=7, since=date(2026, 11, 21), posted_on=posted)
    assert found is due


# --- keeping ---------------------------------------------------------------------------------------------------------


def test_a_desk_is_kept_as_put_together_and_audited(cast: Cast) -> None:
    desk = made(cast)
    assert tiles_of(desk.tiles) == TILES
    assert desk.unit == cast.department
    saved = actions.save_desk(cast.son, desk, title="  Thứ   Hai ", tiles=TILES[::-1], version=1)
    assert (saved.title, tiles_of(saved.tiles), saved.version) == ("Thứ Hai", TILES[::-1], 2)
    assert list(Entry.objects.filter(action__startswith="ioc.").values_list("action", flat=True).order_by("pk")) == [
        "ioc.create_desk", "ioc.save_desk"]  # fmt: skip


def test_two_windows_do_not_overwrite_each_other(cast: Cast) -> None:
    desk = made(cast)
    actions.save_desk(cast.son, desk, title="Bàn một", tiles=TILES, version=1)
    with pytest.raises(Conflict):
        actions.save_desk(cast.son, desk, title="Bàn hai", tiles=TILES, version=1)


@pytest.mark.parametrize(
    ("title", "tiles"),
    [
        ("", TILES), ("x" * 81, TILES), ("Bàn", []), ("Bàn", [Tile("roster.nothing")]),
        ("Bàn", [Tile("roster.pupils", "cake")]), ("Bàn", [Tile("roster.pupils")] * (MOST_TILES + 1)),
    ],
)  # fmt: skip
def test_what_a_desk_cannot_hold_is_refused(cast: Cast, title: str, tiles: list[Tile]) -> None:
    with pytest.raises(DomainError):
        actions.create_desk(cast.son, queries.self_of(cast.son), title=title, tiles=tiles)
    assert not Desk.objects.exists()


def test_a_tile_is_not_fixed_to_a_unit_out_of_reach(cast: Cast) -> None:
    for unit in (cast.department, cast.other_school):
        with pytest.raises(DomainError):
            made(cast, "hung", tiles=[Tile("roster.pupils", "number", unit.pk)])


def test_teachers_and_families_have_no_desks(cast: Cast) -> None:
    for who in ("mai", "lan", "binh", "tam"):
        with pytest.raises(NotAllowed):
            made(cast, who)
        assert cast.client(who).get("/dieu-hanh/ban/").status_code == 404


def test_nobody_touches_a_desk_of_somebody_else(cast: Cast) -> None:
    desk = made(cast)
    actions.share_desk(cast.son, desk, role="principal", unit=cast.department)
    for actor in (cast.hung, cast.thanh, cast.mai):
        for write in (
            lambda a: actions.save_desk(a, desk, title="Của tôi", tiles=TILES, version=1),
            lambda a: actions.close_desk(a, desk),
            lambda a: actions.share_desk(a, desk, role="", unit=cast.school),
        ):
            with pytest.raises(NotVisible):
                write(actor)
    assert cast.client("hung").get(f"/dieu-hanh/ban/{desk.pk}/").status_code == 200
    assert cast.client("hung").get(f"/dieu-hanh/ban/{desk.pk}/sua/").status_code == 404
    assert cast.client("hung").get(f"/dieu-hanh/ban/{desk.pk}/chia-se/").status_code == 404


def test_a_desk_taken_away_can_be_brought_back(cast: Cast) -> None:
    desk = made(cast)
    client = cast.client("son")
    page = client.post(f"/dieu-hanh/ban/{desk.pk}/bo/", {"_key": "k1"}, follow=True).content.decode()
    assert "Đã bỏ bàn Sáng thứ Hai" in page
    assert f"/dieu-hanh/ban/{desk.pk}/lay-lai/" in page
    assert client.get(f"/dieu-hanh/ban/{desk.pk}/").status_code == 404
    desk.refresh_from_db()
    with pytest.raises(DomainError):
        actions.close_desk(cast.son, desk)
    actions.reopen_desk(cast.son, desk)
    assert client.get(f"/dieu-hanh/ban/{desk.pk}/").status_code == 200


def test_without_script_buttons_put_a_desk_together_and_nothing_is_written_before_it_is_said(
    cast: Cast,
) -> None:
    client = cast.client("son")
    typed: dict[str, Any] = {"title": "Bàn tay không", "version": "0"}
    page = client.post("/dieu-hanh/ban/moi/", {**typed, "do": "add:roster.pupils", "_key": "1"})
    rows = page.context["rows"]
    assert [row.tile.indicator for row in rows] == ["roster.pupils"]
    typed |= {"indicator": ["roster.pupils", "gradebook.done"], "form": ["number", "bars"], "unit": ["", ""]}
    page = client.post("/dieu-hanh/ban/moi/", {**typed, "do": "up:1", "_key": "2"})
    assert [row.tile.form for row in page.context["rows"]] == ["bars", "number"]
    assert page.context["title"] == "Bàn tay không"
    assert not Desk.objects.exists()
    client.post("/dieu-hanh/ban/moi/", {**typed, "do": "save", "_key": "3"})
    assert [one.indicator for one in tiles_of(Desk.objects.get().tiles)] == [
        "roster.pupils",
        "gradebook.done",
    ]


# --- reading along ---------------------------------------------------------------------------------------------------


def test_a_reader_sees_the_arrangement_with_their_own_figures_only(cast: Cast) -> None:
    keep_today(cast)
    desk = made(cast, tiles=[*TILES, Tile("roster.pupils", "table", cast.department.pk)])
    actions.share_desk(cast.son, desk, role="principal", unit=cast.department)
    mine, theirs = (arranged(actor, tiles_of(desk.tiles)) for actor in (cast.son, cast.hung))
    assert [one.figure.value for one in mine if one.figure] == ["900", "89,0", "89,0", "900"]
    assert [one.figure.value for one in theirs if one.figure] == ["500", "98,0", "98,0"]
    assert theirs[3].why == "Số liệu này nằm ngoài phần thầy cô được xem."
    page = cast.client("hung").get(f"/dieu-hanh/ban/{desk.pk}/").content.decode()
    assert "900" not in page
    assert "Mường Khoa" not in page
    assert "500" in page


def test_a_unit_out_of_reach_and_one_that_is_not_there_say_the_same(cast: Cast) -> None:
    keep_today(cast)
    out, nothing = arranged(
        cast.hung, [Tile("roster.pupils", "number", pk) for pk in (cast.other_school.pk, 10**9)]
    )
    assert (out.why, out.label, out.place) == (nothing.why, nothing.label, nothing.place)


def test_the_units_below_stand_worst_first(cast: Cast) -> None:
    keep_today(cast)
    tile = arranged(cast.son, [Tile("gradebook.done", "bars")])[0]
    assert [line.label for line in tile.lines] == ["Mường Khoa", "Đông Kinh"]
    assert tile.lines[0].state == "bad"
    assert "<progress" in tile.chart
    school = arranged(cast.hung, [Tile("gradebook.done", "bars")])[0]
    assert school.form == "trend"  # a school has nothing below


def test_a_desk_is_shared_by_role_and_by_unit_and_no_further(cast: Cast) -> None:
    desk = made(cast)
    assert not queries.readable_desks(cast.hung).exists()
    share = actions.share_desk(cast.son, desk, role="principal", unit=cast.commune)
    assert queries.shared_desks(cast.hung).get() == desk
    assert not queries.shared_desks(cast.thanh).exists()  # an officer, no principal
    assert not queries.shared_desks(cast.ha).exists()  # another commune
    with pytest.raises(DomainError):
        actions.share_desk(cast.son, desk, role="principal", unit=cast.commune)
    actions.unshare_desk(cast.son, desk, share=share)
    assert not queries.shared_desks(cast.hung).exists()
    actions.share_desk(cast.son, desk, role="", unit=cast.department)
    for actor in (cast.hung, cast.thanh, cast.ha):
        assert queries.shared_desks(actor).get() == desk
    assert not queries.readable_desks(cast.mai).exists()
    assert not queries.readable_desks(cast.lan).exists()


def told_of(desk: Desk) -> list[int]:
    found = Message.objects.filter(kind="ioc.share", url=f"/dieu-hanh/ban/{desk.pk}/")
    return sorted(found.values_list("person_id", flat=True))


def test_those_a_desk_is_shared_with_are_told_once_and_nobody_else(cast: Cast) -> None:
    desk, other = made(cast), made(cast, title="Chiều thứ Sáu")
    hung, thanh, ha = (cast.people[who].pk for who in ("hung", "thanh", "ha"))
    share = actions.share_desk(cast.son, desk, role="principal", unit=cast.commune)
    assert told_of(desk) == [hung]
    message = Message.objects.get(kind="ioc.share")
    assert message.title == f"{cast.son.name} chia sẻ bàn theo dõi Sáng thứ Hai"
    actions.share_desk(cast.son, desk, role="principal", unit=cast.school)
    actions.unshare_desk(cast.son, desk, share=share)
    actions.share_desk(cast.son, desk, role="principal", unit=cast.commune)
    assert told_of(desk) == [hung]  # however often it reaches him
    actions.share_desk(cast.son, desk, role="", unit=cast.department)
    assert told_of(desk) == sorted([hung, thanh, ha])  # neither its owner nor who has no desks
    assert told_of(other) == []
    actions.share_desk(cast.son, other, role="principal", unit=cast.commune)
    assert told_of(other) == [hung]
    assert all(
        queries.readable_desks(actor).filter(pk=desk.pk).exists()
        for actor in (cast.hung, cast.thanh, cast.ha)
    )


def test_nobody_shares_with_units_out_of_their_reach(cast: Cast) -> None:
    desk = made(cast, "hung")
    for unit in (cast.department, cast.other_school, cast.commune):
        with pytest.raises(NotVisible):
            actions.share_desk(cast.hung, desk, role="", unit=unit)
    with pytest.raises(DomainError):
        actions.share_desk(cast.hung, desk, role="pupil", unit=cast.school)
    assert not DeskShare.objects.exists()


# --- letters ---------------------------------------------------------------------------------------------------------

MORNING = timezone.make_aware(
    datetime.combine(timezone.localdate() + timedelta(days=1), datetime.min.time())
).replace(hour=7, minute=20)


def scheduled(cast: Cast, desk: Desk, who: str = "son", **values: Any) -> Schedule:
    actor = cast.actor(who)
    asked: dict[str, Any] = {"every": "day", "weekday": 0, "hour": 7} | values
    return actions.schedule_desk(actor, queries.self_of(actor), desk=desk, **asked)


def test_a_letter_goes_once_a_day_with_paper_and_notice(cast: Cast) -> None:
    keep_today(cast)
    scheduled(cast, made(cast))
    assert jobs.post_desks(MORNING) == 1
    assert jobs.post_desks(MORNING + timedelta(minutes=10)) == 0
    posting = Posting.objects.get()
    assert content_of(posting.file)[:5] == b"%PDF-"
    message = Message.objects.get(kind="ioc.posting")
    assert message.person == cast.people["son"]
    assert message.url == f"/dieu-hanh/ban/thu/{posting.pk}/"
    assert "900" not in message.title + message.body  # a letter carries no figure
    assert jobs.post_desks(MORNING + timedelta(days=1)) == 1


def test_a_letter_holds_what_its_reader_may_see_on_that_day(cast: Cast) -> None:
    keep_today(cast)
    desk = made(cast, tiles=[Tile("roster.pupils", "table", cast.department.pk)])
    share = actions.share_desk(cast.son, desk, role="principal", unit=cast.department)
    scheduled(cast, desk, "hung")
    assert jobs.post_desks(MORNING) == 0  # nothing on it is Hùng's to see
    actions.save_desk(cast.son, desk, title="Bàn", tiles=TILES, version=1)
    assert jobs.post_desks(MORNING + timedelta(days=1)) == 1
    actions.unshare_desk(cast.son, desk, share=share)
    assert jobs.post_desks(MORNING + timedelta(days=2)) == 0
    assert Posting.objects.filter(person=cast.people["hung"]).count() == 1


def test_who_has_lost_the_post_gets_no_letter_and_opens_none(cast: Cast) -> None:
    from khue.registry.staff.models import Position

    keep_today(cast)
    scheduled(cast, made(cast, "hung"), "hung")
    assert jobs.post_desks(MORNING) == 1
    posting = Posting.objects.get()
    assert cast.client("hung").get(f"/dieu-hanh/ban/thu/{posting.pk}/").status_code == 200
    Position.objects.filter(person=cast.people["hung"]).update(ends_on=timezone.localdate())
    assert jobs.post_desks(MORNING + timedelta(days=1)) == 0
    assert cast.client("hung").get(f"/dieu-hanh/ban/thu/{posting.pk}/").status_code == 404


def test_a_letter_opens_to_its_addressee_alone(cast: Cast) -> None:
    keep_today(cast)
    scheduled(cast, made(cast))
    jobs.post_desks(MORNING)
    posting = Posting.objects.get()
    assert cast.client("son").get(f"/dieu-hanh/ban/thu/{posting.pk}/")["Content-Type"] == "application/pdf"
    for who in ("hung", "thanh", "mai", "binh"):
        assert cast.client(who).get(f"/dieu-hanh/ban/thu/{posting.pk}/").status_code == 404
        assert cast.client(who).get(f"/tep/{posting.file_id}/").status_code == 404


def test_a_schedule_is_changed_and_stopped_by_its_reader(cast: Cast) -> None:
    desk = made(cast)
    first = scheduled(cast, desk)
    second = scheduled(cast, desk, every="week", weekday=4, hour=9)
    assert (second.pk, second.every, second.weekday, second.hour) == (first.pk, "week", 4, 9)
    for wrong in ({"every": "hour"}, {"hour": 3}, {"weekday": 7}):
        with pytest.raises(DomainError):
            scheduled(cast, desk, **wrong)
    with pytest.raises(NotVisible):
        actions.unschedule_desk(cast.hung, second)
    actions.unschedule_desk(cast.son, second)
    assert not Schedule.objects.exists()


def test_nobody_has_a_desk_sent_that_they_may_not_read(cast: Cast) -> None:
    desk = made(cast)
    for who in ("hung", "mai"):
        with pytest.raises(NotVisible):
            scheduled(cast, desk, who)


def test_nobody_but_the_system_or_the_reader_sends_a_letter(cast: Cast) -> None:
    schedule = scheduled(cast, made(cast))
    with pytest.raises(NotVisible):
        actions.post_desk(cast.hung, schedule, day=timezone.localdate())
    system = Actor.system("ioc.post_desks")
    assert actions.post_desk(system, schedule, day=timezone.localdate()) is not None
    assert actions.post_desk(system, schedule, day=timezone.localdate()) is None


def test_a_letter_that_breaks_in_the_middle_leaves_nothing_and_goes_the_next_time(
    cast: Cast, settings: Any, tmp_path: Any
) -> None:
    keep_today(cast)
    scheduled(cast, made(cast))
    blocked = tmp_path / "no-folder"
    blocked.write_text("a file where the storage wants a folder")
    kept = settings.STORAGES
    settings.STORAGES = {**kept, "default": {**kept["default"], "OPTIONS": {"location": blocked}}}
    assert jobs.post_desks(MORNING) == 0
    assert not Posting.objects.exists()
    assert not Message.objects.filter(kind="ioc.posting").exists()
    assert Schedule.objects.get().posted_on is None
    settings.STORAGES = kept
    assert jobs.post_desks(MORNING + timedelta(minutes=10)) == 1
    assert Posting.objects.count() == 1


def test_a_page_of_a_full_desk_stays_within_its_budget(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    keep_today(cast)
    forms = ("number", "trend", "bars", "table")
    units = (None, cast.commune.pk, cast.other_commune.pk, cast.school.pk)
    desk = made(cast, tiles=[Tile("gradebook.done", form, unit) for form in forms for unit in units])
    client = cast.client("son")
    with django_assert_max_num_queries(12):
        assert client.get(f"/dieu-hanh/ban/{desk.pk}/").status_code == 200
