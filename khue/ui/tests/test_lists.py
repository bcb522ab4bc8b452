"""The list toolkit over a fake source of rows."""

from dataclasses import replace
from datetime import date

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.safestring import SafeString

from khue.ui.list_view import table_rows
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing, Pages, ticked

ROWS = [
    {
        "id": n,
        "name": f"Em {n:03}",
        "born": date(2013, 3, n % 28 + 1),
        "class": f"8A{n % 3 + 1}",
        "absent": n * 1000,
    }
    for n in range(1, 121)
]

LIST = Listing(
    key="test.pupils",
    noun="em",
    columns=(
        Column("name", "Họ và tên", sort=("name_key", "-id"), phone="title", is_fixed=True),
        Column("born", "Ngày sinh", kind="date", sort=True, phone="line"),
        Column("class", "Lớp", phone="end"),
        Column("absent", "Nghỉ", kind="number", width="x-m"),
        Column("note", "Ghi chú", is_shown=False),
    ),
    filters=(Filter("class", "Lớp"),),
    search="Tên",
    default_sort="name",
    sizes=(50, 20),
    bulk=(BulkAction("Chuyển lớp", "/move/"),),
    empty=Empty("Chưa có em nào", "Nhập từ Excel.", "/import/", "Nhập"),
    can_export=True,
)
CLASSES = {"class": [("8A1", "8A1"), ("8A2", "8A2"), ("8A3", "8A3")]}


def wish(query="", **extra):
    request = RequestFactory().get(f"/pupils/{query}", **extra)
    return request, LIST.read(request, options=CLASSES)


def answer(query="", rows=None, total=None, headers=None, **given):
    request = RequestFactory().get(f"/pupils/{query}", headers=headers or {})
    request._messages = []
    state = LIST.read(request, options=CLASSES)
    found = ROWS if rows is None else rows
    end = None if state.limit is None else state.offset + state.limit
    return LIST.respond(
        request, state, found[state.offset : end], total=len(found) if total is None else total,
        heading="Học sinh", **given,
    )  # fmt: skip


def text(response: HttpResponse) -> str:
    return response.content.decode()


# ---------- reading the address ----------


def test_an_empty_address_gives_the_first_page_in_the_declared_order():
    _request, state = wish()
    assert (state.page, state.size, state.offset, state.limit) == (1, 50, 0, 50)
    assert state.order_by == ("name_key", "-id", "id")
    assert [column.key for column in state.columns] == ["name", "born", "class", "absent"]


def test_the_address_holds_search_filter_order_size_and_page():
    _request, state = wish("?q=+An++Bình&class=8A2&sort=-name&size=20&page=3")
    assert state.search == "An Bình"
    assert state.filters == {"class": "8A2"}
    assert state.order_by == ("-name_key", "id")
    assert (state.offset, state.limit) == (40, 20)
    assert state.query() == "/pupils/?q=An+B%C3%ACnh&class=8A2&sort=-name&size=20&page=3"


@pytest.mark.parametrize(
    "query",
    ["?sort=password", "?sort=-class", "?size=5000", "?size=abc", "?page=-1", "?page=²", "?class=9Z", "?format=exe",
     "?page=99999999999999999999", "?size=&page=&sort=&q=%00"],
)  # fmt: skip
def test_what_the_address_may_not_ask_for_is_ignored(query):
    _request, state = wish(query)
    assert state == wish()[1]


def test_changing_anything_returns_to_the_first_page():
    _request, state = wish("?q=an&page=3")
    assert state.query(**{"class": "8A1"}) == "/pupils/?q=an&class=8A1"
    assert state.query(q=None) == "/pupils/"


def test_excel_takes_every_row_and_paper_takes_from_the_first():
    assert wish("?format=xlsx&page=2")[1].limit is None
    assert wish("?format=xlsx&page=2")[1].offset == 0
    assert wish("?format=print&page=2")[1].offset == 0


def test_a_filter_may_not_take_a_name_of_the_list_itself():
    with pytest.raises(ValueError, match="taken"):
        Listing(key="x", columns=(Column("a", "A"),), noun="em", filters=(Filter("page", "Trang"),))


def test_a_list_may_not_start_in_an_order_nobody_can_ask_for():
    with pytest.raises(ValueError, match="sortable"):
        Listing(key="x", columns=(Column("a", "A"),), noun="em", default_sort="a")


# ---------- columns ----------


def test_the_choice_of_columns_is_remembered_and_leaves_the_address():
    response = answer("?columns=1&column=absent&column=note&q=em")
    assert response.status_code == 302
    assert response["Location"] == "/pupils/?q=em"
    cookie = response.cookies[LIST.cookie]
    assert cookie.value == "name.absent.note"
    assert cookie["httponly"]
    request = RequestFactory().get("/pupils/", headers={"Cookie": f"{LIST.cookie}=name.absent.note.hack"})
    assert [column.key for column in LIST.read(request).columns] == ["name", "absent", "note"]


def test_the_fixed_column_stays_when_all_others_are_taken_away():
    response = answer("?columns=1")
    assert response.cookies[LIST.cookie].value == "name"


# ---------- the page ----------


def test_the_page_counts_what_matches_and_of_how_many():
    html = text(answer("?class=8A2", rows=ROWS[:40], of=120))
    assert "Khớp <b>40</b> trong 120 em" in html
    assert "1 – 40 trong 40" in html


def test_a_condition_is_a_chip_that_can_be_taken_off():
    html = text(answer("?class=8A2&q=em&sort=-born"))
    assert 'href="/pupils/?q=em&amp;sort=-born" aria-label="Bỏ điều kiện Lớp 8A2"' in html
    assert 'href="/pupils/?class=8A2&amp;sort=-born" aria-label="Bỏ điều kiện Tìm “em”"' in html


def test_column_heads_turn_the_order_and_say_it():
    html = text(answer("?sort=born"))
    assert 'aria-sort="ascending"><a href="/pupils/?sort=-born">Ngày sinh' in html
    assert '<a href="/pupils/">Họ và tên' in html


def test_htmx_gets_only_the_part_that_changes():
    whole, part = answer("?q=em"), answer("?q=em", headers={"HX-Request": "true", "HX-Target": "list"})
    assert "<!doctype html>" in text(whole)
    assert "<!doctype" not in text(part)
    assert text(part).lstrip().startswith('<div class="list" id="list"')
    assert 'hx-swap-oob="true"' in text(part)
    assert "HX-Target" in part["Vary"]


def test_going_back_in_history_gets_the_whole_page():
    headers = {"HX-Request": "true", "HX-Target": "list", "HX-History-Restore-Request": "true"}
    assert "<!doctype html>" in text(answer(headers=headers))


def test_a_page_past_the_end_leads_to_the_last_one():
    assert answer("?page=9")["Location"] == "/pupils/?page=3"
    assert answer("?page=9", rows=[])["Location"] == "/pupils/"


def test_an_empty_list_says_what_to_do_and_a_narrow_one_how_to_widen_it():
    assert "Chưa có em nào" in text(answer(rows=[]))
    assert 'href="/import/">Nhập</a>' in text(answer(rows=[]))
    assert "Không có em nào khớp" in text(answer("?q=xyz", rows=[]))


def test_totals_stand_under_their_columns():
    html = text(answer(sums={"absent": 7260000}))
    assert "7.260.000" in html
    assert ">120 em</th>" in html


def test_without_a_count_one_can_still_walk_on():
    request, state = wish("?page=2")
    request._messages = []
    html = text(LIST.respond(request, state, ROWS[:50], total=None, has_more=True, heading="Học sinh"))
    assert 'href="?page=3"' in html
    assert "51 – 100" in html


def test_paper_gets_every_row_and_no_ticks():
    html = text(answer("?format=print"))
    assert html.count("<tr>") == 121
    assert 'type="checkbox"' not in html


def test_names_from_files_cannot_break_out_of_the_table():
    evil = [
        {"id": '"><x', "name": "<b>Lê</b>", "class": '"><script>', "born": "<i>", "absent": 1, "url": '"on=1'}
    ]
    html = table_rows(LIST.columns, evil, LIST)
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert '"><x' not in html


def test_a_cell_may_draw_itself_and_only_safe_strings_pass_unescaped():
    columns = (
        Column("a", "A", cell=lambda row: SafeString("<b>1</b>")),
        Column("b", "B", cell=lambda row: "<b>2</b>"),
    )
    html = table_rows(columns, [{"id": 1}], Listing(key="x", columns=columns, noun="em"))
    assert "<b>1</b>" in html
    assert "&lt;b&gt;2&lt;/b&gt;" in html


def test_phones_get_a_card_of_title_end_and_second_line():
    html = table_rows(LIST.columns, ROWS[:1], LIST)
    assert '<td class="only-s line muted sm">02/03/2013</td>' in html
    assert '<td class="num x-s">02/03/2013</td>' in html
    assert "<td>8A2</td>" in html


def test_a_bulk_action_knows_the_chosen_rows_or_everything_that_matched():
    posted = {"row": ["3", "5"], "state": "/pupils/?class=8A2&q=em", "everything": "1"}
    chosen = LIST.selection(RequestFactory().post("/move/", posted), options=CLASSES)
    assert chosen.ids == ("3", "5")
    assert chosen.is_everything
    assert chosen.state.filters == {"class": "8A2"}
    assert chosen.state.search == "em"


@pytest.mark.parametrize(
    ("number", "total", "numbers"),
    [(1, 378, [1, 2, 3, 0, 19]), (9, 378, [1, 0, 8, 9, 10, 0, 19]), (19, 378, [1, 0, 18, 19]), (2, 60, [1, 2, 3]),
     (4, 100, [1, 2, 3, 4, 5]), (1, 0, [1])],
)  # fmt: skip
def test_the_pager_offers_the_first_the_near_and_the_last(number, total, numbers):
    assert Pages(number, 20, total, 20).near() == numbers


def test_tools_kept_from_one_visit_are_not_shown_on_another():
    answer()
    narrowed, turned, short, sought = (
        answer(query).content.decode() for query in ("?class=8A1", "?sort=-name", "?size=20", "?q=em+001")
    )
    plain = answer().content.decode()
    assert '<option value="8A1" selected>' in narrowed
    assert 'href="/pupils/?class=8A1&amp;format=xlsx"' in narrowed
    assert 'aria-sort="descending"' in turned
    assert '<option value="-name" selected>' in turned
    assert 'href="/pupils/?size=20&amp;format=xlsx"' in short
    assert 'value="em 001"' in sought
    assert 'href="/pupils/?format=xlsx"' in plain
    assert 'aria-sort="ascending"' in plain
    for missing in ('<option value="8A1" selected>', '<option value="-name" selected>', "em 001"):
        assert missing not in plain


def test_two_lists_of_one_address_have_their_own_tools():
    request = RequestFactory().get("/pupils/")
    request._messages = []

    def page_of(listing: Listing) -> str:
        state = listing.read(request, options=CLASSES)
        return listing.respond(request, state, ROWS[:3], total=3, heading="Học sinh").content.decode()

    other = replace(LIST, search="Mã", can_export=False)
    assert 'placeholder="Tên"' in page_of(LIST)
    assert 'placeholder="Mã"' in page_of(other)
    assert "format=xlsx" in page_of(LIST)
    assert "format=xlsx" not in page_of(other)


def test_ticked_rows_are_numbers_each_once_in_their_order() -> None:
    rows = ["7", "3", "7", "", "x", "²", "-1", "9" * 19, "12"]
    assert ticked(RequestFactory().post("/", {"row": rows})) == [7, 3, 12]
    assert ticked(RequestFactory().post("/")) == []
