"""One province for the access tests: every role in every state, and four places that hold one of each kind of row.

Places, seen from the actors' side: `own` (their class), `class` (another class of their school), `school` (another
school of their commune), `commune` (a school of another commune). Actors: each role as it is (`now`), as it was
until yesterday (`former`), and with its account locked (`suspended`); and nobody at all (`anonymous`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from khue.citizen.family.models import LinkCode
from khue.command.ioc.models import CohortCount, CohortYear, Desk, Posting
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ROLES as EVERY_ROLE
from khue.kernel.audit import chain
from khue.kernel.exchange.models import Import
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import place_of
from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.jobs.models import Run
from khue.kernel.notify.models import Message, Subscription
from khue.kernel.offline.models import Device, Held, Replica
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person, SignIn
from khue.kernel.signing.models import Certificate
from khue.kernel.workflow.models import Task
from khue.registry.calendar.models import Closure, SchoolYear, SpecialDay, Term
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import (
    Classroom,
    DuplicatePair,
    Enrolment,
    ExportRequest,
    Guardianship,
    HeadCount,
    Homeroom,
    PupilProfile,
    Rollover,
    Transfer,
)
from khue.registry.staff.models import Duty, Position
from khue.school.attendance.models import AbsenceNotice, Closing, LeaveRequest, Mark, SessionPlan
from khue.school.attendance.models import Correction as RollCorrection
from khue.school.attendance.models import Sheet as RollSheet
from khue.school.gate.models import Badge, Reader
from khue.school.gradebook.models import Finding, MarkRow, Phrase, Result, Review, Sheet, Unlock
from khue.school.report_cards.models import Batch, Card, Correction, Package, Substitute
from khue.school.report_cards.printing.shape import CardData
from khue.school.report_cards.tests.places import composed, says
from tests import cast as make
from tests.access import watched
from tests.access.asked import asked, wish
from tests.access.talked import conversation, talked

ROLES = (
    "administrator", "department_leader", "department_officer", "office_officer", "principal", "vice_principal",
    "clerk", "homeroom_teacher", "subject_teacher", "subject_head", "staff_member", "guardian", "pupil",
)  # fmt: skip
STATES = ("now", "former", "suspended")
PLACES = ("own", "class", "school", "commune")
YEAR = 2026
START = date(2026, 9, 5)
BACKEND = "khue.kernel.people.backends.AccountBackend"
MISSING = 2_000_000_001
# A comment on every card: what an issued card says never changes, so it bears its canary from the beginning.
SAID = "zq{place}pupiln900000z\"'><xss-x>&"


@dataclass
class Place:
    """One class of one school and one row of each kind that belongs to it; `rows` is found by kind."""

    unit: Unit
    classroom: Classroom
    rows: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """The province."""

    department: Unit
    commune: Unit
    year: SchoolYear
    subject: Subject
    places: dict[str, Place]
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    cookies: dict[tuple[str, str], str] = field(default_factory=dict)
    own_rows: dict[tuple[str, str, str], Any] = field(default_factory=dict)  # kind, role, state

    def row(self, kind: str, place: str, role: str, state: str) -> Any:
        """The value of an object parameter: a row's key, or what stands for it in the address."""
        if place == "own" and (kind, role, state) in self.own_rows:
            return self.own_rows[kind, role, state]
        return self.places[place].rows[kind]


def build(more: Callable[[World], None] | None = None) -> World:
    """Make the province; a few hundred statements."""
    department = make.make_unit("SO", "Sở GD&ĐT Lam Giang", "department", None)
    commune = make.make_unit("X-A", "Phường Đông Kinh", "commune", department)
    other_commune = make.make_unit("X-B", "Xã Mường Khoa", "commune", department)
    school = make.make_unit("TRUONG-A", "THCS Lê Quý Đôn", "school", commune, levels=["THCS"])
    neighbour = make.make_unit("TRUONG-B", "THCS Nguyễn Du", "school", commune, levels=["THCS"])
    far = make.make_unit("TRUONG-C", "THCS Mường Khoa", "school", other_commune, levels=["THCS"])
    year = SchoolYear.objects.create(pk=YEAR, starts_on=date(YEAR, 8, 1), ends_on=date(YEAR + 1, 7, 31))
    for number in (YEAR - 1, YEAR + 1):
        SchoolYear.objects.create(
            pk=number, starts_on=date(number, 8, 1), ends_on=date(number + 1, 7, 31), is_closed=number < YEAR
        )
    Term.objects.create(year=year, number=1, starts_on=START, ends_on=date(YEAR + 1, 1, 16))
    Term.objects.create(year=year, number=2, starts_on=date(YEAR + 1, 1, 18), ends_on=date(YEAR + 1, 5, 30))
    subject, _made = Subject.objects.get_or_create(
        code="TOAN", defaults={"name": "Toán", "name_en": "Mathematics", "short_name": "Toán", "order": 2}
    )
    places = {
        place: Place(unit, make.make_class(name, unit, year, 8))
        for place, unit, name in (
            ("own", school, "8A3"), ("class", school, "8A5"), ("school", neighbour, "8B"), ("commune", far, "8C"),
        )
    }  # fmt: skip
    world = World(department, commune, year, subject, places)
    for name, place in places.items():
        _furnish(world, name, place)
    for role in ROLES:
        for state in reversed(STATES):  # one principal at a time: those who were, first
            _person(world, role, state)
    _pairs(world)
    _incoming(world, make.make_unit("TRUONG-D", "THCS Bản Xa", "school", other_commune, levels=["THCS"]))
    _figures(world)
    if more:
        more(world)
    return world


# What units have today, a number of its own for each, so that a page says whose figures it shows: (pupils, due, done).
OWN_FIGURES = {
    "SO": (76_543, 81_234, 71_357), "X-A": (43_211, 45_678, 41_239), "X-B": (33_332, 35_556, 30_118),
    "TRUONG-A": (21_987, 22_876, 20_713), "TRUONG-B": (21_224, 22_802, 20_526),
    "TRUONG-C": (17_771, 18_889, 16_123), "TRUONG-D": (15_561, 16_667, 13_995),
}  # fmt: skip


def _figures(world: World) -> None:
    """Figures of today and an intake at every unit."""
    now, today = timezone.now(), timezone.localdate()
    Snapshot.objects.create(day=today, computed_at=now, copied_at=now, year=YEAR)
    ids = dict(Unit.objects.filter(code__in=OWN_FIGURES).values_list("code", "pk"))
    for code, (pupils, due, done) in OWN_FIGURES.items():
        for name, top, bottom in (("roster.pupils", pupils, None), ("gradebook.done", done, due)):
            Figure.objects.create(
                indicator=name, unit_id=ids[code], day=today, year=YEAR, top=top, bottom=bottom
            )
        CohortCount.objects.create(unit_id=ids[code], year=YEAR, grade=8, until=YEAR, here=pupils)
    CohortYear.objects.create(year=YEAR, counted_at=now)


def _furnish(world: World, name: str, place: Place) -> None:
    """One row of each kind."""
    unit, classroom, rows = place.unit, place.classroom, place.rows
    teacher = make.make_person(f"Thầy Giáo {unit.code}", birth_date=date(1980, 1, 1), sex=1, ethnicity="01")
    pupil = make.make_person(f"Học Trò {classroom.name}", birth_date=date(2013, 3, 3), sex=2, ethnicity="01")
    parent = make.make_person(f"Phụ Huynh {classroom.name}", birth_date=date(1985, 1, 1), sex=1)
    position = make.make_staff(teacher, unit, "teacher")
    for person, kind in ((teacher, "staff_account"), (pupil, "pupil_account"), (parent, "guardian_account")):
        rows[kind] = make.make_account(person, f"{kind}-{name}")
    enrolment = make.make_enrolment(pupil, classroom)
    PupilProfile.objects.create(person=pupil, health_note="Hen nhẹ")
    course = Course.objects.create(
        year=world.year, school=unit, classroom=classroom, subject=world.subject, periods_a_year=140,
        assessed_by="marks",
    )  # fmt: skip
    file = _file(unit, pupil_of_file=f"Đào Văn {unit.code}")
    ends = world.year.ends_on
    other = next(one.unit for one in world.places.values() if one.unit.pk != unit.pk)
    transfer = Transfer.objects.create(
        enrolment=enrolment, from_school=unit, to_outside="Trường ngoài tỉnh", reason_code="moved",
        submitted_on=START, answer_due_on=START, wanted_grade=8,
    )  # fmt: skip
    HeadCount.objects.create(
        school=unit, classroom=classroom, year=world.year, level="THCS", grade=8, valid_from=START, pupils=1, girls=1,
        minority=0,
    )  # fmt: skip
    rows |= {
        "unit": unit, "unit_code": unit.code, "classroom": classroom, "course": course, "person": pupil, "pupil": pupil,
        "enrolment": enrolment, "guardian": parent, "staff": teacher, "position": position, "file": file,
        "transfer": transfer, "other_unit": other, "own_file": _copy(file, teacher),
        "marks_file": _copy(file, teacher, "gradebook.marks"),
        "guardianship": Guardianship.objects.create(pupil=pupil, guardian=parent, relation="father", starts_on=START),
        "homeroom": Homeroom.objects.create(classroom=classroom, teacher=teacher, starts_on=START, ends_on=ends),
        "assignment": TeachingAssignment.objects.create(
            course=course, teacher=teacher, periods_a_year=140, starts_on=START, ends_on=ends
        ),
        "import": Import.objects.create(table="roster", unit=unit, file=file, options={"year": YEAR}),
        "run": Run.objects.create(name="jobs.sweep", title="Việc thử", unit=unit, state="done"),
        "export_request": ExportRequest.objects.create(
            unit=unit, year=world.year, query="", pupils=600, reason="Nộp Sở", asked_by=teacher
        ),
        "own_run": Run.objects.create(name="jobs.sweep", title="Việc riêng", asked_by=teacher, state="done"),
        "special_day": SpecialDay.objects.create(
            unit=unit, year=world.year, kind="closure", name="Bão", starts_on=START, ends_on=START
        ),
        "closure": Closure.objects.create(unit=unit, year=world.year, reason="storm", starts_on=START, ends_on=START),
        "badge": Badge.objects.create(school=unit, enrolment=enrolment, code=f"KH{enrolment.pk:012d}", issued_on=START),
        "reader": Reader.objects.create(
            school=unit, name=f"Cổng {classroom.name}", kind="page", key_hash=f"{enrolment.pk:064d}"
        ),
        "role": RoleAssignment.objects.create(
            person=teacher, role="vice_principal", unit=unit, starts_on=START, reason="Tạm giao"
        ),
        "duty": Duty.objects.create(person=teacher, unit=unit, year=world.year, kind="other", periods=1),
        "message": Message.objects.create(person=teacher, kind="x", title="Tin riêng"),
        "browser": _subscribed(teacher),
        "sign_in": _sign_in(rows["staff_account"]),
        **_carried(teacher, place, enrolment),
        "entry": chain.append(
            chain=unit.pk, action="roster.change_pupil", actor_id=teacher.pk, capacity="Thầy", payload={"changes": []},
            target=f"roster.enrolment:{enrolment.pk}", touched=[f"people.person:{pupil.pk}"],
        ),
        "task": Task.objects.create(
            kind="x", title="Việc", url="/", action_label="Làm", unit=unit, permission="roster.move",
            subject=f"x:{name}",
        ),
    }  # fmt: skip
    rows["wish"] = rows["own_wish"] = wish(parent, enrolment)
    rows["made_link"] = LinkCode.objects.create(
        enrolment=enrolment, relation="father", code_hash=f"{enrolment.pk:064}", issued_by=teacher,
        expires_at=timezone.now(), used_at=timezone.now(), used_by=parent, guardianship=rows["guardianship"],
    )  # fmt: skip
    rows |= _sheets(world, place, course, teacher)
    rows |= _rolls(place, enrolment, teacher, rows["file"])
    rows |= asked(world.department, classroom, enrolment, teacher)
    rows |= talked(enrolment, teacher, parent, rows["file"])
    rows["alert"] = watched.alert(name, unit)
    rows["period"] = watched.report(world.department, world.year, unit)
    rows["phrase"] = Phrase.objects.create(owner=teacher, group="any", text="Câu riêng của thầy")
    rows["shared_phrase"] = Phrase.objects.create(unit=unit, group="any", text=f"Câu chung, {classroom.name}")
    rows["review"] = Review.objects.create(classroom=classroom, school=unit, year=world.year, term=1)
    rows["result"] = Result.objects.create(
        enrolment=enrolment, person=pupil, school=unit, classroom=classroom, term=0, rule_set="TT22_2021",
        subjects={"TOAN": 48}, learning="CHUA_DAT", learning_raw="CHUA_DAT", conduct="TOT", absences=0,
        outcome="KIEM_TRA_LAI", is_approved=True,
    )  # fmt: skip
    content = says(pupil, homeroom_comment=SAID.format(place=name))
    rows["card"] = composed(enrolment, content)  # waits for its first signature
    rows["stored_card"] = rows["issued_card"] = _stored_card(enrolment, content)
    rows |= _corrections(enrolment, content, teacher)
    rows["substitute"] = Substitute.objects.create(
        classroom=classroom, subject=world.subject, person=teacher, reason="Thầy chuyển đi", named_by=teacher
    )
    rows["batch"] = _batch(teacher, unit)
    desk = _desk(teacher, "staff_member", "now", rows["file"], unit)
    rows |= {kind: row for (kind, _role, _state), row in desk.items()}
    rows["certificate"] = _certificate(f"own-{name}", person=teacher)
    rows["seal"] = _certificate(f"seal-{name}", unit=unit)
    if name != "class":
        rows["rollover"] = Rollover.objects.create(
            school=unit, from_year=world.year, to_year=SchoolYear.objects.get(pk=YEAR + 1)
        )
    else:
        rows["rollover"] = world.places["own"].rows["rollover"]


def _stored_card(enrolment: Enrolment, content: CardData) -> Card:
    """A card that was issued and handed in."""
    now = timezone.now()
    return composed(
        enrolment, content, edition=9, state="submitted", issued_at=now, submitted_at=now, unsigned=[]
    )


def _corrections(enrolment: Enrolment, content: CardData, teacher: Person) -> dict[str, Any]:
    """A request to correct a card, one that was granted, and a package that left for another province."""
    now = timezone.now()
    asked, granted = (
        composed(enrolment, content, edition=edition, state="sealed", issued_at=now, unsigned=[])
        for edition in (7, 8)
    )
    return {
        "correction": Correction.objects.create(card=asked, asked_by=teacher, what="Sai ngày sinh của em"),
        "granted": Correction.objects.create(
            card=granted, asked_by=teacher, what="Sai điểm Toán của em", state="granted", decided_by=teacher,
            decided_at=now, decision="41/QĐ",
        ),
        "package": Package.objects.create(
            person_id=enrolment.person_id, school_id=enrolment.school_id, direction="out", other="Tỉnh khác",
            sha256="0" * 64, size=1, at=now, verdict="valid",
        ),
    }  # fmt: skip


def _batch(signer: Person, school: Unit) -> Batch:
    run = Run.objects.create(
        name="report_cards.sign_batch", title="Ký", asked_by=signer, unit=school, state="stopped"
    )
    return Batch.objects.create(run=run, signer=signer, school=school, step="homeroom", cards=[], shown=[])


def _standing(world: World, role: str) -> Unit:
    """The unit of a role's capacity."""
    if role in {"administrator", "department_leader", "department_officer"}:
        return world.department
    return world.commune if role == "office_officer" else world.places["own"].unit


def _desk(
    person: Person, role: str, state: str, file: StoredFile, unit: Unit
) -> dict[tuple[str, str, str], Any]:
    """A desk somebody put together, and a letter with it that came to them."""
    tiles = [{"indicator": "roster.pupils", "form": "number", "unit": None}]
    desk = Desk.objects.create(owner=person, unit=unit, title=f"Bàn của {person.full_name}", tiles=tiles)
    posting = Posting.objects.create(
        desk=desk, person=person, capacity=f"{EVERY_ROLE[role].capacity}:{unit.pk}", title=desk.title, day=START,
        file=file,
    )  # fmt: skip
    return {("desk", role, state): desk, ("posting", role, state): posting}


def _certificate(sha256: str, **owner: Person | Unit) -> Certificate:
    now = timezone.now()
    return Certificate.objects.create(
        source="trial", content=b"", sha256=sha256, name="Chứng thư thử", subject_number="", issuer="CA thử",
        serial="1", key_kind="EC", not_before=now, not_after=now + timedelta(days=365), registered_at=now, **owner,
    )  # fmt: skip


def _sheets(world: World, place: Place, course: Course, teacher: Person) -> dict[str, Any]:
    """The gradebook of the class: its subject's page and its homeroom teacher's; a request and something odd."""
    more = {
        "year": world.year, "school": place.unit, "classroom": place.classroom, "term": 1, "rule_set": "TT22_2021",
        "pupils": 1,
    }  # fmt: skip
    sheet = Sheet.objects.create(course=course, kind="subject", regular=4, filled=[0] * 7, **more)
    detail = {"text": "Cột {column}: {count} trong {all} em cùng điểm {mark}.", "strength": 95,
              "values": {"column": "TX1", "count": 38, "all": 40, "mark": "9,0"}}  # fmt: skip
    enrolment = place.rows["enrolment"]
    row = MarkRow.objects.create(
        sheet=sheet, enrolment=enrolment, person=enrolment.person, marks=[85, 70, *[None] * 5], sources="kk-----",
        comment="Cần đọc kĩ đề",
    )  # fmt: skip
    return {
        "sheet": sheet,
        "mark_row": row,
        "unlock": Unlock.objects.create(sheet=sheet, slots=[0], reason="Chấm sót câu 3b", asked_by=teacher),
        "finding": Finding.objects.create(sheet=sheet, school=place.unit, slot=0, kind="same", detail=detail),
        "class_sheet": Sheet.objects.create(kind="conduct", filled=[0] * 3, **more),
    }


def _rolls(place: Place, enrolment: Enrolment, teacher: Person, proof: StoredFile) -> dict[str, Any]:
    """A roll of the class with somebody missing, what the family was told of it and asks, and what was closed."""
    now, room = timezone.now(), place.classroom
    roll = RollSheet.objects.create(
        classroom=room, school=place.unit, day=START, session="S", is_main=True, taken_at=now, taken_by=teacher,
        expected=1, unexcused=1,
    )  # fmt: skip
    Mark.objects.create(
        sheet=roll, enrolment=enrolment, day=START, session="S", code="K", note="Chưa gọi được gia đình", set_at=now
    )  # fmt: skip
    return {
        "roll": roll,
        "closing": Closing.objects.create(
            classroom=room, span="week", starts_on=date(YEAR, 9, 7), ends_on=date(YEAR, 9, 13), closed_by=teacher
        ),
        "plan": SessionPlan.objects.create(school=place.unit, classroom=room, morning_days="234567", starts_on=START),
        "leave": LeaveRequest.objects.create(
            enrolment=enrolment, from_day=START, to_day=START, kind="sick", note="Cháu sốt", asked_by=teacher,
            proof=proof,
        ),
        "absence_notice": AbsenceNotice.objects.create(
            enrolment=enrolment, sheet=roll, day=START, session="S", due_at=now, told_at=now
        ),
        "roll_correction": RollCorrection.objects.create(
            classroom=room, day=START, session="S", wanted=[[enrolment.pk, "K", "P", None, ""]],
            reason="Gia đình vừa nộp đơn", asked_by=teacher,
        ),
    }  # fmt: skip


def _file(unit: Unit, *, pupil_of_file: str) -> StoredFile:
    """A small table of pupils as a school would give it, kept in the storage."""
    book = Workbook()
    sheet = book.active
    sheet.append(["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp"])
    sheet.append([1, pupil_of_file, "01/02/2013", "Nam", "8A3"])
    sheet.append([2, "Ngô Thị Thu", "31/13/2013", "Nữ", "8A3"])
    out = io.BytesIO()
    book.save(out)
    data = out.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    default_storage.save(place_of(sha256), ContentFile(data))
    return StoredFile.objects.create(
        name="lop.xlsx", kind="xlsx", size=len(data), sha256=sha256, unit=unit, purpose="import.roster"
    )


def _pairs(world: World) -> None:
    for place in world.places.values():
        first = place.rows["pupil"]
        twin = make.make_person(first.full_name, birth_date=first.birth_date, sex=2, ethnicity="01")
        make.make_enrolment(twin, place.classroom)
        place.rows["twin"] = twin
        place.rows["duplicate"] = DuplicatePair.objects.create(
            first=first, second=twin, why="cùng tên", score=90
        )


def _incoming(world: World, sender: Unit) -> None:
    """A pupil on the way from a school far off to each of the places."""
    classroom = make.make_class("8D", sender, world.year, 8)
    for name, place in world.places.items():
        pupil = make.make_person(f"Em Mới {name}", birth_date=date(2013, 5, 5), sex=1, ethnicity="01")
        place.rows["incoming"] = Transfer.objects.create(
            enrolment=make.make_enrolment(pupil, classroom), from_school=sender, to_school=place.unit,
            reason_code="moved", submitted_on=START, answer_due_on=START, wanted_grade=8,
        )  # fmt: skip


def _copy(file: StoredFile, owner: Person, purpose: str = "x") -> StoredFile:
    return StoredFile.objects.create(
        name=file.name, kind=file.kind, size=file.size, sha256=file.sha256, owner=owner, purpose=purpose
    )


def _subscribed(person: Person) -> Subscription:
    """A browser that shows notices of a person."""
    endpoint = f"https://push.example.org/{person.pk}/{Subscription.objects.count()}"
    return Subscription.objects.create(person=person, endpoint=endpoint, label="Chrome · Android")


def _device(person: Person, unit: Unit) -> Device:
    """A phone that carries somebody's classes."""
    return Device.objects.create(
        person=person, unit=unit, name=f"Máy của {person.full_name}", token_hash=f"{Device.objects.count():064}",
        half=bytes(32), joined_at=timezone.now(),
    )  # fmt: skip


def _carried(teacher: Person, place: Place, enrolment: Enrolment) -> dict[str, Any]:
    """A teacher's phone, a conflict that came from it and what came from it too late."""
    device = _device(teacher, place.unit)
    replica = Replica.objects.create(
        device=device, name=f"replica-of-{place.unit.code}-{place.classroom.pk:06}"
    )
    held = {
        kind: Held.objects.create(
            replica=replica, seq=1, person=teacher, device_name=device.name, kind=kind, collection="attendance.roll",
            key=f"{place.classroom.pk}.2026-10-0{day}.S.0", part=str(enrolment.pk), unit=place.unit,
            classroom_id=place.classroom.pk, entering="attendance.take", mine=["K", None, ""], theirs=[], seen=None,
        )
        for day, kind in ((5, "clash"), (6, "late"))
    }  # fmt: skip
    return {
        "device": device, "own_device": device, "clash": held["clash"], "late_entry": held["late"],
    }  # fmt: skip


def _sign_in(account: Account) -> SignIn:
    return SignIn.objects.create(
        account=account,
        session_hash=f"{account.pk:064d}",
        method="password",
        device="Máy",
        seen_at=timezone.now(),
    )


def _person(world: World, role: str, state: str) -> None:
    """Somebody in a role, with the records it follows from and a browser in which they are signed in."""
    own = world.places["own"]
    today = timezone.localdate()
    ends: date | None = {"now": None, "former": today, "suspended": today + timedelta(days=90)}[state]
    is_pupil = role == "pupil"
    person = own.rows["pupil"] if is_pupil and state == "now" else make.make_person(f"{role} {state}", sex=1)
    world.people[role, state] = person
    account = (
        own.rows["pupil_account"]
        if is_pupil and state == "now"
        else make.make_account(person, f"{role}-{state}")
    )
    if role in {"administrator", "department_leader", "department_officer", "office_officer"}:
        unit = world.commune if role == "office_officer" else world.department
        RoleAssignment.objects.create(
            person=person, role=role, unit=unit, starts_on=date(2020, 1, 1), ends_on=ends
        )
    elif role in {"principal", "vice_principal", "clerk", "staff_member"}:
        post = "accountant" if role == "staff_member" else role
        position = make.make_staff(person, own.unit, post)
        Position.objects.filter(pk=position.pk).update(ends_on=ends)
    elif role in {"homeroom_teacher", "subject_teacher"}:
        make.make_staff(person, own.unit, "teacher")  # still on the staff when the class is somebody else's
        until = ends or world.year.ends_on
        if role == "homeroom_teacher":
            Homeroom.objects.create(classroom=own.classroom, teacher=person, starts_on=START, ends_on=until)
        else:
            TeachingAssignment.objects.create(
                course=own.rows["course"], teacher=person, periods_a_year=140, starts_on=START, ends_on=until
            )
    elif role == "subject_head":
        make.make_staff(person, own.unit, "teacher")
        _group_head(world, person, YEAR - 1 if state == "former" else YEAR)
    elif role == "guardian":
        Guardianship.objects.create(
            pupil=own.rows["pupil"], guardian=person, relation="mother", starts_on=START, ends_on=ends
        )
    elif state != "now":
        enrolment = make.make_enrolment(person, own.classroom)
        if state == "former":
            Enrolment.objects.filter(pk=enrolment.pk).update(is_current=False, status="completed")
    message = Message.objects.create(person=person, kind="x", title="Tin của mình")
    run = Run.objects.create(name="jobs.sweep", title="Việc của mình", asked_by=person, state="failed")
    world.own_rows |= {
        ("message", role, state): message,
        ("browser", role, state): _subscribed(person),
        ("own_wish", role, state): wish(person, own.rows["enrolment"]),
        ("sign_in", role, state): _sign_in(account),
        ("own_device", role, state): _device(person, own.unit),
        ("own_run", role, state): run,
        ("own_file", role, state): _copy(own.rows["file"], person),
        ("marks_file", role, state): _copy(own.rows["file"], person, "gradebook.marks"),
        ("batch", role, state): _batch(person, own.unit),
        **_desk(person, role, state, own.rows["file"], _standing(world, role)),
        ("certificate", role, state): _certificate(f"own-{role}-{state}", person=person),
    }
    if role in {"homeroom_teacher", "subject_teacher"} and state == "now":
        talk = conversation(own.rows["enrolment"], person, own.rows["guardian"], own.rows["file"])
        world.own_rows |= {
            ("talk", role, state): talk,
            ("said", role, state): talk.messages.order_by("pk")[0],
            ("own_said", role, state): talk.messages.order_by("pk")[1],
        }
    world.cookies[role, state] = _cookie(account)
    if state == "suspended":
        Account.objects.filter(pk=account.pk).update(is_active=False)


def _group_head(world: World, person: Person, year: int) -> None:
    """Head of the group of a subject in a school year, who taught it in that year but in none of the four classes."""
    unit = world.places["own"].unit
    span = SchoolYear.objects.get(pk=year)
    room = Classroom.objects.filter(school=unit, year=span, name="9K").first()
    room = room or make.make_class("9K", unit, span, 9)
    course, _made = Course.objects.get_or_create(
        year=span, school=unit, classroom=room, subject=world.subject,
        defaults={"periods_a_year": 140, "assessed_by": "marks"},
    )  # fmt: skip
    begun = date(year, 9, 5)
    TeachingAssignment.objects.create(
        course=course,
        teacher=person,
        periods_a_year=35,
        starts_on=begun,
        ends_on=begun + timedelta(days=7),
        role="co",
    )
    Duty.objects.create(person=person, unit=unit, year=span, kind="group_head", periods=3)


def _cookie(account: Account) -> str:
    client = Client()
    client.force_login(account, backend=BACKEND)
    session = client.session
    session["second_factor"] = "totp"
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    return str(session.session_key)


def plain(value: Any) -> Any:
    """A row as it stands in an address or a form."""
    return value.pk if isinstance(value, Model) else value
