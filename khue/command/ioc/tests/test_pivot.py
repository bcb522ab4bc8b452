"""The pivot: rows and columns of one's own choice, totals that are sums, rights, small numbers, files."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from khue.command.ioc.queries import pivot
from khue.command.ioc.queries.pivot import ALL
from khue.command.ioc.queries.places import standing
from khue.command.ioc.tests.kept import keep_today
from khue.kernel.indicators import asking, catalogue, computing
from khue.kernel.indicators.declare import Question
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.registry.roster.models import PupilProfile
from tests.cast import Cast

BASE = "/dieu-hanh/bang-cheo/"
PUPILS = catalogue.indicators()["roster.pupils"]
DISABLED = catalogue.indicators()["roster.disabled"]


@pytest.fixture
def copied(cast: Cast, settings: Any, tmp_path: Any) -> Any:
    """A columnar copy of the cast's province."""
    from khue.kernel.indicators import copying

    settings.VAR = tmp_path
    keep_today(cast)
    copying.refresh(whole=True)
    yield
    computing.close()


def text_of(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def table(
    actor: Any, code: str, row: str, column: str = "", where: Any = None, *, of: Any = PUPILS
) -> pivot.Table:
    here = standing(actor, code)
    assert here is not None
    return pivot.table(actor, (of,), here, 2026, row, column, where)


def total(found: pivot.Table, row: Any = ALL, column: Any = ALL, name: str = "roster.pupils") -> float:
    figure = found.at(name, row, column)
    return (figure.top or 0) if figure else 0


def test_totals_are_the_sums_of_their_rows_and_columns_and_what_is_asked_without_parts(
    cast: Cast, copied: Any
) -> None:
    found = table(cast.son, "SO", "unit", "sex")
    assert {head.code for head in found.rows} == {"THCS-LQD", "THCS-MK"}
    for row in found.rows:
        assert total(found, row.key) == sum(total(found, row.key, column.key) for column in found.columns)
    for column in found.columns:
        assert total(found, ALL, column.key) == sum(total(found, row.key, column.key) for row in found.rows)
    whole = asking.ask(Question(("roster.pupils",), 2026))[0].top
    assert total(found) == sum(total(found, row.key) for row in found.rows) == whole
    by_office = table(cast.son, "SO", "office", "grade")
    assert total(by_office) == whole
    assert {head.code for head in by_office.rows} == {"X-DONGKINH", "X-MUONGKHOA"}


def test_filters_leave_out_what_was_not_asked_for(cast: Cast, copied: Any) -> None:
    every = table(cast.hung, "", "class", "sex")
    boys = table(cast.hung, "", "class", "", {"sex": (1,)})
    assert 0 < total(boys) < total(every)
    assert total(boys) == total(every, ALL, 1)


def test_a_school_is_parted_down_to_its_classes(cast: Cast, copied: Any) -> None:
    found = table(cast.hung, "", "class", "sex")
    in_class = sum(1 for one in cast.enrolments.values() if one.classroom_id == cast.classroom.pk)
    assert total(found, cast.classroom.pk) == in_class
    assert "8A3" in {head.label for head in found.rows}
    page = text_of(cast.client("hung"), f"{BASE}?hang=class&cot=sex")
    assert "8A3" in page
    assert '<option value="unit"' not in page


def test_an_officer_of_one_commune_gets_nothing_of_another_even_by_subtraction(
    cast: Cast, copied: Any
) -> None:
    thanh = cast.client("thanh")
    own = len([e for e in cast.enrolments.values() if e.school_id == cast.school.pk and e.year_id == 2026])
    page = text_of(thanh, f"{BASE}?hang=unit&cot=sex")
    assert "Lê Quý Đôn" in page
    assert "Mường Khoa" not in page
    for address in ("?don-vi=SO", "?don-vi=X-MUONGKHOA", "?don-vi=THCS-MK", "?don-vi=KHONG-CO"):
        text_of(thanh, BASE + address, status=404)
    found = table(cast.thanh, "", "unit")
    assert [head.code for head in found.rows] == ["THCS-LQD"]
    assert total(found) == own  # the total is of the own commune: nothing is left over
    for forged in ("&l-unit=1", "&l-unit_id=1", "&l-office=1", f"&l-class={cast.other_classroom.pk}"):
        assert "không lọc được" in text_of(thanh, f"{BASE}?hang=unit{forged}")
    assert total(table(cast.thanh, "", "unit", "", {"unit": (cast.other_school.pk,)})) == 0


def test_who_does_not_oversee_has_no_pivot(cast: Cast) -> None:
    for who in ("lan", "binh", "an", "tam"):
        text_of(cast.client(who), BASE, status=404)


def test_small_numbers_are_withheld_with_all_that_would_give_them_away(cast: Cast, copied: Any) -> None:
    from khue.kernel.indicators import copying

    PupilProfile.objects.update_or_create(person=cast.people["an"], defaults={"disability": "hearing"})
    copying.refresh(whole=True)
    found = table(cast.son, "SO", "unit", "sex", of=DISABLED)
    assert found.is_withheld
    assert not found.rows
    assert not found.figures
    # Neither does a filter tell by what it leaves out, nor the table of a place below.
    none = tuple(value for value in pivot.all_values("sex") if value != cast.people["an"].sex)
    assert table(cast.son, "SO", "unit", "", {"sex": none}, of=DISABLED).is_withheld
    assert table(cast.son, "THCS-LQD", "class", of=DISABLED).is_withheld
    page = text_of(cast.client("son"), f"{BASE}?ct=roster.disabled&hang=unit")
    assert "dưới 5 em" in page
    assert "<tbody>" not in page
    own = table(cast.hung, "", "class", of=DISABLED)
    assert total(own, cast.classroom.pk, name="roster.disabled") == 1


def test_two_figures_stand_side_by_side_and_go_out_as_excel(cast: Cast, copied: Any) -> None:
    son = cast.client("son")
    address = f"{BASE}?ct=roster.pupils&ct2=roster.girls&hang=unit&cot=grade"
    page = text_of(son, address)
    assert 'colspan="2"' in page
    answer = son.get(f"{address}&tep=xlsx")
    assert answer["Content-Disposition"].startswith("attachment")
    sheet = read_workbook(answer.content, FileKind.XLSX)[0]
    cells = [str(cell) for row in sheet.rows for cell in row]
    assert "THCS-MK" in cells
    assert "Tổng" in cells
    pupils = asking.ask(Question(("roster.pupils",), 2026))[0].top
    assert pupils is not None
    assert str(int(pupils)) in [cell.removesuffix(".0") for cell in cells]


def test_what_cannot_be_had_is_said_in_words(cast: Cast, copied: Any) -> None:
    son = cast.client("son")
    page = text_of(son, f"{BASE}?ct=roster.pupils&hang=class&cot=subject&l-sex=9")
    assert page.count("không lọc được theo") == 3
    text_of(son, f"{BASE}?ct=roster.khong-co", status=404)


def test_without_a_copy_the_page_says_so(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.VAR = tmp_path
    computing.close()
    keep_today(cast)
    assert "Chưa có bản chép số liệu" in text_of(cast.client("son"), BASE)


def test_a_pivot_costs_twelve_questions_at_most(
    cast: Cast, copied: Any, django_assert_max_num_queries: Any
) -> None:
    for who, address in (("son", "?hang=unit&cot=sex"), ("son", "?hang=office&cot=grade"), ("hung", "?hang=class"),
                         ("thanh", "?hang=unit&cot=sex&l-grade=8")):  # fmt: skip
        client = cast.client(who)
        client.get(BASE + address)
        with django_assert_max_num_queries(12):
            client.get(BASE + address)
