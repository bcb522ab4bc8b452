"""Results follow from the sheets by the circular of the class, through the database: every example of the law."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.settings_store.models import Value
from khue.registry.roster.models import Classroom, PupilProfile
from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.judging import Verdict
from khue.school.gradebook.models import MarkRow, Result
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.tests import judged
from tests.cast import Cast, make_class

# Averages in tenths, comment subjects failed, raw and final level: rules/01 A6.
LAW = {
    "L1": ([80] * 6 + [65] * 2, 0, "TOT", "TOT"),
    "L2": ([95, 90, 90, 85, 80, 79, 79, 65], 0, "KHA", "KHA"),
    "L3": ([80] * 6 + [90, 64], 0, "KHA", "KHA"),
    "L4": ([85] * 7 + [49], 0, "DAT", "KHA"),
    "L5": ([85] * 7 + [34], 0, "CHUA_DAT", "DAT"),
    "L6": ([65] * 7 + [34], 0, "CHUA_DAT", "DAT"),
    "L7": ([65] * 7 + [49], 0, "DAT", "DAT"),
    "L8": ([85] * 8, 1, "DAT", "KHA"),
    "L9": ([85] * 8, 2, "CHUA_DAT", "CHUA_DAT"),
    "L10": ([85] * 7 + [49], 1, "DAT", "DAT"),
    "L11": ([50] * 6 + [35] * 2, 0, "DAT", "DAT"),
    "L12": ([50] * 5 + [49, 35, 35], 0, "CHUA_DAT", "CHUA_DAT"),
    "L13": ([80] * 5 + [65, 65, 49], 0, "DAT", "DAT"),
    "L14": ([85] * 6 + [64, 49], 0, "DAT", "DAT"),
    "L15": ([65] * 6 + [50] * 2, 0, "KHA", "KHA"),
    "L16": ([65] * 8, 1, "DAT", "DAT"),
    "L17": ([90] * 6 + [80, 65], 0, "TOT", "TOT"),
}


def found(room: Classroom, period: int) -> dict[int, Result]:
    return {row.enrolment_id: row for row in Result.objects.filter(classroom=room, term=period)}


def compute(cast: Cast, school: Any = None) -> actions.Computed:
    return actions.compute_results(cast.hung, school or cast.school, year_id=cast.year.pk)


@pytest.fixture
def room(cast: Cast) -> Classroom:
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    return cast.classroom


def lay_out(room: Classroom) -> dict[str, int]:
    ids = dict(zip(LAW, judged.pupils(room, len(LAW)), strict=True))
    averages = {ids[name]: case[0] for name, case in LAW.items()}
    comments = {ids[name]: [0] * case[1] + [1] * (4 - case[1]) for name, case in LAW.items()}
    judged.complete(room, averages, comments)
    return ids


def test_every_example_of_the_circular_through_the_database(cast: Cast, room: Classroom) -> None:
    ids = lay_out(room)
    compute(cast)
    for period in (1, 2, 0):
        rows = found(room, period)
        said = {name: (rows[pk].learning_raw, rows[pk].learning) for name, pk in ids.items()}
        assert said == {name: (case[2], case[3]) for name, case in LAW.items()}
    year = found(room, 0)
    assert {year[pk].rule_set for pk in ids.values()} == {"TT22_2021"}
    titles = {name: year[pk].award for name, pk in ids.items() if year[pk].award}
    assert titles == {"L1": "GIOI", "L17": "XUAT_SAC"}
    assert year[ids["L1"]].outcome == "LEN_LOP"
    assert year[ids["L12"]].outcome == "KIEM_TRA_LAI"
    assert year[ids["L1"]].subjects["TOAN"] == 80
    assert year[ids["L9"]].subjects["GDTC"] == 0


def test_the_province_s_choice_moves_the_one_case_it_is_about(cast: Cast, room: Classroom) -> None:
    ids = lay_out(room)
    Value.objects.create(
        unit=cast.department, name="gradebook.adjustment_mode", value="best_case", valid_from=date(2020, 1, 1),
    )  # fmt: skip
    compute(cast)
    rows = found(room, 0)
    assert {name: rows[pk].learning for name, pk in ids.items() if rows[pk].learning != LAW[name][3]} == {
        "L13": "KHA"
    }


def test_upper_secondary_and_continuing_education_by_their_own_circulars(cast: Cast) -> None:
    high = make_class("10A1", cast.school, cast.year, 10, "THPT")
    night = make_class("10B", cast.school, cast.year, 10, "GDTX")
    scored = ("TOAN", "NGU_VAN", "NGOAI_NGU_1", "LICH_SU", "VAT_LI", "HOA_HOC", "TIN_HOC")
    judged.add_courses(high, scored, ("GDTC",))
    judged.add_courses(night, scored)
    judged.open_days(cast)
    averages = [80] * 5 + [65] * 2
    one, two = judged.pupils(high, 1)[0], judged.pupils(night, 1, 1)[0]
    judged.complete(high, {one: averages}, scored=scored, by_words=("GDTC",))
    judged.complete(night, {two: averages}, scored=scored, by_words=())
    compute(cast)
    assert (found(high, 0)[one].learning, found(high, 0)[one].rule_set) == ("KHA", "TT22_2021")
    assert (found(night, 0)[two].learning, found(night, 0)[two].rule_set) == ("TOT", "TT43_2021")


PRIMARY = {  # levels of single subjects, tests, the lowest quality, result, title, outcome: rules/01 B4
    "B-1": ({}, {"TIENG_VIET": 90, "TOAN": 100}, 2, "EXCELLENT", "XUAT_SAC", "HOAN_THANH"),
    "B-2": ({}, {"TIENG_VIET": 80, "TOAN": 90}, 2, "WELL", "", "HOAN_THANH"),
    "B-3": ({"DAO_DUC": 1}, {"TIENG_VIET": 100, "TOAN": 100}, 2, "DONE", "", "HOAN_THANH"),
    "B-4": ({}, {"TIENG_VIET": 40, "TOAN": 90}, 2, "NOT_DONE", "", "BO_SUNG"),
    "B-5": ({}, {"TIENG_VIET": 90, "TOAN": 90}, 0, "NOT_DONE", "", "BO_SUNG"),
}


def primary_class(cast: Cast) -> tuple[Classroom, dict[str, int]]:
    room = make_class("2A", cast.school, cast.year, 2, "TH")
    judged.add_courses(room, (), judged.PRIMARY)
    judged.open_days(cast)
    ids = dict(zip(PRIMARY, judged.pupils(room, len(PRIMARY)), strict=True))
    judged.complete_primary(
        room,
        {ids[name]: case[0] for name, case in PRIMARY.items()},
        {ids[name]: case[1] for name, case in PRIMARY.items()},
        {ids[name]: case[2] for name, case in PRIMARY.items()},
    )
    return room, ids


def test_every_example_of_the_primary_circular_through_the_database(cast: Cast) -> None:
    room, ids = primary_class(cast)
    compute(cast)
    year = found(room, 0)
    said = {name: (year[pk].learning, year[pk].award, year[pk].outcome) for name, pk in ids.items()}
    assert said == {name: case[3:] for name, case in PRIMARY.items()}
    assert year[ids["B-2"]].subjects["TIENG_VIET.KT"] == 80
    assert found(room, 1)[ids["B-1"]].learning == ""


def test_a_preschool_group_has_no_results(cast: Cast) -> None:
    room = make_class("Lá 1", cast.school, cast.year, -1, "MN")
    judged.add_courses(room, (), ("QUAN_SAT",))
    judged.pupils(room, 1)
    compute(cast)
    assert not Result.objects.filter(classroom=room).exists()


@pytest.mark.parametrize(("absences", "outcome"), [(45, "LEN_LOP"), (46, "O_LAI")])
def test_forty_five_absences_pass_and_forty_six_do_not(
    cast: Cast, room: Classroom, absences: int, outcome: str
) -> None:
    pk = judged.pupils(room, 1)[0]
    judged.complete(room, {pk: [80] * 8}, absences=absences)
    compute(cast)
    assert (found(room, 0)[pk].absences, found(room, 0)[pk].outcome) == (absences, outcome)


def test_what_is_missing_leaves_no_level_and_is_counted(cast: Cast, room: Classroom) -> None:
    one, two = judged.pupils(room, 2)
    judged.complete(room, {one: [80] * 8}, terms=(1, 2))
    judged.give(room, "TOAN", 1, {two: 80})
    compute(cast)
    row = found(room, 1)[two]
    assert (row.learning, row.missing, row.conduct, row.absences) == ("", 11, "", None)
    assert found(room, 0)[two].outcome == "CHUA_DU"
    assert found(room, 1)[one].missing == 0


def test_an_exempt_subject_is_outside_every_condition(cast: Cast, room: Classroom) -> None:
    pk = judged.pupils(room, 1)[0]
    judged.complete(room, {pk: [80] * 8})
    from khue.school.gradebook.actions.marks import open_the_wall

    open_the_wall()
    MarkRow.objects.filter(enrolment=pk, sheet__course__subject_id="GDTC").update(average=-4)
    compute(cast)
    row = found(room, 0)[pk]
    assert (row.subjects["GDTC"], row.learning, row.missing) == (-4, "TOT", 0)


def test_a_pupil_with_an_individual_plan_waits_for_the_head(cast: Cast, room: Classroom) -> None:
    low, high = judged.pupils(room, 2)
    judged.complete(room, {low: [30] * 8, high: [80] * 8})
    for pk in (low, high):
        person = found_person(pk)
        PupilProfile.objects.create(person_id=person, has_individual_plan=True)
    compute(cast)
    rows = found(room, 0)
    assert (rows[low].outcome, rows[high].outcome) == ("HIEU_TRUONG_XET", "LEN_LOP")


def found_person(enrolment_id: int) -> int:
    from khue.registry.roster.models import Enrolment

    return Enrolment.objects.get(pk=enrolment_id).person_id


def test_computing_again_writes_nothing_and_a_moved_mark_moves_one_pupil(cast: Cast, room: Classroom) -> None:
    ids = lay_out(room)
    assert compute(cast).written == (len(ids) + 2) * 3  # An and Khôi have results too, without marks
    versions = dict(Result.objects.values_list("pk", "version"))
    again = compute(cast)
    assert again.written == 0
    assert dict(Result.objects.values_list("pk", "version")) == versions
    judged.open_days(cast)
    from khue.school.gradebook.actions.marks import open_the_wall

    open_the_wall()
    MarkRow.objects.filter(enrolment=ids["L1"], sheet__course__subject_id="TOAN", sheet__term=2).update(
        average=90
    )
    assert compute(cast).written == 2
    assert found(room, 0)[ids["L1"]].subjects["TOAN"] == 87


def test_two_reads_and_one_write_whatever_the_size(cast: Cast, room: Classroom) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as heard:
            compute(cast)
        return len(heard)

    judged.complete(room, {pk: [80] * 8 for pk in judged.pupils(room, 2)})
    Result.objects.all().delete()
    few = asked()
    judged.complete(room, {pk: [80] * 8 for pk in judged.pupils(room, 20, 2)})
    Result.objects.all().delete()
    assert asked() == few <= 16


def test_one_entry_of_the_record_says_what_was_computed(cast: Cast, room: Classroom) -> None:
    judged.complete(room, {pk: [80] * 8 for pk in judged.pupils(room, 2)})
    before = Entry.objects.count()
    compute(cast)
    entry = Entry.objects.order_by("-pk")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.chain, entry.actor_id) == (
        "gradebook.compute_results", cast.school.pk, cast.people["hung"].pk,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["lan", "mai", "tam", "binh", "an", "thanh"])
def test_only_the_head_and_the_department_compute(cast: Cast, room: Classroom, who: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        actions.compute_results(cast.actor(who), cast.school, year_id=cast.year.pk)
    assert not Result.objects.exists()


def test_ha_of_the_other_school_computes_her_own_only(cast: Cast, room: Classroom) -> None:
    with pytest.raises(NotVisible):
        actions.compute_results(cast.ha, cast.school, year_id=cast.year.pk)
    actions.compute_results(cast.ha, cast.other_school, year_id=cast.year.pk)


def test_the_packed_facts_unpack_to_what_the_sheets_hold(cast: Cast, room: Classroom) -> None:
    from khue.school.gradebook import judging

    pk = judged.pupils(room, 1)[0]
    judged.complete(room, {pk: [80, 75, 60, 55, 40, 35, 100, 0]}, {pk: (1, 0, 1, 1)}, conduct=2, absences=400)
    rooms = facts.all_rooms([room.pk], facts.all_choices())
    pupil = facts.all_pupils([room.pk], pk)[room.pk][0]
    verdict: Verdict = judging.judge(rooms[0], pupil)[1]
    assert [verdict.subjects[code] for code in judged.SCORED] == [80, 75, 60, 55, 40, 35, 100, 0]
    assert [verdict.subjects[code] for code in judged.COMMENTS] == [1, 0, 1, 1]
    assert (verdict.conduct, verdict.absences) == ("KHA", 400)


def test_proof_is_asked_before_approving(cast: Cast, room: Classroom) -> None:
    with pytest.raises(ProofNeeded):
        actions.approve_results(cast.actor("hung", proved=False), [room], period=1)
    with pytest.raises(DomainError):
        actions.approve_results(cast.hung, [room], period=1)
