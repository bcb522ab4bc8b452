"""Two records of one child become one, and can be parted again exactly; a person decides, never a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.people.records import derived
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster import duplicate_candidates, rules
from khue.registry.roster.events import MergeUndone, PeopleMerged
from khue.registry.roster.head_counts import recount
from khue.registry.roster.journal import Journal, count_rows, references, restore_counts, take_back
from khue.registry.roster.merging import move, move_people
from khue.registry.roster.models import (
    DuplicatePair,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    Guardianship,
    PupilProfile,
    Status,
)
from khue.registry.roster.queries.duplicates import COMPARED, all_power
from khue.registry.staff.models import Position, StaffMember

Decision = DuplicatePair.Decision
PROFILE_TEXTS: Final = (
    "disability", "disability_severity", "policy", "health_note", "religion", "birth_certificate",
    "lifelong_learning_id", "note",
)  # fmt: skip
OLD_NUMBERS: Final = {"personal_id": "old_personal_id", "ministry_code": "old_ministry_code"}


@action("roster.find_duplicates", permission="roster.view_quality")
def find_duplicates(work: Work, unit: Unit) -> int:
    """Look for pupils of a unit who may be in the books twice; gives how many pairs are likely."""
    schools = None
    if unit.parent_id is not None:
        rows = Unit.objects.filter(path__startswith=unit.path, kind=UnitKind.SCHOOL)
        schools = list(rows.values_list("pk", flat=True))
    found = duplicate_candidates.refresh(schools)
    work.note(pairs=found)
    return found


# --- merging -------------------------------------------------------------------------------------------------
@action("roster.merge")
def merge(
    work: Work,
    enrolments: Sequence[Enrolment],
    *,
    kept_person_id: int,
    choices: Mapping[str, int] | None = None,
) -> DuplicatePair:
    """Make two records one: `enrolments` are the current ones of both, `kept_person_id` says whose record stays.

    `choices` name for single fields (and for `classroom`, when both are at one school) whose value holds: field ->
    person id; else the kept record's value holds where it has one. Whoever merges must hold both, so records of two
    schools are merged by the department, and so are records with rights beyond those of a family.
    """
    people = sorted({row.person_id for row in enrolments})
    if len(people) != 2 or kept_person_id not in people or any(not row.is_current for row in enrolments):
        raise NotVisible
    dropped_id = next(pk for pk in people if pk != kept_person_id)
    kept, dropped = _locked(kept_person_id, dropped_id)
    _check(work, kept, dropped)
    pair = _pair(work, people, enrolments)
    journal = Journal(work)
    chosen = {name: pk for name, pk in (choices or {}).items() if pk in people}
    places = _places([kept.pk, dropped.pk])
    before = count_rows(places)
    journal.change(Person, ["merged_into_id"], {dropped.pk: [kept.pk]})
    _one_person(journal, kept, dropped, chosen)
    dates = _one_path(journal, kept, dropped, chosen)
    _one_family(journal, kept, dropped)
    _one_profile(journal, kept, dropped)
    _one_account(journal, kept, dropped)
    journal.change(Position, ["is_main"], {pk: [False] for pk in _second_mains(kept, dropped)})
    move(journal, Position, Position._meta.get_field("person"), dropped.pk, kept.pk)  # type: ignore[arg-type]
    stays = move_people(journal, dropped.pk, kept.pk)
    waiting = Task._base_manager.filter(subject=reference(pair), closed_at__isnull=True)
    journal.change(
        Task,
        ["closed_at", "closed_by_id"],
        {row.pk: [timezone.now(), work.actor.person_id] for row in waiting},
    )
    for school_id, year_id in places:
        recount(work, [school_id], year_id, on=dates.get((school_id, year_id)))
    moved = {
        "kept": kept.pk, "dropped": dropped.pk, "entries": journal.entries, "stays": stays, "places": places,
        "counts_before": before, "counts_after": count_rows(places),
    }  # fmt: skip
    work.change(pair, decision=Decision.MERGED, decided_at=timezone.now(), moved=moved)
    work.touch_people(people)
    work.announce(PeopleMerged(kept.pk, dropped.pk))
    return pair


def _locked(*ids: int) -> list[Person]:
    rows = {row.pk: row for row in Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    return [rows[pk] for pk in ids]


def _check(work: Work, kept: Person, dropped: Person) -> None:
    if kept.merged_into_id or dropped.merged_into_id:
        raise DomainError(_("Một trong hai hồ sơ đã được gộp từ trước."))
    if Guardianship.objects.filter(pupil__in=[kept, dropped], guardian__in=[kept, dropped]).exists():
        raise DomainError(_("Hai hồ sơ này là cha mẹ và con của nhau, không thể là một người."))
    if StaffMember.objects.filter(pk__in=[kept.pk, dropped.pk]).count() == 2:
        raise DomainError(_("Cả hai hồ sơ đều là cán bộ. Cho một hồ sơ thôi việc trước, rồi gộp."))
    if not work.actor.reach("roster.merge").everything:
        power = all_power([kept.pk, dropped.pk])
        if power:
            raise NotAllowed(
                _("Một trong hai người đang là %(role)s. Việc gộp này do Sở làm.") % {"role": power.lower()}
            )


def _pair(work: Work, people: Sequence[int], enrolments: Sequence[Enrolment]) -> DuplicatePair:
    """The pair as it is known, with the school that holds both now; made when the program had not thought of it."""
    schools = {row.school_id for row in enrolments}
    school_id = schools.pop() if len(schools) == 1 else None
    low, high = people
    pair = DuplicatePair.objects.select_for_update().filter(first_id=low, second_id=high).first()
    if pair is None:
        made = DuplicatePair(
            first_id=low, second_id=high, why=gettext_noop("gộp bằng tay"), score=100, school_id=school_id
        )
        return work.create(made)
    if pair.school_id != school_id:
        work.change(pair, school_id=school_id)
    return pair


def _places(people: Sequence[int]) -> list[tuple[int, int]]:
    rows = Enrolment.objects.filter(person_id__in=people).values_list("school_id", "year_id")
    return sorted(set(rows))


def _one_person(journal: Journal, kept: Person, dropped: Person, choices: Mapping[str, int]) -> None:
    """The fields of the record that stays; numbers that lose are kept as old ones and still find the child."""
    values: dict[str, Any] = {}
    for name in (*COMPARED, "legacy_district", "died_on"):
        mine, other = getattr(kept, name), getattr(dropped, name)
        takes = choices.get(name, kept.pk if mine not in (None, "") else dropped.pk) == dropped.pk
        if takes and other not in (None, "") and other != mine:
            values[name] = other
    if "birth_date" in values:
        values["birth_precision"] = dropped.birth_precision
    if "full_name" in values:
        values |= derived(values["full_name"])
    losers = [
        (system, old)
        for name, system in OLD_NUMBERS.items()
        for old in {getattr(kept, name), getattr(dropped, name)}
        if old and old != values.get(name, getattr(kept, name))
    ]
    if values:
        journal.change(Person, list(values), {kept.pk: list(values.values())})
        for name, value in values.items():
            setattr(kept, name, value)
    rows = Identifier.objects.filter(person=dropped)
    journal.change(Identifier, ["person_id"], {row.pk: [kept.pk] for row in rows})
    if kept.ministry_code:
        today = timezone.localdate()
        waiting = Identifier.objects.filter(person=kept, system="temporary", replaced_on__isnull=True)
        journal.change(Identifier, ["replaced_on"], {row.pk: [today] for row in waiting})
    known = set(
        Identifier.objects.filter(system__in=OLD_NUMBERS.values())
        .filter(value__in=[v for _s, v in losers])
        .values_list("system", "value")
    )
    journal.create(
        Identifier, ["person_id", "system", "value", "replaced_on"],
        [[kept.pk, system, value, timezone.localdate()] for system, value in losers if (system, value) not in known],
    )  # fmt: skip


def _one_path(
    journal: Journal, kept: Person, dropped: Person, choices: Mapping[str, int]
) -> dict[tuple[int, int], Any]:
    """One line of enrolments. Gives for places whose count changes before today the day from which it does.

    At one school in one year the two enrolments become one. Of two schools in one year the newer stays; from the older
    the child is written as having moved on the day the newer began.
    """
    rows = list(Enrolment.objects.select_for_update().filter(person__in=[kept, dropped]).order_by("pk"))
    dates: dict[tuple[int, int], Any] = {}
    mine = {(row.year_id, row.school_id): row for row in rows if row.person_id == kept.pk}
    standing = [row for row in rows if row.person_id == kept.pk]
    for row in rows:
        if row.person_id == kept.pk:
            continue
        twin = mine.get((row.year_id, row.school_id))
        if twin is None:
            standing.append(row)
        else:
            dates[row.school_id, row.year_id] = row.joined_on
            _one_enrolment(journal, twin, row, takes_class=choices.get("classroom") == dropped.pk)
    newest = max(standing, key=lambda row: (row.year_id, row.joined_on, row.pk))
    journal.change(
        Enrolment, ["is_current"], {row.pk: [row.pk == newest.pk] for row in standing if row.pk != newest.pk}
    )
    journal.change(
        Enrolment, ["person_id", "is_current", "sort_key"],
        {row.pk: [kept.pk, row.pk == newest.pk, kept.sort_key] for row in standing},
    )  # fmt: skip
    older = [
        row for row in standing
        if row.pk != newest.pk and row.year_id == newest.year_id and row.status in rules.PRESENT
    ]  # fmt: skip
    for row in older:
        on = max(newest.joined_on, row.status_on)
        dates[row.school_id, row.year_id] = on
        journal.change(
            Enrolment, ["status", "status_on", "left_on"], {row.pk: [str(Status.TRANSFERRED_OUT), on, on]}
        )
        journal.create(
            EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on", "reason", "other_school"],
            [[row.pk, row.school_id, row.classroom_id, str(EventKind.TRANSFERRED_OUT), on, "Gộp hồ sơ trùng",
              newest.school.name]],
        )  # fmt: skip
    return dates


def _one_enrolment(journal: Journal, twin: Enrolment, row: Enrolment, *, takes_class: bool) -> None:
    """Fold a second enrolment at the same school and year into the first: what hangs on it moves, then it goes."""
    values: dict[str, Any] = {}
    if takes_class or (twin.classroom_id is None and row.classroom_id is not None):
        values = {
            "classroom_id": row.classroom_id, "campus_id": row.campus_id, "grade": row.grade, "level": row.level,
        }  # fmt: skip
    if twin.status not in rules.PRESENT and row.status in rules.PRESENT:
        values |= {"status": row.status, "status_on": row.status_on, "left_on": None}
    if row.joined_on < twin.joined_on:
        values["joined_on"] = row.joined_on
    journal.change(Enrolment, ["is_current"], {row.pk: [False]})
    if values:
        journal.change(Enrolment, list(values), {twin.pk: list(values.values())})
    own = EnrolmentEvent.objects.filter(
        enrolment=row, kind__in=[EventKind.ADMITTED, EventKind.TRANSFERRED_IN]
    )
    journal.remove(EnrolmentEvent, list(own.order_by("pk").values_list("pk", flat=True)))
    for model, column in references(Enrolment):
        stays = move(journal, model, column, row.pk, twin.pk)
        if stays:
            name = getattr(model, "audit_name", model._meta.verbose_name)
            raise DomainError(
                _("Hai hồ sơ cùng có dữ liệu trong một năm học (%(name)s). Bỏ bớt một bên trước, rồi gộp.")
                % {"name": name}
            )
    journal.remove(Enrolment, [row.pk])


def _one_family(journal: Journal, kept: Person, dropped: Person) -> None:
    """Both sides of the families; a restriction on either record holds, and there is one main contact."""
    for side, other in (("pupil_id", "guardian_id"), ("guardian_id", "pupil_id")):
        there = {
            getattr(tie, other): tie
            for tie in Guardianship.objects.select_for_update().filter(
                **{side: kept.pk}, ends_on__isnull=True
            )
        }
        has_main = any(tie.is_main_contact for tie in there.values())
        for tie in Guardianship.objects.select_for_update().filter(**{side: dropped.pk}).order_by("pk"):
            same = there.get(getattr(tie, other)) if tie.ends_on is None else None
            if same is not None and not tie.may_view and same.may_view:
                journal.change(Guardianship, ["may_view", "restriction"], {same.pk: [False, tie.restriction]})
            ends = max(timezone.localdate(), tie.starts_on) if same is not None else tie.ends_on
            is_main = tie.is_main_contact and not (side == "pupil_id" and has_main)
            journal.change(
                Guardianship, [side, "ends_on", "is_main_contact"], {tie.pk: [kept.pk, ends, is_main]}
            )


def _one_profile(journal: Journal, kept: Person, dropped: Person) -> None:
    mine, other = (PupilProfile.objects.select_for_update().filter(pk=p.pk).first() for p in (kept, dropped))
    if other is None:
        return
    if mine is None:
        move(journal, PupilProfile, PupilProfile._meta.get_field("person"), dropped.pk, kept.pk)  # type: ignore[arg-type]
        return
    values: dict[str, Any] = {
        n: getattr(other, n) for n in PROFILE_TEXTS if getattr(other, n) and not getattr(mine, n)
    }
    if other.has_individual_plan:
        values["has_individual_plan"] = True
    journal.change(PupilProfile, list(values), {mine.pk: list(values.values())} if values else {})


def _one_account(journal: Journal, kept: Person, dropped: Person) -> None:
    """The account somebody uses stays (the kept record's when both are used); the other is shut and signed out."""
    accounts = {
        row.person_id: row for row in Account.objects.select_for_update().filter(person__in=[kept, dropped])
    }
    mine, other = accounts.get(kept.pk), accounts.get(dropped.pk)
    if other is None:
        return
    if mine is None:
        journal.change(Account, ["person_id"], {other.pk: [kept.pk]})
        return
    if other.is_activated and other.is_active and not (mine.is_activated and mine.is_active):
        _swap(journal, mine, other)
        mine, other = other, mine
    journal.change(Account, ["is_active", "session_epoch"], {other.pk: [False, other.session_epoch + 1]})


def _swap(journal: Journal, mine: Account, other: Account) -> None:
    """Exchange the people of two accounts; one waits at nobody's number meanwhile (checked at the commit)."""
    kept, dropped = mine.person_id, other.person_id
    journal.change(Account, ["person_id"], {mine.pk: [-mine.pk]})
    journal.change(Account, ["person_id"], {other.pk: [kept]})
    journal.change(Account, ["person_id"], {mine.pk: [dropped]})


def _second_mains(kept: Person, dropped: Person) -> list[int]:
    open_mains = Position.objects.filter(is_main=True, ends_on__isnull=True)
    if not open_mains.filter(person=kept).exists():
        return []
    return list(open_mains.filter(person=dropped).values_list("pk", flat=True))


# --- and apart again -----------------------------------------------------------------------------------------
@action("roster.undo_merge", permission="roster.merge")
def undo_merge(work: Work, enrolments: Sequence[Enrolment], *, pair: DuplicatePair) -> DuplicatePair:
    """Part two merged records, exactly as they were; refused as a whole when somebody has gone on with what moved.

    `enrolments` is the current one of the record that stayed: who holds it may part it.
    """
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if row.decision != Decision.MERGED or any(e.person_id != row.moved.get("kept") for e in enrolments):
        raise DomainError(_("Hai hồ sơ này không ở trạng thái đã gộp."))
    kept, dropped = _locked(row.moved["kept"], row.moved["dropped"])
    if kept.merged_into_id is not None:
        raise DomainError(_("Hồ sơ còn lại đã được gộp tiếp vào hồ sơ khác. Hoàn tác lần gộp sau trước."))
    places = [(school, year) for school, year in row.moved["places"]]
    if row.school_id is None and not work.actor.reach("roster.merge").everything:
        raise NotAllowed(_("Hai hồ sơ này của hai trường. Việc tách do Sở làm."))
    is_exact = restore_counts(places, row.moved["counts_before"], row.moved["counts_after"])
    take_back(work, row.moved["entries"])
    if not is_exact:
        for school_id, year_id in places:
            recount(work, [school_id], year_id)
    work.touch_people([kept.pk, dropped.pk])
    work.change(row, decision=Decision.OPEN, decided_at=None, moved={})
    work.announce(MergeUndone(kept.pk, dropped.pk))
    return row


@action("roster.keep_apart", permission="roster.merge")
def keep_apart(work: Work, enrolments: Sequence[Enrolment], *, pair: DuplicatePair) -> DuplicatePair:
    """Say that two records are two people; the pair is not shown again. Whoever says so holds both."""
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if {e.person_id for e in enrolments} != {row.first_id, row.second_id}:
        raise NotVisible
    if row.decision == Decision.MERGED:
        raise DomainError(_("Hai hồ sơ này đã được gộp. Hoàn tác trước."))
    work.touch_people([row.first_id, row.second_id])
    close_tasks(work, reference(row))
    return work.change(row, decision=Decision.DIFFERENT, decided_at=timezone.now())


@action("roster.look_again", permission="roster.merge")
def look_again(work: Work, enrolments: Sequence[Enrolment], *, pair: DuplicatePair) -> DuplicatePair:
    """Take back that two records are two people: the pair waits for a decision again."""
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if {e.person_id for e in enrolments} != {row.first_id, row.second_id}:
        raise NotVisible
    if row.decision != Decision.DIFFERENT:
        raise DomainError(_("Hai hồ sơ này chưa được ghi là hai người khác nhau."))
    work.touch_people([row.first_id, row.second_id])
    return work.change(row, decision=Decision.OPEN, decided_at=None)


@action("roster.ask_merge", permission="roster.edit_profile")
def ask_merge(work: Work, enrolment: Enrolment, *, pair: DuplicatePair) -> None:
    """Two schools each hold one of the records: ask the department, which sees both."""
    if enrolment.person_id not in (pair.first_id, pair.second_id) or not enrolment.is_current:
        raise NotVisible
    department = Unit.objects.filter(kind=UnitKind.DEPARTMENT).order_by("pk").first()
    if department is None:
        raise DomainError(_("Chưa có đơn vị cấp Sở."))
    work.reason = written("%(name)s có hồ sơ ở hai trường.", name=enrolment.person.full_name)
    work.touch_people([pair.first_id, pair.second_id])
    open_task(
        work, kind="roster.merge_across", title="Gộp hồ sơ trùng của hai trường", detail=work.reason,
        url=reverse("roster:duplicate", args=[pair.pk]), action_label=gettext_noop("Xem hai hồ sơ"),
        unit_id=department.pk, permission="roster.merge", subject=reference(pair),
    )  # fmt: skip
