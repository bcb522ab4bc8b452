"""Pupils from a school's own file: whose record each row is, what it would change, and writing it at once.

Whose record a row is, in this order: the ministry code; the personal number; at this school, the same name and birth
date (this is how a temporary code is replaced by the ministry's without a second record). A child studying at
another school is refused here: that is a transfer. Numbers that two records claim are refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.actions import DomainError, Work
from khue.kernel.exchange.table import Outcome, Plan, RowPlan, Table, refuse
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.people.records import GIVEN_FIELDS, create_people, derived, open_accounts, person_code
from khue.lib import names
from khue.lib.class_names import class_name_key, class_sort_key, grade_of, preschool_group_of
from khue.lib.dates import ParsedDate, age_in_school_year, format_date
from khue.lib.ethnic_groups import GROUPS
from khue.lib.personal_id import mask_personal_id, personal_id_problems
from khue.lib.sexes import Sex
from khue.lib.spreadsheets.shape import ParsedRow, ParsedTable
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    Guardianship,
    PupilProfile,
    Status,
)
from khue.registry.roster.table_shape import SHAPE

PERSON_COLUMNS = ("full_name", "sex", "ethnicity", "personal_id", "address", "birth_place", "home_town", "phone")
PROFILE_COLUMNS = ("disability", "policy", "note")
LEVEL_OF_GRADE = {**dict.fromkeys(range(1, 6), "TH"), **dict.fromkeys(range(6, 10), "THCS"), **dict.fromkeys(range(10, 13), "THPT")}
EVENT_OF_STATUS = {
    Status.TRANSFERRED_OUT: EventKind.TRANSFERRED_OUT, Status.DROPPED: EventKind.DROPPED,
    Status.RESERVED: EventKind.RESERVED, Status.SUSPENDED: EventKind.SUSPENDED,
    Status.COMPLETED: EventKind.COMPLETED, Status.DECEASED: EventKind.DECEASED,
}  # fmt: skip
GONE = (Status.TRANSFERRED_OUT, Status.DROPPED, Status.COMPLETED, Status.DECEASED)


@dataclass(slots=True)
class PupilRow:
    """What planning found out about one row."""

    person: dict[str, Any] | None  # the record it is about, as values; None: a new one
    enrolment: dict[str, Any] | None  # this school's enrolment of the year, as values
    class_key: str
    grade: int | None
    level: str
    person_changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    profile_changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    enrolment_changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class PupilPlan:
    """What planning found out about the whole file."""

    year: SchoolYear
    classrooms: dict[str, dict[str, Any]]
    new_classes: dict[str, tuple[str, int, str]]  # key -> (name, grade, level)


def current_year(on: date | None = None) -> SchoolYear:
    """The school year of a day (today); raises DomainError when the province has not opened it."""
    day = on or timezone.localdate()
    year = SchoolYear.objects.filter(starts_on__lte=day).order_by("-pk").first()
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học. Hỏi chuyên viên Sở."))
    return year


def class_place(name: str, school: Unit) -> tuple[int, str] | None:
    """Grade and level of a class name at a school; preschool groups are numbered -6 to 0; None when it tells none."""
    group = preschool_group_of(name)
    if group is not None and "MN" in school.levels:
        return group.rank - 7, "MN"
    grade = grade_of(name)
    if grade is None:
        return None
    level = LEVEL_OF_GRADE[grade]
    if level not in school.levels and "GDTX" in school.levels and grade >= 6:
        level = "GDTX"
    return grade, level


def plan(school: Unit, parsed: ParsedTable, options: Mapping[str, Any]) -> Plan:
    """Compare a file with the records; writes nothing, a handful of queries whatever the size."""
    year = SchoolYear.objects.get(pk=options["year"])
    rows = parsed.importable
    known = _Known(school, year, rows)
    data = PupilPlan(year, known.classrooms, {})
    planned = []
    claimed: dict[int, int] = {}
    for row in parsed.rows:
        if not row.is_importable:
            planned.append(RowPlan(row, Outcome.REFUSED))
            continue
        planned.append(_plan_row(row, school, known, data, claimed))
    remarks = []
    if data.new_classes:
        count = len(data.new_classes)
        remarks.append(ngettext("Sẽ lập %(n)s lớp mới.", "Sẽ lập %(n)s lớp mới.", count) % {"n": count})
    return Plan(parsed, planned, remarks, data)


class _Known:
    """What is on record about anybody the file may mean."""

    def __init__(self, school: Unit, year: SchoolYear, rows: list[ParsedRow]) -> None:
        codes = [row.values["code"] for row in rows if "code" in row.values]
        numbers = [row.values["personal_id"] for row in rows if "personal_id" in row.values]
        fields = ("id", "birth_date", "birth_precision", "ministry_code", "version", "search_key", *PERSON_COLUMNS)
        active = Person.objects.filter(merged_into__isnull=True)
        self.enrolments: dict[int, dict[str, Any]] = {
            row["person_id"]: row
            for row in Enrolment.objects.filter(school=school, year=year).values(
                "id", "person_id", "classroom_id", "classroom__name", "status", "status_on", "grade", "is_current", "version"
            )
        }
        people: dict[int, dict[str, Any]] = {}
        for found in (
            active.filter(ministry_code__any_of=codes),
            active.filter(personal_id__any_of=numbers),
            active.filter(pk__any_of=list(self.enrolments)),
        ):
            people.update((row["id"], row) for row in found.values(*fields))
        self.by_code = {row["ministry_code"]: row for row in people.values() if row["ministry_code"]}
        self.by_number = {row["personal_id"]: row for row in people.values() if row["personal_id"]}
        self.by_name: dict[tuple[str, date | None], list[dict[str, Any]]] = {}
        for pk in self.enrolments:
            if pk in people:
                row = people[pk]
                self.by_name.setdefault((row["search_key"], row["birth_date"]), []).append(row)
        away = [pk for pk in people if pk not in self.enrolments]
        self.elsewhere: dict[int, dict[str, Any]] = {
            row["person_id"]: row
            for row in Enrolment.objects.filter(person_id__any_of=away, is_current=True)
            .exclude(school=school)
            .values("person_id", "school__name", "status", "classroom__name")
        }
        self.profiles = {row.person_id: row for row in PupilProfile.objects.filter(person_id__any_of=list(people))}
        self.temporary = dict(
            Identifier.objects.filter(system="temporary", replaced_on__isnull=True, unit=school).values_list("value", "person_id")
        )
        self.people = people
        self.classrooms = {
            class_name_key(row["name"]): row
            for row in Classroom.objects.filter(school=school, year=year).values("id", "name", "grade", "level", "campus_id")
        }


def _match(row: ParsedRow, known: _Known) -> dict[str, Any] | None:
    values = row.values
    code, number = values.get("code"), values.get("personal_id")
    by_code = known.by_code.get(code) if code else None
    if by_code is None and code and code in known.temporary:
        by_code = known.people.get(known.temporary[code])
    by_number = known.by_number.get(number) if number else None
    if by_code and by_number and by_code["id"] != by_number["id"]:
        message = _("Mã học sinh và số định danh là của hai em khác nhau: %(a)s và %(b)s.") % {
            "a": by_code["full_name"], "b": by_number["full_name"],
        }  # fmt: skip
        refuse(row, "personal_id", message, "two_people", SHAPE)
        return None
    found = by_code or by_number
    key = names.search_key(values["full_name"])
    born: ParsedDate = values["birth_date"]
    if found is not None:
        if found["search_key"] != key and found["birth_date"] != born.date:
            column = "code" if by_code else "personal_id"
            message = _("Số này đang là của em %(name)s, sinh %(born)s. Xem lại số hoặc tên.") % {
                "name": found["full_name"], "born": format_date(found["birth_date"]) if found["birth_date"] else "?",
            }  # fmt: skip
            refuse(row, column, message, "other_person", SHAPE)
            return None
        if by_number and not by_code and code and found["ministry_code"] and found["ministry_code"] != code:
            message = _("Em này đã có mã %(code)s. Một em chỉ có một mã.") % {"code": found["ministry_code"]}
            refuse(row, "code", message, "other_code", SHAPE)
            return None
        if by_code and number and found["personal_id"] and found["personal_id"] != number:
            message = _("Hồ sơ đang ghi số %(number)s. Sẽ thay bằng số trong tệp.") % {"number": mask_personal_id(found["personal_id"])}
            refuse(row, "personal_id", message, "number_changes", SHAPE, refuses=False)
        return found
    same = [
        other
        for other in known.by_name.get((key, born.date), [])
        if not (code and other["ministry_code"]) and not (number and other["personal_id"])
    ]
    if len(same) > 1:
        refuse(row, "full_name", _("Trường có %(n)s em trùng tên và ngày sinh. Ghi thêm mã hoặc số định danh.") % {"n": len(same)}, "ambiguous", SHAPE)
        return None
    if same:
        return same[0]
    if not code and not number:
        twins = known.by_name.get((key, born.date), [])
        if len(twins) == 1:
            return twins[0]
    return None


def _plan_row(row: ParsedRow, school: Unit, known: _Known, data: PupilPlan, claimed: dict[int, int]) -> RowPlan:
    values = row.values
    person = _match(row, known)
    if not row.is_importable:
        return RowPlan(row, Outcome.REFUSED)
    if person is not None:
        if person["id"] in claimed:
            refuse(row, "full_name", _("Trùng em ở dòng %(row)s: cùng một hồ sơ.") % {"row": claimed[person["id"]]}, "double", SHAPE)
            return RowPlan(row, Outcome.REFUSED)
        claimed[person["id"]] = row.row
        away = known.elsewhere.get(person["id"])
        if away is not None and away["status"] in (Status.STUDYING, Status.SUSPENDED, Status.RESERVED):
            message = _("Em này đang học ở %(school)s. Làm thủ tục chuyển trường thay vì nhập tệp.") % {"school": away["school__name"]}
            refuse(row, "code" if "code" in values else "full_name", message, "studies_elsewhere", SHAPE)
            return RowPlan(row, Outcome.REFUSED)
    place = _place(row, school, data)
    if not row.is_importable:
        return RowPlan(row, Outcome.REFUSED)
    key, grade, level = place
    _warn(row, data.year, grade)
    enrolment = known.enrolments.get(person["id"]) if person else None
    pupil = PupilRow(person, enrolment, key, grade, level)
    if person is None:
        return RowPlan(row, Outcome.ADDED, data=pupil)
    _compare(row, known, data, pupil)
    if enrolment is None:
        return RowPlan(row, Outcome.ADDED, _shown(pupil, data), pupil)
    changed = pupil.person_changes or pupil.profile_changes or pupil.enrolment_changes
    return RowPlan(row, Outcome.CHANGED if changed else Outcome.UNCHANGED, _shown(pupil, data), pupil)


def _place(row: ParsedRow, school: Unit, data: PupilPlan) -> tuple[str, int | None, str]:
    """The class of a row: one that is there, or one to be made; refuses a grade the school does not teach."""
    name = row.values.get("class_name", "")
    if not name:
        grade = row.values.get("grade")
        if grade is None:
            refuse(row, "class_name", _("Chưa có lớp. Ghi tên lớp, ví dụ 6A1."), "no_class", SHAPE)
            return "", None, ""
        return "", grade, LEVEL_OF_GRADE[grade]
    key = class_name_key(name)
    if key in data.classrooms:
        room = data.classrooms[key]
        return key, room["grade"], room["level"]
    if key in data.new_classes:
        _name, grade, level = data.new_classes[key]
        return key, grade, level
    place = class_place(name, school)
    if place is None and row.values.get("grade") is not None:
        grade = row.values["grade"]
        place = grade, LEVEL_OF_GRADE[grade]
    if place is None:
        refuse(row, "class_name", _("Tên lớp “%(name)s” chưa cho biết khối. Ghi như 6A1, hoặc thêm cột Khối.") % {"name": name}, "no_grade", SHAPE)
        return "", None, ""
    grade, level = place
    if school.levels and level not in school.levels:
        taught = ", ".join(school.levels)
        refuse(row, "class_name", _("Trường dạy cấp %(levels)s, không có khối %(grade)s.") % {"levels": taught, "grade": grade}, "wrong_level", SHAPE)
        return "", None, ""
    data.new_classes[key] = (name, grade, level)
    return key, grade, level


def _warn(row: ParsedRow, year: SchoolYear, grade: int | None) -> None:
    """Remarks that keep nothing out: an age unusual for the grade, a number that disagrees with sex or birth."""
    born: ParsedDate = row.values["birth_date"]
    if grade is not None and grade > 0:
        age = age_in_school_year(born.date, year.pk)
        expected = grade + 5
        if not expected - 1 <= age <= expected + 3:
            refuse(row, "birth_date", _("Năm học này em %(age)s tuổi; khối %(grade)s thường %(expected)s tuổi.") % {"age": age, "grade": grade, "expected": expected}, "unusual_age", SHAPE, refuses=False)
    number, sex = row.values.get("personal_id"), row.values.get("sex")
    if number:
        for finding in personal_id_problems(number, sex=sex, birth_year=born.date.year):
            refuse(row, "personal_id", finding.message, f"number_{finding.code.lower()}", SHAPE, refuses=False)


def _compare(row: ParsedRow, known: _Known, data: PupilPlan, pupil: PupilRow) -> None:
    """What a row would change: only cells that hold something, never an empty cell over a value."""
    values, person = row.values, pupil.person
    assert person is not None
    born: ParsedDate = values["birth_date"]
    wanted = {name: values[name] for name in PERSON_COLUMNS if name in values and values[name] != ""}
    wanted["birth_date"] = born.date
    wanted["birth_precision"] = str(born.precision)[0]
    if "sex" in wanted:
        wanted["sex"] = int(wanted["sex"])
    if values.get("code") and not person["ministry_code"] and not _is_temporary(values["code"]):
        wanted["ministry_code"] = values["code"]
    pupil.person_changes = {name: (person[name], new) for name, new in wanted.items() if person[name] != new}
    profile = known.profiles.get(person["id"])
    for name in PROFILE_COLUMNS:
        new = values.get(name, "")
        old = getattr(profile, name) if profile else ""
        if new and new != old:
            pupil.profile_changes[name] = (old, new)
    enrolment = pupil.enrolment
    if enrolment is None:
        return
    room = data.classrooms.get(pupil.class_key)
    if pupil.class_key and (room is None or room["id"] != enrolment["classroom_id"]):
        pupil.enrolment_changes["classroom_id"] = (enrolment["classroom_id"], pupil.class_key)
    status = values.get("status")
    if status and status != enrolment["status"]:
        pupil.enrolment_changes["status"] = (enrolment["status"], status)


def _is_temporary(code: str) -> bool:
    return code.startswith("TAM-")


def _shown(pupil: PupilRow, data: PupilPlan) -> dict[str, tuple[str, str]]:
    """The changes as people read them, by column."""
    shown: dict[str, tuple[str, str]] = {}
    for name, (old, new) in {**pupil.person_changes, **pupil.profile_changes}.items():
        if name == "birth_precision":
            continue
        shown["code" if name == "ministry_code" else name] = (_words(name, old), _words(name, new))
    if "classroom_id" in pupil.enrolment_changes and pupil.enrolment:
        name = data.classrooms.get(pupil.class_key, {}).get("name") or data.new_classes.get(pupil.class_key, ("",))[0]
        shown["class_name"] = (pupil.enrolment["classroom__name"] or "", name)
    if "status" in pupil.enrolment_changes:
        old, new = pupil.enrolment_changes["status"]
        shown["status"] = (str(Status(old).label), str(Status(new).label))
    return shown


def _words(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if name == "birth_date":
        return format_date(value)
    if name == "sex":
        return Sex(value).label
    if name == "ethnicity":
        group = GROUPS.get(value)
        return group.name if group else str(value)
    if name == "personal_id":
        return mask_personal_id(str(value))
    return str(value)


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
    enrolment_ids, event_ids = _enrol(work, school, data, added, ids, day)
    events_of_changes = _change_enrolments(work, school, data, changed, day)
    guardians = _guardians(work, [(row.row, ids.get(id(row)) or row.data.person["id"]) for row in (*added, *changed)], day)
    accounts = _accounts(work, [*zip(fresh, fresh_ids, strict=True)])
    recount(work, [school], data.year, on=day)
    work.touch_people(fresh_ids)
    return {
        "people": fresh_ids, "classes": made_classes, "enrolments": enrolment_ids,
        "events": [*event_ids, *events_of_changes], "accounts": accounts, "guardians": guardians,
        "day": day.isoformat(), "year": data.year.pk,
        "changed": [
            {
                "person": row.data.person["id"], "version": row.data.person["version"],
                "person_changes": {k: [str(v) if isinstance(v, date) else v for v in pair] for k, pair in row.data.person_changes.items()},
                "enrolment": row.data.enrolment["id"] if row.data.enrolment else None,
                "enrolment_old": [row.data.enrolment["classroom_id"], row.data.enrolment["status"],
                                  row.data.enrolment["status_on"].isoformat()] if row.data.enrolment else None,
            }
            for row in known
        ],
    }  # fmt: skip


def _make_classes(work: Work, school: Unit, data: PupilPlan, used: set[str]) -> list[int]:
    wanted = {key: place for key, place in data.new_classes.items() if key in used}
    fields = ["year_id", "school_id", "name", "level", "grade", "sort_key"]
    ids = work.create_many(
        Classroom,
        fields,
        [[data.year.pk, school.pk, name, level, grade, class_sort_key(name)[:60]] for name, grade, level in wanted.values()],
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
    if code and not _is_temporary(code):
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
    for identifier in Identifier.objects.filter(person__in=replaced, system="temporary", replaced_on__isnull=True):
        work.change(identifier, replaced_on=today)


def _write_profiles(work: Work, fresh: list[RowPlan], fresh_ids: list[int], known: list[RowPlan]) -> None:
    fields = ["person_id", *PROFILE_COLUMNS]
    table = [
        [pk, *(row.row.values.get(name, "") for name in PROFILE_COLUMNS)]
        for row, pk in zip(fresh, fresh_ids, strict=True)
        if any(row.row.values.get(name) for name in PROFILE_COLUMNS)
    ]
    profiles = {p.person_id: p for p in PupilProfile.objects.filter(person__in=[r.data.person["id"] for r in known if r.data.profile_changes])}
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
        work.create_many(PupilProfile, fields[1:], [line[1:] for line in table], ids=[line[0] for line in table])


def _temporary_codes(work: Work, school: Unit, year: SchoolYear, fresh: list[RowPlan], ids: list[int]) -> None:
    """A pupil without the ministry's code carries one of ours at this school until it comes."""
    from khue.lib.codes import temporary_pupil_code

    without = [
        (row, pk) for row, pk in zip(fresh, ids, strict=True) if not row.row.values.get("code") or _is_temporary(row.row.values["code"])
    ]
    if not without:
        return
    taken = Identifier.objects.filter(system="temporary", unit=school).count()
    table = []
    for row, pk in without:
        code = row.row.values.get("code")
        if not code:
            taken += 1
            code = temporary_pupil_code(school.code, year.pk, taken)
        table.append([pk, "temporary", code, school.pk])
    work.create_many(Identifier, ["person_id", "system", "value", "unit_id"], table)


def _enrol(
    work: Work, school: Unit, data: PupilPlan, rows: list[RowPlan], ids: Mapping[int, int], day: date
) -> tuple[list[int], list[int]]:
    if not rows:
        return [], []
    people = [ids.get(id(row)) or row.data.person["id"] for row in rows]
    older = Enrolment.objects.filter(person__in=[row.data.person["id"] for row in rows if row.data.person], is_current=True)
    work.change_many(Enrolment, ["is_current"], {pk: ([True], [False]) for pk in older.values_list("pk", flat=True)})
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
        key = row.data.person_changes["full_name"][1] if row.data.person and "full_name" in row.data.person_changes else values["full_name"]
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
        [pk, school.pk, room_id, kind, on] for pk, (room_id, kind, on) in zip(enrolment_ids, events, strict=True)
    ]
    for pk, line in zip(enrolment_ids, table, strict=True):
        if line[7] in EVENT_OF_STATUS:
            lines.append([pk, school.pk, line[4], EVENT_OF_STATUS[line[7]], line[8]])
    event_ids = work.create_many(EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on"], lines)
    return enrolment_ids, event_ids


def _change_enrolments(work: Work, school: Unit, data: PupilPlan, rows: list[RowPlan], day: date) -> list[int]:
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
            moves[pk] = ([old["classroom_id"], old["grade"]], [room["id"], room["grade"]])
            lines.append([pk, school.pk, room["id"], EventKind.CLASS_CHANGED, day])
        if "status" in pupil.enrolment_changes:
            new = pupil.enrolment_changes["status"][1]
            told: ParsedDate | None = row.row.values.get("status_on")
            on = told.date if told else day
            turns[pk] = (
                [pupil.enrolment["status"], pupil.enrolment["status_on"], None],
                [new, on, on if new in GONE else None],
            )
            lines.append([pk, school.pk, room["id"] if room else None, EVENT_OF_STATUS.get(new, EventKind.RETURNED), on])
    work.change_many(Enrolment, ["classroom_id", "grade"], moves)
    work.change_many(Enrolment, ["status", "status_on", "left_on"], turns)
    return work.create_many(EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on"], lines)


def _guardians(work: Work, rows: list[tuple[ParsedRow, int]], day: date) -> dict[str, list[int]]:
    """Father and mother named in the file: records of their own, unless the pupil already has one of that name."""
    wanted = [
        (pupil_id, relation, row.values[relation], row.values.get(f"{relation}_phone") or (row.values.get("phone", "") if alone else ""))
        for row, pupil_id in rows
        for alone in [not (row.values.get("father") and row.values.get("mother"))]
        for relation in ("father", "mother")
        if row.values.get(relation)
    ]
    if not wanted:
        return {"people": [], "links": []}
    pupils = {pupil_id for pupil_id, *_rest in wanted}
    there = {
        (pupil_id, key)
        for pupil_id, key in Guardianship.objects.filter(pupil__in=pupils, ends_on__isnull=True).values_list(
            "pupil_id", "guardian__search_key"
        )
    }
    by_phone: dict[tuple[str, str], int] = {}
    phones = [phone for *_rest, phone in wanted if phone]
    for row in Person.objects.filter(phone__in=phones, merged_into__isnull=True).values("id", "phone", "search_key"):
        by_phone[(row["phone"], row["search_key"])] = row["id"]
    new_people: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    place_of: dict[tuple[str, str], int] = {}
    for pupil_id, relation, name, phone in wanted:
        key = names.search_key(name)
        if (pupil_id, key) in there:
            continue
        known = by_phone.get((phone, key)) if phone else None
        if known is None:
            at = place_of.get((phone, key)) if phone else None
            if at is None:
                at = len(new_people)
                new_people.append({"full_name": name, "phone": phone, "sex": 1 if relation == "father" else 2})
                if phone:
                    place_of[(phone, key)] = at
            links.append([pupil_id, ("new", at), relation, bool(phone)])
        else:
            links.append([pupil_id, ("known", known), relation, bool(phone)])
    ids = create_people(work, new_people) if new_people else []
    link_ids = work.create_many(
        Guardianship,
        ["pupil_id", "guardian_id", "relation", "is_main_contact", "may_view", "starts_on"],
        [[p, ids[at] if kind == "new" else at, relation, main, True, day] for p, (kind, at), relation, main in links],
    )
    return {"people": ids, "links": link_ids}


def _accounts(work: Work, rows: list[tuple[RowPlan, int]]) -> list[int]:
    """An account for each new pupil still at school; its log-in name is the ministry code, else Khuê's own."""
    wanted = [
        (pk, (row.row.values.get("code") or person_code(pk)).lower())
        for row, pk in rows
        if row.row.values.get("status", Status.STUDYING) not in GONE
    ]
    if not wanted:
        return []
    taken = set(Account.objects.filter(login_name__any_of=[name for _pk, name in wanted]).values_list("login_name", flat=True))
    return open_accounts(work, [(pk, person_code(pk).lower() if name in taken else name) for pk, name in wanted])


def undo(work: Work, school: Unit, written: Mapping[str, Any]) -> None:
    """Take back what an import wrote; refused as a whole when anybody has gone on working with it."""
    people = written["people"]
    touched = Person.objects.filter(pk__in=people).exclude(version=1).count()
    used = Account.objects.filter(pk__in=written["accounts"]).exclude(activated_at=None).count()
    moved = Enrolment.objects.filter(person__in=people).exclude(pk__in=written["enrolments"]).count()
    later = EnrolmentEvent.objects.filter(enrolment__in=written["enrolments"]).exclude(pk__in=written["events"]).count()
    if touched or used or moved or later:
        raise DomainError(
            _("Không hoàn tác được: %(n)s hồ sơ vừa nhập đã có người làm tiếp.") % {"n": touched + used + moved + later}
        )
    work.remove_many(EnrolmentEvent, written["events"])
    _undo_changes(work, written["changed"])
    work.remove_many(Guardianship, written["guardians"]["links"])
    work.remove_many(Account, written["accounts"])
    kept = [p for p in PupilProfile.objects.filter(person__in=people).values_list("pk", flat=True)]
    work.remove_many(PupilProfile, kept)
    work.remove_many(Identifier, list(Identifier.objects.filter(person__in=people).values_list("pk", flat=True)))
    work.remove_many(Enrolment, written["enrolments"])
    work.remove_many(Person, [*people, *written["guardians"]["people"]])
    year = SchoolYear.objects.get(pk=written["year"])
    recount(work, [school], year, on=timezone.localdate())
    empty = Classroom.objects.filter(pk__in=written["classes"]).exclude(enrolments__isnull=False).values_list("pk", flat=True)
    work.remove_many(Classroom, list(empty))


def _undo_changes(work: Work, changed: list[dict[str, Any]]) -> None:
    for line in changed:
        person = Person.objects.select_for_update().get(pk=line["person"])
        old = {name: pair[0] for name, pair in line["person_changes"].items()}
        if person.version > line["version"] + 1:
            raise DomainError(_("Không hoàn tác được: hồ sơ %(name)s đã có người sửa tiếp.") % {"name": person.full_name})
        if old.get("birth_date"):
            old["birth_date"] = date.fromisoformat(old["birth_date"])
        if "full_name" in old:
            old |= derived(old["full_name"])
        work.change(person, **old)
        if line["enrolment"]:
            enrolment = Enrolment.objects.select_for_update().get(pk=line["enrolment"])
            classroom_id, status, status_on = line["enrolment_old"]
            work.change(
                enrolment, classroom_id=classroom_id, status=status, status_on=date.fromisoformat(status_on),
                left_on=enrolment.left_on if status in GONE else None, sort_key=person.sort_key,
            )  # fmt: skip
        else:
            previous = Enrolment.objects.filter(person=person, is_current=False).order_by("-year_id", "-pk").first()
            if previous is not None and not Enrolment.objects.filter(person=person, is_current=True).exists():
                work.change(previous, is_current=True)


def options(school: Unit) -> dict[str, Any]:
    """A file is taken for the school year of today unless another is chosen."""
    return {"year": current_year().pk}


TABLE = Table(
    name="roster",
    label=gettext_lazy("Học sinh"),
    noun=gettext_lazy("em"),
    permission="roster.admit",
    shape=SHAPE,
    shown=("full_name", "birth_date", "sex", "code", "personal_id", "class_name", "ethnicity", "status"),
    plan=plan,
    write=write,
    undo=undo,
    options=options,
    help=gettext_lazy("Tệp C1-HocSinh của cơ sở dữ liệu ngành, hoặc danh sách của trường. Mã để trống thì Khuê cấp mã tạm."),
)
