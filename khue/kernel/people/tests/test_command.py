"""`khue account` on the server."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from khue.kernel.access.capacities import actor_for
from khue.kernel.actions import DomainError, NotAllowed
from khue.kernel.audit.models import Entry
from khue.kernel.people.command import SYSTEM, main, make_administrator
from khue.kernel.people.models import Account, Person
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


VINH = {"full_name": " Đinh  Thế Vinh ", "login_name": "vinh", "born": date(1980, 2, 1)}


def test_make_administrator_gives_the_role_at_the_root_from_today_and_is_written_down(cast: Cast):
    account = make_administrator(SYSTEM, cast.department, **VINH)
    assert (account.person.full_name, account.login_name) == ("Đinh Thế Vinh", "vinh")
    assert not account.is_activated
    actor = actor_for(account)[0]
    assert (actor.roles, actor.unit_id) == ({"administrator"}, cast.department.pk)
    entry = Entry.objects.get(action="people.make_administrator")
    assert (entry.actor_id, entry.chain) == (None, cast.department.pk)
    assert f"people.person:{account.person_id}" in entry.touched
    assert "administrator" in entry.payload.body


def test_nobody_but_the_server_makes_an_administrator(cast: Cast):
    for name, refusal in (("son", DomainError), ("hung", DomainError), ("mai", NotAllowed)):
        with pytest.raises(refusal):
            make_administrator(cast.actor(name), cast.department, **VINH)
    assert not Account.objects.filter(login_name="vinh").exists()
    assert not Person.objects.filter(full_name="Đinh Thế Vinh").exists()
    assert not Entry.objects.filter(action="people.make_administrator").exists()
