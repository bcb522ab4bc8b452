"""The figures of slips and surveys against rows counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from khue.citizen.surveys import actions, jobs
from khue.citizen.surveys.tests.making import answered, fill_in, mother, opened, pupil, running, slip_values
from khue.kernel.indicators import computing, copying
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_slips_answered_consents_withdrawn_and_families_that_answer(cast: Cast, tmp_path: Path) -> None:
    mother(cast)
    pupil(cast, "be")
    slip = opened(cast, purpose="excursion")
    whole = opened(cast, cast.hung, cast.school)
    actions.make_slip(cast.hung, cast.school, values=slip_values())  # a draft counts nowhere
    answered(cast, slip, "binh", "yes")
    answered(cast, slip, "me", "yes")  # the same pupil, once
    answered(cast, slip, "cha-be", "no", child="be")
    actions.withdraw_consent(cast.binh, cast.enrolments["an"], slip=slip)
    assert whole.state == "open"
    survey = running(cast)
    running(cast, audience="staff")  # not of families
    jobs.tell_opened()
    fill_in(cast, survey, "binh")
    with override_settings(VAR=str(tmp_path)):
        copying.refresh(whole=True)
        found = computing.all_figures(cast.year.pk, timezone.localdate())
        computing.close()
    school, department = cast.school.pk, cast.department.pk
    for unit in (school, department):
        assert found["surveys.slips_answered"][unit] == (
            2,
            5,
        )  # of the class two of two, of the school none of three
        assert found["surveys.withdrawn"][unit][0] == 1
        assert found["surveys.families_answered"][unit] == (1, 2)
    assert found["surveys.withdrawn"][cast.other_school.pk][0] == 0
