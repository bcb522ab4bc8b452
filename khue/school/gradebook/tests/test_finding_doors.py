"""Findings on the homeroom teacher's own sheet, and how far the inspection has come."""

from __future__ import annotations

import pytest
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.school.gradebook.actions import findings
from khue.school.gradebook.models import Finding, FindingState, Sheet, SheetKind
from khue.school.gradebook.tests.places import open_sheets
from tests.cast import Cast

WHY = "Cả lớp rèn luyện tốt như nhau trong học kì này."


@pytest.fixture
def found(cast: Cast) -> Finding:
    open_sheets(cast)
    sheet = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    return Finding.objects.create(sheet=sheet, school=cast.school, kind="all_same", slot=0)


def test_the_homeroom_teacher_explains_what_is_odd_on_the_class_s_sheet(cast: Cast, found: Finding) -> None:
    row = findings.explain_class_finding(cast.lan, found, explanation=WHY)
    assert (row.state, row.explanation, row.explained_by) == (FindingState.EXPLAINED, WHY, cast.people["lan"])
    entry = Entry.objects.order_by("-pk")[0]
    assert (entry.action, entry.reason) == ("gradebook.explain_class_finding", WHY)


@pytest.mark.parametrize("who", ["mai", "hung", "tam", "binh"])
def test_nobody_else_explains_it(cast: Cast, found: Finding, who: str) -> None:
    with pytest.raises((NotVisible, NotAllowed)):
        findings.explain_class_finding(cast.actor(who), found, explanation=WHY)


def test_a_subject_s_finding_is_not_explained_by_this_door(cast: Cast, found: Finding) -> None:
    other = Finding.objects.create(
        sheet=Sheet.objects.get(course=cast.course, term=1), school=cast.school, kind="all_same", slot=0
    )
    with pytest.raises((NotVisible, NotAllowed)):
        findings.explain_class_finding(cast.lan, other, explanation=WHY)


def test_only_the_inspection_itself_says_how_far_it_looked(cast: Cast) -> None:
    until = timezone.now()
    findings.note_inspection(
        Actor.system("gradebook.find_suspicious"), cast.department, until=until, sheets=3, found=1
    )
    assert Entry.objects.order_by("-pk")[0].action == findings.INSPECTED
    for who in ("son", "hung"):
        with pytest.raises((NotVisible, NotAllowed)):
            findings.note_inspection(cast.actor(who), cast.department, until=until, sheets=0, found=0)
