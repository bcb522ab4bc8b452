"""The worked examples of rules/14, forms as data, checks in words, sums of parts, counts against plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import combinations

import pytest

from khue.command.reports import days
from khue.command.reports.checking import Finding, Known, findings, shown
from khue.command.reports.definition import HERE, LEVELS, form, newest
from khue.command.reports.expressions import FormError, read, rounded
from khue.command.reports.facts import Span, all_facts
from khue.command.reports.filling import Fact, Values, differences, digest, filled, rolled_up, with_typed
from khue.command.reports.models import Kind
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent, HeadCount
from khue.registry.staff.models import StaffMember
from khue.school.gradebook.models import Result
from tests.cast import Cast, make_class, make_enrolment, make_person

START, MID, END = (form(kind, newest(kind)) for kind in Kind.values)
PUBLIC = {"public": 1, "region": 3}


def pupils(
    count: int, *, level: str = "THCS", grade: int = 8, girls: int = 0, classes: int = 0
) -> list[Fact]:
    """Facts of a grade that agree with each other."""
    return [
        Fact("schools", level, 0, 0, 0, "", 1), Fact("pupils", level, grade, 0, 0, "", count),
        Fact("girls", level, grade, 0, 0, "", girls), Fact("pupils_in_classes", level, grade, 0, 0, "", count),
        Fact("enrolled", level, grade, 1, 0, "", count - girls), Fact("enrolled", level, grade, 2, 0, "", girls),
        Fact("classes", level, grade, 0, 0, "", classes), Fact("age", level, 0, 1, 0, "13", count - girls),
        Fact("age", level, 0, 2, 0, "13", girls), Fact("pupils_before", level, 0, 0, 0, "", count),
    ]  # fmt: skip


def errors(found: Iterable[Finding], check: str) -> list[Finding]:
    return [one for one in found if one.key.partition(":")[0] == check]


def typed(values: Values) -> Values:
    return with_typed(START, ("THCS",), values, {"chung.phong": {
        f"{row}.{column}": 2 for row in ("kien_co", "ban_kien_co", "tam", "muon") for column in ("tong", "xay_moi")
    }})  # fmt: skip


# --- the little language ---------------------------------------------------------------------------------------------


def test_expressions_are_exact_and_nought_divides_nothing() -> None:
    cells = {"a.b": Fraction(1), "a.c": Fraction(3), "a.nought": Fraction(0)}
    look = cells.get
    assert read("100 * {a.b} / {a.c}").value(look) == Fraction(100, 3)
    assert read("{a.b} + {a.c} * (2 - {a.b})").value(look) == 4
    assert read("{a.b} / {a.nought}").value(look) is None
    assert read("{a.b} + {a.unknown}").value(look) is None


@pytest.mark.parametrize("text", ["{a.b} +", "__import__('os')", "{a.b} ** 2", "(1", "1 2", "{A.b}", ""])
def test_nothing_else_is_an_expression(text: str) -> None:
    with pytest.raises(FormError):
        read(text)


def test_shares_are_rounded_half_up() -> None:
    assert [str(rounded(Fraction(n, 200), 1)) for n in (1, 3, 5, 9, 10)] == [
        "0.0",
        "0.0",
        "0.0",
        "0.0",
        "0.1",
    ]
    assert str(rounded(Fraction(5, 100) * 9, 1)) == "0.5"
    assert str(rounded(Fraction(-5, 2), 0)) == "-3"


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(HERE.glob("*.toml")), ids=lambda path: path.stem)
def test_every_form_names_only_cells_it_has_and_measures_that_are_counted(path: object) -> None:
    kind, _sep, version = str(path).rpartition("/")[2].removesuffix(".toml").partition("_")
    of = form(kind, version)
    source = (HERE.parent / "facts.py").read_text()
    for size in (1, 2, len(LEVELS)):
        for levels in combinations(LEVELS, size):
            cells = of.cells(levels)
            tables = {f"{one.level}.{one.code}": one for one in of.tables(levels)}
            for cell in cells.values():
                if cell.row.count:
                    assert f"'{cell.row.count}'" in source, cell.code
                for name in cell.row.formula.names if cell.row.formula else ():
                    table, row, column = (*name.split("."), cell.column.code)[:3]
                    assert any(
                        f"{level}.{table}.{row}.{column}" in cells for level in (cell.table.level, "chung")
                    ), f"{cell.code}: {name}"
            codes = {table.code for table in tables.values()}
            for check in of.checks:
                if check.kind in ("compare", "total", "average") and size == len(LEVELS):
                    assert check.table in codes, check.code


def test_a_school_of_two_levels_has_the_tables_of_both_and_one_level_counts_nothing_of_the_other() -> None:
    facts = [*pupils(30, level="TH", grade=5, classes=1), *pupils(40, grade=6, classes=1)]
    values = filled(START, ("TH", "THCS"), PUBLIC, facts)
    assert (values["TH.hs"]["tong.tong"], values["THCS.hs"]["tong.k6"]) == (30, 40)
    assert values["chung.truong"]["so_hs.tong"] == 70
    assert not any(key.startswith("THPT") for key in values)


def test_ownership_and_area_are_columns_that_only_such_schools_fill() -> None:
    private = filled(START, ("THCS",), {"public": 0, "region": 1}, pupils(40, classes=1))["chung.truong"]
    assert (private["so_hs.tong"], private["so_hs.cong_lap"], private["so_hs.ngoai"]) == (40, 0, 40)
    assert (private["so_hs.mien_nui"], private["so_hs.do_thi"]) == (40, 0)


# --- worked examples -------------------------------------------------------------------------------------------------


def test_example_two_drop_outs_and_repeaters_in_shares_of_the_start() -> None:
    facts = [
        Fact("pupils_before", "THCS", 8, 0, 0, "", 1250), Fact("pupils", "THCS", 8, 0, 0, "", 1253),
        Fact("moved", "THCS", 8, 1, 0, "dropped", 5), Fact("moved", "THCS", 8, 1, 0, "transferred_out", 12),
        Fact("moved", "THCS", 8, 1, 0, "transferred_in", 20), Fact("outcome", "THCS", 8, 1, 0, "retained", 9),
        Fact("outcome", "THCS", 8, 1, 0, "promoted", 1244),
    ]  # fmt: skip
    values = filled(END, ("THCS",), PUBLIC, facts)
    assert values["THCS.len_lop"]["ty_le_bo_hoc.tong"] == "0.4"
    assert values["THCS.len_lop"]["ty_le_luu_ban.k8"] == "0.7"
    assert not errors(findings(END, ("THCS",), values), "bien_dong")
    fewer = with_typed(END, ("THCS",), values, {"THCS.si_so": {"bo_hoc.k8": 4, "bo_hoc.tong": 4}})
    wrong = errors(findings(END, ("THCS",), fewer), "bien_dong")
    assert [one.key for one in wrong] == ["bien_dong:THCS.si_so.tong", "bien_dong:THCS.si_so.k8"]
    assert "1.254" in wrong[0].text
    assert "lệch 1" in wrong[0].text


def test_example_three_averages_of_classes_and_teachers() -> None:
    facts = [*pupils(1215, classes=30), Fact("staff", "", 2, 2, 0, "officer", 66)]
    values = typed(filled(START, ("THCS",), PUBLIC, facts))
    ratios = values["chung.ty_le"]
    assert [ratios[f"{row}.tong"] for row in ("hs_lop", "hs_gv", "gv_lop")] == ["40.5", "18.4", "2.2"]
    assert values["THCS.lop"]["binh_quan.tong"] == "40.5"
    assert not errors(findings(START, ("THCS",), values), "binh_quan")
    values["THCS.lop"]["binh_quan.tong"] = "40.6"
    assert errors(findings(START, ("THCS",), values), "binh_quan")


def test_a_divisor_of_nought_shows_a_dash() -> None:
    values = filled(START, ("THCS",), PUBLIC, [])
    assert values["chung.ty_le"]["hs_lop.tong"] is None
    assert [shown(value) for value in (None, 1250, "40.5", 0, "-3.0")] == ["–", "1.250", "40,5", "0", "-3,0"]


# --- checks ----------------------------------------------------------------------------------------------------------


def test_figures_that_agree_have_nothing_to_explain() -> None:
    values = typed(filled(START, ("THCS",), PUBLIC, pupils(80, girls=41, classes=2)))
    assert [one.key for one in findings(START, ("THCS",), values)] == ["hieu_truong:chung.doi_ngu.tong"]


@pytest.mark.parametrize(
    ("more", "check", "says"),
    [
        (Fact("enrolled", "THCS", 8, 0, 0, "", 1), "danh_sach", "theo danh sách là 81"),
        (Fact("pupils_in_classes", "THCS", 8, 0, 0, "", 2), "theo_lop", "lệch 2"),
        (Fact("pupils_unplaced", "THCS", 8, 0, 0, "", 3), "xep_lop", "chưa xếp lớp là 3"),
        (Fact("girls", "THCS", 8, 0, 0, "", 1), "gioi", "nam và nữ là 81"),
        (Fact("age", "THCS", 0, 1, 0, "?", 1), "ngay_sinh", "chưa ghi ngày sinh là 1"),
        (Fact("age", "THCS", 0, 1, 0, "12", 1), "tuoi", "cộng các dòng là 81"),
        (Fact("pupils", "THCS", 10, 0, 0, "", 5), "khoi", "tổng số 85, cộng các cột 80"),
        (Fact("pupils_before", "THCS", 0, 0, 0, "", 4), "bien_dong", "đầu năm học này là 84"),
        (Fact("went", "THCS", 0, 1, 0, "unknown", 4), "chua_ro", "chưa ghi lý do thôi học là 4"),
        (Fact("staff", "", 2, 1, 0, "", 6), "gv_trinh_do", "lệch 6"),
    ],
)
def test_each_disagreement_is_said_in_words_with_its_cells(more: Fact, check: str, says: str) -> None:
    values = typed(filled(START, ("THCS",), PUBLIC, [*pupils(80, girls=41, classes=2), more]))
    found = errors(findings(START, ("THCS",), values), check)
    assert found, check
    assert says in found[0].text
    assert set(found[0].cells) <= set(START.cells(("THCS",)))
    assert found[0].cells


def test_what_people_type_in_may_not_stay_empty_and_noughts_count() -> None:
    values = filled(START, ("THCS",), PUBLIC, pupils(80))
    assert errors(findings(START, ("THCS",), values), "tu_ghi")[0].is_error
    assert not errors(findings(START, ("THCS",), typed(values)), "tu_ghi")


def test_a_change_against_last_year_is_unusual_beyond_the_limit_and_never_when_small() -> None:
    def against(old: int, new: int) -> list[Finding]:
        before, now = (filled(START, ("THCS",), PUBLIC, pupils(count)) for count in (old, new))
        return errors(findings(START, ("THCS",), now, Known(last_year=before)), "thay_doi")

    assert not against(400, 440)
    assert not against(20, 29)
    found = against(400, 441)
    assert {one.is_error for one in found} == {False}
    assert "tăng 41 (10,3 %)" in found[0].text


def test_the_start_of_a_year_is_held_against_the_end_that_was_reported() -> None:
    values = typed(filled(START, ("THCS",), PUBLIC, pupils(80, girls=41)))
    ended = filled(END, ("THCS",), PUBLIC, [Fact("pupils", "THCS", 8, 0, 0, "", 79)])
    found = errors(findings(START, ("THCS",), values, Known(others={"end": ended})), "nam_truoc")
    assert "cuối năm học trước là 80, đã báo cáo 79" in found[0].text
    ended = filled(END, ("THCS",), PUBLIC, [Fact("pupils", "THCS", 8, 0, 0, "", 80)])
    assert not errors(findings(START, ("THCS",), values, Known(others={"end": ended})), "nam_truoc")


# --- sums ------------------------------------------------------------------------------------------------------------


def test_the_sum_of_schools_is_the_sum_of_their_cells_and_ratios_follow_from_sums() -> None:
    one = typed(
        filled(
            START, ("THCS",), PUBLIC, [*pupils(100, girls=40, classes=3), Fact("staff", "", 2, 1, 0, "", 7)]
        )
    )
    two = filled(START, ("TH", "THCS"), {"public": 0, "region": 1},
                 [*pupils(50, girls=20, classes=2), *pupils(61, level="TH", grade=1, classes=2)])  # fmt: skip
    total = rolled_up(START, ("TH", "THCS"), [one, two])
    for code, cell in START.cells(("TH", "THCS")).items():
        if not cell.row.adds_up:
            continue
        key = f"{cell.row.code}.{cell.column.code}"
        parts = [values.get(cell.table.key, {}).get(key) or 0 for values in (one, two)]
        assert total[cell.table.key][key] == sum(int(part) for part in parts), code
    assert total["chung.ty_le"]["hs_lop.tong"] == "30.1"  # 211 / 7, not the mean of 33.3 and 27.8
    assert total["THCS.lop"]["binh_quan.k8"] == "30.0"


def test_the_digest_speaks_of_every_cell_and_of_nothing_else() -> None:
    values = filled(START, ("THCS",), PUBLIC, pupils(80))
    turned = {table: dict(reversed(cells.items())) for table, cells in reversed(values.items())}
    assert digest(START, "A", "2026-09-30", values) == digest(START, "A", "2026-09-30", turned)
    for table, cells in values.items():
        key = next(iter(cells))
        other = {**values, table: {**cells, key: 7_777}}
        assert digest(START, "A", "2026-09-30", other) != digest(START, "A", "2026-09-30", values)
        assert list(differences(values, other)) == [f"{table}.{key}"]


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_usual_days_fall_into_the_school_year_and_a_typing_error_falls_back() -> None:
    assert days.usual_days(2026) == {
        "start": (date(2026, 9, 30), date(2026, 10, 15)), "mid": (date(2027, 1, 15), date(2027, 1, 31)),
        "end": (date(2027, 5, 31), date(2027, 6, 15)),
    }  # fmt: skip
    assert days.day_of(2026, "31/02", (15, 1)) == date(2027, 1, 15)


# --- counted against plain Python ------------------------------------------------------------------------------------


def of(cast: Cast, kind: str, span: Span) -> Values:
    facts = all_facts(kind, [cast.school.pk], span)[cast.school.pk]
    return filled(form(kind, newest(kind)), ("THCS",), PUBLIC, facts)


@pytest.fixture
def last_year(cast: Cast) -> Classroom:
    """Last year's class of the school, in which An was with two who are gone."""
    year = SchoolYear.objects.create(pk=2025, starts_on=date(2025, 8, 1), ends_on=date(2026, 7, 31))
    room = make_class("7A3", cast.school, year, 7)
    people = [
        cast.people["an"],
        make_person("Hà Văn Chiến", sex=1),
        make_person("Lò Thị Dung", sex=2, ethnicity="03"),
    ]
    for number, person in enumerate(people):
        Enrolment.objects.create(
            person=person, year=year, school=cast.school, classroom=room, level="THCS", grade=7,
            status_on=date(2025, 9, 1), joined_on=date(2025, 9, 1), is_current=number > 0, sort_key=person.sort_key,
            status="dropped" if number == 1 else "studying", left_on=date(2026, 7, 1) if number == 1 else None,
        )  # fmt: skip
    HeadCount.objects.create(
        school=cast.school, classroom=room, year=year, level="THCS", grade=7, valid_from=date(2025, 9, 1),
        valid_to=date(2026, 7, 31), pupils=3, girls=2, minority=1,
    )  # fmt: skip
    return room


@pytest.mark.django_db
def test_the_start_of_a_school_is_what_its_rows_say(cast: Cast, last_year: Classroom) -> None:
    make_enrolment(
        make_person("Vừ A Sếnh", birth_date=date(2011, 1, 1), sex=1, ethnicity="08"), cast.classroom
    )
    HeadCount.objects.filter(classroom=cast.classroom).update(pupils=2, minority=1)
    StaffMember.objects.filter(person=cast.people["lan"]).update(
        contract="Viên chức", qualification="Thạc sĩ"
    )
    values = of(cast, "start", Span(2026, date(2026, 9, 30), 2025, date(2026, 5, 31)))
    here = Enrolment.objects.filter(school=cast.school, year=cast.year).select_related("person")
    assert values["THCS.hs"]["tong.tong"] == len(here) == 3
    assert values["THCS.hs"]["nam.k8"] == sum(one.person.sex == 1 for one in here)
    assert values["THCS.hs"]["nu.k8"] == sum(one.person.sex == 2 for one in here)
    assert values["THCS.hs"]["dtts.tong"] == sum(one.person.ethnicity not in ("", "01") for one in here)
    for age, row in ((13, "t13"), (15, "tren")):
        assert values["THCS.tuoi"][f"{row}.tong"] == sum(
            one.person.birth_date is not None and 2026 - one.person.birth_date.year == age for one in here
        )
    assert values["THCS.lop"]["tong.tong"] == 2
    flow = values["THCS.bien_dong"]
    assert [flow[f"{row}.tong"] for row in ("truoc", "tuyen_moi", "bo_hoc", "chua_ro", "dau_nam")] == [
        3,
        2,
        1,
        1,
        3,
    ]
    assert [values["chung.doi_ngu"][f"giao_vien.{column}"] for column in ("tong", "nu", "vien_chuc")] == [
        1,
        1,
        1,
    ]
    assert values["chung.trinh_do"]["sau_dai_hoc.nu"] == 1
    assert not [
        one for one in findings(START, ("THCS",), values) if one.is_error and "phòng" not in one.text.lower()
    ]


@pytest.mark.django_db
def test_a_day_that_has_passed_is_counted_as_it_was(cast: Cast) -> None:
    an = cast.enrolments["an"]
    Enrolment.objects.filter(pk=an.pk).update(
        status="dropped", status_on=date(2026, 10, 20), left_on=date(2026, 10, 20)
    )
    EnrolmentEvent.objects.create(
        enrolment=an,
        school=cast.school,
        classroom=cast.classroom,
        kind="dropped",
        on=date(2026, 10, 20),
        reason_code="far",
    )
    HeadCount.objects.filter(classroom=cast.classroom).update(valid_to=date(2026, 10, 20))
    Result.objects.create(
        enrolment=cast.enrolments["khoi"], person=cast.people["khoi"], school=cast.school,
        classroom=cast.second_classroom, term=1, rule_set="TT22_2021", learning="KHA", conduct="TOT",
    )  # fmt: skip
    before = of(cast, "mid", Span(2026, date(2026, 10, 19), 2026, date(2026, 9, 30), 1))
    after = of(cast, "mid", Span(2026, date(2026, 10, 20), 2026, date(2026, 9, 30), 1))
    for values, there, gone in ((before, 2, 0), (after, 1, 1)):
        counted = values["THCS.si_so"]
        assert (counted["dau_nam.k8"], counted["hien_co.k8"], counted["bo_hoc.k8"]) == (2, there, gone)
        assert values["THCS.bo_hoc"]["far.nu"] == gone
        assert values["THCS.doi_chieu"]["danh_sach.tong"] == there
        assert values["THCS.hoc_tap"]["kha.tong"] == 1
        assert values["THCS.hoc_tap"]["chua_xep.tong"] == there - 1
        assert not [one for one in findings(MID, ("THCS",), values) if one.is_error]


@pytest.mark.django_db
def test_the_end_of_a_year_counts_those_who_completed_the_level(cast: Cast) -> None:
    Classroom.objects.filter(pk=cast.second_classroom.pk).update(grade=9)
    khoi = cast.enrolments["khoi"]
    Enrolment.objects.filter(pk=khoi.pk).update(
        grade=9, status="completed", status_on=date(2027, 5, 25), left_on=date(2027, 5, 25)
    )
    HeadCount.objects.filter(classroom=cast.second_classroom).update(grade=9)
    for name, outcome in (("khoi", "LEN_LOP"), ("an", "O_LAI")):
        one = cast.enrolments[name]
        Result.objects.create(
            enrolment=one, person_id=one.person_id, school=cast.school, classroom_id=one.classroom_id, term=0,
            rule_set="TT22_2021", learning="TOT", conduct="TOT", outcome=outcome,
            award="GIOI" if name == "khoi" else "",
        )  # fmt: skip
    values = of(cast, "end", Span(2026, date(2027, 5, 31), 2026, date(2026, 9, 30)))
    assert values["THCS.si_so"]["hien_co.tong"] == 2
    assert values["THCS.len_lop"]["len_lop.k9"] == 1
    assert values["THCS.len_lop"]["ty_le.tong"] == "50.0"
    assert values["THCS.len_lop"]["ty_le_luu_ban.tong"] == "50.0"
    assert (values["THCS.hoan_thanh"]["cuoi_cap.tong"], values["THCS.hoan_thanh"]["ty_le.tong"]) == (
        1,
        "100.0",
    )
    assert values["THCS.khen_thuong"]["gioi.tong"] == 1
    assert not [one for one in findings(END, ("THCS",), values) if one.is_error]
