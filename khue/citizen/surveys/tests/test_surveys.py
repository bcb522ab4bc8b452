"""Surveys: who is asked, who answers once, what is shown to whom, and who is told."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from khue.citizen.family import day
from khue.citizen.family.queries import children
from khue.citizen.surveys import actions, jobs, rules
from khue.citizen.surveys.models import Receipt, Reply, Survey, Turnout
from khue.citizen.surveys.queries import asked_surveys
from khue.citizen.surveys.queries import surveys as queries
from khue.citizen.surveys.tests.making import (
    QUESTIONS,
    answered,
    fill_in,
    mother,
    opened,
    pupil,
    running,
    survey_values,
)
from khue.citizen.surveys.views.own import _typed
from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.registry.roster.models import Enrolment, Guardianship
from tests.cast import START, Cast, make_account, make_enrolment, make_person
from tests.races import held

pytestmark = pytest.mark.django_db


def asked(actor: Actor) -> list[int]:
    return [one.id for one in asked_surveys(actor) if not one.is_answered]


def test_a_survey_reaches_whom_its_rule_names_and_nobody_else(cast: Cast) -> None:
    whole = running(cast, audience="family")
    pupils = running(cast, audience="pupil", grade=8)
    room = running(cast, cast.lan, cast.classroom, audience="child")
    staff = running(cast, audience="staff")
    area = running(cast, cast.son, cast.department, audience="family")
    assert asked(cast.binh) == [whole.pk, room.pk, area.pk]
    assert asked(cast.an) == [pupils.pk]
    assert asked(cast.khoi) == [pupils.pk]
    assert asked(cast.lan) == asked(cast.hung) == asked(cast.tam) == [staff.pk]
    assert asked(cast.mai) == asked(cast.vy) == asked(cast.son) == []
    Guardianship.objects.create(
        pupil=cast.people["vy"], guardian=cast.people["binh"], relation="other", starts_on=START
    )
    assert asked(cast.binh) == [whole.pk, room.pk, area.pk]
    for who in ("mai", "an", "tam", "son"):
        with pytest.raises(NotVisible):
            fill_in(cast, whole, who)


def test_a_family_answers_once_whoever_of_it_does(cast: Cast) -> None:
    mother(cast)
    survey = running(cast)
    assert fill_in(cast, survey, "me")
    assert asked(cast.binh) == []
    with pytest.raises(DomainError, match="đã có người trả lời"):
        fill_in(cast, survey, "binh")
    assert Receipt.objects.get().unit_id == cast.school.pk


@pytest.mark.django_db(transaction=True)
def test_no_sheet_comes_after_a_survey_was_closed_in_the_same_moment(cast: Cast) -> None:
    survey, problems = running(cast), []

    def answer() -> None:
        try:
            fill_in(cast, survey, "binh")
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    with held(
        f"update surveys_survey set state = 'closed', closed_at = now() where id = {survey.pk}"
    ) as release:
        thread = threading.Thread(target=answer)
        thread.start()
        release(thread)
    thread.join(60)
    assert [type(one) for one in problems] == [NotVisible]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("number", "text"),
    [(5.0, "5"), (1234.567, "1234,567"), (1234567.0, "1234567"), (-0.25, "-0,25"), (10.0, "10")],
)
def test_a_number_stands_in_the_form_as_it_was_typed(number: float, text: str) -> None:
    assert _typed({"q4": number}) == {"q4": [text]}


def test_for_each_child_there_is_a_sheet_of_its_own(cast: Cast) -> None:
    Guardianship.objects.create(
        pupil=cast.people["khoi"], guardian=cast.people["binh"], relation="other", starts_on=START
    )
    survey = running(cast, audience="child", is_anonymous=False)
    assert [one.given_name for one in asked_surveys(cast.binh)] == ["An", "Khôi"]
    fill_in(cast, survey, "binh", "an")
    fill_in(cast, survey, "binh", "khoi", q1=["2"])
    assert [(one.enrolment_id, one.sheet) for one in Reply.objects.order_by("pk")] == [
        (cast.enrolments["an"].pk, {"q1": 0}),
        (cast.enrolments["khoi"].pk, {"q1": 2}),
    ]
    with pytest.raises(NotVisible):
        fill_in(cast, survey, "binh", "vy")


def test_a_named_answer_may_be_changed_until_it_closes_by_who_gave_it(cast: Cast) -> None:
    mother(cast)
    survey = running(cast, is_anonymous=False)
    assert fill_in(cast, survey, "binh") is True
    assert fill_in(cast, survey, "binh", q1=["1"], q2=["Thêm rau"]) is False
    assert Reply.objects.get().sheet == {"q1": 1, "q2": "Thêm rau"}
    with pytest.raises(DomainError, match="Người khác"):
        fill_in(cast, survey, "me")
    actions.close_survey(cast.hung, survey)
    with pytest.raises(NotVisible):
        fill_in(cast, survey, "binh")
    found = queries.results(survey)
    assert (found.answered, found.tallies[0].counts) == (1, (("Ngon", 0), ("Vừa", 1), ("Dở", 0)))
    rows = list(load_workbook(io.BytesIO(actions.take_replies(cast.hung, survey)))["Từng người"].values)
    assert any("Lê Văn Bình" in map(str, row) for row in rows)


def test_faults_stand_at_their_questions_and_nothing_is_kept(cast: Cast) -> None:
    survey = running(cast)
    for given, faults in (({"q2": ["x"]}, {"q1"}), ({"q1": ["9"]}, {"q1"}), ({"q1": [""]}, {"q1"})):
        with pytest.raises(DomainError) as refusal:
            fill_in(cast, survey, "binh", **given)
        assert set(refusal.value.fields) == faults
    assert not Receipt.objects.exists()
    assert asked(cast.binh) == [survey.pk]


def test_before_its_first_and_after_its_last_day_nobody_answers(cast: Cast) -> None:
    today = timezone.localdate()
    early = running(cast, opens_on=today + timedelta(days=1))
    late = running(cast)
    Survey.objects.filter(pk=late.pk).update(
        opens_on=today - timedelta(days=3), closes_on=today - timedelta(days=1)
    )
    assert asked(cast.binh) == []
    for survey in (early, late):
        with pytest.raises(NotVisible):
            fill_in(cast, survey, "binh")
    assert jobs.tell_opened() == 0  # neither is to be told of today
    late.refresh_from_db()
    assert queries.is_over(late)


def test_results_of_an_anonymous_survey_wait_for_the_end_and_for_five(cast: Cast) -> None:
    survey = running(cast)
    jobs.tell_opened()
    for n in range(4):
        pupil(cast, f"p{n}")
    for n in range(4):
        fill_in(cast, survey, f"cha-p{n}", q1=["1"], q2=[f"zqz {n}"])
    assert queries.results(survey).why_not == "open"
    with pytest.raises(DomainError, match="chưa"):
        actions.take_replies(cast.hung, survey)
    Survey.objects.filter(pk=survey.pk).update(state="closed")
    survey.refresh_from_db()
    found = queries.results(survey)
    assert (found.why_not, found.answered, found.tallies) == ("few", 4, ())
    Survey.objects.filter(pk=survey.pk).update(state="open")
    fill_in(cast, survey, "binh", q1=["0"])
    actions.close_survey(cast.hung, survey)
    survey.refresh_from_db()
    found = queries.results(survey)
    assert found.tallies[0].counts == (("Ngon", 1), ("Vừa", 4), ("Dở", 0))
    assert found.tallies[1].is_withheld  # four wrote something
    book = load_workbook(io.BytesIO(actions.take_replies(cast.hung, survey)))
    assert book.sheetnames == ["Bữa trưa", "Theo trường"]
    assert not any("zqz" in str(cell) for sheet in book for row in sheet.values for cell in row)


def test_no_school_of_the_departments_survey_can_be_had_by_subtraction(cast: Cast) -> None:
    for n in range(5):
        pupil(cast, f"p{n}")
    survey = running(cast, cast.son, cast.department)
    jobs.tell_opened()
    make_account(add := make_person("Mẹ Vy"), "me-vy")
    cast.people["me-vy"] = add
    Guardianship.objects.create(pupil=cast.people["vy"], guardian=add, relation="mother", starts_on=START)
    for who in ("binh", "me-vy", *(f"cha-p{n}" for n in range(5))):
        fill_in(cast, survey, who)
    actions.close_survey(cast.son, survey)
    survey.refresh_from_db()
    found = queries.results(survey)
    assert [(one.answered, one.is_hidden) for one in found.schools] == [(6, True), (1, True)]
    assert queries.results(survey, cast.school.pk).why_not == "few"
    assert not queries.results(survey).why_not


def test_a_survey_is_its_own_units_and_not_of_those_above(cast: Cast) -> None:
    school = running(cast)
    area = running(cast, cast.son, cast.department)
    assert [one.pk for one in queries.surveys(cast.hung)] == [school.pk]
    assert [one.pk for one in queries.surveys(cast.son)] == [area.pk]
    for who in (cast.mai, cast.ha, cast.tam, cast.binh, cast.thanh):
        assert list(queries.surveys(who)) == []
    for who, survey in ((cast.son, school), (cast.thanh, school), (cast.mai, school), (cast.hung, area)):
        for act in (actions.close_survey, actions.take_replies):
            with pytest.raises((NotVisible, NotAllowed)):
                act(who, survey)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.make_survey(cast.son, cast.school, values=survey_values())
    with pytest.raises((NotVisible, NotAllowed)):
        actions.make_survey(cast.lan, cast.second_classroom, values=survey_values())


def test_whether_it_is_anonymous_never_changes_after_opening_and_questions_not_after_the_first_sheet(
    cast: Cast,
) -> None:
    survey = running(cast)
    with pytest.raises(DomainError, match="giấu tên hay có tên"):
        actions.change_survey(
            cast.hung,
            survey,
            version=survey.version,
            values=survey_values(is_anonymous=False),
            questions=QUESTIONS,
        )
    actions.change_survey(
        cast.hung,
        survey,
        version=survey.version,
        values=survey_values(title="Bữa sáng"),
        questions=QUESTIONS[:1],
    )
    fill_in(cast, survey, "binh")
    survey.refresh_from_db()
    with pytest.raises(DomainError, match="phiếu mới"):
        actions.change_survey(
            cast.hung, survey, version=survey.version, values=survey_values(), questions=QUESTIONS
        )
    for act in (actions.open_survey, actions.remove_survey):
        with pytest.raises(DomainError):
            act(cast.hung, survey)


def test_a_draft_needs_days_a_name_and_good_questions(cast: Cast) -> None:
    today = timezone.localdate()
    for more, field in (
        ({"title": " "}, "title"), ({"closes_on": today - timedelta(days=1)}, "closes_on"),
        ({"closes_on": today + timedelta(days=500)}, "closes_on"), ({"audience": "x"}, "audience"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as refusal:
            actions.make_survey(cast.hung, cast.school, values=survey_values(**more))
        assert field in refusal.value.fields
    with pytest.raises(DomainError, match="phụ huynh hoặc học sinh"):
        actions.make_survey(cast.lan, cast.classroom, values=survey_values(audience="staff"))
    bad = (rules.Question("q1", rules.ONE, "?", ("a",)),)
    with pytest.raises(DomainError, match="chưa đủ"):
        actions.make_survey(cast.hung, cast.school, values=survey_values(), questions=bad)
    empty = actions.make_survey(cast.hung, cast.school, values=survey_values())
    with pytest.raises(DomainError, match="ít nhất một câu"):
        actions.open_survey(cast.hung, empty)
    actions.remove_survey(cast.hung, empty)
    assert not Survey.objects.exists()


def test_everybody_is_told_once_and_the_silent_reminded_once(cast: Cast) -> None:
    pupil(cast, "be")
    survey = running(cast, closes_on=timezone.localdate() + timedelta(days=2))
    assert jobs.tell_opened() == 2
    assert jobs.tell_opened() == 0
    Survey.objects.update(told_at=None)  # as if the worker had died before it could say so
    assert jobs.tell_opened() == 0
    assert Turnout.objects.get().asked == 2
    fill_in(cast, survey, "binh")
    assert jobs.remind_surveys() == 1
    assert jobs.remind_surveys() == 0
    assert Message.objects.get(kind="surveys.survey_reminder").person == cast.people["cha-be"]


@pytest.mark.parametrize(("audience", "n"), [("child", 2), ("family", 2), ("pupil", 2), ("staff", 3)])
def test_how_many_could_answer_is_counted_by_what_answers_once(cast: Cast, audience: str, n: int) -> None:
    mother(cast)
    pupil(cast, "be", room=cast.second_classroom)
    Enrolment.objects.filter(pk=cast.enrolments["khoi"].pk).update(status="transferred_out")
    running(cast, audience=audience)
    jobs.tell_opened()
    assert Turnout.objects.get().asked == n


def test_a_pupil_who_comes_later_is_asked_and_one_who_leaves_is_not(cast: Cast) -> None:
    survey = running(cast, audience="pupil")
    late = make_person("Trò Mới")
    cast.people["moi"] = late
    make_account(late, "moi")
    make_enrolment(late, cast.classroom)
    assert asked(cast.actor("moi")) == [survey.pk]
    Enrolment.objects.filter(person=late).update(status="transferred_out")
    assert asked(cast.actor("moi")) == []


def test_a_family_with_children_at_two_schools_is_one_however_the_schools_are_parted(cast: Cast) -> None:
    Guardianship.objects.create(
        pupil=cast.people["vy"], guardian=cast.people["binh"], relation="other", starts_on=START
    )
    survey = running(cast, cast.son, cast.department)
    system = Actor.system("x")
    each = [[cast.other_school.pk], [cast.school.pk]]
    assert sum(actions.tell_survey(system, survey, schools=schools) for schools in each) == 1
    assert [(one.unit_id, one.asked) for one in Turnout.objects.all()] == [(cast.school.pk, 1)]
    fill_in(cast, survey, "binh")
    assert (Receipt.objects.get().unit_id, Receipt.objects.get().key) == (
        cast.school.pk, f"f{cast.people['an'].pk}",
    )  # fmt: skip
    assert (
        sum(actions.tell_survey(system, survey, schools=schools, is_reminder=True) for schools in each) == 0
    )


def waits(actor: Actor) -> list[tuple[str, str]]:
    lines = day.of(actor, children(actor)).wanted
    return [(one.label, one.detail) for one in lines if "phiếu" in one.label]


def test_the_first_page_of_a_family_says_what_waits(cast: Cast) -> None:
    Guardianship.objects.create(
        pupil=cast.people["khoi"], guardian=cast.people["binh"], relation="other", starts_on=START
    )
    family = running(cast)
    each = running(cast, audience="child")
    slip = opened(cast)
    assert waits(cast.binh) == [
        ("4 phiếu chờ trả lời", "Bữa trưa")
    ]  # one of the family, one a child, the slip
    assert waits(cast.an) == [("1 phiếu chờ trả lời", "Đăng ảnh hội trại")]
    assert waits(cast.khoi) == []
    fill_in(cast, family, "binh")
    fill_in(cast, each, "binh", "an")
    fill_in(cast, each, "binh", "khoi")
    answered(cast, slip, "an", "no")
    assert waits(cast.binh) == [("1 phiếu chờ trả lời", "Đăng ảnh hội trại")]
    answered(cast, slip, "binh", "no")
    assert waits(cast.binh) == waits(cast.an) == []


def test_every_step_stands_in_the_record(cast: Cast) -> None:
    survey = running(cast)
    jobs.tell_opened()
    fill_in(cast, survey, "binh")
    actions.close_survey(cast.hung, survey)
    done = list(
        Entry.objects.filter(action__startswith="surveys.").order_by("pk").values_list("action", flat=True)
    )
    assert done == [
        "surveys.make_survey", "surveys.open_survey", "surveys.tell_survey", "surveys.note_told",
        "surveys.answer_survey", "surveys.close_survey",
    ]  # fmt: skip
