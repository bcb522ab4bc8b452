"""Reads of one pupil: the record, the family, the years, who may see it; always through the current enrolment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.queries import Viewer, who_can_see, why_may_i
from khue.kernel.audit.models import Entry
from khue.kernel.people.models import Identifier, Person
from khue.lib import names
from khue.registry.roster import rules
from khue.registry.roster.models import (
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    Homeroom,
    PupilProfile,
    Transfer,
    TransferState,
)
from khue.registry.roster.queries.places import holds_at
from khue.registry.roster.queries.pupils import held

OPEN_TRANSFERS = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)


@dataclass(frozen=True)
class Record:
    """One pupil as one actor may see them; what is closed to the actor is empty."""

    enrolment: Enrolment
    person: Person
    profile: PupilProfile | None
    guardians: list[Guardianship]
    identifiers: list[Identifier]
    temporary_code: str
    homeroom_teacher: str
    may_see_sensitive: bool
    may_see_family: bool
    may_edit: bool
    may_move: bool
    may_transfer: bool
    may_see_who: bool


def record(
    actor: Actor, person_id: int, permission: str = "roster.view_profile", *, is_lean: bool = False
) -> Record | None:
    """The record of a pupil; None when the actor's school does not hold it. Three queries, one when lean.

    A lean record leaves out family and numbers, for pages that show only who the pupil is.
    """
    today = timezone.localdate()
    teacher = Homeroom.objects.filter(
        classroom=OuterRef("classroom"), starts_on__lte=today, ends_on__gt=today
    ).values("teacher__full_name")[:1]
    enrolment = (
        held(actor, permission)
        .filter(person_id=person_id)
        .select_related("person__pupil_profile", "school", "campus", "classroom", "year")
        .annotate(homeroom_teacher=Subquery(teacher))
        .first()
    )
    if enrolment is None:
        return None

    def may(name: str) -> bool:
        return holds_at(
            actor, name, path=enrolment.school.path, campus_id=enrolment.campus_id,
            classroom_id=enrolment.classroom_id, person_id=person_id,
        )  # fmt: skip

    sees_sensitive, sees_family = may("roster.view_sensitive"), may("roster.view_family")
    identifiers = (
        [] if is_lean else list(Identifier.objects.filter(person_id=person_id).order_by("system", "pk"))
    )
    return Record(
        enrolment=enrolment,
        person=enrolment.person,
        profile=getattr(enrolment.person, "pupil_profile", None) if sees_sensitive else None,
        guardians=_guardians(person_id) if sees_family and not is_lean else [],
        identifiers=identifiers,
        temporary_code=next(
            (i.value for i in identifiers if i.system == "temporary" and not i.replaced_on), ""
        ),
        homeroom_teacher=enrolment.homeroom_teacher or "",
        may_see_sensitive=sees_sensitive,
        may_see_family=sees_family,
        may_edit=may("roster.edit_profile"),
        may_move=may("roster.move"),
        may_transfer=may("roster.transfer"),
        may_see_who=may("roster.see_who"),
    )


def _guardians(person_id: int) -> list[Guardianship]:
    return list(
        Guardianship.objects.filter(pupil_id=person_id)
        .select_related("guardian")
        .order_by("ends_on", "-is_main_contact", "relation", "pk")
    )


@dataclass(frozen=True)
class History:
    """The years of a pupil and what happened, newest first."""

    years: list[Enrolment]
    events: list[EnrolmentEvent]


def history(actor: Actor, person_id: int, *, found: Record | None = None) -> History:
    """Every enrolment and event of a pupil the actor holds; whoever holds the pupil holds the whole past."""
    known = found is not None and found.person.pk == person_id
    if not known and not held(actor).filter(person_id=person_id).exists():
        return History([], [])
    years = list(
        Enrolment.objects.filter(person_id=person_id)
        .select_related("school", "classroom", "year")
        .order_by("-year_id", "-is_current", "-joined_on", "-pk")
    )
    events = list(
        EnrolmentEvent.objects.filter(enrolment__person_id=person_id)
        .select_related("school", "classroom")
        .order_by("-on", "-pk")
    )
    return History(years, events)


def all_references(person_id: int, enrolments: Sequence[Enrolment]) -> list[str]:
    """The names under which the record of changes knows a pupil."""
    return [
        f"people.person:{person_id}",
        f"roster.pupilprofile:{person_id}",
        *(f"roster.enrolment:{e.pk}" for e in enrolments),
    ]


def last_change(actor: Actor, person_id: int) -> tuple[str, Any] | None:
    """Who changed a pupil's record last, and when; None when nobody has, or the actor may not see the pupil."""
    if not held(actor).filter(person_id=person_id).exists():
        return None
    found = (
        Entry.objects.filter(touched__contains=[f"people.person:{person_id}"])
        .order_by("-at")
        .values_list("capacity", "at")
        .first()
    )
    return found


@dataclass(frozen=True)
class Readers:
    """Who can see one part of a pupil's record, and why."""

    label: str
    viewers: list[Viewer]


SHOWN_PERMISSIONS = ("roster.view_profile", "roster.view_sensitive")


def _scopes(enrolment: Enrolment) -> dict[str, list[int]]:
    return {
        "unit_ids": [*enrolment.school.ancestor_ids, *([enrolment.campus_id] if enrolment.campus_id else [])],
        "class_ids": [enrolment.classroom_id] if enrolment.classroom_id else [],
        "person_ids": [enrolment.person_id],
    }


def readers(actor: Actor, enrolment: Enrolment) -> list[Readers]:
    """Everybody who can see this pupil today, part by part, with the record their right follows from."""
    if not actor.holds("roster.see_who"):
        return []
    scopes = _scopes(enrolment)
    return [
        Readers(_(registry.permissions()[name].label), who_can_see(actor, name, **scopes))
        for name in SHOWN_PERMISSIONS
    ]


def why_mine(actor: Actor, enrolment: Enrolment) -> list[Viewer]:
    """Which of the actor's own rights lead to a pupil; asks the database nothing."""
    return why_may_i(actor, "roster.view_profile", **_scopes(enrolment))


# --- search before create -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Candidate:
    """Somebody who may be the child about to be admitted: the least that tells them apart."""

    person_id: int
    name: str
    born: date | None
    sex: int | None
    school: str
    school_id: int | None
    classroom: str
    status: str
    enrolment_id: int | None
    score: int
    reasons: tuple[str, ...]

    @property
    def is_present(self) -> bool:
        """Whether a school holds the pupil now: then a transfer is the way."""
        return self.status in rules.PRESENT


def candidates(
    actor: Actor,
    *,
    full_name: str,
    birth_date: date | None,
    sex: int | None = None,
    personal_id: str = "",
    ministry_code: str = "",
    without: int | None = None,
) -> list[Candidate]:
    """Records of the whole province that may be the same child, likeliest first; name and birth, or a number.

    Only for those who admit; what is shown is the least that tells children apart. Two queries.
    """
    if not (actor.holds("roster.admit") or actor.holds("roster.transfer") or actor.is_system):
        return []
    key = names.search_key(full_name)
    wanted = Q()
    if key and birth_date:
        wanted |= Q(search_key=key, birth_date=birth_date)
    if personal_id:
        wanted |= Q(personal_id=personal_id)
    if ministry_code:
        wanted |= Q(ministry_code=ministry_code)
    if not wanted:
        return []
    people = list(Person.objects.filter(wanted, merged_into__isnull=True).exclude(pk=without or 0)[:20])
    current = {
        row.person_id: row
        for row in Enrolment.objects.filter(
            person_id__in=[p.pk for p in people], is_current=True
        ).select_related("school", "classroom")
    }
    found = []
    for person in people:
        like = rules.likeness(
            same_name=person.search_key == key, same_birth=person.birth_date == birth_date,
            same_personal_id=bool(personal_id) and person.personal_id == personal_id,
            same_ministry_code=bool(ministry_code) and person.ministry_code == ministry_code,
            same_sex=sex is None or person.sex is None or person.sex == sex,
            numbers_differ=bool(personal_id and person.personal_id and person.personal_id != personal_id),
        )  # fmt: skip
        row = current.get(person.pk)
        if row is None and not person.birth_date:
            continue  # a guardian or a member of staff who shares a name
        found.append(
            Candidate(
                person.pk, person.full_name, person.birth_date, person.sex, row.school.name if row else "",
                row.school_id if row else None, row.classroom.name if row and row.classroom else "",
                row.status if row else "", row.pk if row else None, like.score, like.reasons,
            )
        )  # fmt: skip
    return sorted(found, key=lambda c: -c.score)


def find_guardians(actor: Actor, phone: str) -> list[Person]:
    """People with a phone number (E.164), so that a parent of two children is one record."""
    if not phone or not actor.holds("roster.edit_profile"):
        return []
    return list(Person.objects.filter(phone=phone, merged_into__isnull=True).order_by("sort_key")[:10])


# --- the family's own view ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Child:
    """One child on a parent's screen."""

    enrolment: Enrolment
    homeroom_teacher: str
    homeroom_phone: str
    transfer: Transfer | None


def my_children(actor: Actor) -> list[Child]:
    """Every child of a parent, whatever their schools, on one screen; three queries."""
    ids = actor.reach("roster.view_profile").person_ids
    return _children(held(actor).filter(person_id__in=ids))


def my_record(actor: Actor) -> Child | None:
    """A pupil's own record."""
    found = _children(held(actor).filter(person_id=actor.person_id or 0))
    return found[0] if found else None


def _children(rows: QuerySet[Enrolment]) -> list[Child]:
    enrolments = list(
        rows.select_related("person", "school", "campus", "classroom", "year").order_by(
            "person__birth_date", "pk"
        )
    )
    today = timezone.localdate()
    teachers = {
        row.classroom_id: row.teacher
        for row in Homeroom.objects.filter(
            classroom_id__in=[e.classroom_id for e in enrolments], starts_on__lte=today, ends_on__gt=today
        ).select_related("teacher")
    }
    transfers = {
        row.enrolment_id: row
        for row in Transfer.objects.filter(enrolment__in=enrolments, state__in=OPEN_TRANSFERS).select_related(
            "to_school"
        )
    }
    return [
        Child(
            row,
            teachers[row.classroom_id].full_name if row.classroom_id in teachers else "",
            teachers[row.classroom_id].phone if row.classroom_id in teachers else "",
            transfers.get(row.pk),
        )
        for row in enrolments
    ]


def profile_of(actor: Actor, person_id: int) -> PupilProfile | None:
    """The sensitive part of a pupil's record, for those who may see it."""
    if not held(actor, "roster.view_sensitive").filter(person_id=person_id).exists():
        return None
    return PupilProfile.objects.filter(pk=person_id).first()


def guardianships(actor: Actor, permission: str = "roster.view_family") -> QuerySet[Guardianship]:
    """The family ties of the pupils the actor holds."""
    return Guardianship.objects.filter(pupil_id__in=held(actor, permission).values("person_id"))
