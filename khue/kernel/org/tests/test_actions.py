from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded, doing
from khue.kernel.audit.models import Entry
from khue.kernel.org import actions, queries
from khue.kernel.org.events import UnitsMerged, UnitSplit
from khue.kernel.org.models import Unit, UnitEvent, UnitVersion
from tests.cast import Cast, make_unit

ON = date(2026, 9, 1)


def again(unit: Unit) -> Unit:
    return Unit.objects.get(pk=unit.pk)


def open_school(cast: Cast, **more: Any) -> Unit:
    values = {
        "code": "TH-MOI",
        "name": "  TH   Mới ",
        "kind": "school",
        "levels": ["TH"],
        "on": ON,
        "decision": "1/QĐ",
    }
    return actions.open_unit(cast.son, cast.commune, **(values | more))


@pytest.fixture
def heard(cast: Cast) -> Any:
    """Every event announced, as a module that reacts would hear it."""
    found: list[Any] = []
    known = doing._reactions()
    for event in (UnitsMerged, UnitSplit):
        known[event] = (*known.get(event, ()), lambda work, told: found.append(told))
    yield found
    doing._reactions.cache_clear()


def test_a_unit_is_opened_under_another_with_its_history_begun(cast: Cast) -> None:
    school = open_school(cast)
    assert (school.name, school.path, school.opened_on) == ("TH Mới", f"{cast.commune.path}{school.pk}/", ON)
    assert UnitVersion.objects.get(unit=school).valid_from == ON
    assert UnitEvent.objects.get(unit=school).decision == "1/QĐ"
    entry = Entry.objects.get(action="org.open_unit")
    assert f"org.unit:{school.pk}" in entry.touched


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": "thcs lqd"}, "code"), ({"code": "THCS-LQD"}, "code"), ({"name": "  "}, "name"),
        ({"levels": []}, "levels"), ({"kind": "office"}, "kind"), ({"kind": "campus"}, "kind"),
    ],
)  # fmt: skip
def test_a_wrong_unit_is_refused_beside_its_field(cast: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        open_school(cast, **more)
    assert set(refusal.value.fields) == {field}


def test_a_day_that_lies_ahead_is_refused(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(DomainError, match="chưa đến"):
        open_school(cast, on=tomorrow)
    with pytest.raises(DomainError, match="chưa đến"):
        actions.rename(cast.son, cast.school, name="Mới", on=tomorrow)


def test_a_new_name_counts_from_its_day_and_the_old_one_before(cast: Cast) -> None:
    actions.rename(cast.son, cast.school, name="THCS Nguyễn Du", on=ON, decision="2/QĐ")
    assert again(cast.school).name == "THCS Nguyễn Du"
    assert again(cast.school).search_key == "thcs nguyen du"
    assert queries.all_units_on(ON)[cast.school.pk].name == "THCS Nguyễn Du"
    assert queries.all_units_on(date(2026, 8, 31))[cast.school.pk].name == "THCS Lê Quý Đôn"
    with pytest.raises(DomainError, match="đã có thay đổi từ ngày 01/09/2026"):
        actions.rename(cast.son, cast.school, name="Khác", on=date(2026, 8, 1))


def test_two_changes_on_one_day_are_one_version(cast: Cast) -> None:
    actions.rename(cast.son, cast.school, name="Một", on=ON)
    actions.rename(cast.son, cast.school, name="Hai", on=ON)
    found = UnitVersion.objects.filter(unit=cast.school).order_by("valid_from").values_list("name", flat=True)
    assert list(found) == ["THCS Lê Quý Đôn", "Hai"]


def test_a_unit_moves_with_everything_below_it(cast: Cast) -> None:
    actions.move(cast.son, cast.school, to=cast.other_commune, on=ON, decision="3/QĐ")
    assert again(cast.school).path == f"{cast.other_commune.path}{cast.school.pk}/"
    assert again(cast.campus).path == f"{cast.other_commune.path}{cast.school.pk}/{cast.campus.pk}/"
    before = queries.all_units_on(date(2026, 8, 31))
    assert before[cast.campus.pk].path == cast.campus.path
    assert queries.all_units_on(ON)[cast.campus.pk].path == again(cast.campus).path


def test_rights_follow_the_move_at_once(cast: Cast) -> None:
    assert cast.thanh.can("org.view", cast.school)
    actions.move(cast.son, cast.school, to=cast.other_commune, on=ON)
    assert not cast.thanh.can("org.view", again(cast.school))


def test_a_unit_cannot_stand_under_itself_or_where_its_kind_may_not(cast: Cast) -> None:
    with pytest.raises(DomainError, match="chính nó"):
        actions.move(cast.son, cast.commune, to=cast.school, on=ON)
    with pytest.raises(DomainError, match="không đứng trực tiếp"):
        actions.move(cast.son, cast.commune, to=cast.other_commune, on=ON)
    with pytest.raises(DomainError, match="đã đứng dưới"):
        actions.move(cast.son, cast.school, to=cast.commune, on=ON)


def test_only_the_department_with_fresh_proof_manages_units(cast: Cast) -> None:
    for name in ("mai", "hung", "tam", "thanh", "lan"):
        with pytest.raises(NotAllowed):
            actions.rename(cast.actor(name), cast.school, name="Của tôi", on=ON)
    with pytest.raises(ProofNeeded):
        actions.rename(cast.actor("son", proved=False), cast.school, name="Khác", on=ON)


def test_merging_into_one_of_them_closes_the_others_and_tells_the_modules(
    cast: Cast, heard: list[Any]
) -> None:
    neighbour = make_unit("TH-DK", "TH Đông Kinh", "school", cast.commune, levels=["TH"])
    its_campus = make_unit("TH-DK-01", "Điểm Bản Lác", "campus", neighbour, levels=["TH"], is_main=True)
    kept = actions.merge(cast.son, [cast.school, neighbour], into=cast.school, on=ON, decision="4/QĐ")
    assert kept.pk == cast.school.pk
    assert again(neighbour).closed_on == ON
    assert again(cast.school).levels == ["TH", "THCS"]
    assert again(its_campus).parent_id == cast.school.pk
    assert not again(its_campus).is_main
    former = Unit.objects.get(code="THCS-LQD-TH-DK")
    assert (former.kind, former.name, former.parent_id) == ("campus", "TH Đông Kinh", cast.school.pk)
    assert heard == [UnitsMerged((neighbour.pk,), cast.school.pk, ON, ((neighbour.pk, former.pk),))]
    assert UnitEvent.objects.get(unit=neighbour).other_id == cast.school.pk


def test_merging_into_a_new_school_closes_both(cast: Cast, heard: list[Any]) -> None:
    neighbour = make_unit("TH-DK", "TH Đông Kinh", "school", cast.commune, levels=["TH"])
    new = actions.merge(
        cast.son, [cast.school, neighbour], code="THTHCS-DK", name="TH và THCS Đông Kinh", on=ON, decision="5/QĐ",
        keep_campuses=False,
    )  # fmt: skip
    assert (new.levels, new.parent_id) == (["TH", "THCS"], cast.commune.pk)
    assert [again(school).closed_on for school in (cast.school, neighbour)] == [ON, ON]
    assert again(cast.campus).path.startswith(new.path)
    assert set(heard[0].from_ids) == {cast.school.pk, neighbour.pk}
    assert heard[0].campuses == ()


def test_one_school_alone_cannot_be_merged(cast: Cast) -> None:
    with pytest.raises(DomainError, match="ít nhất hai"):
        actions.merge(cast.son, [cast.school], into=cast.school, on=ON, decision="x")
    with pytest.raises(DomainError, match="ít nhất hai"):
        actions.merge(cast.son, [cast.school, cast.commune], into=cast.school, on=ON, decision="x")
    neighbour = make_unit("TH-DK", "TH Đông Kinh", "school", cast.commune, levels=["TH"])
    with pytest.raises(DomainError, match="một trong các trường"):
        actions.merge(cast.son, [cast.school, neighbour], into=cast.other_school, on=ON, decision="x")


def test_splitting_makes_a_school_of_the_chosen_campuses(cast: Cast, heard: list[Any]) -> None:
    new = actions.split(
        cast.son,
        cast.school,
        code="THCS-BM",
        name="THCS Bản Mới",
        campuses=[cast.campus],
        on=ON,
        decision="6/QĐ",
    )
    assert again(cast.campus).path == f"{new.path}{cast.campus.pk}/"
    assert again(cast.school).is_open
    assert heard == [UnitSplit(cast.school.pk, new.pk, (cast.campus.pk,), ON)]
    with pytest.raises(DomainError, match="Chọn các điểm trường"):
        actions.split(cast.son, cast.school, code="X", name="X", campuses=[], on=ON, decision="x")
    with pytest.raises(DomainError, match="Chọn các điểm trường"):
        actions.split(
            cast.son, cast.school, code="X", name="X", campuses=[again(cast.campus)], on=ON, decision="x"
        )


def test_the_main_campus_stays_with_its_school(cast: Cast) -> None:
    Unit.objects.filter(pk=cast.campus.pk).update(is_main=True)
    with pytest.raises(DomainError, match="Điểm chính ở lại"):
        actions.split(
            cast.son, cast.school, code="X", name="X", campuses=[again(cast.campus)], on=ON, decision="x"
        )


def test_a_unit_with_others_below_it_stays_open(cast: Cast) -> None:
    empty = open_school(cast)
    with pytest.raises(DomainError, match="đơn vị trực thuộc"):
        actions.close(cast.son, cast.commune, on=ON, decision="7/QĐ")
    with pytest.raises(DomainError, match="đứng đầu"):
        actions.close(cast.son, cast.department, on=ON, decision="7/QĐ")
    actions.close(cast.son, empty, on=ON, decision="7/QĐ")
    assert again(empty).closed_on == ON
    with pytest.raises(DomainError, match="đã giải thể"):
        actions.close(cast.son, empty, on=ON, decision="7/QĐ")
    assert empty.pk not in queries.all_units_on(ON)


def test_a_closed_unit_can_work_again(cast: Cast) -> None:
    empty = open_school(cast)
    actions.close(cast.son, empty, on=ON, decision="7/QĐ")
    actions.reopen(cast.son, empty, on=ON, decision="8/QĐ")
    assert again(empty).is_open
    with pytest.raises(DomainError, match="đang hoạt động"):
        actions.reopen(cast.son, empty, on=ON, decision="8/QĐ")


def test_the_school_itself_keeps_its_contact_and_campuses(cast: Cast) -> None:
    actions.edit_contact(cast.tam, cast.school, phone="02033 123 456", commune_code="06862")
    assert again(cast.school).phone == "02033 123 456"
    campus = actions.open_campus(cast.tam, cast.school, code="THCS-LQD-02", name="Điểm Bản Lác", on=ON)
    assert campus.levels == ["THCS"]
    actions.close_campus(cast.tam, campus, on=ON)
    assert again(campus).closed_on == ON
    with pytest.raises(DomainError, match="không phải điểm trường"):
        actions.close_campus(cast.tam, cast.school, on=ON)
    with pytest.raises(NotVisible):
        actions.edit_contact(cast.ha, cast.school, phone="1")
    with pytest.raises(NotAllowed):
        actions.edit_contact(cast.mai, cast.school, phone="1")
    with pytest.raises(NotVisible):
        actions.open_campus(cast.ha, cast.school, code="X-9", name="x", on=ON)


def test_a_campus_belongs_to_the_school_that_holds_it(cast: Cast) -> None:
    assert cast.hung.can("org.edit", cast.campus)
    assert not cast.ha.can("org.edit", cast.campus)


def test_sums_roll_up_by_the_tree_of_their_day(cast: Cast) -> None:
    actions.move(cast.son, cast.school, to=cast.other_commune, on=ON)
    pupils = {cast.school.pk: 100, cast.other_school.pk: 40}
    before = queries.all_rolled_up(pupils, date(2026, 8, 31))
    after = queries.all_rolled_up(pupils, ON)
    assert (before[cast.commune.pk], before[cast.other_commune.pk]) == (100, 40)
    assert (after.get(cast.commune.pk), after[cast.other_commune.pk]) == (None, 140)
    assert before[cast.department.pk] == after[cast.department.pk] == 140
