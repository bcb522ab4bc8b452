"""School years of a demo province: 2025-2026, closed, and 2026-2027 with its frame (rules/03 section 8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from khue.kernel.demo.engine import Demo

YEAR = 2026
RETURN = date(2026, 8, 31)
OPENING = date(2026, 9, 5)
YEAR_ENDS = date(2027, 7, 31)
STORM = date(2026, 9, 28)  # a Monday on which the province stayed at home
LAST_RETURN = date(2025, 9, 1)
LAST_YEAR_ENDS = date(2026, 7, 31)

# year, first Monday, weeks of the first semester, of the second, weeks of Tết
_FRAMES = (
    (2025, LAST_RETURN, date(2025, 9, 8), 18, 17, (date(2026, 2, 9), date(2026, 2, 16))),
    (2026, RETURN, date(2026, 9, 7), 18, 17, (date(2027, 2, 1), date(2027, 2, 8))),
)
_DAYS = (
    (2025, "Nghỉ Tết Dương lịch", date(2026, 1, 1), date(2026, 1, 1)),
    (2025, "Nghỉ Tết Bính Ngọ", date(2026, 2, 9), date(2026, 2, 22)),
    (2025, "Giỗ Tổ Hùng Vương", date(2026, 4, 26), date(2026, 4, 26)),
    (2025, "Ngày Giải phóng miền Nam, Quốc tế Lao động", date(2026, 4, 30), date(2026, 5, 1)),
    (2026, "Quốc khánh", date(2026, 9, 1), date(2026, 9, 2)),
    (2026, "Nghỉ Tết Dương lịch", date(2027, 1, 1), date(2027, 1, 1)),
    (2026, "Nghỉ Tết Đinh Mùi", date(2027, 2, 1), date(2027, 2, 14)),
    (2026, "Giỗ Tổ Hùng Vương", date(2027, 4, 16), date(2027, 4, 16)),
    (2026, "Ngày Giải phóng miền Nam, Quốc tế Lao động", date(2027, 4, 30), date(2027, 5, 1)),
)


def make(demo: Demo) -> None:
    """Two school years with terms, 35 weeks each and the public holidays."""
    years = demo.table("calendar.SchoolYear", "id", "starts_on", "ends_on", "is_closed")
    years.add(2025, LAST_RETURN, LAST_YEAR_ENDS, True)
    years.add(2026, date(2026, 8, 1), YEAR_ENDS, False)
    terms = demo.table("calendar.Term", "id", "year_id", "number", "starts_on", "ends_on")
    weeks = demo.table("calendar.Week", "id", "year_id", "term", "number", "starts_on", "ends_on")
    for year, _start, monday, first, second, away in _FRAMES:
        number = 0
        spans: dict[int, tuple[date, date]] = {}
        while number < first + second:
            spare = monday in away
            number += not spare
            term = 1 if number <= first and not (spare and number == first) else 2
            sunday = monday + timedelta(days=6)
            weeks.add(demo.id("calendar.Week"), year, term, 0 if spare else number, monday, sunday)
            begun, _end = spans.get(term, (monday, sunday))
            spans[term] = (begun, sunday)
            monday += timedelta(days=7)
        for term, (begun, end) in sorted(spans.items()):
            terms.add(
                demo.id("calendar.Term"), year, term, OPENING if (year, term) == (2026, 1) else begun, end
            )
    days = demo.table(
        "calendar.SpecialDay",
        "id",
        "unit_id",
        "year_id",
        "kind",
        "name",
        "starts_on",
        "ends_on",
        "is_school_day",
    )
    department, _path = demo.get("org.department")
    for year, name, begin, end in _DAYS:
        days.add(demo.id("calendar.SpecialDay"), department, year, "holiday", name, begin, end, False)
    storm = demo.id("calendar.SpecialDay")
    days.add(storm, department, 2026, "closure", "Bão, áp thấp nhiệt đới", STORM, STORM, False)
    closures = demo.table(
        "calendar.Closure", "id", "unit_id", "year_id", "reason", "note", "at_home", "starts_on", "is_from_noon",
        "ends_on", "is_cancelled", "special_day_id", "closed_at", "reopened_at", "version",
    )  # fmt: skip
    closures.add(
        demo.id("calendar.Closure"), department, 2026, "storm", "Bão số 8 đổ bộ, các em ở nhà, không ra gần sông suối.",
        False, STORM, False, STORM, False, storm, datetime(2026, 9, 27, 10, 0, tzinfo=UTC),
        datetime(2026, 9, 28, 9, 30, tzinfo=UTC), 1,
    )  # fmt: skip
