"""What passwords are refused, and which are not (reliability F4)."""

from __future__ import annotations

import pytest

from khue.kernel.people import guessable, passwords
from khue.kernel.people.models import Account
from khue.kernel.people.tests.museum import LEAKED, ROOMS, SENTENCES, SHORT
from tests.cast import Cast

AROUND = ["Học sinh", "8A3, THCS Lê Quý Đôn", "Khuê"]


@pytest.fixture
def an(cast: Cast) -> Account:
    account = Account.objects.select_related("person").get(login_name="an")
    account.person.phone = "+84912345118"
    return account


def refusal(password: str, account: Account, *, strong: bool = False) -> str:
    return passwords.problem(password, account, has_second_factor=strong, more=AROUND)


def test_the_museum_holds_five_hundred() -> None:
    assert len({one for room in ROOMS.values() for one in room}) >= 500


@pytest.mark.parametrize("room", ROOMS)
def test_everything_in_the_museum_is_refused(an: Account, room: str) -> None:
    assert [one for one in ROOMS[room] if not refusal(one, an)] == []


def test_each_is_refused_for_its_own_reason(an: Account) -> None:
    assert all("ký tự" in refusal(one, an) for one in SHORT)
    rest = [one for name, room in ROOMS.items() if name != "short" for one in room]
    assert [one for one in rest if "ký tự" in refusal(one, an)] == []
    assert [
        one for one in LEAKED if "danh sách" not in refusal(one, an) and "dễ đoán" not in refusal(one, an)
    ] == []
    assert "danh sách" in refusal("passwordpassword1", an)
    assert "dễ đoán" in refusal("Lê Hoài An 14/03/2013", an)
    assert "quá 200" in refusal("mưa rơi trên mái tôn " * 10, an)


def test_length_alone_would_let_the_museum_in() -> None:
    everything = {one for name, room in ROOMS.items() if name != "short" for one in room}
    assert all(passwords.ALONE <= len(one) <= passwords.LONGEST for one in everything)
    assert sum(guessable.is_known(one) for one in everything) > 100
    assert sum(guessable.is_known(one) for one in everything) < len(everything)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_plain_sentences_and_random_letters_will_do(an: Account, sentence: str) -> None:
    assert refusal(sentence, an) == ""


def test_every_suggestion_would_be_accepted(an: Account) -> None:
    assert [one for one in passwords.suggestions(300) if refusal(one, an)] == []


def test_twelve_characters_do_only_beside_a_second_factor(an: Account) -> None:
    assert refusal("bún cá trưa!", an, strong=True) == ""
    assert refusal("bún cá trưa!", an)


def test_two_hundred_characters_spaces_signs_and_any_letters_are_taken(an: Account) -> None:
    assert refusal("mưa rơi trên mái tôn cũ, " * 8, an) == ""
    assert refusal("   трава ∂ƒ 草 зелёная 雨 🌧   ", an) == ""


def test_what_is_refused_belongs_to_the_person_not_to_everybody(an: Account, cast: Cast) -> None:
    other = Account.objects.select_related("person").get(login_name="mai")
    password = "kqz hoai an 8A3 dvw"
    assert passwords.problem("hoàiAn+hoàiAn+8A3z", an, has_second_factor=False, more=AROUND)
    assert passwords.problem(password, other, has_second_factor=False) == ""
