"""Writes of pupils: admitting with a look for the record that may be there already, and changing a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotAllowed, Work, action
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.people.records import change_person, create_person
from khue.lib.personal_id import personal_id_problems
from khue.lib.sexes import Sex
from khue.registry.roster import rules
from khue.registry.roster.actions import records
from khue.registry.roster.actions.guardians import link_guardian
from khue.registry.roster.events import PupilAdmitted, PupilPlaced
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Classroom, Enrolment, EventKind, PupilProfile, Status
from khue.registry.roster.queries.profile import candidates, last_change
from khue.ui.words import translated

PERSON_FIELDS = (
    "full_name", "birth_date", "birth_precision", "sex", "ethnicity", "personal_id", "ministry_code", "phone",
    "birth_place", "home_town", "address",
)  # fmt: skip
PROFILE_FIELDS = (
    "disability", "disability_severity", "has_individual_plan", "policy", "health_note", "birth_certificate", "note",
)  # fmt: skip
NUMBERS = ("personal_id", "ministry_code")
CIVIL = ("full_name", "birth_date", "sex", "ethnicity")
LIKELY = 60  # from this score on a person must say that it is somebody else


@dataclass(frozen=True)
class GuardianGiven:
    """A guardian named on an admission form."""

    full_name: str
    phone: str
    relation: str


def check_numbers(values: Mapping[str, Any], person: Person | None, *, confirmed: bool) -> None:
    """Refuse numbers of a wrong form or of somebody else; what disagrees with sex or birth wants confirming."""
    problems: dict[str, str] = {}
    number = values.get("personal_id")
    sex, born = values.get("sex"), values.get("birth_date")
    findings = (
        personal_id_problems(number, sex=Sex(sex) if sex else None, birth_year=born.year if born else None)
        if number
        else []
    )
    for finding in findings:
        if finding.code.is_fatal:
            problems["personal_id"] = finding.message
    others = Person.objects.filter(merged_into__isnull=True).exclude(pk=person.pk if person else 0)
    for name, label in (("personal_id", _("Số định danh")), ("ministry_code", _("Mã định danh của Bộ"))):
        if values.get(name) and others.filter(**{name: values[name]}).exists():
            problems[name] = _(
                "%(label)s này đang ở một hồ sơ khác. Nếu là cùng một em, vào Hồ sơ trùng để gộp."
            ) % {"label": label}
    if problems:
        raise DomainError(_("Chưa ghi được: xem lại số."), fields=problems)
    if findings and not confirmed:
        text = " ".join(translated(finding.message) for finding in findings)
        raise DomainError(
            _("Số định danh không khớp với ngày sinh hoặc giới tính."),
            fields={"personal_id": text},
            code="confirm",
        )


@action("roster.admit")
def admit(
    work: Work,
    school: Unit,
    *,
    year_id: int,
    values: Mapping[str, Any],
    grade: int,
    classroom_id: int | None,
    joined_on: date,
    person_id: int | None = None,
    is_somebody_new: bool = False,
    came_from: str = "",
    decision: str = "",
    is_repeat: bool = False,
    confirmed: bool = False,
    guardian: GuardianGiven | None = None,
) -> Enrolment:
    """Take a pupil into a school; a record that exists is used again, never doubled.

    `person_id` says "it is this one" and must be among the candidates of what was typed. Raises DomainError with
    code `maybe_known` when somebody like that is on record and nobody has said that it is somebody else.
    """
    if school.kind != UnitKind.SCHOOL or school.closed_on is not None:
        raise DomainError(_("Chỉ trường đang hoạt động tiếp nhận học sinh."))
    year = records.open_year(year_id)
    if not year.starts_on <= joined_on <= year.ends_on:
        text = _("Ngày này không thuộc năm học %(year)s.") % {"year": year.label}
        raise DomainError(text, fields={"joined_on": text})
    room = records.class_for(school.pk, year_id, classroom_id)
    if room is not None:
        grade = room.grade
    person = _known(work, values, person_id, is_somebody_new=is_somebody_new)
    check_numbers(values, person, confirmed=confirmed)
    given = {name: values[name] for name in PERSON_FIELDS if values.get(name) not in (None, "")}
    if person is None:
        person = create_person(work, **{**given, **{n: given.get(n) or None for n in NUMBERS}})
    else:
        blanks = {name: value for name, value in given.items() if getattr(person, name) in (None, "")}
        change_person(work, person, **blanks)
    enrolment = enrol(
        work, person, school=school, year_id=year_id, room=room, grade=grade,
        level=room.level if room else _level(school, grade),
        on=joined_on, is_repeat=is_repeat,
    )  # fmt: skip
    kind = EventKind.TRANSFERRED_IN if came_from else EventKind.ADMITTED
    records.record_event(work, enrolment, kind, joined_on, decision=decision, other_school=came_from)
    if (
        not person.ministry_code
        and not person.identifiers.filter(system="temporary", replaced_on__isnull=True).exists()
    ):
        records.give_temporary_code(work, person, school, year_id)
    records.open_account(work, person)
    if guardian is not None:
        link_guardian(
            work, person, full_name=guardian.full_name, phone=guardian.phone, relation=guardian.relation,
            starts_on=joined_on, is_main_contact=True,
        )  # fmt: skip
    recount(work, [school], year_id, on=joined_on)
    work.announce(PupilAdmitted(person.pk, enrolment.pk, school.pk, joined_on))
    if room is not None:
        work.announce(PupilPlaced((enrolment.pk,), room.pk, joined_on))
    return enrolment


def _known(
    work: Work, values: Mapping[str, Any], person_id: int | None, *, is_somebody_new: bool
) -> Person | None:
    found = candidates(
        work.actor if work.actor.holds("roster.admit") else Actor.system("roster.admit"),
        full_name=values["full_name"], birth_date=values.get("birth_date"), sex=values.get("sex"),
        personal_id=values.get("personal_id") or "", ministry_code=values.get("ministry_code") or "",
    )  # fmt: skip
    if person_id is not None:
        chosen = next((one for one in found if one.person_id == person_id), None)
        if chosen is None:
            raise DomainError(_("Hồ sơ vừa chọn không khớp với tên, ngày sinh hoặc số vừa gõ."))
        if chosen.is_present:
            raise DomainError(
                _("Em %(name)s đang học ở %(school)s. Gửi đơn chuyển trường, hồ sơ sẽ đi theo em.")
                % {"name": chosen.name, "school": chosen.school},
                code="present_elsewhere",
            )
        return Person.objects.select_for_update().get(pk=person_id)
    likely = [one for one in found if one.score >= LIKELY]
    if likely and not is_somebody_new:
        raise DomainError(
            _("Có thể em này đã có trong hệ thống. Xem và chọn trước khi lập hồ sơ mới."), code="maybe_known"
        )
    return None


def _level(school: Unit, grade: int) -> str:
    level = "MN" if grade < 1 else "TH" if grade <= 5 else "THCS" if grade <= 9 else "THPT"
    if level not in school.levels and "GDTX" in school.levels and grade >= 6:
        level = "GDTX"
    if school.levels and level not in school.levels:
        text = _("Trường không dạy %(grade)s.") % {"grade": rules.grade_label(grade).lower()}
        raise DomainError(text, fields={"grade": text})
    return level


def enrol(
    work: Work, person: Person, *, school: Unit, year_id: int, room: Classroom | None, grade: int, level: str,
    on: date, is_repeat: bool = False,
) -> Enrolment:  # fmt: skip
    """Make the one current enrolment of a person; a pupil who comes back the same year has the old row again."""
    for older in Enrolment.objects.select_for_update().filter(person=person, is_current=True):
        if older.status in rules.PRESENT:
            raise DomainError(
                _("Em đang học ở một trường. Làm thủ tục chuyển trường."), code="present_elsewhere"
            )
        work.change(older, is_current=False)
    place = {
        "classroom": room, "campus_id": room.campus_id if room else None, "grade": grade, "level": level,
        "status": Status.STUDYING, "status_on": on, "left_on": None, "is_repeat": is_repeat, "is_current": True,
        "sort_key": person.sort_key,
    }  # fmt: skip
    again = (
        Enrolment.objects.select_for_update().filter(person=person, year_id=year_id, school=school).first()
    )
    if again is not None:
        return work.change(again, **place)
    return work.create(Enrolment(person=person, year_id=year_id, school=school, joined_on=on, **place))


@action("roster.change_pupil", permission="roster.edit_profile")
def change_pupil(
    work: Work,
    enrolment: Enrolment,
    *,
    version: int,
    values: Mapping[str, Any],
    confirmed: bool = False,
    reason: str = "",
    decision: str = "",
) -> Person:
    """Change the record of a pupil; raises Conflict with whose change it is when somebody was quicker.

    Sensitive fields are only for those who see them. Changed civil data (name, birth, sex, ethnic group) leave a
    correction behind.
    """
    records.check_held(enrolment)
    person = Person.objects.select_for_update().get(pk=enrolment.person_id)
    if person.version != version:
        who = last_change(work.actor, person.pk)
        text = _("Hồ sơ vừa có người khác sửa. Xem bản mới rồi ghi lại, chữ vừa gõ vẫn còn ở dưới.")
        if who is not None:
            moment = timezone.localtime(who[1])
            text = _("%(who)s vừa sửa hồ sơ này lúc %(at)s. Xem bản mới rồi ghi lại, chữ vừa gõ vẫn còn ở dưới.") % {
                "who": who[0], "at": f"{moment:%H:%M, %d/%m/%Y}",
            }  # fmt: skip
        raise Conflict(text)
    given = {
        name: (value or None if name in NUMBERS else value)
        for name, value in values.items()
        if name in PERSON_FIELDS
    }
    sensitive = {name: value for name, value in values.items() if name in PROFILE_FIELDS}
    if sensitive and not work.actor.can("roster.view_sensitive", enrolment):
        raise NotAllowed
    before = {name: getattr(person, name) for name in given}
    changed = {name for name, value in given.items() if value != before[name]}
    if changed & {"personal_id", "ministry_code", "sex", "birth_date"}:
        merged = {
            name: given.get(name, getattr(person, name))
            for name in ("personal_id", "ministry_code", "sex", "birth_date")
        }
        check_numbers(merged, person, confirmed=confirmed)
    work.reason = reason
    if decision:
        work.note(decision=decision)
    today = timezone.localdate()
    version_before = person.version
    change_person(work, person, **given)
    if "full_name" in changed:
        rows = Enrolment.objects.select_for_update().filter(person=person).values_list("pk", "sort_key")
        work.change_many(Enrolment, ["sort_key"], {pk: ([old], [person.sort_key]) for pk, old in rows})
    if "ministry_code" in changed and given["ministry_code"]:
        records.retire_temporary_codes(work, person, today)
    _change_profile(work, person, sensitive)
    if person.version == version_before and sensitive:
        work.change(person, version=version_before + 1)
    if changed & set(CIVIL):
        records.record_event(work, enrolment, EventKind.CORRECTED, today, reason=reason, decision=decision)
    if changed & {"sex", "ethnicity"} and enrolment.status in rules.COUNTED:
        recount(work, [enrolment.school_id], enrolment.year_id, on=today)
    work.touch(person)
    return person


def _change_profile(work: Work, person: Person, values: Mapping[str, Any]) -> None:
    if not values:
        return
    profile = PupilProfile.objects.select_for_update().filter(pk=person.pk).first()
    if profile is not None:
        work.change(profile, **values)
    elif any(values.values()):
        work.create(PupilProfile(person=person, **values))


@action("roster.read_number", permission="roster.view_profile")
def read_number(work: Work, enrolment: Enrolment, *, field: str = "personal_id") -> str:
    """Show a number that is masked everywhere; the reading itself is written down (rules/13 section 3)."""
    records.check_held(enrolment)
    person = Person.objects.get(pk=enrolment.person_id)
    work.note(read=field)
    work.touch(person)
    return str(getattr(person, "personal_id" if field == "personal_id" else "ministry_code") or "")
