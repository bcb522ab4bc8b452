"""Rights follow from records, and end with them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from khue.kernel.access.grants import grants_reaching
from khue.registry.roster.models import Enrolment, Guardianship, Homeroom
from tests.cast import Cast


def names(rows: object) -> set[str]:
    return {row.person.full_name for row in rows}  # type: ignore[attr-defined]


def test_each_of_the_cast_sees_their_pupils_and_no_other(cast: Cast) -> None:
    def seen(who: str) -> set[str]:
        return names(
            Enrolment.objects.visible_to(cast.actor(who), "roster.view_profile").select_related("person")
        )

    assert seen("lan") == {"Lê Hoài An"}
    assert seen("hung") == {"Lê Hoài An", "Phạm Minh Khôi"}
    assert seen("thanh") == {"Lê Hoài An", "Phạm Minh Khôi"}
    assert seen("mai") == {"Lường Thảo Vy"}
    assert seen("binh") == {"Lê Hoài An"}
    assert seen("an") == {"Lê Hoài An"}
    assert seen("son") == {"Lê Hoài An", "Phạm Minh Khôi", "Lường Thảo Vy"}


def test_a_subject_teacher_reads_the_names_of_her_classes_only(cast: Cast) -> None:
    seen = names(Enrolment.objects.visible_to(cast.lan, "roster.view_list").select_related("person"))
    assert seen == {"Lê Hoài An", "Phạm Minh Khôi"}


def test_a_homeroom_that_ends_today_gives_nothing_from_today(cast: Cast) -> None:
    Homeroom.objects.filter(classroom=cast.classroom).update(ends_on=timezone.localdate())
    assert not Enrolment.objects.visible_to(cast.lan, "roster.view_profile").exists()
    Homeroom.objects.filter(classroom=cast.classroom).update(ends_on=timezone.localdate() + timedelta(days=1))
    assert Enrolment.objects.visible_to(cast.lan, "roster.view_profile").exists()


def test_a_parent_kept_away_by_court_order_sees_nothing(cast: Cast) -> None:
    Guardianship.objects.update(may_view=False)
    assert not Enrolment.objects.visible_to(cast.binh, "roster.view_profile").exists()


def test_who_can_see_a_pupil_is_answered_with_the_reason(cast: Cast) -> None:
    found = grants_reaching(
        unit_ids=cast.school.ancestor_ids, class_ids=[cast.classroom.pk], person_ids=[cast.people["an"].pk]
    )
    reasons = {(grant.person_id, grant.source) for grant in found}
    assert (cast.people["lan"].pk, "roster.homeroom") in reasons
    assert (cast.people["binh"].pk, "roster.guardianship") in reasons
    assert (cast.people["son"].pk, "access.assignment") in reasons
    assert all(person != cast.people["mai"].pk for person, _source in reasons)
