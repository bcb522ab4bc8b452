"""`khue account` on the server."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from khue.kernel.people.command import main
from khue.kernel.people.models import Account
from tests.cast import Cast


def test_the_first_administrator_comes_in_by_a_printed_code(cast: Cast, capsys: pytest.CaptureFixture[str]):
    assert main(["administrator", "Đinh Thế Vinh", "vinh", "--birth-date", "01/02/1980"]) == 0
    found = re.search(r"\w{4}-\w{4}-\w{4}", capsys.readouterr().out)
    assert found is not None
    client = Client()
    assert client.post("/tai-khoan/kich-hoat/", {"code": found[0], "datum": "01/02/1980"}).status_code == 302
    client.post("/tai-khoan/kich-hoat/mat-khau/", {"password": "trưa nay ăn bún cá"})
    assert client.get("/")["Location"].startswith("/tai-khoan/lop-thu-hai/")
    assert main(["administrator", "Đinh Thế Vinh", "vinh", "--birth-date", "01/02/1980"]) == 1


def test_accounts_are_locked_and_opened_with_a_reason(cast: Cast, capsys: pytest.CaptureFixture[str]):
    assert main(["disable", "mai", "--reason", "Nghỉ việc"]) == 0
    assert not Account.objects.get(login_name="mai").is_active
    assert main(["code", "mai"]) == 1
    assert main(["enable", "mai", "--reason", "Nhầm"]) == 0
    assert main(["code", "khong.co"]) == 1
    assert "Không có tài khoản" in capsys.readouterr().err
