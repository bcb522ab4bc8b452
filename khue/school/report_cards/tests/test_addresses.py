"""The address printed on cards: the province's own, never this machine's; what is said where none is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from khue.kernel.settings_store.models import Value
from khue.school.report_cards import addresses, register
from khue.school.report_cards.printing.shape import Proof
from khue.school.report_cards.printing.wording import proof_words
from khue.school.report_cards.tests import places
from khue.school.report_cards.tests.paper import words_of
from tests.cast import START, Cast

LOCAL = ["localhost", "127.0.0.1", "[::1]", "testserver", "khue.localhost", "0.0.0.0", "*"]


def put(cast: Cast, site: str) -> None:
    Value.objects.update_or_create(
        name=addresses.SETTING, unit=cast.department, valid_from=START, defaults={"value": site}
    )


@pytest.fixture(autouse=True)
def nowhere(settings: Any) -> None:
    """An installation that nobody has told where it stands."""
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = LOCAL, ["http://localhost:8000"]


@pytest.mark.parametrize(
    ("written", "origins", "hosts", "site"),
    [
        ("xacminh.langiang.example/", ["https://khue.example.vn"], ["khue.vn"], "xacminh.langiang.example"),
        ("https://xacminh.vn", [], [], "xacminh.vn"),
        ("", ["http://localhost:8000", "https://khue.example.vn:8443/"], ["khue.vn"], "khue.example.vn:8443"),
        ("", [], ["localhost", ".khue.vn"], "khue.vn"),
        ("", [], ["*"], ""),
        ("localhost", [], LOCAL, ""),
        ("http://127.0.0.1:8000", [], ["10.2.3.4"], "10.2.3.4"),
        ("", [], LOCAL, ""),
    ],
)
def test_the_setting_goes_before_the_origin_and_this_before_the_host_name(
    cast: Cast, settings: Any, written: str, origins: list[str], hosts: list[str], site: str
) -> None:
    settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = origins, hosts
    put(cast, written)
    assert addresses.site() == site


def test_a_code_leads_to_the_whole_address_or_bears_the_path_alone() -> None:
    assert addresses.of("khue.vn", "abc") == "https://khue.vn/xac-minh/abc/"
    assert addresses.of("http://khue.vn", "abc") == "http://khue.vn/xac-minh/abc/"
    assert addresses.of("", "abc") == "/xac-minh/abc/"


def test_paper_names_the_site_or_says_where_to_find_it() -> None:
    words = proof_words(Proof(url="/xac-minh/x/", code="7KQ4-M2XD-91TB", site=""))
    assert words is not None
    assert words["words"].startswith(
        "Mở trang Khuê của Sở Giáo dục và Đào tạo, vào /xac-minh/, nhập 7KQ4-M2XD-91TB để xem"
    )
    words = proof_words(Proof(url="https://khue.vn/xac-minh/x/", code="7KQ4-M2XD-91TB", site="khue.vn"))
    assert words is not None
    assert words["words"].startswith("Quét mã hoặc vào khue.vn, nhập 7KQ4-M2XD-91TB")


@pytest.mark.django_db
def test_whoever_sets_it_and_whoever_deploys_are_warned(cast: Cast, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    address = reverse("settings_store:setting", args=[addresses.SETTING])
    browser = cast.client("son")
    for page in (address, reverse("settings_store:list")):
        assert (
            "Chưa biết tên miền của Khuê" in browser.get(page, headers={"host": "localhost"}).content.decode()
        )
    assert "report_cards.W001" in {one.id for one in run_checks(include_deployment_checks=True)}
    put(cast, "localhost:8000")
    said = browser.get(address, headers={"host": "localhost"}).content.decode()
    assert "Người ngoài không mở được “localhost:8000”" in said
    put(cast, "xacminh.langiang.example")
    said = browser.get(address, headers={"host": "localhost"}).content.decode()
    assert "Người ngoài" not in said
    assert "Chưa biết tên miền" not in said
    assert "report_cards.W001" not in {one.id for one in run_checks(include_deployment_checks=True)}


@pytest.mark.django_db
def test_an_issued_card_and_a_familys_page_never_say_localhost(cast: Cast, tmp_path: Path) -> None:
    places.trust(cast.department)
    card = places.issued(cast.enrolments["an"])
    files = register.files_of(card.pk)
    assert files is not None
    said = words_of(files.paper_sha256, tmp_path)
    assert "localhost" not in said
    assert "/xac-minh/" in said
    page = cast.client("an").get(reverse("report_cards:my_cards")).content.decode()
    assert f"http://testserver/xac-minh/{card.reference}/" in page
