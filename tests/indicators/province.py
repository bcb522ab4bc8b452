"""A small province with a bit of everything, drawn by chance from a fixed seed: two years, six schools, all levels.

Days stand relative to today, so what is counted "as of today" is the same whenever the tests run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person, SignIn
from khue.kernel.people.records import derived
from khue.lib.dates import school_year_start
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import (
    Classroom,
    DuplicatePair,
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    Homeroom,
    PupilProfile,
    QualityFigure,
    Transfer,
)
from khue.registry.roster.queries.quality import CHECKS
from khue.registry.staff.models import Position, StaffMember
from khue.school.gradebook.actions.figures import refresh as refresh_progress
from khue.school.gradebook.actions.marks import open_the_wall
from khue.school.gradebook.models import (
    Deadline,
    Finding,
    MarkRow,
    Result,
    Review,
    Sheet,
    Unlock,
)
from khue.school.report_cards.models import Card, Correction
from tests.cast import make_unit
from tests.indicators.rolled import call_rolls

GRADES = {"MN": (-5, -3, -1), "TH": (1, 4, 5), "THCS": (6, 9), "THPT": (10, 12), "GDTX": (10, 12)}
SUBJECTS = {
    "TH": ("TIENG_VIET", "TOAN", "DAO_DUC"), "THCS": ("TOAN", "NGU_VAN", "NGHE_THUAT"),
    "THPT": ("TOAN", "NGOAI_NGU_1", "GDTC"), "GDTX": ("TOAN", "NGU_VAN"), "MN": ("MN_HDG",),
}  # fmt: skip
RULES = {"MN": "PRESCHOOL", "TH": "TT27_2020", "THCS": "TT22_2021", "THPT": "TT22_2021", "GDTX": "TT43_2021"}
BY_COMMENT = ("DAO_DUC", "NGHE_THUAT", "GDTC", "MN_HDG")
TODAY = timezone.localdate()


@dataclass
class Province:
    """What was built, as far as tests name it."""

    department: Unit
    offices: list[Unit]
    schools: list[Unit]
    years: dict[int, SchoolYear]
    drawn: Random
    campuses: dict[int, list[Unit]] = field(default_factory=dict)
    people: int = 0

    @property
    def now(self) -> SchoolYear:
        """The running year."""
        return self.years[max(self.years)]

    @property
    def last(self) -> SchoolYear:
        """The year before."""
        return self.years[min(self.years)]

    def chance(self, percent: int) -> bool:
        """Whether something happens that happens so often."""
        return self.drawn.randrange(100) < percent

    def person(self, name: str = "", **more: Any) -> Person:
        """Another person."""
        self.people += 1
        full = name or f"Nguyễn Văn {chr(65 + self.people % 26)}{self.people}"
        return Person.objects.create(full_name=full, code=f"T{self.people:09d}", **derived(full), **more)

    def account(self, person: Person, activated: int, used: int) -> Account:
        """An account: activated and used by these chances."""
        is_active = self.chance(activated)
        account = Account.objects.create(
            person=person, login_name=f"u{person.pk}", password="!", is_active=self.chance(95),
            activated_at=timezone.now() if is_active else None,
        )  # fmt: skip
        if is_active and self.chance(used):
            days = self.drawn.choice((1, 12, 29, 31, 80))
            sign_in = SignIn.objects.create(
                account=account, session_hash=f"h{person.pk}", method="password", device="", ip=None,
                seen_at=timezone.now(),
            )  # fmt: skip
            SignIn.objects.filter(pk=sign_in.pk).update(started_at=timezone.now() - timedelta(days=days))
        return account


def build() -> Province:
    """Make the province."""
    drawn = Random(20261122)
    department = make_unit("SO", "Sở GD&ĐT Lam Giang", "department", None)
    near = make_unit("X-1", "Phường Đông Kinh", "commune", department)
    far = make_unit("X-2", "Xã Mường Khoa", "commune", department)
    schools = [
        make_unit("MN-1", "MN Hoa Ban", "school", far, levels=["MN"], region=1),
        make_unit("TH-1", "TH Sông Lam", "school", far, levels=["TH"], region=1, has_internet=False),
        make_unit("THCS-1", "THCS Lê Quý Đôn", "school", near, levels=["THCS"], region=2),
        make_unit(
            "LC-1", "TH&THCS Ánh Dương", "school", near, levels=["TH", "THCS"], region=3, is_public=False
        ),
        make_unit("THPT-1", "THPT Lam Giang", "school", department, levels=["THPT"], region=3),
        make_unit("GDTX-1", "Trung tâm GDTX", "school", near, levels=["GDTX"], region=3),
    ]
    make_unit("TH-CU", "TH đã giải thể", "school", near, levels=["TH"], closed_on=TODAY - timedelta(days=500))
    start = school_year_start(TODAY)
    years = {}
    for number, first in ((start, TODAY - timedelta(days=80)), (start - 1, TODAY - timedelta(days=450))):
        years[number] = SchoolYear.objects.create(
            pk=number, starts_on=first - timedelta(days=20), ends_on=first + timedelta(days=340),
            is_closed=number < start,
        )  # fmt: skip
        Term.objects.create(
            year=years[number], number=1, starts_on=first, ends_on=first + timedelta(days=130)
        )
        Term.objects.create(
            year=years[number],
            number=2,
            starts_on=first + timedelta(days=135),
            ends_on=first + timedelta(days=265),
        )
    made = Province(department, [near, far], schools, years, drawn)
    for school in (schools[0], schools[2]):
        main = make_unit(f"{school.code}-01", "Điểm chính", "campus", school, is_main=True)
        other = make_unit(f"{school.code}-02", "Điểm lẻ", "campus", school, has_internet=False)
        make_unit(f"{school.code}-03", "Điểm cũ", "campus", school, closed_on=TODAY)
        made.campuses[school.pk] = [main, other]
    Deadline.objects.create(
        unit=department, year=years[start], term=1, column="tx1", due_on=TODAY - timedelta(days=1),
        locks_on=TODAY + timedelta(days=30),
    )  # fmt: skip
    Deadline.objects.create(
        unit=schools[2], year=years[start], term=1, column="gk", due_on=TODAY - timedelta(days=3),
        locks_on=TODAY + timedelta(days=30),
    )  # fmt: skip
    Deadline.objects.create(
        unit=schools[1],
        year=years[start],
        term=1,
        column="gk",
        due_on=TODAY,
        locks_on=TODAY + timedelta(days=9),
    )
    for school in schools:
        staff(made, school)
        for year in (made.last, made.now):
            for level in school.levels:
                for grade in GRADES[level]:
                    for part in "AB" if year is made.now and grade % 3 == 0 else "A":
                        room(made, school, year, level, grade, part)
    for role, unit in (
        ("department_officer", department), ("office_officer", near), ("principal", schools[2])
    ):  # fmt: skip
        person = made.person()
        RoleAssignment.objects.create(person=person, role=role, unit=unit, starts_on=date(2020, 1, 1))
        made.account(person, 60, 80)
    RoleAssignment.objects.create(
        person=made.person(), role="office_officer", unit=far, starts_on=date(2020, 1, 1), ends_on=TODAY
    )
    kinds = ("totp", "recovery_codes", "webauthn", "")
    powerful = Account.objects.filter(is_active=True, person__positions__post__in=("principal", "clerk"))
    for number, account in enumerate(powerful.order_by("pk").distinct()):
        if kinds[number % 4]:
            Authenticator.objects.create(user=account, type=kinds[number % 4], data={})
    moved(made)
    for school in schools:
        for year in (made.last, made.now):
            QualityFigure.objects.create(
                school=school, year=year, pupils=drawn.randrange(50, 90), classes=drawn.randrange(2, 9),
                faults={name: drawn.randrange(6) for name in CHECKS}, as_of=timezone.now(),
            )  # fmt: skip
    call_rolls(schools)
    for year in (made.last, made.now):
        for term in (1, 2):
            refresh_progress([school.pk for school in schools], year.pk, term)
    return made


POSTS = (
    "principal",
    "vice_principal",
    "clerk",
    "teacher",
    "teacher",
    "teacher",
    "teacher",
    "teacher",
    "librarian",
)


def staff(made: Province, school: Unit) -> None:
    """The staff of a school: some on leave, some gone, some only since last month."""
    drawn = made.drawn
    for number, post in enumerate(POSTS):
        if number == 0 and school.code == "GDTX-1":
            continue
        person = made.person(
            sex=drawn.choice((1, 2, 2)), ethnicity=drawn.choice(("01", "03", "", "56")),
            birth_date=date(TODAY.year - drawn.randrange(24, 62), 5, 1) if made.chance(90) else None,
        )  # fmt: skip
        if made.chance(95):
            StaffMember.objects.create(
                person=person, unit=school, sort_key=person.sort_key,
                status=drawn.choice(("working", "working", "working", "leave", "retired")),
                contract=drawn.choice(("Viên chức", "Hợp đồng lao động", "")),
                qualification=drawn.choice(("Đại học", "Thạc sĩ", "Cao đẳng", "Cử nhân sư phạm", "Trung cấp", "")),
                standard_result=drawn.choice(("Tốt", "Khá", "Đạt", "")),
                subjects_text=drawn.choice(("Toán", "Ngữ văn")),
            )  # fmt: skip
        unit = made.campuses[school.pk][1] if number == 4 and school.pk in made.campuses else school
        since = TODAY - timedelta(days=drawn.choice((20, 300, 2000)))
        until = drawn.choice(
            (None, None, None, TODAY, TODAY - timedelta(days=200), TODAY + timedelta(days=9))
        )
        if post == "principal":
            until = None
        if until is not None and until <= since:
            until = None
        Position.objects.create(person=person, unit=unit, post=post, starts_on=since, ends_on=until)
        if number == 5:
            Position.objects.create(
                person=person, unit=made.schools[0], post="teacher", is_main=False, starts_on=since
            )
        if made.chance(85):
            made.account(person, 70, 80)


def room(made: Province, school: Unit, year: SchoolYear, level: str, grade: int, part: str) -> None:
    """A class with its pupils, teachers, courses, pages, marks, results and cards."""
    drawn = made.drawn
    first = Term.objects.get(year=year, number=1).starts_on
    campus = drawn.choice(made.campuses[school.pk]) if school.pk in made.campuses else None
    classroom = Classroom.objects.create(
        year=year, school=school, campus=campus, name=f"{level}{grade}{part}", level=level, grade=grade, sort_key="",
        sessions_a_week=drawn.choice((6, 9, 10)), is_special=level == "THPT" and grade == 12,
        closed_on=TODAY - timedelta(days=2) if level == "TH" and part == "B" and made.chance(30) else None,
    )  # fmt: skip
    if part == "B":
        other = Classroom.objects.filter(school=school, year=year, grade=grade, name__endswith="A").first()
        if other is not None and made.chance(40):
            Classroom.objects.filter(pk=classroom.pk).update(combined_with=other)
    if made.chance(75):
        teacher = made.person()
        Homeroom.objects.create(
            classroom=classroom, teacher=teacher, starts_on=first - timedelta(days=3),
            ends_on=year.ends_on if made.chance(80) else first + timedelta(days=30),
        )  # fmt: skip
    size = (
        0
        if level == "GDTX" and part == "B"
        else 64
        if grade == 12 and level == "THPT"
        else drawn.choice((5, 7, 10, 30))
    )
    pupils = [pupil(made, classroom, first, number) for number in range(size)]
    for term in (1, 2):
        if level in ("THCS", "THPT", "GDTX"):
            page(made, classroom, None, "conduct", term, pupils)
        elif level == "TH":
            page(made, classroom, None, "traits", term, pupils)
    for code in SUBJECTS[level]:
        subject(made, classroom, code, first, pupils)
    if level != "MN":
        results(made, classroom, pupils, is_over=year is made.last)
    if year is made.last and level != "MN":
        for enrolment in pupils:
            card(made, enrolment)


STATUSES = ("studying",) * 8 + (
    "suspended",
    "reserved",
    "transferred_out",
    "dropped",
    "dropped",
    "deceased",
    "completed",
)


def pupil(made: Province, classroom: Classroom, first: date, number: int) -> Enrolment:
    """A pupil of a class; of last year's some are here again."""
    drawn, year = made.drawn, classroom.year
    old = None
    if year is made.now or year.pk == made.now.pk:
        held = Enrolment.objects.filter(year=made.last, grade=classroom.grade - 1, is_current=True)
        old = (
            held.exclude(person__enrolments__year=made.now).order_by("pk").first()
            if made.chance(60)
            else None
        )
    if old is not None:
        person = old.person
        Enrolment.objects.filter(pk=old.pk).update(is_current=False)
    else:
        born = classroom.year_id - max(classroom.grade, 1) - 5 - drawn.choice((0, 0, 0, 0, 1, 3, 4, -1))
        person = made.person(
            sex=drawn.choice((1, 2, 1, 2, None)), ethnicity=drawn.choice(("01", "01", "03", "25", "", "55")),
            birth_date=date(born, 3, 3) if made.chance(93) else None,
            personal_id=f"0382{made.people:08d}" if made.chance(85) else None,
            ministry_code=f"38{made.people:08d}" if made.chance(80) else None,
        )  # fmt: skip
    status = drawn.choice(STATUSES)
    if year.pk == made.last.pk and status == "studying" and classroom.grade in (5, 9, 12):
        status = "completed"
    joined = first + timedelta(days=drawn.choice((-5, -5, -5, 0, 0, 1, 25)))
    gone = max(joined, first + timedelta(days=drawn.choice((-1, 0, 1, 40))))
    is_here = status in ("studying", "suspended")
    enrolment = Enrolment.objects.create(
        person=person, year=year, school=classroom.school, campus=classroom.campus,
        classroom=classroom if made.chance(96) else None, level=classroom.level, grade=classroom.grade, status=status,
        status_on=joined if is_here else gone, joined_on=joined,
        left_on=None if is_here or status == "reserved" else gone, is_repeat=made.chance(8), sort_key=person.sort_key,
    )  # fmt: skip
    if old is None:
        if made.chance(20):
            PupilProfile.objects.create(
                person=person, disability=drawn.choice(("vận động", "")), has_individual_plan=made.chance(60)
            )
        for relation in ("father", "mother")[: drawn.choice((0, 1, 2, 2))]:
            guardian = made.person()
            Guardianship.objects.create(
                pupil=person, guardian=guardian, relation=relation, starts_on=first, may_view=made.chance(90),
                ends_on=first if made.chance(10) else None,
            )  # fmt: skip
            if made.chance(60):
                made.account(guardian, 60, 60)
        if made.chance(70):
            made.account(person, 60, 60)
    kinds = ["admitted"] if joined <= first else [drawn.choice(("admitted", "transferred_in"))]
    kinds += {"dropped": ["dropped"], "transferred_out": ["transferred_out"], "reserved": ["reserved"]}.get(
        status, []
    )
    if is_here and made.chance(10):
        kinds += ["dropped", "returned"]
    if is_here and made.chance(10):
        kinds += ["class_changed"]
    for kind in kinds:
        EnrolmentEvent.objects.create(
            enrolment=enrolment, school=classroom.school, classroom=classroom if made.chance(90) else None, kind=kind,
            on=joined if kind in ("admitted", "transferred_in") else gone,
            reason_code=drawn.choice(("poor", "work", "weak", "other")) if kind == "dropped" else "",
        )  # fmt: skip
    return enrolment


def subject(made: Province, classroom: Classroom, code: str, first: date, pupils: list[Enrolment]) -> None:
    """A course with its teachers, and a page for each term."""
    drawn = made.drawn
    Subject.objects.get_or_create(
        code=code, defaults={"name": code, "name_en": code, "short_name": code[:20], "order": 90}
    )
    course = Course.objects.create(
        year=classroom.year, school=classroom.school, classroom=classroom, subject_id=code,
        periods_a_year=drawn.choice((35, 70, 105)), assessed_by="comments" if code in BY_COMMENT else "marks",
    )  # fmt: skip
    for role in ("main", "co", "substitute"):
        if made.chance({"main": 85, "co": 10, "substitute": 12}[role]):
            starts = first + timedelta(days=drawn.choice((-3, -3, 0, 85)))
            ends = drawn.choice(
                (classroom.year.ends_on, classroom.year.ends_on, TODAY, first + timedelta(days=60))
            )
            TeachingAssignment.objects.create(
                course=course, teacher=made.person(), role=role, periods_a_year=course.periods_a_year,
                starts_on=starts, ends_on=max(starts, ends),
            )  # fmt: skip
    for term in (1, 2):
        page(made, classroom, course, "observation" if classroom.level == "MN" else "subject", term, pupils)


def page(
    made: Province, classroom: Classroom, course: Course | None, kind: str, term: int, pupils: list[Enrolment]
) -> None:
    """A page of the gradebook with its counters and rows, what looks odd and who asks to unlock it."""
    drawn = made.drawn
    sheet = Sheet.objects.create(
        year=classroom.year, school=classroom.school, classroom=classroom, course=course, kind=kind, term=term,
        rule_set=RULES[classroom.level], regular=drawn.choice((2, 3, 4)), has_topic=made.chance(15),
        pupils=len(pupils), touched_at=timezone.now() if made.chance(70) else None,
        filled=[drawn.randrange(len(pupils) + 2) for _slot in range(drawn.choice((0, 2, 7, 30)))],
    )  # fmt: skip
    if made.chance(10):
        Finding.objects.create(
            sheet=sheet, school=classroom.school, kind=drawn.choice(("same", "burst")),
            state=drawn.choice(("open", "explained", "accepted")),
        )  # fmt: skip
    if pupils and made.chance(10):
        Unlock.objects.create(
            sheet=sheet, slots=[5], reason="Vào nhầm", asked_by=pupils[0].person, decided_by=pupils[0].person,
            open_until=timezone.now(), state=drawn.choice(("asked", "granted", "refused", "closed")),
        )  # fmt: skip
    if kind != "subject" or (classroom.year_id == made.now.pk and term == 2):
        return
    open_the_wall()
    is_primary = classroom.level == "TH"
    is_scored = course is not None and course.assessed_by == "marks"
    for enrolment in pupils:
        if made.chance(8):
            continue
        if is_primary:
            kinds = ((0, 1, 2, None), (None, 70, 90), (0, 1, 2, None), (None, -1, 40, 80, 100))
            marks = [drawn.choice(kind) for kind in kinds][: drawn.choice((1, 2, 3, 4))]
            average = None
        elif is_scored:
            marks = [drawn.choice((None, -1, -2, 0, 34, 49, 50, 65, 79, 80, 95, 100)) for _slot in range(7)]
            average = drawn.choice((None, 20, 34, 35, 49, 50, 64, 79, 80, 93))
        else:
            marks = [drawn.choice((None, 100, 0)) for _slot in range(7)]
            average = drawn.choice((None, 100, 100, 0))
        MarkRow.objects.create(
            sheet=sheet, enrolment=enrolment, person=enrolment.person, marks=marks, sources="k" * len(marks),
            average=average,
        )  # fmt: skip


def results(made: Province, classroom: Classroom, pupils: list[Enrolment], *, is_over: bool) -> None:
    """Results of the first term, and of a year that is over; some reviewed, some approved."""
    drawn = made.drawn
    for term in (1, 2, 0) if is_over else (1,):
        if made.chance(85):
            Review.objects.create(
                classroom=classroom, school=classroom.school, year=classroom.year, term=term,
                state=drawn.choice(("open", "submitted", "approved", "approved")),
            )  # fmt: skip
        for enrolment in pupils:
            if made.chance(10):
                continue
            level = drawn.choice(
                ("EXCELLENT", "WELL", "DONE", "NOT_DONE", "") if classroom.level == "TH" else
                ("TOT", "KHA", "DAT", "CHUA_DAT", "")
            )  # fmt: skip
            Result.objects.create(
                enrolment=enrolment, person=enrolment.person, school=classroom.school, classroom=classroom, term=term,
                rule_set=RULES[classroom.level], learning=level, missing=drawn.choice((0, 0, 0, 2)),
                conduct="" if classroom.level == "TH" else drawn.choice(("TOT", "KHA", "DAT", "CHUA_DAT", "")),
                award=drawn.choice(("", "", "XUAT_SAC", "GIOI")) if term == 0 else "",
                outcome=drawn.choice(
                    ("LEN_LOP", "LEN_LOP", "HOAN_THANH", "O_LAI", "KIEM_TRA_LAI", "BO_SUNG", "CHUA_DU")
                ) if term == 0 else "",
                absences=drawn.choice((None, 0, 12)), is_approved=made.chance(60),
            )  # fmt: skip


STATES = ("draft", "complete", "teacher_signed", "homeroom_signed", "principal_signed", "sealed", "submitted",
          "accepted", "returned", "revoked")  # fmt: skip


def card(made: Province, enrolment: Enrolment) -> None:
    """A report card of last year, of some pupils in two editions."""
    drawn = made.drawn
    if made.chance(20):
        return
    state = drawn.choice(STATES)
    states = [state]
    if state in ("sealed", "accepted") and made.chance(40):
        states = drawn.choice((["superseded", state], [state, "draft"]))
    for edition, one in enumerate(states, start=1):
        number = f"{enrolment.pk}-{edition}"
        is_issued = one in ("sealed", "submitted", "accepted", "returned", "revoked", "superseded")
        place = enrolment.classroom or Classroom.objects.filter(school=enrolment.school).first()
        assert place is not None
        made_card = Card.objects.create(
            person=enrolment.person, enrolment=enrolment, year=enrolment.year, school=enrolment.school,
            classroom=place,
            level=enrolment.level, grade=enrolment.grade, sort_key="", edition=edition, state=one, steps="HT",
            fingerprint="", reference=f"r{number}", code=f"c{number}", is_test=made.chance(30),
            composed_at=timezone.now(), issued_at=timezone.now() if is_issued else None,
        )  # fmt: skip
        if is_issued and made.chance(15):
            Correction.objects.create(
                card=made_card, asked_by=enrolment.person, what="Sai tên",
                state=drawn.choice(("asked", "granted", "refused", "done")),
            )  # fmt: skip


def moved(made: Province) -> None:
    """Open transfers at every step, some late; a pupil who moved within the province; two records that look alike."""
    drawn = made.drawn
    here = list(Enrolment.objects.filter(year=made.now, status="studying").order_by("pk")[:12])
    days = (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=4))
    for enrolment in here:
        outside = made.chance(20)
        Transfer.objects.create(
            enrolment=enrolment, from_school=enrolment.school,
            to_school=None if outside else drawn.choice(made.schools),
            state=drawn.choice(("submitted", "accepted", "released", "placed", "refused")), reason_code="nearer",
            submitted_on=TODAY, answer_due_on=drawn.choice(days), release_due_on=drawn.choice(days),
            place_due_on=drawn.choice((None, *days)), wanted_grade=enrolment.grade,
        )  # fmt: skip
    for old in Enrolment.objects.filter(year=made.now, status="transferred_out").order_by("pk")[:3]:
        place = Classroom.objects.filter(year=made.now, grade=old.grade).exclude(school=old.school).first()
        if place is None:
            continue
        Enrolment.objects.filter(pk=old.pk).update(is_current=False)
        Enrolment.objects.create(
            person=old.person, year=made.now, school=place.school, classroom=place, level=place.level,
            grade=place.grade, status_on=TODAY, joined_on=old.left_on or TODAY, sort_key=old.sort_key,
        )  # fmt: skip
    first, second = here[0].person_id, here[1].person_id
    DuplicatePair.objects.create(first_id=first, second_id=second, why="", score=70)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
