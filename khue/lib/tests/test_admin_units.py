import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.admin_units import (
    MERGED_FROM,
    UnitKind,
    commune,
    commune_candidates,
    communes,
    district,
    districts,
    match_commune,
    match_province,
    old_provinces,
    province,
    provinces,
    successor_of_old_province,
)
from khue.lib.countries import CountryProblem, countries, parse_country
from khue.lib.names import fold
from khue.lib.personal_id import OLD_PROVINCES

COUNTS = {
    "01": 126, "04": 56, "08": 124, "11": 45, "12": 38, "14": 75, "15": 99, "19": 92, "20": 65, "22": 54,
    "24": 99, "25": 148, "31": 114, "33": 104, "37": 129, "38": 166, "40": 130, "42": 69, "44": 78, "46": 40,
    "48": 94, "51": 96, "52": 135, "56": 65, "66": 102, "68": 124, "75": 95, "79": 168, "80": 96, "82": 102,
    "86": 124, "91": 102, "92": 103, "96": 64,
}  # fmt: skip


def test_34_provinces_hold_3321_communes_as_the_table_counts_them():
    assert {unit.code: len(communes(unit.code)) for unit in provinces()} == COUNTS
    assert len(communes()) == 3321


def test_communes_divide_into_2611_communes_697_wards_and_13_special_zones():
    kinds = [unit.kind for unit in communes()]
    assert kinds.count(UnitKind.COMMUNE) == 2611
    assert kinds.count(UnitKind.WARD) == 697
    assert kinds.count(UnitKind.SPECIAL_ZONE) == 13


def test_seven_provinces_are_cities_and_before_dong_nai_six_were():
    assert sum(unit.kind is UnitKind.CITY for unit in provinces()) == 7
    assert sum(unit.kind_on(date(2026, 4, 29)) is UnitKind.CITY for unit in provinces()) == 6
    assert province("75").kind_on(date(2026, 4, 30)) is UnitKind.CITY


def test_ten_communes_of_dong_nai_became_wards_on_30_april_2026():
    day_before, day = date(2026, 4, 29), date(2026, 4, 30)
    raised = [unit for unit in communes() if unit.kind_on(day_before) is not unit.kind_on(day)]
    assert len(raised) == 10
    assert {unit.province_code for unit in raised} == {"75"}
    assert sum(unit.kind_on(day_before) is UnitKind.WARD for unit in communes()) == 687


def test_every_code_has_its_form_and_every_name_is_composed():
    assert all(len(unit.code) == 5 and unit.code.isdigit() for unit in communes())
    names = [unit.name for unit in (*communes(), *provinces())]
    assert all(
        name == unicodedata.normalize("NFC", " ".join(name.split())) and not name[0].islower()
        for name in names
    )
    assert len({unit.code for unit in communes()}) == 3321


def test_63_old_provinces_became_34_and_none_was_lost():
    merged = [old for olds in MERGED_FROM.values() for old in olds]
    assert sorted(merged) == sorted(OLD_PROVINCES)
    assert set(MERGED_FROM) == set(COUNTS)
    assert len(old_provinces()) == 63
    assert successor_of_old_province("02").name == "Tuyên Quang"
    assert successor_of_old_province("36").name == "Ninh Bình"


def test_each_new_province_took_its_code_from_one_it_was_formed_of():
    assert all(new in olds for new, olds in MERGED_FROM.items())


def test_696_districts_stood_before_the_reform():
    counted = {code: len(districts(code)) for code in OLD_PROVINCES}
    assert sum(counted.values()) == 696
    assert counted["01"] == 30
    assert min(counted.values()) > 0
    assert district("136").full_name == "huyện Văn Yên"
    assert district("136").old_province_code == "15"


def test_unknown_codes_are_key_errors():
    for call in (
        lambda: province("00"),
        lambda: commune("99999"),
        lambda: district("999"),
        lambda: communes("00"),
    ):
        with pytest.raises(KeyError):
            call()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Thanh Hoá", "38"),
        ("Thanh Hóa", "38"),
        ("tỉnh Thanh Hoá", "38"),
        ("thanh hoa", "38"),
        ("38", "38"),
        ("4", "04"),
        ("TP.HCM", "79"),
        ("TP Hồ Chí Minh", "79"),
        ("Tp. Hồ Chí Minh", "79"),
        ("Hà Giang", "08"),
        ("T. Nam Định", "37"),
        ("Bà Rịa - Vũng Tàu", "79"),
        ("Thừa Thiên Huế", "46"),
        ("Thừa Thiên - Huế", "46"),
        ("Đăk Lăk", "66"),
    ],
)
def test_provinces_are_found_by_old_and_new_names(text, code):
    assert match_province(text).code == code


def test_no_province_is_no_match():
    assert match_province("Atlantis") is None
    assert match_province("") is None
    assert match_province("03") is None


@pytest.mark.parametrize(
    ("text", "full_name", "province_code"),
    [
        ("Phường Ba Đình, TP Hà Nội", "phường Ba Đình", "01"),
        ("P. Ba Đình, Hà Nội", "phường Ba Đình", "01"),
        ("P.Ba Đình, TP.Hà Nội", "phường Ba Đình", "01"),
        ("số 5, tổ 3, phường Ba Đình, thành phố Hà Nội", "phường Ba Đình", "01"),
        ("xã Hà Trung, tỉnh Thanh Hoá", "xã Hà Trung", "38"),
        ("X. Hà Trung, huyện Hà Trung, Thanh Hóa", "xã Hà Trung", "38"),
        ("xa ha trung, thanh hoa", "xã Hà Trung", "38"),
        ("Xã Hoằng Hóa, tỉnh Thanh Hóa", "xã Hoằng Hoá", "38"),
        ("Đặc khu Cô Tô, Quảng Ninh", "đặc khu Cô Tô", "22"),
        ("Xã Long Thành, Đồng Nai", "phường Long Thành", "75"),
        ("00004", "phường Ba Đình", "01"),
    ],
)
def test_addresses_as_people_write_them_find_their_commune(text, full_name, province_code):
    found = match_commune(text)
    assert (found.full_name, found.province_code) == (full_name, province_code)


def test_a_name_borne_by_many_communes_needs_its_province():
    assert len(commune_candidates("xã Hòa An")) > 1
    assert match_commune("xã Hòa An") is None
    assert match_commune("xã Hòa An", "04").province_code == "04"
    assert match_commune("Atlantis, Hà Nội") is None
    assert match_commune("") is None


@given(st.sampled_from(communes()))
def test_every_commune_is_found_by_its_own_full_name_and_province(unit):
    address = f"{unit.full_name}, {province(unit.province_code).full_name}"
    assert unit in commune_candidates(address)
    assert unit in commune_candidates(fold(address))
    assert unit in commune_candidates(unicodedata.normalize("NFD", address))


def test_nearly_all_communes_are_told_apart_by_full_name_and_province():
    lost = [unit for unit in communes() if match_commune(unit.full_name, unit.province_code) != unit]
    assert lost == []


@given(st.text(max_size=30))
def test_any_text_finds_a_commune_or_none(text):
    found = match_commune(text)
    assert found is None or found == commune(found.code)


def test_countries_are_found_by_code_and_name():
    assert len(countries()) > 240
    for text in ("Việt Nam", "VN", "vn", "Viet Nam", "Vietnam"):
        assert parse_country(text).code == "VN"
    assert [parse_country(text).code for text in ("Lào", "Campuchia", "Trung Quốc", "Mỹ", "Anh")] == [
        "LA",
        "KH",
        "CN",
        "US",
        "GB",
    ]
    for country in countries().values():
        assert parse_country(country.code) == country
        assert parse_country(country.name) == country
    with pytest.raises(CountryProblem):
        parse_country("Atlantis")
