"""A guardian kept from a child's record by a judgment stays so until somebody says on what basis that ends."""

from __future__ import annotations

import pytest
from django.utils import timezone

from khue.kernel.actions import DomainError
from khue.kernel.people.models import Person
from khue.registry.roster import actions
from khue.registry.roster.models import Guardianship
from tests.cast import Cast

BASIS = "Bản án 12/2026"


def tie(cast: Cast) -> Guardianship:
    return Guardianship.objects.get(pupil=cast.people["an"], ends_on=None)


def keep_out(cast: Cast) -> None:
    actions.restrict_guardian(
        cast.lan, cast.enrolments["an"], guardianship=tie(cast), may_view=False, basis=BASIS
    )


def test_ending_the_tie_and_making_it_anew_lifts_nothing(cast: Cast) -> None:
    binh, an = cast.people["binh"], cast.enrolments["an"]
    Person.objects.filter(pk=binh.pk).update(phone="+84912345678")
    keep_out(cast)
    actions.end_guardianship(cast.lan, an, guardianship=tie(cast), on=timezone.localdate())
    actions.add_guardian(cast.lan, an, full_name=binh.full_name, phone="+84912345678", relation="father")
    assert (tie(cast).may_view, tie(cast).restriction) == (False, BASIS)
    assert not cast.actor("binh").holds("roster.view_profile")


def test_lifting_it_wants_a_basis_too(cast: Cast) -> None:
    keep_out(cast)
    an = cast.enrolments["an"]
    with pytest.raises(DomainError) as refused:
        actions.restrict_guardian(cast.lan, an, guardianship=tie(cast), may_view=True, basis=" ")
    assert "basis" in refused.value.fields
    actions.restrict_guardian(cast.lan, an, guardianship=tie(cast), may_view=True, basis="Quyết định 3/2027")
    assert cast.actor("binh").holds("roster.view_profile")
