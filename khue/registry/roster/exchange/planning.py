"""Judging a pupil file: whose record each row is, and what it would change. Reads only.

Whose record a row is, in this order: the ministry code; the personal number; at this school, the same name and birth
date (this is how a temporary code is replaced by the ministry's without a second record). A child studying at
another school is refused here: that is a transfer. Numbers that two records claim are refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.actions import DomainError
from khue.kernel.exchange.table import Outcome, Plan, RowPlan, refuse
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Identifier, Person
from khue.lib import names
from khue.lib.class_names import class_name_key, grade_of, preschool_group_of
from khue.lib.dates import ParsedDate, age_in_school_year, format_date
from khue.lib.ethnic_groups import GROUPS
from khue.lib.personal_id import mask_personal_id, personal_id_problems
from khue.lib.sexes import Sex
from khue.lib.spreadsheets.shape import ParsedRow, ParsedTable
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.exchange.shape import SHAPE
from khue.registry.roster.models import Classroom, Enrolment, PupilProfile, Status

PERSON_COLUMNS = (
    "full_name",
    "sex",
    "ethnicity",
    "personal_id",
    "address",
    "birth_place",
    "home_town",
    "phone",
)
PROFILE_COLUMNS = ("disability", "policy", "note")
LEVEL_OF_GRADE = {
    **dict.fromkeys(range(1, 6), "TH"),
    **dict.fromkeys(range(6, 10), "THCS"),
    **dict.fromkeys(range(10, 13), "THPT"),
}


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
        fields = (
            "id",
            "birth_date",
            "birth_precision",
            "ministry_code",
            "version",
            "search_key",
            *PERSON_COLUMNS,
        )
        active = Person.objects.filter(merged_into__isnull=True)
        self.enrolments: dict[int, dict[str, Any]] = {
            row["person_id"]: dict(row)
            for row in Enrolment.objects.filter(school=school, year=year).values(
                "id",
                "person_id",
                "classroom_id",
                "classroom__name",
                "campus_id",
                "level",
                "status",
                "status_on",
                "grade",
                "is_current",
                "version",
            )
        }
        meant = (
            Q(ministry_code__any_of=codes)
            | Q(personal_id__any_of=numbers)
            | Q(pk__any_of=list(self.enrolments))
        )
        people: dict[int, dict[str, Any]] = {row["id"]: row for row in active.filter(meant).values(*fields)}
        self.by_code = {row["ministry_code"]: row for row in people.values() if row["ministry_code"]}
        self.by_number = {row["personal_id"]: row for row in people.values() if row["personal_id"]}
        self.by_name: dict[tuple[str, date | None], list[dict[str, Any]]] = {}
        for pk in self.enrolments:
            if pk in people:
                row = people[pk]
                self.by_name.setdefault((row["search_key"], row["birth_date"]), []).append(row)
        away = [pk for pk in people if pk not in self.enrolments]
        # Whose record this school keeps: now, or of those who left, last.
        kept = Enrolment.objects.filter(person_id__any_of=away, school=school, is_current=True)
        self.ours = {*self.enrolments, *(kept.values_list("person_id", flat=True) if away else ())}
        elsewhere = Enrolment.objects.filter(person_id__any_of=away, is_current=True).exclude(school=school)
        self.elsewhere: dict[int, dict[str, Any]] = (
            {
                row["person_id"]: dict(row)
                for row in elsewhere.values("person_id", "school__name", "status", "classroom__name")
            }
            if away
            else {}
        )
        self.profiles = {
            row.person_id: row
            for row in (PupilProfile.objects.filter(person_id__any_of=list(people)) if people else ())
        }
        temporary = Identifier.objects.filter(system="temporary", replaced_on__isnull=True, unit=school)
        has_temporary = any(is_temporary(code) for code in codes)
        self.temporary = dict(temporary.values_list("value", "person_id") if has_temporary else ())
        self.people = people
        self.classrooms: dict[str, dict[str, Any]] = {
            class_name_key(row["name"]): dict(row)
            for row in Classroom.objects.filter(school=school, year=year).values(
                "id", "name", "grade", "level", "campus_id"
            )
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
        is_born_another_day = found["birth_date"] not in (None, born.date)
        is_ours = found["id"] in known.ours
        column = "code" if by_code else "personal_id"
        if (
            not is_ours
            and is_born_another_day
            and (found["search_key"] != key or found["id"] not in known.elsewhere)
        ):  # of whom we do not keep the record we say nothing: the birth date is asked of its owner beside a code
            message = _("Số này đang là của một người khác. Xem lại số, tên và ngày sinh.")
            refuse(row, column, message, "other_person", SHAPE)
            return None
        if found["search_key"] != key and found["birth_date"] != born.date:
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
            message = _("Hồ sơ đang ghi số %(number)s. Sẽ thay bằng số trong tệp.") % {
                "number": mask_personal_id(found["personal_id"])
            }
            refuse(row, "personal_id", message, "number_changes", SHAPE, refuses=False)
        return found
    same = [
        other
        for other in known.by_name.get((key, born.date), [])
        if not (code and other["ministry_code"]) and not (number and other["personal_id"])
    ]
    if len(same) > 1:
        refuse(
            row,
            "full_name",
            _("Trường có %(n)s em trùng tên và ngày sinh. Ghi thêm mã hoặc số định danh.") % {"n": len(same)},
            "ambiguous",
            SHAPE,
        )
        return None
    if same:
        return same[0]
    if not code and not number:
        twins = known.by_name.get((key, born.date), [])
        if len(twins) == 1:
            return twins[0]
    return None


def _plan_row(
    row: ParsedRow, school: Unit, known: _Known, data: PupilPlan, claimed: dict[int, int]
) -> RowPlan:
    values = row.values
    person = _match(row, known)
    if not row.is_importable:
        return RowPlan(row, Outcome.REFUSED)
    if person is not None:
        if person["id"] in claimed:
            refuse(
                row,
                "full_name",
                _("Trùng em ở dòng %(row)s: cùng một hồ sơ.") % {"row": claimed[person["id"]]},
                "double",
                SHAPE,
            )
            return RowPlan(row, Outcome.REFUSED)
        claimed[person["id"]] = row.row
        away = known.elsewhere.get(person["id"])
        if away is not None and away["status"] in (Status.STUDYING, Status.SUSPENDED, Status.RESERVED):
            message = _("Em này đang học ở %(school)s. Làm thủ tục chuyển trường thay vì nhập tệp.") % {
                "school": away["school__name"]
            }
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
        refuse(
            row,
            "class_name",
            _("Tên lớp “%(name)s” chưa cho biết khối. Ghi như 6A1, hoặc thêm cột Khối.") % {"name": name},
            "no_grade",
            SHAPE,
        )
        return "", None, ""
    grade, level = place
    if school.levels and level not in school.levels:
        taught = ", ".join(school.levels)
        refuse(
            row,
            "class_name",
            _("Trường dạy cấp %(levels)s, không có khối %(grade)s.") % {"levels": taught, "grade": grade},
            "wrong_level",
            SHAPE,
        )
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
            refuse(
                row,
                "birth_date",
                _("Năm học này em %(age)s tuổi; khối %(grade)s thường %(expected)s tuổi.")
                % {"age": age, "grade": grade, "expected": expected},
                "unusual_age",
                SHAPE,
                refuses=False,
            )
    number, sex = row.values.get("personal_id"), row.values.get("sex")
    if number:
        for finding in personal_id_problems(number, sex=sex, birth_year=born.date.year):
            refuse(
                row, "personal_id", finding.message, f"number_{finding.code.lower()}", SHAPE, refuses=False
            )


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
    if values.get("code") and not person["ministry_code"] and not is_temporary(values["code"]):
        wanted["ministry_code"] = values["code"]
    profile = known.profiles.get(person["id"])
    said = {name: getattr(profile, name) if profile else "" for name in PROFILE_COLUMNS}
    told = {name: values[name] for name in PROFILE_COLUMNS if values.get(name)}
    if person["id"] not in known.ours:
        _keep_what_others_wrote(row, person, wanted)
        _keep_what_others_wrote(row, said, told)
    pupil.person_changes = {name: (person[name], new) for name, new in wanted.items() if person[name] != new}
    pupil.profile_changes = {name: (said[name], new) for name, new in told.items() if said[name] != new}
    enrolment = pupil.enrolment
    if enrolment is None:
        return
    room = data.classrooms.get(pupil.class_key)
    if pupil.class_key and (room is None or room["id"] != enrolment["classroom_id"]):
        pupil.enrolment_changes["classroom_id"] = (enrolment["classroom_id"], pupil.class_key)
    status = values.get("status")
    if status and status != enrolment["status"]:
        pupil.enrolment_changes["status"] = (enrolment["status"], status)


def _keep_what_others_wrote(row: ParsedRow, held: Mapping[str, Any], wanted: dict[str, Any]) -> None:
    """Of somebody whose record this school does not keep a file fills what is blank and changes nothing.

    A file names people by a number that anybody may have read somewhere; who they are stands in their own record.
    """
    for name in [name for name in wanted if held[name] not in (None, "")]:
        new = wanted.pop(name)
        if new != held[name] and name != "birth_precision":
            text = _("Hồ sơ do nơi khác lập ghi khác ô này: giữ nguyên hồ sơ.")
            refuse(row, name, text, "kept_elsewhere", SHAPE, refuses=False)
    if "birth_date" not in wanted:
        wanted.pop("birth_precision", None)


def is_temporary(code: str) -> bool:
    return code.startswith("TAM-")


def _shown(pupil: PupilRow, data: PupilPlan) -> dict[str, tuple[str, str]]:
    """The changes as people read them, by column."""
    shown: dict[str, tuple[str, str]] = {}
    for name, (old, new) in {**pupil.person_changes, **pupil.profile_changes}.items():
        if name == "birth_precision":
            continue
        shown["code" if name == "ministry_code" else name] = (_words(name, old), _words(name, new))
    if "classroom_id" in pupil.enrolment_changes and pupil.enrolment:
        name = (
            data.classrooms.get(pupil.class_key, {}).get("name")
            or data.new_classes.get(pupil.class_key, ("",))[0]
        )
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
