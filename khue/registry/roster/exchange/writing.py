"""Writing a judged pupil file (people, classes, enrolments, events, accounts, counts) by COPY; taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work
from khue.kernel.exchange.table import Outcome, Plan, RowPlan
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.people.records import GIVEN_FIELDS, create_people, derived, open_accounts, person_code
from khue.lib import names
from khue.lib.class_names import class_sort_key
from khue.lib.codes import temporary_pupil_code
from khue.lib.dates import ParsedDate
from khue.lib.spreadsheets.shape import ParsedRow
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.actions.records import announce_placed
from khue.registry.roster.events import PupilLeft, PupilReturned
from khue.registry.roster.exchange.guardians import add_guardians
from khue.registry.roster.exchange.planning import PROFILE_COLUMNS, PupilPlan, PupilRow, is_temporary
from khue.registry.roster.head_counts import recount
from khue.registry.roster.journal import references
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    Guardianship,
    HeadCount,
    PupilProfile,
    Status,
)

EVENT_OF_STATUS = {
    Status.TRANSFERRED_OUT: EventKind.TRANSFERRED_OUT, Status.DROPPED: EventKind.DROPPED,
    Status.RESERVED: EventKind.RESERVED, Status.SUSPENDED: EventKind.SUSPENDED,
    Status.COMPLETED: EventKind.COMPLETED, Status.DECEASED: EventKind.DECEASED,
}  # fmt: skip
GONE = (Status.TRANSFERRED_OUT, Status.DROPPED, Status.COMPLETED, Status.DECEASED)


def write(work: Work, school: Unit, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
    """Write every row that nothing refuses: people, classes, enrolments, events, accounts, head counts; by COPY."""
    data: PupilPlan = plan.data
    today = timezone.localdate()
    day = min(max(today, data.year.starts_on), data.year.ends_on)
    added = [row for row in plan.rows if row.outcome is Outcome.ADDED]
    changed = [row for row in plan.rows if row.outcome is Outcome.CHANGED]
    used = {row.data.class_key for row in (*added, *changed)}
    made_classes = _make_classes(work, school, data, used)
    fresh = [row for row in added if row.data.person is None]
    fresh_ids = create_people(work, [_new_person(row.row) for row in fresh]) if fresh else []
    ids = {id(row): pk for row, pk in zip(fresh, fresh_ids, strict=True)}
    known = [row for row in (*added, *changed) if row.data.person is not None]
    _change_people(work, known)
    _write_profiles(work, fresh, fresh_ids, known)
    if fresh:
        _temporary_codes(work, school, data.year, fresh, fresh_ids)
    arriving = [row.data.person["id"] for row in added if row.data.person is not None]
    left_behind = Enrolment.objects.filter(person__in=arriving, is_current=True)
    was_current = list(left_behind.values_list("pk", flat=True))
    before = _places(known)
    enrolment_ids, event_ids = _enrol(work, school, data, added, ids, day)
    events_of_changes = _change_enrolments(work, school, data, changed, day)
    guardians = add_guardians(
        work, [(row.row, ids.get(id(row)) or row.data.person["id"]) for row in (*added, *changed)], day
    )
    accounts = _accounts(work, [*zip(fresh, fresh_ids, strict=True)])
    recount(work, [school], data.year, on=day)
    work.touch_people(fresh_ids)
    after = _places(known)
    return {
        "was_current": was_current,
        "people": fresh_ids, "classes": made_classes, "enrolments": enrolment_ids,
        "events": [*event_ids, *events_of_changes], "accounts": accounts, "guardians": guardians,
        "day": day.isoformat(), "year": data.year.pk,
        "changed": [
            {
                "person": row.data.person["id"], "version": row.data.person["version"],
                "person_changes": _as_kept(row.data.person_changes),
                "enrolment": row.data.enrolment["id"] if row.data.enrolment else None,
                "enrolment_old": before.get(row.data.enrolment["id"]) if row.data.enrolment else None,
                "enrolment_new": after.get(row.data.enrolment["id"]) if row.data.enrolment else None,
                "profile_changes": row.data.profile_changes,
            }
            for row in known
        ],
    }  # fmt: skip


PLACE = ("classroom_id", "campus_id", "grade", "level", "status", "status_on", "left_on", "is_current")


def _places(rows: list[RowPlan]) -> dict[int, list[Any]]:
    """Where the enrolments of these rows stand now, as JSON can hold it."""
    found = Enrolment.objects.filter(pk__in=[row.data.enrolment["id"] for row in rows if row.data.enrolment])
    return {pk: _plain(values) for pk, *values in found.values_list("pk", *PLACE)}


def _plain(values: Sequence[Any]) -> list[Any]:
    return [one.isoformat() if isinstance(one, date) else one for one in values]


def _as_kept(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Changes as JSON can hold them, for undo."""
    return {name: [str(v) if isinstance(v, date) else v for v in pair] for name, pair in changes.items()}


def _make_classes(work: Work, school: Unit, data: PupilPlan, used: set[str]) -> list[int]:
    wanted = {key: place for key, place in data.new_classes.items() if key in used}
    fields = ["year_id", "school_id", "name", "level", "grade", "sort_key"]
    ids = work.create_many(
        Classroom,
        fields,
        [
            [data.year.pk, school.pk, name, level, grade, class_sort_key(name)[:60]]
            for name, grade, level in wanted.values()
        ],
    )
    for pk, (key, (name, grade, level)) in zip(ids, wanted.items(), strict=True):
        data.classrooms[key] = {"id": pk, "name": name, "grade": grade, "level": level, "campus_id": None}
    return ids


def _new_person(row: ParsedRow) -> dict[str, Any]:
    values = row.values
    born: ParsedDate = values["birth_date"]
    found = {name: values[name] for name in GIVEN_FIELDS if name in values}
    found["birth_date"], found["birth_precision"] = born.date, str(born.precision)[0]
    if "sex" in values:
        found["sex"] = int(values["sex"])
    code = values.get("code")
    if code and not is_temporary(code):
        found["ministry_code"] = code
    if not found.get("address") and values.get("province"):
        found["address"] = values["province"]
    return found


def _change_people(work: Work, rows: list[RowPlan]) -> None:
    """One statement for each set of columns that changes together."""
    groups: dict[tuple[str, ...], dict[int, tuple[list[Any], list[Any]]]] = {}
    for row in rows:
        changes = dict(row.data.person_changes)
        if not changes:
            continue
        if "full_name" in changes:
            old_name, new_name = changes["full_name"]
            before, after = derived(old_name), derived(new_name)
            changes.update({key: (before[key], after[key]) for key in after})
        fields = tuple(sorted(changes))
        groups.setdefault(fields, {})[row.data.person["id"]] = (
            [changes[f][0] for f in fields], [changes[f][1] for f in fields],
        )  # fmt: skip
    for fields, people in groups.items():
        work.change_many(Person, fields, people)
    renamed = {
        row.data.enrolment["id"]: ([derived(old)["sort_key"]], [derived(new)["sort_key"]])
        for row in rows
        if "full_name" in row.data.person_changes and row.data.enrolment
        for old, new in [row.data.person_changes["full_name"]]
    }
    work.change_many(Enrolment, ["sort_key"], renamed)
    today = timezone.localdate()
    replaced = [row.data.person["id"] for row in rows if "ministry_code" in row.data.person_changes]
    for identifier in Identifier.objects.filter(
        person__in=replaced, system="temporary", replaced_on__isnull=True
    ):
        work.change(identifier, replaced_on=today)


def _write_profiles(work: Work, fresh: list[RowPlan], fresh_ids: list[int], known: list[RowPlan]) -> None:
    fields = ["person_id", *PROFILE_COLUMNS]
    table = [
        [pk, *(row.row.values.get(name, "") for name in PROFILE_COLUMNS)]
        for row, pk in zip(fresh, fresh_ids, strict=True)
        if any(row.row.values.get(name) for name in PROFILE_COLUMNS)
    ]
    profiles = {
        p.person_id: p
        for p in PupilProfile.objects.filter(
            person__in=[r.data.person["id"] for r in known if r.data.profile_changes]
        )
    }
    for row in known:
        changes = row.data.profile_changes
        if not changes:
            continue
        pk = row.data.person["id"]
        if pk in profiles:
            work.change(profiles[pk], **{name: new for name, (_old, new) in changes.items()})
        else:
            table.append([pk, *(changes.get(name, ("", ""))[1] for name in PROFILE_COLUMNS)])
    if table:
        work.create_many(
            PupilProfile, fields[1:], [line[1:] for line in table], ids=[line[0] for line in table]
        )


def _temporary_codes(
    work: Work, school: Unit, year: SchoolYear, fresh: list[RowPlan], ids: list[int]
) -> None:
    """A pupil without the ministry's code carries one of ours at this school until it comes."""
    without = [
        (row, pk)
        for row, pk in zip(fresh, ids, strict=True)
        if not row.row.values.get("code") or is_temporary(row.row.values["code"])
    ]
    if not without:
        return
    known = set(Identifier.objects.filter(system="temporary", unit=school).values_list("value", flat=True))
    free = (
        code
        for number in count(len(known) + 1)
        if (code := temporary_pupil_code(school.code, year.pk, number)) not in known
    )  # an import that was undone leaves gaps before the highest number
    table = []
    for row, pk in without:
        code = row.row.values.get("code") or next(free)
        table.append([pk, "temporary", code, school.pk])
    work.create_many(Identifier, ["person_id", "system", "value", "unit_id"], table)


def _enrol(
    work: Work, school: Unit, data: PupilPlan, rows: list[RowPlan], ids: Mapping[int, int], day: date
) -> tuple[list[int], list[int]]:
    if not rows:
        return [], []
    people = [ids.get(id(row)) or row.data.person["id"] for row in rows]
    older = Enrolment.objects.filter(
        person__in=[row.data.person["id"] for row in rows if row.data.person], is_current=True
    )
    work.change_many(
        Enrolment, ["is_current"], {pk: ([True], [False]) for pk in older.values_list("pk", flat=True)}
    )
    table, events = [], []
    for row, person_id in zip(rows, people, strict=True):
        values = row.row.values
        room = data.classrooms.get(row.data.class_key)
        status = values.get("status", Status.STUDYING)
        told: ParsedDate | None = values.get("status_on")
        status_on = told.date if told else day
        joined = data.year.starts_on if status != Status.STUDYING else min(status_on, day)
        joined = max(joined, data.year.starts_on)
        left = status_on if status in GONE else None
        key = (
            row.data.person_changes["full_name"][1]
            if row.data.person and "full_name" in row.data.person_changes
            else values["full_name"]
        )
        table.append([
            person_id, data.year.pk, school.pk, room["campus_id"] if room else None, room["id"] if room else None,
            row.data.level, row.data.grade, status, status_on, joined, left, False, True, names.sort_key(key),
        ])  # fmt: skip
        events.append((room["id"] if room else None, EventKind.ADMITTED, joined))
    enrolment_ids = work.create_many(
        Enrolment,
        ["person_id", "year_id", "school_id", "campus_id", "classroom_id", "level", "grade", "status", "status_on",
         "joined_on", "left_on", "is_repeat", "is_current", "sort_key"],
        table,
    )  # fmt: skip
    lines = [
        [pk, school.pk, room_id, kind, on]
        for pk, (room_id, kind, on) in zip(enrolment_ids, events, strict=True)
    ]
    for pk, line in zip(enrolment_ids, table, strict=True):
        if line[7] in EVENT_OF_STATUS:
            lines.append([pk, school.pk, line[4], EVENT_OF_STATUS[line[7]], line[8]])
    event_ids = work.create_many(
        EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on"], lines
    )
    return enrolment_ids, event_ids


def _change_enrolments(
    work: Work, school: Unit, data: PupilPlan, rows: list[RowPlan], day: date
) -> list[int]:
    moves: dict[int, tuple[list[Any], list[Any]]] = {}
    turns: dict[int, tuple[list[Any], list[Any]]] = {}
    lines = []
    for row in rows:
        pupil: PupilRow = row.data
        if not pupil.enrolment or not pupil.enrolment_changes:
            continue
        pk = pupil.enrolment["id"]
        room = data.classrooms.get(pupil.class_key)
        if "classroom_id" in pupil.enrolment_changes and room:
            old = pupil.enrolment
            moves[pk] = (
                [old["classroom_id"], old["campus_id"], old["grade"], old["level"]],
                [room["id"], room["campus_id"], room["grade"], room["level"]],
            )
            lines.append([pk, school.pk, room["id"], EventKind.CLASS_CHANGED, day])
        if "status" in pupil.enrolment_changes:
            new = pupil.enrolment_changes["status"][1]
            told: ParsedDate | None = row.row.values.get("status_on")
            on = told.date if told else day
            turns[pk] = (
                [pupil.enrolment["status"], pupil.enrolment["status_on"], None],
                [new, on, on if new in GONE else None],
            )
            lines.append(
                [
                    pk,
                    school.pk,
                    room["id"] if room else None,
                    EVENT_OF_STATUS.get(new, EventKind.RETURNED),
                    on,
                ]
            )
    work.change_many(Enrolment, ["classroom_id", "campus_id", "grade", "level"], moves)
    work.change_many(Enrolment, ["status", "status_on", "left_on"], turns)
    made = work.create_many(
        EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on"], lines
    )
    announce_placed(work, ((pk, after[0]) for pk, (_before, after) in moves.items()), day)
    people = {row.data.enrolment["id"]: row.data.person["id"] for row in rows if row.data.enrolment}
    for pk, _school, _room, kind, on in lines:
        if kind in EVENT_OF_STATUS.values() and turns[pk][1][0] in GONE:
            work.announce(PupilLeft(people[pk], pk, school.pk, kind, on))
        elif kind == EventKind.RETURNED:
            work.announce(PupilReturned(people[pk], pk, school.pk, on))
    return made


def _accounts(work: Work, rows: list[tuple[RowPlan, int]]) -> list[int]:
    """An account for each new pupil still at school; its log-in name is the ministry code, else Khuê's own."""
    wanted = [
        (pk, (row.row.values.get("code") or person_code(pk)).lower())
        for row, pk in rows
        if row.row.values.get("status", Status.STUDYING) not in GONE
    ]
    if not wanted:
        return []
    taken = set(
        Account.objects.filter(login_name__any_of=[name for _pk, name in wanted]).values_list(
            "login_name", flat=True
        )
    )
    return open_accounts(
        work, [(pk, person_code(pk).lower() if name in taken else name) for pk, name in wanted]
    )


def undo(work: Work, school: Unit, written: Mapping[str, Any]) -> None:
    """Take back what an import wrote; refused as a whole when anybody has gone on working with it.

    Whoever came from another school is current there again; whoever changed class is where they were.
    """
    people = written["people"]
    touched = Person.objects.filter(pk__in=people).exclude(version=1).count()
    used = Account.objects.filter(pk__in=written["accounts"]).exclude(activated_at=None).count()
    moved = Enrolment.objects.filter(person__in=people).exclude(pk__in=written["enrolments"]).count()
    later = sum(
        model._base_manager.filter(**{f"{column.name}__in": written["enrolments"]})
        .exclude(pk__in=written["events"] if model is EnrolmentEvent else ())
        .count()
        for model, column in references(Enrolment)
    )
    if touched or used or moved or later:
        raise DomainError(
            _("Không hoàn tác được: %(n)s hồ sơ vừa nhập đã có người làm tiếp.")
            % {"n": touched + used + moved + later}
        )
    work.remove_many(EnrolmentEvent, written["events"])
    work.remove_many(Guardianship, written["guardians"]["links"])
    work.remove_many(Account, written["accounts"])
    kept = list(PupilProfile.objects.filter(person__in=people).values_list("pk", flat=True))
    work.remove_many(PupilProfile, kept)
    work.remove_many(
        Identifier, list(Identifier.objects.filter(person__in=people).values_list("pk", flat=True))
    )
    work.remove_many(Enrolment, written["enrolments"])
    _undo_changes(work, written["changed"])
    for enrolment in Enrolment.objects.select_for_update().filter(pk__in=written.get("was_current", ())):
        work.change(enrolment, is_current=True)
    work.remove_many(Person, [*people, *written["guardians"]["people"]])
    year = SchoolYear.objects.get(pk=written["year"])
    recount(work, [school], year, on=timezone.localdate())
    empty = list(
        Classroom.objects.filter(pk__in=written["classes"], enrolments__isnull=True).values_list(
            "pk", flat=True
        )
    )
    counts = HeadCount.objects.filter(classroom__in=empty)
    work.remove_many(HeadCount, list(counts.values_list("pk", flat=True)))
    work.remove_many(Classroom, empty)


def _undo_changes(work: Work, changed: list[dict[str, Any]]) -> None:
    for line in changed:
        person = Person.objects.select_for_update().get(pk=line["person"])
        old = {name: pair[0] for name, pair in line["person_changes"].items()}
        if person.version > line["version"] + 1:
            raise DomainError(
                _("Không hoàn tác được: hồ sơ %(name)s đã có người sửa tiếp.") % {"name": person.full_name}
            )
        if old.get("birth_date"):
            old["birth_date"] = date.fromisoformat(old["birth_date"])
        if "full_name" in old:
            old |= derived(old["full_name"])
        work.change(person, **old)
        if line["enrolment"]:
            enrolment = Enrolment.objects.select_for_update().get(pk=line["enrolment"])
            now = _plain([getattr(enrolment, name) for name in PLACE])
            if now != line.get("enrolment_new"):  # an import of before this was kept is not taken back either
                raise DomainError(
                    _("Không hoàn tác được: em %(name)s đã có thay đổi sau lần nhập.")
                    % {"name": person.full_name}
                )
            values = dict(zip(PLACE, line["enrolment_old"], strict=True))
            for name in ("status_on", "left_on"):
                values[name] = date.fromisoformat(values[name]) if values[name] else None
            work.change(enrolment, **values, sort_key=person.sort_key)
            if values["classroom_id"] != now[0]:
                announce_placed(work, [(enrolment.pk, values["classroom_id"])], timezone.localdate())
        if line.get("profile_changes"):
            profile = PupilProfile.objects.select_for_update().get(pk=person.pk)
            work.change(profile, **{name: pair[0] for name, pair in line["profile_changes"].items()})
