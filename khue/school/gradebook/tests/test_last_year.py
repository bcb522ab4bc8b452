"""Who finished school in a class stays in its grid; counters are counted again in one statement; words are one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from khue.registry.roster.models import Enrolment, Status
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.reactions import recount
from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.levels import Level, Subject, explain_level
from khue.school.gradebook.rules.rule_sets import rule_set
from khue.school.gradebook.tests.places import SLOT, classmates, open_sheets
from tests.cast import Cast


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def test_who_finished_school_in_the_class_is_still_counted_there(cast: Cast, sheet: Sheet) -> None:
    pupils = [cast.enrolments["an"].pk, *classmates(cast, 3)]
    wanted = [Cell(pk, SLOT["tx1"], None, 80) for pk in pupils]
    wanted.append(Cell(pupils[0], SLOT["tx2"], None, cells.ABSENT))
    actions.enter_marks(cast.actor("lan"), sheet, cells=wanted)
    before = queries.all_frame(sheet.pk)
    Enrolment.objects.filter(pk__in=pupils[:3]).update(status=Status.COMPLETED)
    Enrolment.objects.filter(pk=pupils[3]).update(status=Status.DROPPED)
    with CaptureQueriesContext(connection) as asked:
        recount([sheet.pk])
    assert len(asked) == 1
    found = queries.all_frame(sheet.pk)
    counted = [row.enrolment_id for row in queries.all_rows(found) if row.is_counted]
    assert set(pupils[:3]) <= set(counted)
    assert pupils[3] not in counted
    assert found.counted == before.counted - 1
    assert (before.filled[:2], found.filled[:2]) == ((4, 0), (3, 0))
    assert len(found.filled) == found.width


def test_a_sheet_without_rows_keeps_its_width_when_it_is_counted_again(cast: Cast, sheet: Sheet) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(filled=[3, 2, 1])
    recount([sheet.pk])
    sheet.refresh_from_db()
    assert sheet.filled == [0, 0, 0]


@pytest.mark.parametrize("kind", [Kind.MARK, Kind.PASS, Kind.TEST])
@pytest.mark.parametrize("state", [cells.ABSENT, cells.MAKEUP, cells.ZEROED, cells.EXEMPT, cells.NOT_TAKEN])
def test_a_state_is_said_as_the_rules_say_it(kind: Kind, state: int) -> None:
    column = Column(0, "tx1", "TX1", "Thường xuyên 1", kind, 1)
    assessed = marks.Assessed.COMMENTS if kind == Kind.PASS else marks.Assessed.MARKS
    assert cells.show(column, state) == marks.show(state)
    assert cells.describe(column, state) == str(marks.label(state, assessed))


def test_the_words_inside_a_sentence_are_in_the_readers_language_too() -> None:
    subjects = [Subject(f"M{n}", f"M{n}", 90) for n in range(8)]
    found = explain_level(rule_set("THCS", 8, 2026), subjects)
    assert found.final is Level.TOT
    sentence = found.sentences[0]
    assert cells.told(sentence) == str(sentence)
    assert "Tốt" in str(sentence)
    with translation.override("en"):
        said = cells.told(sentence)
        assert "Tốt" not in said
        assert cells.told(words.say(words.TOT)) in said
