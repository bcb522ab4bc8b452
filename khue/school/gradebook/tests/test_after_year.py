"""What follows an approved year: re-tests, summer training, supplements, decisions, titles; by the law's examples."""

from __future__ import annotations

from typing import Any

import pytest

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.workflow.queries import open_tasks
from khue.registry.roster.models import Classroom, Enrolment, PupilProfile
from khue.school.gradebook.actions import after_year as actions
from khue.school.gradebook.actions import results as way
from khue.school.gradebook.models import Result
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.tests import judged
from khue.school.gradebook.tests.test_results import primary_class
from tests.cast import Cast

# Six, 6.0 five times, 4.9, 4.8 and 3.2: rules/01 P2.
P2 = [60] * 5 + [49, 48, 32]


@pytest.fixture
def room(cast: Cast) -> Classroom:
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    return cast.classroom


def approve(cast: Cast, room: Classroom, *periods: int) -> None:
    for period in periods or (1, 2, 0):
        way.submit_results(cast.hung, room, period=period)
        way.approve_results(cast.hung, [room], period=period)


def year_of(cast: Cast, room: Classroom, averages: list[int], **more: Any) -> Enrolment:
    """An's year, approved."""
    pk = cast.enrolments["an"].pk
    judged.complete(room, {pk: averages}, **more)
    approve(cast, room)
    return cast.enrolments["an"]


def row(one: Enrolment) -> Result:
    return Result.objects.get(enrolment=one, term=0)


def version(one: Enrolment) -> int:
    return row(one).version


def choose(cast: Cast, one: Enrolment, *subjects: str) -> None:
    actions.choose_retest(cast.hung, one, version=version(one), subjects=list(subjects))


def enter(cast: Cast, one: Enrolment, is_over: bool = False, **marks: int | None) -> None:
    actions.enter_retest(
        cast.hung, one, version=version(one), marks=marks, source="Biên bản 03/BB-KTL", is_over=is_over
    )


def test_example_p1_is_promoted_without_a_retest(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, [55] * 5 + [46, 48, 50])
    assert (row(one).learning, row(one).outcome) == ("DAT", "LEN_LOP")


@pytest.mark.parametrize(("mark", "learning", "outcome"), [(50, "DAT", "LEN_LOP"), (35, "CHUA_DAT", "O_LAI")])
def test_example_p2_from_the_sheets_to_the_rollover(
    cast: Cast, room: Classroom, mark: int, learning: str, outcome: str
) -> None:
    one = year_of(cast, room, P2)
    assert (row(one).learning, row(one).outcome) == ("CHUA_DAT", "KIEM_TRA_LAI")
    assert facts.all_outcomes([one.pk]) == {one.pk: "retain"}
    assert [task.title for task in open_tasks(cast.hung)] == ["Lớp 8A3: còn 1 em chưa xong cuối năm"]
    choose(cast, one, "TIN_HOC")
    assert row(one).outcome == "KIEM_TRA_LAI"
    enter(cast, one, TIN_HOC=mark)
    after = row(one)
    assert (after.retest, after.retest_learning, after.outcome) == ({"TIN_HOC": mark}, learning, outcome)
    assert (after.learning, after.subjects["TIN_HOC"]) == ("CHUA_DAT", 32)
    assert open_tasks(cast.hung).count() == 0
    assert facts.all_outcomes([one.pk]) == {one.pk: "promote" if outcome == "LEN_LOP" else "retain"}
    assert Entry.objects.get(action="gradebook.enter_retest").reason == "Biên bản 03/BB-KTL"


def test_only_eligible_subjects_are_chosen_and_only_chosen_ones_are_marked(
    cast: Cast, room: Classroom
) -> None:
    one = year_of(cast, room, P2)
    with pytest.raises(DomainError):
        choose(cast, one, "TOAN")
    choose(cast, one, "TIN_HOC", "CONG_NGHE")
    for marks in ({"KHTN": 50}, {"TIN_HOC": 101}, {"TIN_HOC": -4}):
        with pytest.raises(DomainError):
            enter(cast, one, **marks)
    with pytest.raises(DomainError):
        actions.enter_retest(cast.hung, one, version=version(one), marks={"TIN_HOC": 50}, source=" ")
    assert row(one).retest == {"TIN_HOC": None, "CONG_NGHE": None}


def test_a_retest_that_nobody_came_to_ends_in_the_same_grade(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, P2)
    enter(cast, one, is_over=True)
    assert row(one).outcome == "O_LAI"


def test_an_old_page_does_not_overwrite(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, P2)
    seen = version(one)
    choose(cast, one, "TIN_HOC")
    with pytest.raises(Conflict):
        actions.choose_retest(cast.hung, one, version=seen, subjects=[])


@pytest.mark.parametrize("who", ["lan", "mai", "ha", "tam", "son", "binh", "an"])
def test_only_the_head_enters_retests_judges_and_decides(cast: Cast, room: Classroom, who: str) -> None:
    one = year_of(cast, room, P2)
    actor, seen = cast.actor(who), version(one)
    for do in (
        lambda: actions.choose_retest(actor, one, version=seen, subjects=["TIN_HOC"]),
        lambda: actions.enter_retest(actor, one, version=seen, marks={}, source="x", is_over=True),
        lambda: actions.supplement(actor, one, version=seen, values={}, source="x"),
        lambda: actions.judge_summer_training(actor, one, version=seen, conduct="TOT"),
        lambda: actions.decide_promotion(actor, one, version=seen, is_promoted=True, words="x"),
    ):
        with pytest.raises((NotAllowed, NotVisible)):
            do()
    assert version(one) == seen


def test_nothing_follows_a_year_that_is_not_approved(cast: Cast, room: Classroom) -> None:
    pk = cast.enrolments["an"].pk
    judged.complete(room, {pk: P2})
    way.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    with pytest.raises(DomainError, match="chưa được duyệt"):
        choose(cast, cast.enrolments["an"], "TIN_HOC")


def test_summer_training_from_the_task_to_the_new_level(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, [70] * 8, conduct=0)
    assert row(one).outcome == "REN_LUYEN_HE"
    with pytest.raises(DomainError):
        actions.report_summer_training(cast.lan, one, version=version(one), is_signed=True)
    actions.assign_summer_training(cast.lan, one, version=version(one), task="Giúp thư viện thôn")
    with pytest.raises(DomainError, match="chữ ký"):
        actions.judge_summer_training(cast.hung, one, version=version(one), conduct="DAT")
    actions.report_summer_training(cast.lan, one, version=version(one), is_signed=True)
    actions.judge_summer_training(cast.hung, one, version=version(one), conduct="DAT")
    after = row(one)
    assert (after.conduct, after.summer_conduct, after.outcome) == ("CHUA_DAT", "DAT", "LEN_LOP")
    for name in ("assign_summer_training", "report_summer_training", "judge_summer_training"):
        assert Entry.objects.filter(action=f"gradebook.{name}").count() == 1


def test_summer_training_that_fails_keeps_the_grade(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, [70] * 8, conduct=0)
    actions.assign_summer_training(cast.hung, one, version=version(one), task="Giúp thư viện thôn")
    actions.report_summer_training(cast.hung, one, version=version(one), is_signed=True)
    actions.judge_summer_training(cast.hung, one, version=version(one), conduct="CHUA_DAT")
    assert row(one).outcome == "O_LAI"


def test_mai_gives_no_summer_tasks_in_8a3(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, [70] * 8, conduct=0)
    for who in ("mai", "tam"):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.assign_summer_training(cast.actor(who), one, version=version(one), task="x")
        with pytest.raises((NotAllowed, NotVisible)):
            actions.report_summer_training(cast.actor(who), one, version=version(one), is_signed=True)


def test_both_failed_repeats_and_has_no_way_round(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, P2, conduct=0)
    assert row(one).outcome == "O_LAI"
    with pytest.raises(DomainError):
        actions.assign_summer_training(cast.hung, one, version=version(one), task="x")


def test_the_head_decides_about_an_individual_plan_in_words(cast: Cast, room: Classroom) -> None:
    PupilProfile.objects.create(person=cast.people["an"], has_individual_plan=True)
    one = year_of(cast, room, [30] * 8)
    assert row(one).outcome == "HIEU_TRUONG_XET"
    assert facts.all_outcomes([one.pk]) == {one.pk: "retain"}
    with pytest.raises(DomainError):
        actions.decide_promotion(cast.hung, one, version=version(one), is_promoted=True, words="")
    actions.decide_promotion(
        cast.hung, one, version=version(one), is_promoted=True, words="Đạt mục tiêu kế hoạch cá nhân"
    )
    assert (row(one).outcome, row(one).decision) == ("LEN_LOP", "Đạt mục tiêu kế hoạch cá nhân")
    assert facts.all_outcomes([one.pk]) == {one.pk: "promote"}
    actions.decide_promotion(
        cast.hung, one, version=version(one), is_promoted=False, words="Gia đình xin học lại"
    )
    assert row(one).outcome == "O_LAI"


def test_nobody_decides_against_the_circular(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, [70] * 8)
    with pytest.raises(DomainError, match="đã rõ"):
        actions.decide_promotion(cast.hung, one, version=version(one), is_promoted=False, words="x")


def test_a_primary_pupil_completes_after_the_supplement(cast: Cast) -> None:
    room, ids = primary_class(cast)
    approve(cast, room)
    one = Enrolment.objects.get(pk=ids["B-4"])
    with pytest.raises(DomainError):
        actions.supplement(
            cast.hung, one, version=version(one), values={"TIENG_VIET.KT": 55}, source="Biên bản 1"
        )
    actions.supplement(
        cast.hung, one, version=version(one), values={"TIENG_VIET.KT": 60}, source="Biên bản 1"
    )
    after = row(one)
    assert (after.outcome, after.retest_learning, after.learning) == ("HOAN_THANH", "DONE", "NOT_DONE")
    assert Entry.objects.filter(action="gradebook.supplement").count() == 1


def test_a_primary_pupil_who_still_does_not_complete_waits_for_the_head_s_words(cast: Cast) -> None:
    room, ids = primary_class(cast)
    approve(cast, room)
    one = Enrolment.objects.get(pk=ids["B-5"])
    actions.supplement(cast.hung, one, version=version(one), values={"PC.yn": 0}, source="Phiếu đánh giá")
    assert row(one).outcome == "HIEU_TRUONG_XET"
    actions.decide_promotion(
        cast.hung, one, version=version(one), is_promoted=False, words="Phụ huynh đồng ý cho em học lại"
    )
    assert (row(one).outcome, facts.all_outcomes([one.pk])) == ("O_LAI", {one.pk: "retain"})


def test_the_class_recognises_and_the_title_follows(cast: Cast) -> None:
    room, ids = primary_class(cast)
    well, done = ids["B-2"], ids["B-3"]
    assert actions.recognise(cast.hung, room, words={well: "Tiến bộ ở Nhân ái"}) == 1
    with pytest.raises(DomainError, match="Hoàn thành tốt"):
        actions.recognise(cast.hung, room, words={done: "x"})
    approve(cast, room)
    kept = Result.objects.get(enrolment=well, term=0)
    assert (kept.award, kept.distinction) == ("TIEU_BIEU", "Tiến bộ ở Nhân ái")
    with pytest.raises(Conflict):
        actions.recognise(cast.hung, room, words={well: ""})
    with pytest.raises((NotAllowed, NotVisible)):
        actions.recognise(cast.mai, room, words={})
    assert Entry.objects.filter(action="gradebook.recognise").count() == 1


def test_reopening_and_approving_again_keeps_what_followed(cast: Cast, room: Classroom) -> None:
    one = year_of(cast, room, P2)
    choose(cast, one, "TIN_HOC")
    enter(cast, one, TIN_HOC=50)
    way.reopen_results(cast.hung, room, period=0, reason="In lại danh sách")
    approve(cast, room, 0)
    assert (row(one).retest, row(one).outcome, row(one).retest_learning) == (
        {"TIN_HOC": 50},
        "LEN_LOP",
        "DAT",
    )
