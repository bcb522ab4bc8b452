"""What khue.lib finds wrong reaches each reader in their own language, beside the field it is about."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django import forms
from django.urls import reverse
from django.utils import translation

from khue.kernel.actions import DomainError
from khue.lib.wording import said
from khue.registry.calendar.actions import open_school_year
from khue.registry.roster import actions
from khue.registry.roster.forms import BirthField, NameField, PhoneField, PupilFields
from khue.registry.roster.tests.place import admit
from khue.registry.staff.forms import AddForm
from khue.ui.words import translated
from tests.cast import Cast

VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.I)
CASES: list[tuple[forms.Field, str, str]] = [
    (BirthField(), "30/02/2013", "Month 2 has no day 30."),
    (BirthField(), "1/13/2013", "There is no month 13."),
    (BirthField(), "hom nay", "“hom nay” is not a date. Write it like 05/09/2013."),
    (PhoneField(), "0912 345", "This number has 7 digits; a mobile number needs 10."),
    (NameField(), "Le An 2", "The name contains the digit “2”."),
]


@pytest.mark.parametrize(("field", "typed", "english"), CASES)
def test_a_field_speaks_the_readers_language(field: forms.Field, typed: str, english: str) -> None:
    with translation.override("en"), pytest.raises(forms.ValidationError) as refused:
        field.clean(typed)
    assert refused.value.messages == [english]
    with pytest.raises(forms.ValidationError) as refused:
        field.clean(typed)
    assert VIETNAMESE.search(refused.value.messages[0])


@pytest.mark.parametrize("form", [PupilFields, AddForm])
def test_no_field_of_a_persons_form_answers_an_english_reader_in_vietnamese(form: Any) -> None:
    typed = {
        "full_name": "Le An 2",
        "birth_date": "30/02/2013",
        "ministry_code": "12",
        "personal_id": "12",
        "phone": "12",
    }
    with translation.override("en"):
        errors = form(typed).errors
        told = {name: [str(one) for one in errors[name]] for name in typed if name in errors}
    assert {"full_name", "birth_date", "ministry_code"} <= set(told)
    assert [text for texts in told.values() for text in texts if VIETNAMESE.search(text)] == []


def test_a_refused_number_names_the_sexes_in_the_readers_language(cast: Cast) -> None:
    with translation.override("en"), pytest.raises(DomainError) as refused:
        admit(cast, values={"personal_id": "038313000001", "sex": 1, "birth_date": date(2013, 3, 14)})
    assert "which stands for Female, but Male was given" in refused.value.fields["personal_id"]


def test_an_event_that_cannot_happen_is_refused_in_the_readers_language(cast: Cast) -> None:
    with translation.override("en"), pytest.raises(DomainError) as refused:
        actions.record_movement(cast.tam, [cast.enrolments["an"]], kind="returned", on=date(2026, 11, 20))
    assert refused.value.fields == {"kind": refused.value.message}
    assert not VIETNAMESE.search(refused.value.message.replace("Lê Hoài An", ""))


def test_a_year_that_does_not_fit_is_refused_in_the_readers_language(cast: Cast) -> None:
    with translation.override("en"), pytest.raises(DomainError) as refused:
        open_school_year(cast.son, cast.department, year=2027, first_lesson_day=date(2027, 10, 30))
    assert not VIETNAMESE.search(refused.value.message)


def test_the_page_shows_it_beside_the_field(cast: Cast) -> None:
    client = cast.client("tam")
    client.cookies["khue_language"] = "en"
    sent = {"full_name": "Lê Mai Chi", "sex": "2", "birth_date": "30/02/2013"}
    page = client.post(reverse("roster:admit"), sent).content.decode()
    assert "Month 2 has no day 30." in page


def test_a_text_that_is_no_sentence_of_the_library_stays_as_it_is() -> None:
    with translation.override("en"):
        assert translated("Đã ghi") == "Đã ghi"
        assert translated(said("Không có tháng %(month)s.", month=13)) == "There is no month 13."
    assert translated(said("Không có tháng %(month)s.", month=13)) == "Không có tháng 13."
