"""Whole pages: the component page, the frame, errors."""

import re

import pytest
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.test import RequestFactory

from khue.ui import messages
from khue.ui.frame import Choice, Frame, Link, WingGroup
from khue.ui.tests.test_templates import faults


def page(client, address) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("address", ["/ui/thanh-phan/", "/ui/thanh-phan/danh-sach/", "/ui/ngoai-mang/"])
def test_what_reaches_the_browser_obeys_the_content_policy(client, address):
    assert faults(page(client, address)) == []


@pytest.mark.parametrize("address", ["/ui/thanh-phan/", "/ui/thanh-phan/danh-sach/?class=8A3"])
def test_no_two_elements_of_a_page_share_an_id(client, address):
    ids = re.findall(r'\sid="([^"]+)"', page(client, address))
    assert sorted(one for one in set(ids) if ids.count(one) > 1) == []


@pytest.mark.parametrize("address", ["/ui/thanh-phan/", "/ui/thanh-phan/danh-sach/"])
def test_every_label_and_description_finds_its_element(client, address):
    html = page(client, address)
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    wanted = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    for names in re.findall(r'aria-(?:describedby|labelledby|controls)="([^"]+)"', html):
        wanted |= set(names.split())
    assert sorted(wanted - ids) == []


def test_the_components_are_hidden_where_real_data_lives(client, settings):
    settings.DEMO = settings.DEBUG = False
    assert client.get("/ui/thanh-phan/").status_code == 404
    assert client.get("/ui/thanh-phan/danh-sach/").status_code == 404


def test_choosing_rows_says_how_many_were_chosen(client):
    answer = client.post(
        "/ui/thanh-phan/danh-sach/", {"row": ["1", "2"], "state": "/ui/thanh-phan/danh-sach/"}
    )
    assert "Đã chọn 2 em để thử" in answer.content.decode()
    posted = {"row": ["1"], "everything": "1", "state": "/ui/thanh-phan/danh-sach/?class=8A3"}
    assert "Đã chọn 42 em để thử" in client.post("/ui/thanh-phan/danh-sach/", posted).content.decode()


def framed(frame: Frame | None, **context) -> str:
    request = RequestFactory().get("/lop/8a3/?q=an")
    return render(request, "ui/base.html", {"frame": frame, "heading": "Lớp 8A3", **context}).content.decode()


FRAME = Frame(
    province="Tỉnh Lam Giang", person_name="Nguyễn Thị Lan", person_key="k1", capacity_label="Giáo viên",
    capacity_detail="THCS Lê Quý Đôn", capacities=[Choice("Giáo viên", "12", is_current=True)],
    capacity_url="/vai/", year_label="2026 – 2027", years=[Choice("2025 – 2026", "2025")], years_url="/nam/",
    wings=[WingGroup("Lớp", [Link("Học sinh", "/hs/", "users", 3, True)])], tabbar=[Link("Việc", "/", "inbox", 2)],
    finder_url="/tim/", inbox_url="/tin/", unread=3, account_url="/tk/", logout_url="/ra/", language_url="/tieng/",
    languages=[Choice("Tiếng Việt", "vi", is_current=True), Choice("English", "en", "EN")], is_demo=True,
)  # fmt: skip


def test_the_frame_shows_who_where_and_what_waits():
    html = framed(FRAME)
    assert "Nguyễn Thị Lan<small" in html
    assert 'name="capacity" value="12" aria-current="true"' in html
    assert 'name="year" value="2025"' in html
    assert '<a href="/hs/" aria-current="page">' in html
    assert "Thông báo: 3 tin mới" in html
    assert 'name="language" value="en"' in html
    assert 'name="next" value="/lop/8a3/?q=an"' in html
    assert "Bản trình diễn." in html
    assert 'href="#cac-phan"' in html
    assert "Người in: Nguyễn Thị Lan, Giáo viên · THCS Lê Quý Đôn." in html
    assert faults(html) == []


def test_every_form_of_the_frame_that_writes_carries_the_token():
    forms = re.findall(r'<form[^>]*method="post".*?</form>', framed(FRAME), flags=re.S)
    assert len(forms) == 6
    assert all("csrfmiddlewaretoken" in form for form in forms)


def test_what_the_frame_does_not_know_it_does_not_offer():
    html = framed(Frame(province="Tỉnh Lam Giang", person_name="Lê Văn Bình"))
    for missing in (
        "data-finder",
        'name="year"',
        'class="wings"',
        'class="tabbar"',
        "Đăng xuất",
        'class="demo"',
    ):
        assert missing not in html


def test_a_page_without_a_frame_still_stands():
    html = framed(None)
    assert "<h1>Lớp 8A3</h1>" in html
    assert "menu cap" not in html


def test_names_in_the_frame_are_escaped():
    html = framed(
        Frame(
            province="<b>", person_name='"><script>', wings=[WingGroup("<i>", [Link("<u>", '"x', "users")])]
        )
    )
    for evil in ("<script>", "<i>", "<u>", '""x'):
        assert evil not in html


def test_a_done_thing_floats_with_a_way_back_and_a_refusal_stays():
    from django.contrib.messages.storage.cookie import CookieStorage

    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)
    messages.done(request, "Đã bỏ lớp 6A11", undo_url="/lop/6a11/hoan-tac/")
    messages.refuse(request, "Chưa khóa được: còn 26 ô trống")
    html = render(request, "ui/base.html", {"heading": "Lớp"}).content.decode()
    assert (
        'data-toast data-done><span>Đã bỏ lớp 6A11</span><form method="post" action="/lop/6a11/hoan-tac/">'
        in html
    )
    assert html.count('name="_key"') == 1
    assert '<div class="note bad" role="alert">' in html


def test_missing_and_forbidden_are_the_same_bytes():
    pages = {
        get_template(name).render({"request_path": path, "exception": path}, RequestFactory().get(path))
        for name in ("404.html", "403.html")
        for path in ("/a/", "/b/?x=1")
    }
    assert len(pages) == 1
    assert "Không có trang này, hoặc thầy cô chưa được xem." in pages.pop()


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html", "503.html", "ui/offline.html"])
def test_error_pages_need_nothing_but_themselves(name):
    html = get_template(name).render()
    assert "<h1>" in html
    assert "csrf" not in html
    assert faults(html) == []


def test_the_first_visit_stays_within_its_weight(client):
    import gzip
    from pathlib import Path

    static = Path(__file__).parents[1] / "static" / "ui"
    names = [
        "tokens.css",
        "khue.css",
        "theme.js",
        "khue.js",
        "vendor/htmx.min.js",
        "icons.svg",
        "favicon.svg",
        "chevron.svg",
    ]
    weight = sum(len(gzip.compress((static / name).read_bytes(), 6)) for name in names)
    weight += sum(path.stat().st_size for path in (static / "fonts").glob("*.woff2"))
    answer: HttpResponse = client.get("/ui/thanh-phan/danh-sach/?size=50")
    later = len(gzip.compress(answer.content, 6))
    assert weight + later <= 150_000
    assert later <= 30_000
