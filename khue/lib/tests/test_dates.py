from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.dates import (
    DatePrecision,
    DateProblem,
    ParsedDate,
    age_in_school_year,
    age_on,
    days_up_to,
    format_date,
    format_date_long,
    from_excel_serial,
    parse_date,
    school_year_code,
    to_excel_serial,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
modern_days = st.dates(min_value=date(1930, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    "value",
    [
        "05/09/2013",
        "5/9/2013",
        "5-9-2013",
        "05.09.2013",
        " 05 / 09 / 2013 ",
        "05 09 2013",
        "05–09–2013",
        "'05/09/2013",
        "2013-09-05",
        "2013/9/5",
        "20130905",
        "05092013",
        5092013,
        "2013-09-05T00:00:00",
        "2013-09-05 00:00:00",
        "2013-09-05T00:00:00+07:00",
        "05/09/2013 00:00",
        "ngày 5 tháng 9 năm 2013",
        "Ngày 05 tháng 09 năm 2013",
        "nga\u0300y 05 tha\u0301ng 09 na\u0306m 2013",
        41522,
        41522.75,
        "41522",
        Decimal("41522"),
        date(2013, 9, 5),
        datetime(2013, 9, 5, 23, 59, tzinfo=UTC),
        "０5/09/2013",
    ],
)
def test_every_way_schools_write_a_day_is_read(value):
    assert parse_date(value) == ParsedDate(date(2013, 9, 5), DatePrecision.DAY)


@pytest.mark.parametrize("value", ["2013", 2013, 2013.0, "2013.0", "năm 2013"])
def test_a_year_alone_keeps_its_precision(value):
    assert parse_date(value) == ParsedDate(date(2013, 1, 1), DatePrecision.YEAR)
    assert str(parse_date(value)) == "2013"


@pytest.mark.parametrize(
    "value", ["09/2013", "9-2013", "9.2013", "2013-09", "tháng 9 năm 2013", "Tháng 9/2013"]
)
def test_a_month_alone_keeps_its_precision(value):
    assert parse_date(value) == ParsedDate(date(2013, 9, 1), DatePrecision.MONTH)
    assert str(parse_date(value)) == "09/2013"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("31/06/2013", "Tháng 6 không có ngày 31."),
        ("31/02/2026", "Tháng 2 không có ngày 31."),
        ("29/02/2011", "Năm 2011 không phải năm nhuận nên tháng 2 không có ngày 29."),
        ("29/2/1900", "Năm 1900 không phải năm nhuận nên tháng 2 không có ngày 29."),
        ("18/13/2013", "Không có tháng 13."),
        ("32/01/2013", "Không có ngày 32."),
        ("0/01/2013", "Không có ngày 0."),
        ("05/09/13", "Năm phải ghi đủ bốn chữ số, chưa nhận “13”."),
        ("05/09/1013", "Năm 1013 nằm ngoài khoảng 1900 đến 2100."),
        ("05/09/201", "Năm 201 nằm ngoài khoảng 1900 đến 2100."),
        ("", "Ngày còn trống."),
        ("   ", "Ngày còn trống."),
        (None, "Ngày còn trống."),
        (float("nan"), "Ngày còn trống."),
        (float("inf"), "“inf” không phải là ngày."),
        ("không rõ", "“không rõ” không phải là ngày. Ghi như 05/09/2013."),
        ("x" * 50, "“" + "x" * 30 + "…” không phải là ngày. Ghi như 05/09/2013."),
        (True, "Ô này là đúng/sai, không phải là ngày."),
        (60, "Năm 1900 không phải năm nhuận nên tháng 2 không có ngày 29."),
        (-5, "“-5” không phải là ngày."),
        (0, "“0” không phải là ngày."),
    ],
)
def test_a_faulty_date_is_refused_with_the_mistake_named(value, message):
    with pytest.raises(DateProblem) as caught:
        parse_date(value)
    assert caught.value.message == message


def test_month_first_is_read_only_when_asked_for():
    assert parse_date("04/18/2015", prefer_day_first=False).date == date(2015, 4, 18)
    with pytest.raises(DateProblem, match="Không có tháng 18"):
        parse_date("04/18/2015")


@given(days)
def test_what_is_shown_reads_back(day):
    assert parse_date(format_date(day)).date == day
    assert parse_date(day.isoformat()).date == day
    assert parse_date(format_date_long(day)).date == day
    assert parse_date(f"{day:%d%m%Y}").date == day
    assert parse_date(f"{day:%Y%m%d}").date == day
    assert parse_date(day).date == day


@given(days)
def test_excel_serials_are_turned_there_and_back(day):
    assert from_excel_serial(to_excel_serial(day)) == day


@given(modern_days)
def test_a_serial_number_in_a_cell_is_a_day(day):
    assert parse_date(to_excel_serial(day)).date == day
    assert parse_date(float(to_excel_serial(day)) + 0.5).date == day
    assert parse_date(str(to_excel_serial(day))).date == day


@given(days, st.sampled_from(list(DatePrecision)))
def test_precision_survives_showing_and_reading(day, precision):
    shown = str(ParsedDate(day, precision))
    assert parse_date(shown).precision == precision
    assert str(parse_date(shown)) == shown


@given(
    st.one_of(
        st.text(max_size=30), st.integers(), st.floats(), st.from_regex(r"\d{1,4}[/.-]\d{1,3}[/.-]\d{1,5}")
    )
)
def test_any_cell_gives_a_date_in_range_or_a_named_problem(value):
    def verdict():
        try:
            return parse_date(value).date.year
        except DateProblem as problem:
            return problem.message

    found = verdict()
    assert found.endswith(".") if isinstance(found, str) else 1900 <= found <= 2100


def test_serial_one_is_the_first_day_of_1900():
    assert from_excel_serial(1) == date(1900, 1, 1)
    assert from_excel_serial(59) == date(1900, 2, 28)
    assert from_excel_serial(61) == date(1900, 3, 1)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026"),
        (date(2026, 2, 28), "ngày 28 tháng 02 năm 2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
    ],
)
def test_documents_write_zeros_before_small_days_and_the_first_two_months(day, shown):
    assert format_date_long(day) == shown


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 7, 31), "2025-2026"),
        (date(2026, 8, 1), "2026-2027"),
        (date(2026, 9, 5), "2026-2027"),
        (date(2027, 5, 31), "2026-2027"),
    ],
)
def test_a_school_year_runs_from_august_to_july(day, code):
    assert school_year_code(day) == code


def test_age_for_admission_counts_calendar_years():
    assert age_in_school_year(date(2020, 12, 31), "2026-2027") == 6
    assert age_in_school_year(date(2020, 1, 1), 2026) == 6


def test_age_on_a_day_counts_completed_years():
    assert age_on(date(2010, 9, 5), date(2026, 9, 4)) == 15
    assert age_on(date(2010, 9, 5), date(2026, 9, 5)) == 16
    assert age_on(date(2012, 2, 29), date(2026, 2, 28)) == 13


def test_the_last_days_end_with_the_day_itself() -> None:
    assert days_up_to(date(2026, 3, 2), 3) == [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]
    assert days_up_to(date(2026, 3, 2), 0) == []
