"""Nobody gets at an account above their own: not by a code, not by a lost phone, not by a tie they made themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from khue.kernel.access import actions as access
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError
from khue.kernel.audit.models import Entry
from khue.kernel.people import actions, codes, factors, throttle
from khue.kernel.people.jobs import MAILED_LIFE
from khue.kernel.people.models import Account, Person
from khue.registry.roster import actions as roster
from khue.registry.staff import actions as staff
from khue.registry.staff.models import StaffMember
from tests.cast import Cast

PHONE = "+84912345678"
BORN = "02/03/1985"  # Lan


def account(name: str) -> Account:
    return Account.objects.select_related("person").get(login_name=name)


def with_a_factor(name: str) -> Account:
    found = account(name)
    Authenticator.objects.create(user=found, type="totp", data={"secret": "x"})
    return found


def test_a_clerk_takes_no_factor_of_the_principal(cast: Cast) -> None:
    hung = with_a_factor("hung")
    with pytest.raises(DomainError, match="Hiệu trưởng"):
        factors.take_factors(cast.tam, hung)
    assert Authenticator.objects.filter(user=hung).exists()


def test_nor_by_the_page(cast: Cast) -> None:
    hung = with_a_factor("hung")
    cast.client("tam").post(f"/tai-khoan/{hung.pk}/go-lop-thu-hai/")
    assert Authenticator.objects.filter(user=hung).exists()


def test_a_homeroom_teacher_takes_none_of_an_officer_she_tied_to_her_pupil(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["son"].pk).update(phone=PHONE)
    son = with_a_factor("son")
    name = cast.people["son"].full_name
    roster.add_guardian(cast.mai, cast.enrolments["vy"], full_name=name, phone=PHONE, relation="other")
    with pytest.raises(DomainError):
        factors.take_factors(cast.mai, son)
    assert Authenticator.objects.filter(user=son).exists()


def test_a_clerk_helps_a_teacher_and_the_school_s_own_record_says_so(cast: Cast) -> None:
    lan = with_a_factor("lan")
    for _time in range(12):
        throttle.reserve(factors.key(lan))
    factors.take_factors(cast.tam, lan)
    assert not Authenticator.objects.filter(user=lan).exists()
    assert throttle.reserve(factors.key(lan)).allowed
    entry = Entry.objects.get(action="people.take_factors")
    assert entry.chain == cast.school.pk


def test_a_tie_of_ones_own_making_opens_no_parent_s_account(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone=PHONE)
    name = cast.people["binh"].full_name
    roster.add_guardian(cast.mai, cast.enrolments["vy"], full_name=name, phone=PHONE, relation="other")
    issued = actions.issue_codes(cast.mai, [account("binh")])
    assert not issued.slips
    assert "nơi khác" in issued.left_out[0][1]


def test_who_reaches_every_child_of_a_parent_helps_and_so_does_anyone_before_a_password_is_set(
    cast: Cast,
) -> None:
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone=PHONE)
    assert actions.issue_codes(cast.tam, [account("binh")]).slips
    name = cast.people["binh"].full_name
    roster.add_guardian(cast.mai, cast.enrolments["vy"], full_name=name, phone=PHONE, relation="other")
    assert not actions.issue_codes(cast.tam, [account("binh")]).slips
    assert actions.issue_codes(cast.son, [account("binh")]).slips
    Account.objects.filter(login_name="binh").update(activated_at=None)
    assert actions.issue_codes(cast.mai, [account("binh")]).slips


def test_a_code_of_before_dies_with_a_role_given_by_hand(cast: Cast) -> None:
    slip = actions.issue_codes(cast.tam, [account("lan")]).slips[0]
    access.give_role(
        cast.hung, cast.school, person=cast.people["lan"], role="vice_principal", starts_on=timezone.localdate(),
        ends_on=None, reason="QĐ 1",
    )  # fmt: skip
    assert codes.redeem(slip.code, BORN, "10.0.0.8") is None


def test_and_with_a_post_of_power(cast: Cast) -> None:
    slip = actions.issue_codes(cast.tam, [account("lan")]).slips[0]
    member = StaffMember.objects.get(person=cast.people["lan"])
    staff.appoint(cast.hung, member, post="vice_principal", starts_on=timezone.localdate())
    assert codes.redeem(slip.code, BORN, "10.0.0.8") is None


def test_nor_is_one_given_while_the_role_waits_to_begin(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    access.give_role(
        cast.hung, cast.school, person=cast.people["lan"], role="vice_principal", starts_on=tomorrow, ends_on=None,
        reason="QĐ 1",
    )  # fmt: skip
    assert not actions.issue_codes(cast.tam, [account("lan")]).slips


def test_a_letter_anybody_may_ask_for_ends_no_code_that_was_handed_out(cast: Cast) -> None:
    Account.objects.filter(login_name="lan").update(email="lan@example.vn")
    slip = actions.issue_codes(cast.tam, [account("lan")]).slips[0]
    first = actions.mail_code(Actor.system("people.forgotten"), account("lan"), life=MAILED_LIFE)
    second = actions.mail_code(Actor.system("people.forgotten"), account("lan"), life=MAILED_LIFE)
    assert codes.redeem(first, BORN, "10.0.0.8") is None
    assert codes.redeem(second, BORN, "10.0.0.9") is not None
    assert codes.redeem(slip.code, BORN, "10.0.0.10") is not None


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["K" + "²" * 11, "K٣٣٣٣٣٣٣٣٣٣٣", "lan\x00"])
def test_a_strange_name_is_no_fault_of_the_house(client: Client, name: str) -> None:
    client.raise_request_exception = False
    assert client.post("/tai-khoan/dang-nhap/", {"name": name, "password": "x"}).status_code < 500
