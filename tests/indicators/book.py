"""The rows of the small province as plain objects: what is counted by hand, with what each can be parted by.

Everything is read through the ORM and worked out in Python from the fields of the records; nothing here knows the SQL
of the facts or the expressions of the indicators.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ROLES
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, SignIn
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    Homeroom,
    PupilProfile,
    QualityFigure,
    Transfer,
)
from khue.registry.staff.models import Position, StaffMember
from khue.school.gradebook.layout import columns_of
from khue.school.gradebook.models import (
    Deadline,
    Finding,
    MarkRow,
    Result,
    Review,
    SchoolProgress,
    Sheet,
    Unlock,
)
from khue.school.gradebook.plan import days_of
from khue.school.report_cards.models import Card, Correction
from tests.indicators.rolled import Rolls

Row = SimpleNamespace
TODAY = timezone.localdate()


@dataclass
class Book:
    """Rows by what they are; each has `year` (0: of none), `unit`, and what it is parted by."""

    sites: list[Row] = field(default_factory=list)
    pupils: list[Row] = field(default_factory=list)
    rooms: list[Row] = field(default_factory=list)
    needs: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)
    leavers: list[Row] = field(default_factory=list)
    faults: list[Row] = field(default_factory=list)
    families: list[Row] = field(default_factory=list)
    staff: list[Row] = field(default_factory=list)
    powers: list[Row] = field(default_factory=list)
    courses: list[Row] = field(default_factory=list)
    loads: list[Row] = field(default_factory=list)
    sheets: list[Row] = field(default_factory=list)
    marks: list[Row] = field(default_factory=list)
    results: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    progress: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    unlocks: list[Row] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)
    old_cards: list[Row] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    rolls: list[Row] = field(default_factory=list)
    attending: list[Row] = field(default_factory=list)
    calling: list[Row] = field(default_factory=list)
    levels: dict[int, list[str]] = field(default_factory=dict)
    office: dict[int, int] = field(default_factory=dict)


class Reader:
    """Reads the province once."""

    def __init__(self) -> None:
        self.book = Book()
        self.units = {unit.pk: unit for unit in Unit.objects.all()}
        self.years = {year.pk: year for year in SchoolYear.objects.all()}
        self.terms = {(term.year_id, term.number): term for term in Term.objects.all()}
        self.classes = {room.pk: room for room in Classroom.objects.all()}
        self.accounts = {one.person_id: one for one in Account.objects.filter(is_active=True)}
        month = timezone.now() - timedelta(days=30)
        self.used = {one.account_id for one in SignIn.objects.all() if one.started_at >= month}
        self.strong = {
            one.user_id
            for one in Authenticator.objects.all()
            if one.type in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        }
        self.guardians: dict[int, list[Guardianship]] = defaultdict(list)
        for one in Guardianship.objects.filter(ends_on=None):
            self.guardians[one.pupil_id].append(one)

    def read(self) -> Book:
        """Everything."""
        for unit in self.units.values():
            if unit.kind == "school":
                self.book.levels[unit.pk] = list(unit.levels)
                self.book.office[unit.pk] = unit.parent_id or 0
        self._sites()
        self._pupils()
        self._rooms()
        self._movement()
        self._staff()
        self._courses()
        self._gradebook()
        self._cards()
        rolls = Rolls(self)
        self.book.rolls, self.book.attending = list(rolls.rolls()), list(rolls.pupils())
        self.book.calling = list(rolls.schools())
        return self.book

    # --- what all rows need -----------------------------------------------------------------------------------
    def school(self, pk: int) -> dict[str, Any]:
        """The school of a row."""
        unit = self.units[pk]
        kind = "LC" if len(unit.levels) > 1 else unit.levels[0] if unit.levels else ""
        return {
            "unit": pk, "ownership": "public" if unit.is_public else "private", "region": unit.region,
            "school_level": kind,
        }  # fmt: skip

    def person(self, person: Any) -> dict[str, Any]:
        """What a person is parted by."""
        kinh = person.ethnicity in ("01", "", "55", "56")
        return {"sex": person.sex or 0, "minority": not kinh}

    def begins(self, year: int) -> date:
        """The first day of the first term."""
        return self.terms[year, 1].starts_on

    def seen(self, year: int) -> date:
        """The day as of which a year is looked at: today, or the day before its lessons ended."""
        last = self.terms[year, 2].ends_on - timedelta(days=1)
        return max(self.begins(year), min(TODAY, last))

    def is_over(self, year: int) -> bool:
        """Whether the year has ended."""
        return self.years[year].ends_on < TODAY

    def is_pupil(self, enrolment: Enrolment) -> bool:
        """Whether somebody counts as a pupil of the year."""
        if enrolment.status in ("studying", "suspended"):
            return True
        return enrolment.status == "completed" and self.is_over(enrolment.year_id)

    # --- units ------------------------------------------------------------------------------------------------
    def _sites(self) -> None:
        for unit in self.units.values():
            if unit.kind != "school" or unit.closed_on:
                continue
            campuses = [
                one for one in self.units.values()
                if one.parent_id == unit.pk and one.kind == "campus" and not one.closed_on
            ]  # fmt: skip
            self.book.sites.append(Row(
                year=0, is_school=True, is_place=not campuses, is_satellite=False, online=unit.has_internet,
                **self.school(unit.pk),
            ))  # fmt: skip
            for campus in campuses:
                self.book.sites.append(Row(
                    year=0, is_school=False, is_place=True, is_satellite=not campus.is_main,
                    online=campus.has_internet, campus=campus.pk, **self.school(unit.pk),
                ))  # fmt: skip

    # --- pupils -----------------------------------------------------------------------------------------------
    def _pupils(self) -> None:
        profiles = {one.person_id: one for one in PupilProfile.objects.all()}
        every = list(Enrolment.objects.select_related("person"))
        by_person: dict[int, list[Enrolment]] = defaultdict(list)
        for one in every:
            by_person[one.person_id].append(one)
        for one in every:
            counted = one.status in ("studying", "suspended")
            gone = None if counted else (one.left_on or one.status_on)
            first = self.begins(one.year_id)
            person, profile = one.person, profiles.get(one.person_id)
            elsewhere = [
                o for o in by_person[one.person_id]
                if o.pk != one.pk and o.year_id == one.year_id and o.joined_on >= one.joined_on
            ]  # fmt: skip
            row = Row(
                year=one.year_id, level=one.level, grade=one.grade, klass=one.classroom_id, campus=one.campus_id,
                status=one.status, here=self.is_pupil(one), taught=self.terms[one.year_id, 2].ends_on < TODAY,
                began=one.joined_on <= first and (gone is None or gone > first),
                came_later=one.joined_on > first, left_later=gone is not None and gone > first,
                left_province=one.status == "transferred_out" and not elsewhere, again=one.is_repeat,
                disabled=bool(profile and profile.disability), plan=bool(profile and profile.has_individual_plan),
                no_number=not person.personal_id, no_code=not person.ministry_code, alone=not self.guardians[person.pk],
                bare=person.birth_date is None or person.sex is None or person.ethnicity == "",
                age_fit=_age_fit(one), **self.school(one.school_id), **self.person(person),
            )  # fmt: skip
            self.book.pupils.append(row)
            if one.is_current and counted:
                self._family(one)
        for one in every:
            nexts = [
                o
                for o in by_person[one.person_id]
                if o.year_id == one.year_id + 1 and o.grade == one.grade + 1
            ]
            following = self.years.get(one.year_id + 1)
            if (
                one.status == "completed"
                and one.grade in (5, 9)
                and following
                and following.starts_on <= TODAY
            ):
                self.book.leavers.append(Row(
                    year=one.year_id + 1, level=one.level, grade=one.grade, klass=one.classroom_id, went=bool(nexts),
                    **self.school(one.school_id), **self.person(one.person),
                ))  # fmt: skip

        followed = {(one.year, one.grade) for one in self.book.leavers if one.went}
        self.book.leavers = [one for one in self.book.leavers if (one.year, one.grade) in followed]

    def _family(self, one: Enrolment) -> None:
        own = self.accounts.get(one.person_id)
        adults = [self.accounts.get(g.guardian_id) for g in self.guardians[one.person_id] if g.may_view]
        self.book.families.append(Row(
            year=one.year_id, level=one.level, grade=one.grade, klass=one.classroom_id, campus=one.campus_id,
            active=own is not None and own.activated_at is not None, used=own is not None and own.pk in self.used,
            adults=len(adults), adults_active=sum(1 for a in adults if a is not None and a.activated_at),
            adults_used=sum(1 for a in adults if a is not None and a.pk in self.used), **self.school(one.school_id),
        ))  # fmt: skip

    # --- classes ----------------------------------------------------------------------------------------------
    def _rooms(self) -> None:
        sizes: dict[int, int] = defaultdict(int)
        for one in Enrolment.objects.exclude(classroom=None):
            sizes[one.classroom_id or 0] += self.is_pupil(one)
        homerooms = list(Homeroom.objects.all())
        joined = {room.combined_with_id for room in self.classes.values() if room.combined_with_id}
        wanted: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        counted: dict[tuple[int, int], int] = defaultdict(int)
        for room in self.classes.values():
            day = self.seen(room.year_id)
            if room.closed_on and room.closed_on <= day:
                continue
            size, cap = sizes[room.pk], _cap(room)
            self.book.rooms.append(Row(
                year=room.year_id, level=room.level, grade=room.grade, klass=room.pk, campus=room.campus_id, size=size,
                over=0 < cap < size, near=size > 0 and cap - 2 <= size <= cap, part=_part(room),
                full_day=room.sessions_a_week >= 9, joint=room.combined_with_id is not None or room.pk in joined,
                led=any(h.classroom_id == room.pk and h.starts_on <= day < h.ends_on for h in homerooms),
                **self.school(room.school_id),
            ))  # fmt: skip
            norm = _norm(room)
            if size and norm:
                wanted[room.school_id, room.year_id][_part(room)] += norm
                counted[room.school_id, room.year_id] += 1
        for (school, year), parts in wanted.items():
            due = sum(int(need * 100 + 50) // 100 for need in parts.values())
            have = sum(1 for row in self.staff_of(year) if row.unit == school and row.post == "teacher")
            self.book.needs.append(Row(
                year=year, due=due, missing=max(due - have, 0), spare=max(have - due, 0), **self.school(school)
            ))  # fmt: skip

    # --- movement ---------------------------------------------------------------------------------------------
    def _movement(self) -> None:
        kinds = ("admitted", "transferred_in", "transferred_out", "dropped", "reserved", "returned", "suspended",
                 "class_changed", "deceased")  # fmt: skip
        for event in EnrolmentEvent.objects.select_related("enrolment__person"):
            one = event.enrolment
            if event.kind in kinds and event.on > self.begins(one.year_id):
                self.book.events.append(Row(
                    year=one.year_id, level=one.level, grade=one.grade, klass=event.classroom_id or one.classroom_id,
                    campus=one.campus_id, kind=event.kind, reason=event.reason_code, month=f"{event.on:%Y-%m}",
                    movement=event.kind, **self.school(event.school_id), **self.person(one.person),
                ))  # fmt: skip
        for move in Transfer.objects.select_related("enrolment"):
            turn = {
                "submitted": (move.to_school_id, move.answer_due_on),
                "accepted": (move.from_school_id, move.release_due_on),
                "released": (move.to_school_id, move.place_due_on),
            }.get(move.state)  # fmt: skip
            if turn and turn[0]:
                self.book.transfers.append(
                    Row(
                        year=move.enrolment.year_id,
                        unit=turn[0],
                        late=turn[1] is not None and turn[1] < TODAY,
                    )
                )
        for figure in QualityFigure.objects.all():
            for name, number in figure.faults.items():
                is_room = name in ("over_full", "near_full", "no_homeroom")
                self.book.faults.append(Row(
                    year=figure.year_id, unit=figure.school_id, fault=name, number=number, is_room=is_room,
                    of=figure.classes if is_room else figure.pupils,
                ))  # fmt: skip

    # --- staff ------------------------------------------------------------------------------------------------
    def staff_of(self, year: int) -> list[Row]:
        """Who holds a main post at a school in a year, at a campus of it as well."""
        day, found = self.seen(year), []
        if self.begins(year) > TODAY:
            return []
        members = {one.person_id: one for one in StaffMember.objects.all()}
        for post in Position.objects.filter(is_main=True).select_related("person"):
            if post.starts_on > day or (post.ends_on is not None and post.ends_on <= day):
                continue
            unit = self.units[post.unit_id]
            school = self.units[unit.parent_id] if unit.kind == "campus" and unit.parent_id else unit
            member = members.get(post.person_id)
            status = member.status if member else "working"
            if school.kind != "school" or (not self.is_over(year) and status not in ("working", "leave")):
                continue
            born = post.person.birth_date
            age = year - born.year if born else None
            text = (member.contract if member else "").lower()
            found.append(Row(
                year=year, post=post.post, status=status, age=age, age_band=_band(age),
                speciality=member.subjects_text if member else "", standard=member.standard_result if member else "",
                contract="tenured" if "viên chức" in text else "contract" if text else "",
                duty={"principal": "head", "vice_principal": "head", "teacher": "teacher"}.get(post.post, "other"),
                qualification=_training(member.qualification if member else ""),
                asked=2 if list(school.levels) == ["MN"] else 3, **self._account(post.person_id),
                **self.school(school.pk), **self.person(post.person),
            ))  # fmt: skip
        return found

    def _account(self, person_id: int) -> dict[str, Any]:
        account = self.accounts.get(person_id)
        return {
            "active": account is not None and account.activated_at is not None,
            "used": account is not None and account.pk in self.used,
            "strong": account is not None and account.pk in self.strong,
        }

    def _staff(self) -> None:
        for year in self.years:
            self.book.staff += self.staff_of(year)
        held: dict[tuple[int, int], set[str]] = defaultdict(set)
        for post in Position.objects.all():
            if post.starts_on <= TODAY and (post.ends_on is None or post.ends_on > TODAY):
                held[post.unit_id, post.person_id].add(post.post)
        for given in RoleAssignment.objects.all():
            if given.starts_on <= TODAY and (given.ends_on is None or given.ends_on > TODAY):
                held[given.unit_id, given.person_id].add(given.role)
        for (unit, person), roles in held.items():
            strong = sorted(role for role in roles if role in ROLES and ROLES[role].second_factor)
            if strong:
                self.book.powers.append(Row(year=0, unit=unit, role=strong[0], **self._account(person)))

    # --- courses ----------------------------------------------------------------------------------------------
    def _courses(self) -> None:
        given: dict[int, list[TeachingAssignment]] = defaultdict(list)
        for one in TeachingAssignment.objects.all():
            given[one.course_id].append(one)
        taught: dict[tuple[int, int, int], list[TeachingAssignment]] = defaultdict(list)
        for course in Course.objects.all():
            room, day = self.classes[course.classroom_id], self.seen(course.year_id)
            now = [one for one in given[course.pk] if one.starts_on <= day < one.ends_on]
            for one in now:
                taught[course.year_id, course.school_id, one.teacher_id].append(one)
            if room.closed_on and room.closed_on <= day:
                continue
            self.book.courses.append(Row(
                year=course.year_id, level=room.level, grade=room.grade, klass=room.pk, campus=room.campus_id,
                subject=course.subject_id, assessed_by=course.assessed_by, periods=course.periods_a_year,
                taught=bool(now), instead=any(one.role == "substitute" for one in now), **self.school(course.school_id),
            ))  # fmt: skip
        for (year, school, _teacher), assignments in taught.items():
            self.book.loads.append(
                Row(year=year, periods=sum(one.periods_a_year for one in assignments), **self.school(school))
            )

    # --- the gradebook ----------------------------------------------------------------------------------------
    def _gradebook(self) -> None:
        owing = {
            one.pk: one.classroom_id
            for one in Enrolment.objects.filter(status__in=["studying", "suspended", "completed"])
        }
        sizes: dict[int, int] = defaultdict(int)
        for classroom in owing.values():
            if classroom:
                sizes[classroom] += 1
        courses = {course.pk: course for course in Course.objects.all()}
        sheets = {sheet.pk: sheet for sheet in Sheet.objects.all()}
        where = {}
        for sheet in sheets.values():
            room = self.classes[sheet.classroom_id]
            course = courses.get(sheet.course_id) if sheet.course_id else None
            where[sheet.pk] = {
                "year": sheet.year_id, "level": room.level, "grade": room.grade, "klass": room.pk,
                "campus": room.campus_id, "term": sheet.term, "subject": course.subject_id if course else sheet.kind,
                **self.school(sheet.school_id),
            }  # fmt: skip
            counted = self._cells(sheet, room, course, sizes[room.pk])
            self.book.sheets.append(Row(**where[sheet.pk], **counted))
        for mark in MarkRow.objects.all():
            sheet = sheets[mark.sheet_id]
            course = courses.get(sheet.course_id) if sheet.course_id else None
            if (
                sheet.kind != "subject"
                or course is None
                or owing.get(mark.enrolment_id) != sheet.classroom_id
            ):
                continue
            cells = dict(enumerate(mark.marks))
            is_primary = sheet.rule_set == "TT27_2020"
            if is_primary:
                tens = [cells.get(1), cells.get(3)]
                levels = [cells.get(2), cells.get(0)]
            else:
                tens = list(mark.marks) if course.assessed_by == "marks" else []
                levels = []
            self.book.marks.append(Row(
                **where[sheet.pk], tens=[cell for cell in tens if cell is not None and cell >= 0],
                reached=next((cell for cell in levels if cell is not None and cell >= 0), None),
                average=mark.average, scored=is_primary or course.assessed_by == "marks",
            ))  # fmt: skip
        people = {one.pk: one.person for one in Enrolment.objects.select_related("person")}
        for result in Result.objects.all():
            if owing.get(result.enrolment_id) != result.classroom_id:
                continue
            room = self.classes[result.classroom_id]
            self.book.results.append(Row(
                year=room.year_id, level=room.level, grade=room.grade, klass=room.pk, campus=room.campus_id,
                term=result.term, learning=result.learning, conduct=result.conduct, award=result.award,
                outcome=result.outcome, missing=result.missing, **self.school(result.school_id),
                **self.person(people[result.enrolment_id]),
            ))  # fmt: skip
        states = {(one.classroom_id, one.term): one.state for one in Review.objects.all()}
        for room in self.classes.values():
            day = self.seen(room.year_id)
            if room.level == "MN" or not sizes[room.pk] or (room.closed_on and room.closed_on <= day):
                continue
            for term in (1, 2, 0):
                end = self.terms[room.year_id, term or 2].ends_on
                self.book.reviews.append(Row(
                    year=room.year_id, level=room.level, grade=room.grade, klass=room.pk, campus=room.campus_id,
                    term=term, state=states.get((room.pk, term), "open"), over=end < TODAY,
                    **self.school(room.school_id),
                ))  # fmt: skip
        for one in SchoolProgress.objects.all():
            self.book.progress.append(Row(
                year=one.year_id, term=one.term, late_teachers=one.late_teachers, late_sheets=one.late_sheets,
                counts=(one.expected, one.entered, one.due, one.done),
                **self.school(one.school_id),
            ))  # fmt: skip
        for finding in Finding.objects.all():
            self.book.findings.append(Row(**where[finding.sheet_id], state=finding.state))
        for unlock in Unlock.objects.all():
            self.book.unlocks.append(Row(**where[unlock.sheet_id], state=unlock.state))

    def _cells(self, sheet: Sheet, room: Classroom, course: Course | None, pupils: int) -> dict[str, Any]:
        term = self.terms[sheet.year_id, sheet.term]
        columns = columns_of(
            sheet.rule_set, sheet.kind, grade=room.grade, subject=course.subject_id if course else "",
            term=sheet.term, regular=sheet.regular, has_topic=sheet.has_topic,
            is_scored=course is not None and course.assessed_by == "marks",
        )  # fmt: skip
        own: dict[str, tuple[date, date]] = {}
        common: dict[str, tuple[date, date]] = {}
        for one in Deadline.objects.filter(year_id=sheet.year_id, term=sheet.term):
            if one.unit_id == sheet.school_id:
                own[one.column] = (one.due_on, one.locks_on)
            elif self.units[one.unit_id].parent_id is None:
                common[one.column] = (one.due_on, one.locks_on)
        days = days_of(
            [column.code for column in columns], starts_on=term.starts_on, ends_on=term.ends_on,
            of_department=common, of_school=own,
        )  # fmt: skip
        found = dict.fromkeys(
            ("cells", "entered", "due", "done", "middle_due", "middle_done", "final_due", "final_done"), 0
        )
        for column in columns:
            if not column.is_required:
                continue
            filled = min(sheet.filled[column.slot], pupils) if column.slot < len(sheet.filled) else 0
            found["cells"] += pupils
            found["entered"] += filled
            if days[column.code].due_on >= TODAY:
                continue
            found["due"] += pupils
            found["done"] += filled
            part = "middle" if column.code.startswith("g") else "final"
            if not column.code.startswith(("tx", "cd")):
                found[f"{part}_due"] += pupils
                found[f"{part}_done"] += filled
        return found

    # --- report cards -----------------------------------------------------------------------------------------
    def _cards(self) -> None:
        cards: dict[int, list[Card]] = defaultdict(list)
        for made in Card.objects.all():
            cards[made.enrolment_id].append(made)
        begun = {made.year_id for every in cards.values() for made in every}
        for one in Enrolment.objects.all():
            if (
                one.status not in ("studying", "suspended", "completed")
                or one.grade < 1
                or one.year_id not in begun
            ):
                continue
            valid = [card for card in cards[one.pk] if card.state not in ("superseded", "revoked")]
            issued = [card for card in valid if card.issued_at]
            card = next(iter(issued or valid), None)
            row = Row(
                year=one.year_id, level=one.level, grade=one.grade, klass=one.classroom_id, campus=one.campus_id,
                card_state=card.state if card else "none", issued=bool(card and card.issued_at),
                trial=bool(card and card.is_test), **self.school(one.school_id),
            )  # fmt: skip
            self.book.cards.append(row)
            if one.year_id + 1 in self.years:
                self.book.old_cards.append(Row(**{**vars(row), "year": one.year_id + 1}))
        every = {card.pk: card for found in cards.values() for card in found}
        for asked in Correction.objects.all():
            card = every[asked.card_id]
            self.book.corrections.append(Row(
                year=card.year_id, unit=card.school_id, klass=card.classroom_id, level=card.level, grade=card.grade,
                state=asked.state,
            ))  # fmt: skip


def _age_fit(one: Enrolment) -> str:
    born = one.person.birth_date
    if one.grade < 1 or one.level == "GDTX":
        return "free"
    if born is None:
        return "unknown"
    proper = one.year_id - 5 - one.grade  # six years old in grade 1
    older = proper - born.year
    return "early" if older < 0 else "right" if older == 0 else "late" if older < 4 else "far"


CAPS = {-6: 15, -5: 20, -4: 25, -3: 25, -2: 30, -1: 35}


def _cap(room: Classroom) -> int:
    if room.grade < 1:
        return CAPS[room.grade]
    return 35 if room.grade <= 5 or room.is_special else 45


def _part(room: Classroom) -> str:
    if room.level != "MN":
        return room.level
    return "NT" if room.grade in (-6, -5, -4) else "MG"


def _norm(room: Classroom) -> float:
    full_day = room.sessions_a_week >= 9
    return {
        "NT": 2.5, "MG": 2.2 if full_day else 1.2, "TH": 1.5 if full_day else 1.2, "THCS": 1.9, "THPT": 2.25,
        "GDTX": 0,
    }[_part(room)]  # fmt: skip


def _band(age: int | None) -> str:
    if age is None:
        return ""
    return "<30" if age < 30 else "30-39" if age < 40 else "40-49" if age < 50 else "50+"


def _training(text: str) -> int:
    known = {"Trung cấp": 1, "Cao đẳng": 2, "Đại học": 3, "Cử nhân sư phạm": 3, "Thạc sĩ": 4, "": 0}
    return known[text]
