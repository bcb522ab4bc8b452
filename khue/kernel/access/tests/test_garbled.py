"""A NUL, which no keyboard types and no text of the database holds, is refused at the door of every page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast

ADDRESSES = (
    "/dieu-hanh/chi-tieu/?don-vi=%00",
    "/dieu-hanh/dat-canh-nhau/?tim=%00",
    "/dieu-hanh/chi-tieu/roster.pupils/%00/",
    "/bao-cao/?don-vi=a%00b",
    "/nhat-ky/?unit=%00",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_carries_it(cast: Cast, address: str) -> None:
    client = cast.client("son")
    client.raise_request_exception = False
    assert client.get(address).status_code in (400, 404)


@pytest.mark.django_db
def test_nor_does_a_form(client: Client) -> None:
    client.raise_request_exception = False
    assert client.post("/tai-khoan/dang-nhap/", {"name": "lan\x00", "password": "x"}).status_code == 400
