"""Two records of one human being become one, and can be parted again; a person decides, never a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.actions.work import label_of, reference
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster import rules
from khue.registry.roster.events import MergeUndone, PeopleMerged
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import (
    DuplicatePair,
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    Homeroom,
    PupilProfile,
    Status,
)
from khue.registry.roster.queries.places import all_holders
from khue.registry.staff.models import Duty, Position, StaffMember

Decision = DuplicatePair.Decision
BLANK_FIELDS = (
    "birth_date", "sex", "ethnicity", "personal_id", "ministry_code", "phone", "email", "birth_place", "home_town",
    "address", "commune_code",
)  # fmt: skip
PROFILE_FIELDS = (
    "disability", "disability_severity", "policy", "health_note", "religion", "birth_certificate", "lifelong_learning_id", "note",
)  # fmt: skip

_SAME = """
select least(a.id, b.id) as first, greatest(a.id, b.id) as second,
       bool_or(a.search_key = b.search_key) as same_name,
       bool_or(a.birth_date = b.birth_date) as same_birth,
       bool_or(coalesce(a.sex, 0) = 0 or coalesce(b.sex, 0) = 0 or a.sex = b.sex) as same_sex,
       bool_or(a.ministry_code is null or b.ministry_code is null) as one_is_temporary,
       bool_or(a.personal_id is not null and b.personal_id is not null and a.personal_id <> b.personal_id
               or a.ministry_code is not null and b.ministry_code is not null and a.ministry_code <> b.ministry_code)
from people_person a
join roster_enrolment e on e.person_id = a.id and e.is_current
join people_person b on b.search_key = a.search_key and b.birth_date = a.birth_date and b.id <> a.id
join roster_enrolment f on f.person_id = b.id and f.is_current
where a.merged_into_id is null and b.merged_into_id is null {where}
group by 1, 2
"""


@action("roster.find_duplicates", permission="roster.merge")
def find_duplicates(work: Work, unit: Unit) -> int:
    """Look for pairs of a unit that may be one child (same name and birth); pairs decided before are left alone.

    Gives how many pairs are new. One query, one COPY.
    """
    where = ""
    values: list[Any] = []
    if unit.parent_id is not None:
        where = "and e.school_id in (select id from org_unit where path like %s)"
        values.append(f"{unit.path}%")
    with connection.cursor() as cursor:
        cursor.execute(_SAME.format(where=where), values)
        found = cursor.fetchall()
    known = set(DuplicatePair.objects.values_list("first_id", "second_id"))
    lines = []
    for first, second, same_name, same_birth, same_sex, one_is_temporary, numbers_differ in found:
        like = rules.likeness(
            same_name=same_name, same_birth=same_birth, same_sex=same_sex, one_is_temporary=one_is_temporary,
            numbers_differ=numbers_differ,
        )  # fmt: skip
        if like.score >= 30 and (first, second) not in known:
            lines.append([first, second, "; ".join(like.reasons)[:120], like.score])
    work.create_many(DuplicatePair, ["first_id", "second_id", "why", "score"], lines)
    work.note(pairs=len(lines))
    return len(lines)


class _Mover:
    """Collects what a merge changes, so that it can be taken back."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.changed: list[list[Any]] = []
        self.removed: list[list[Any]] = []
        self.created: list[str] = []

    def change(self, row: Any, **values: Any) -> None:
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        if before:
            self.work.change(row, **values)
            self.changed.append(
                [label_of(row), row.pk, {n: [_plain(before[n]), _plain(values[n])] for n in before}]
            )

    def remove(self, row: Any) -> None:
        self.removed.append(
            [label_of(row), {f.attname: _plain(getattr(row, f.attname)) for f in row._meta.concrete_fields}]
        )
        self.work.remove(row)

    def create(self, row: Any) -> None:
        self.created.append(reference(self.work.create(row)))

    @property
    def moved(self) -> dict[str, Any]:
        """What the pair keeps."""
        return {"changed": self.changed, "removed": self.removed, "created": self.created}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _pair(first_id: int, second_id: int, why: str = "") -> DuplicatePair | None:
    low, high = sorted((first_id, second_id))
    return DuplicatePair.objects.select_for_update().filter(first_id=low, second_id=high).first()


@action("roster.merge")
def merge(work: Work, enrolments: Sequence[Enrolment], *, kept_person_id: int) -> DuplicatePair:
    """Make two records one: `enrolments` are the current ones of both, `kept_person_id` says whose record stays.

    Whoever merges must hold both; records of two schools are merged by the department. Enrolments, identifiers,
    families, accounts and posts move; what moved is kept, so that the merge can be taken back.
    """
    people = {row.person_id for row in enrolments}
    if len(people) != 2 or kept_person_id not in people or any(not row.is_current for row in enrolments):
        raise NotVisible
    (dropped_id,) = people - {kept_person_id}
    locked = {p.pk: p for p in Person.objects.select_for_update().filter(pk__in=people).order_by("pk")}
    kept, dropped = locked[kept_person_id], locked[dropped_id]
    if kept.merged_into_id or dropped.merged_into_id:
        raise DomainError(_("Một trong hai hồ sơ đã được gộp từ trước."))
    if StaffMember.objects.filter(pk=kept.pk).exists() and StaffMember.objects.filter(pk=dropped.pk).exists():
        raise DomainError(_("Cả hai hồ sơ đều là cán bộ, không gộp ở đây được."))
    mover = _Mover(work)
    numbers = {
        name: getattr(dropped, name) for name in BLANK_FIELDS if getattr(dropped, name) not in (None, "")
    }
    mover.change(dropped, merged_into_id=kept.pk)
    mover.change(
        kept, **{name: value for name, value in numbers.items() if getattr(kept, name) in (None, "")}
    )
    _move_enrolments(mover, kept, dropped)
    _move_ties(mover, kept, dropped)
    _move_the_rest(mover, kept, dropped)
    low, high = sorted(people)
    pair = _pair(low, high)
    if pair is None:
        pair = work.create(DuplicatePair(first_id=low, second_id=high, why=_("gộp bằng tay"), score=100))
    if pair.decision == Decision.MERGED:
        raise DomainError(_("Hai hồ sơ này đã được gộp."))
    work.change(
        pair,
        decision=Decision.MERGED,
        decided_at=timezone.now(),
        moved={**mover.moved, "kept": kept.pk, "dropped": dropped.pk},
    )
    _recount_all(
        work,
        {row.pk for row in enrolments} | {line[1] for line in mover.changed if line[0] == "roster.enrolment"},
        mover.removed,
    )
    close_tasks(work, reference(pair))
    work.touch_people(people)
    work.announce(PeopleMerged(kept.pk, dropped.pk))
    return pair


def _move_enrolments(mover: _Mover, kept: Person, dropped: Person) -> None:
    own = {
        (row.year_id, row.school_id): row for row in Enrolment.objects.select_for_update().filter(person=kept)
    }
    current = next((row for row in own.values() if row.is_current), None)
    for row in Enrolment.objects.select_for_update().filter(person=dropped).order_by("pk"):
        twin = own.get((row.year_id, row.school_id))
        if twin is not None:
            for event in EnrolmentEvent.objects.filter(enrolment=row):
                mover.change(event, enrolment_id=twin.pk)
            if twin.classroom_id is None and row.classroom_id is not None:
                mover.change(twin, classroom_id=row.classroom_id, campus_id=row.campus_id)
            mover.remove(row)
            continue
        values: dict[str, Any] = {"person_id": kept.pk, "sort_key": kept.sort_key}
        if row.is_current and current is not None:
            values["is_current"] = False
            if row.status in rules.PRESENT:
                values |= {
                    "status": Status.TRANSFERRED_OUT,
                    "status_on": timezone.localdate(),
                    "left_on": timezone.localdate(),
                }
        mover.change(row, **values)


def _move_ties(mover: _Mover, kept: Person, dropped: Person) -> None:
    today = timezone.localdate()
    for side, other in (("pupil_id", "guardian_id"), ("guardian_id", "pupil_id")):
        there = set(
            Guardianship.objects.filter(**{side: kept.pk}, ends_on__isnull=True).values_list(other, flat=True)
        )
        for tie in Guardianship.objects.select_for_update().filter(**{side: dropped.pk}):
            if getattr(tie, other) == kept.pk:
                mover.change(tie, ends_on=tie.ends_on or max(today, tie.starts_on))
            elif tie.ends_on is None and getattr(tie, other) in there:
                mover.change(tie, ends_on=max(today, tie.starts_on), **{side: kept.pk})
            else:
                mover.change(tie, **{side: kept.pk})


def _move_the_rest(mover: _Mover, kept: Person, dropped: Person) -> None:
    for row in Identifier.objects.select_for_update().filter(person=dropped):
        done = row.replaced_on or (
            timezone.localdate() if row.system == "temporary" and kept.ministry_code else None
        )
        mover.change(row, person_id=kept.pk, replaced_on=done)
    for model, column in ((Position, "person_id"), (Duty, "person_id"), (Homeroom, "teacher_id")):
        for row in model._base_manager.select_for_update().filter(**{column: dropped.pk}):
            mover.change(row, **{column: kept.pk})
    mine, other = (PupilProfile.objects.select_for_update().filter(pk=p.pk).first() for p in (kept, dropped))
    if other is not None:
        values = {n: getattr(other, n) for n in PROFILE_FIELDS if getattr(other, n)}
        if mine is None:
            mover.create(PupilProfile(person=kept, has_individual_plan=other.has_individual_plan, **values))
        else:
            mover.change(mine, **{n: v for n, v in values.items() if not getattr(mine, n)})
    account = Account.objects.select_for_update().filter(person=dropped).first()
    if account is not None:
        if Account.objects.filter(person=kept).exists():
            mover.change(account, is_active=False, session_epoch=account.session_epoch + 1)
        else:
            mover.change(account, person_id=kept.pk)


def _recount_all(work: Work, enrolment_ids: set[int], removed: Sequence[Sequence[Any]]) -> None:
    places = set(Enrolment.objects.filter(pk__in=enrolment_ids).values_list("year_id", "school_id"))
    places |= {(row["year_id"], row["school_id"]) for label, row in removed if label == "roster.enrolment"}
    for year_id in sorted({year for year, _school in places}):
        recount(work, [school for year, school in places if year == year_id], year_id)


@action("roster.undo_merge", permission="roster.merge")
def undo_merge(work: Work, enrolments: Sequence[Enrolment], *, pair: DuplicatePair) -> DuplicatePair:
    """Part two merged records again, as they were; refused as a whole when somebody has gone on working with them."""
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if row.decision != Decision.MERGED or not any(
        e.person_id == row.moved.get("kept") and e.is_current for e in enrolments
    ):
        raise DomainError(_("Hai hồ sơ này không ở trạng thái đã gộp."))
    kept_id, dropped_id = int(row.moved["kept"]), int(row.moved["dropped"])
    for ref in reversed(row.moved["created"]):
        label, _colon, pk = ref.partition(":")
        made = apps.get_model(label)._base_manager.filter(pk=pk).first()
        if made is not None:
            work.remove(made)
    touched: set[int] = {e.pk for e in enrolments}
    # What made room comes back last: first the rows that moved, in reverse, then the rows that were removed.
    deferred = []
    for label, values in reversed(row.moved["removed"]):
        model = apps.get_model(label)
        fields = {
            f.attname: f.to_python(values[f.attname])
            for f in model._meta.concrete_fields
            if f.attname in values
        }
        deferred.append(model(**fields))
    for restored in deferred:
        if label_of(restored) == "roster.enrolment":
            restored.is_current = False
        work.create(restored)
    for label, pk, fields in reversed(row.moved["changed"]):
        model = apps.get_model(label)
        found = model._base_manager.select_for_update().filter(pk=pk).first()
        if found is None:
            raise DomainError(_("Không hoàn tác được: có dòng đã bị bỏ sau khi gộp."))
        by_name = {f.attname: f for f in model._meta.concrete_fields}
        if any(_plain(getattr(found, name)) != new for name, (_old, new) in fields.items()):
            raise DomainError(_("Không hoàn tác được: hồ sơ đã có người sửa tiếp sau khi gộp."))
        work.change(found, **{name: by_name[name].to_python(old) for name, (old, _new) in fields.items()})
        if label == "roster.enrolment":
            touched.add(pk)
    for label, values in row.moved["removed"]:
        if label == "roster.enrolment" and values["is_current"]:
            work.change(Enrolment.objects.get(pk=values["id"]), is_current=True)
        if label == "roster.enrolment":
            touched.add(values["id"])
    _recount_all(work, touched, ())
    work.touch_people([kept_id, dropped_id])
    work.change(row, decision=Decision.OPEN, decided_at=None, moved={})
    work.announce(MergeUndone(kept_id, dropped_id))
    return row


@action("roster.keep_apart", permission="roster.merge")
def keep_apart(work: Work, enrolment: Enrolment, *, pair: DuplicatePair) -> DuplicatePair:
    """Say that two records are two people; the pair is not shown again."""
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if enrolment.person_id not in (row.first_id, row.second_id):
        raise NotVisible
    if row.decision == Decision.MERGED:
        raise DomainError(_("Hai hồ sơ này đã được gộp. Hoàn tác trước."))
    work.touch_people([row.first_id, row.second_id])
    close_tasks(work, reference(row))
    return work.change(row, decision=Decision.DIFFERENT, decided_at=timezone.now())


@action("roster.ask_merge", permission="roster.edit_profile")
def ask_merge(work: Work, enrolment: Enrolment, *, pair: DuplicatePair, reason: str) -> None:
    """Two schools each hold one of the records: ask the department, which sees both."""
    if enrolment.person_id not in (pair.first_id, pair.second_id) or not enrolment.is_current:
        raise NotVisible
    department = Unit.objects.filter(kind=UnitKind.DEPARTMENT).order_by("pk").first()
    if department is None:
        raise DomainError(_("Chưa có đơn vị cấp Sở."))
    work.reason = reason
    work.touch_people([pair.first_id, pair.second_id])
    url = reverse("roster:duplicate", args=[pair.pk])
    title = _("Gộp hồ sơ trùng của hai trường")
    open_task(
        work, kind="roster.merge_across", title=title, detail=reason, url=url, action_label=_("Xem hai hồ sơ"),
        unit_id=department.pk, permission="roster.merge", subject=reference(pair),
    )  # fmt: skip
    tell(
        work, people=all_holders("roster.merge", department.pk), kind="roster.merge_across", title=title, body=reason,
        url=url, dedupe_key=reference(pair),
    )  # fmt: skip
