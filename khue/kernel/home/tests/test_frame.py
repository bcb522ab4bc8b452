"""The frame, the first page, switches, search, errors and health."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.home import context, errors, finder, first_page
from khue.kernel.manifest import Hit, NavLink, Panel
from khue.kernel.notify.models import Message
from khue.kernel.people.models import Account
from khue.kernel.workflow.models import Task
from khue.registry.roster.models import Guardianship
from khue.ui.keeping import is_plain
from tests.cast import Cast


def test_a_page_that_is_missing_and_one_that_is_forbidden_are_the_same_bytes(cast: Cast):
    mai = cast.client("mai")
    missing = mai.get("/khong-co-trang-nay/")
    forbidden = mai.get("/quyen/")
    foreign = cast.client("tam").get(f"/tai-khoan/{Account.objects.get(login_name='mai').pk}/")
    assert missing.status_code == forbidden.status_code == foreign.status_code == 404
    assert missing.content == forbidden.content == foreign.content
    assert missing.headers.keys() == forbidden.headers.keys() == foreign.headers.keys()


def test_every_error_page_speaks_plainly_and_needs_no_database(django_assert_num_queries):
    request = RequestFactory().get("/")
    for view, status in (
        (errors.malformed, 400),
        (errors.refused, 403),
        (errors.missing, 404),
        (errors.broken, 500),
    ):
        answer = view(request)
        assert answer.status_code == status
        assert "lỗi hệ thống" not in answer.content.decode()


def test_health_answers_without_a_log_in_and_says_when_the_database_is_away(db: None):
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["migrations"] is True


def test_anonymous_visitors_get_the_log_in_page_and_come_back(cast: Cast):
    assert Client().get("/")["Location"] == "/tai-khoan/dang-nhap/?next=/"


def test_the_wings_hold_only_what_the_capacity_may_enter(cast: Cast):
    def names(who: str) -> set[str]:
        return {link.label for group in context.wings_of(cast.actor(who), "/", 0) for link in group.links}

    assert "Tài khoản" in names("tam")
    assert "Tài khoản" not in names("mai") - names("lan") | names("an") | names("binh")
    assert "Vai trò và quyền" in names("son")
    assert "Vai trò và quyền" not in names("tam")


def test_the_parts_of_every_frame_can_be_kept_by_what_they_show(cast: Cast):
    for who in ("son", "hung", "tam", "lan", "binh", "an"):
        request = cast.client(who).get(context.first_address(cast.actor(who)) or "/").wsgi_request
        frame = context.build(request)
        parts = (frame.wings, frame.years, frame.tabbar, frame.languages, frame.capacities, frame.unread)
        assert all(map(is_plain, parts))
        assert hash(parts) == hash(parts)


def test_a_part_kept_for_one_is_not_shown_to_another(cast: Cast):
    for _again in range(2):
        for who in ("tam", "son", "an"):
            page = cast.client(who).get("/", follow=True).content.decode()
            assert ('href="/quyen/"' in page) == (who == "son")
            assert ('href="/nhap/"' in page) == (who == "tam")


def test_a_link_may_be_for_some_roles_only(cast: Cast):
    link = NavLink("Con của tôi", "x:y", "home", "roster.view_profile", "Gia đình", roles=("guardian",))
    assert context.may_enter(cast.binh, link)
    assert not context.may_enter(cast.an, link)


def test_the_bar_of_phones_has_tasks_first_and_four_short_names_at_most(cast: Cast):
    for who in ("son", "hung", "tam", "lan"):
        actor = cast.actor(who)
        tabs = context.tabs_of(actor, context.wings_of(actor, "/", 3))
        assert tabs[0].label == "Việc"
        assert tabs[0].count == 3
        assert len(tabs) <= 4
        assert all(len(tab.label) <= 12 for tab in tabs)


def test_lan_who_is_also_a_parent_switches_her_capacity_and_her_menu_follows(cast: Cast):
    RoleAssignment.objects.create(
        person=cast.people["lan"], role="clerk", unit=cast.other_school, starts_on=timezone.localdate()
    )
    client = cast.client("lan")
    keys = {f"clerk:{cast.other_school.pk}", f"teacher:{cast.school.pk}"}
    page = client.get("/").content.decode()
    assert all(f'value="{key}"' in page for key in keys)
    for key, label in (
        (f"teacher:{cast.school.pk}", "GVCN 8A3"),
        (f"clerk:{cast.other_school.pk}", "Văn thư"),
    ):
        assert client.post("/vai/", {"capacity": key})["Location"] == "/"
        assert f"{label}" in client.get("/").content.decode().split("</summary>")[0]
    assert client.post("/vai/", {"capacity": f"head:{cast.school.pk}"}).status_code == 404


def test_switches_are_posts_and_never_lead_to_another_site(cast: Cast):
    client = cast.client("tam")
    for path, data in (
        ("/vai/", {"capacity": f"clerk:{cast.school.pk}"}),
        ("/ngon-ngu/", {"language": "en"}),
    ):
        assert client.get(path).status_code == 405
        assert client.post(path, {**data, "next": "//xau.example/"})["Location"] == "/"
        assert client.post(path, {**data, "next": "/tim/"})["Location"] == "/tim/"


def test_khue_speaks_vietnamese_until_somebody_chooses_english_here(cast: Cast):
    client = Client(headers={"accept-language": "en-US,en"})
    assert '<html lang="vi">' in client.get("/tai-khoan/dang-nhap/").content.decode()
    client.post("/ngon-ngu/", {"language": "en"})
    assert '<html lang="en">' in client.get("/tai-khoan/dang-nhap/").content.decode()
    assert client.post("/ngon-ngu/", {"language": "xx"}).status_code == 404


def test_the_year_is_chosen_among_those_there_are(cast: Cast):
    client = cast.client("tam")
    assert client.post("/nam-hoc/", {"year": "1999"}).status_code == 404
    assert client.post("/nam-hoc/", {"year": "2026"}).status_code == 302
    assert client.session["year"] == 2026


def make_task(cast: Cast, title: str, **more) -> Task:
    return Task.objects.create(
        kind="roster.answer_transfer", title=title, url="/x/", action_label="Trả lời", subject=title,
        person=cast.people["lan"], **more,
    )  # fmt: skip


def test_tasks_stand_by_how_soon_they_are_due_and_are_counted(cast: Cast):
    now = timezone.now()
    make_task(cast, "muộn", due_at=now - timedelta(days=2))
    make_task(cast, "không hạn")
    make_task(cast, "xa", due_at=now + timedelta(days=30))
    Message.objects.create(person=cast.people["lan"], kind="x", title="Tin")
    page = first_page.of(cast.lan)
    assert [group.title for group in page.groups] == ["Quá hạn", "Chưa gấp"]
    assert page.total == 3
    assert page.late == 1
    assert page.groups[0].items[0].rest == "quá 2 ngày"
    assert context.counts(cast.lan) == (3, 1)
    text = cast.client("lan").get("/").content.decode()
    assert "muộn" in text
    assert "Không còn việc nào chờ" not in text


def test_counts_cost_one_query(cast: Cast, django_assert_num_queries):
    lan = cast.lan
    with django_assert_num_queries(1):
        context.counts(lan)


@pytest.mark.parametrize("name", ["son", "hung", "tam", "lan", "mai", "binh", "an", "thanh"])
def test_the_first_page_keeps_its_query_budget_for_everybody(
    cast: Cast, name: str, django_assert_max_num_queries
):
    client = cast.client(name)
    first = context.first_address(cast.actor(name)) or "/"
    client.get(first)
    with django_assert_max_num_queries(12):
        assert client.get(first).status_code == 200


def test_families_begin_at_their_own_first_page_with_a_bar_and_without_wings(cast: Cast):
    for who in ("binh", "an"):
        assert cast.client(who).get("/")["Location"] == "/gia-dinh/"
        frame = context.build(cast.client(who).get("/gia-dinh/").wsgi_request)
        assert (frame.wings, frame.home_url) == ((), "/gia-dinh/")
        assert frame.tabbar[0].label == "Hôm nay"
        assert frame.tabbar[-1].label == "Thêm"
        assert len(frame.tabbar) <= 5
        assert all(len(tab.label) <= 12 for tab in frame.tabbar)
        assert [tab.url for tab in frame.tabbar if tab.is_current] == ["/gia-dinh/"]
    assert cast.client("lan").get("/").status_code == 200


def test_every_answer_names_its_reader_and_only_families_may_keep_it(cast: Cast):
    def reader(who: str) -> tuple[str, bool]:
        answer = cast.client(who).get("/gia-dinh/" if who in ("binh", "an") else "/")
        return answer.headers["X-Khue-Person"], "X-Khue-Keep" in answer.headers

    assert Client().get("/tai-khoan/dang-nhap/").headers["X-Khue-Person"] == "-"
    assert reader("binh")[1]
    assert reader("an")[1]
    assert not reader("lan")[1]
    assert len({reader(who)[0] for who in ("binh", "an", "lan", "hung")}) == 4
    assert cast.client("binh").get("/ai/").headers["X-Khue-Person"] == reader("binh")[0]


def test_a_guardian_who_may_no_longer_see_a_child_is_another_reader(cast: Cast):
    client = cast.client("binh")
    before = client.get("/gia-dinh/").headers["X-Khue-Person"]
    Guardianship.objects.update(may_view=False)
    assert client.get("/ai/").headers["X-Khue-Person"] != before
    assert client.get("/gia-dinh/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/tai-khoan/", "/tai-khoan/cua-toi/", "/tai-khoan/lop-thu-hai/", "/quyen/", "/quyen/giao/"]
)
def test_account_and_role_pages_keep_their_query_budget(cast: Cast, path: str, django_assert_max_num_queries):
    client = cast.client("hung")
    client.get(path)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


def test_every_panel_of_every_module_answers_every_role(cast: Cast):
    for who in ("son", "thanh", "hung", "tam", "lan", "binh", "an"):
        assert all(isinstance(one, Panel) for one in first_page.panels(cast.actor(who)))


def test_one_letter_is_too_short_to_look_for(cast: Cast):
    assert finder.search(cast.tam, " a ").is_short
    assert not finder.search(cast.tam, "").is_short


def test_pages_of_the_menu_are_found_without_diacritics_within_rights(cast: Cast):
    assert Hit("Vai trò và quyền", "/quyen/", "Hệ thống", "shield-check") in finder._pages(
        cast.son, "vai tro"
    )
    assert finder._pages(cast.mai, "vai tro") == []


def test_a_rule_that_says_no_is_shown_in_its_own_words(cast: Cast):
    client = cast.client("tam")
    answer = client.post("/tai-khoan/mo/", {"row": "999999"})
    assert answer.status_code == 422
    assert "Chưa chọn ai" in answer.content.decode()


def test_crumbs_name_every_unit_and_link_those_one_may_look_into(cast: Cast, django_assert_num_queries):
    from khue.kernel.home.crumbs import unit_crumbs

    lan, son = cast.lan, cast.son
    with django_assert_num_queries(1):
        steps = unit_crumbs(lan, cast.school, ("8A3", ""))
    assert [label for label, _url in steps] == [
        "Sở GD&ĐT Lam Giang",
        "Phường Đông Kinh",
        "THCS Lê Quý Đôn",
        "8A3",
    ]
    assert all(url == "" for _label, url in steps)
    assert [bool(url) for _label, url in unit_crumbs(son, cast.school)] == [True, True, True]
    assert [bool(url) for _label, url in unit_crumbs(cast.hung, cast.school)] == [False, False, True]
