"""Writes of classes: opening, changing, closing, homeroom, and moving pupils between them in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.class_names import class_name_key, class_sort_key, grade_of, normalise_class_name
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import rules
from khue.registry.roster.actions import records
from khue.registry.roster.actions.pupils import _level
from khue.registry.roster.events import ClassClosed, ClassOpened, HomeroomChanged, PupilPlaced
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent, EventKind, Homeroom
from khue.registry.staff import queries as staff


def check_name(name: str, school_id: int, year_id: int, grade: int, *, without: int = 0) -> str:
    """A class name as lists show it; raises DomainError when it is taken or speaks of another grade."""
    shown = normalise_class_name(name)[:30]
    if not shown:
        text = _("Lớp chưa có tên.")
        raise DomainError(text, fields={"name": text})
    told = grade_of(shown)
    if told is not None and grade >= 1 and told != grade:
        text = _("Tên “%(name)s” nói khối %(told)s, nhưng chọn khối %(grade)s.") % {
            "name": shown,
            "told": told,
            "grade": grade,
        }
        raise DomainError(text, fields={"name": text})
    key = class_name_key(shown)
    rows = Classroom.objects.filter(school_id=school_id, year_id=year_id).exclude(pk=without)
    if any(class_name_key(other) == key for other in rows.values_list("name", flat=True)):
        text = _("Trường đã có lớp %(name)s trong năm học này.") % {"name": shown}
        raise DomainError(text, fields={"name": text})
    return shown


def _campus(school_id: int, campus_id: int | None) -> int | None:
    if campus_id is None:
        return None
    if not Unit.objects.filter(pk=campus_id, parent_id=school_id, kind=UnitKind.CAMPUS).exists():
        raise DomainError(
            _("Điểm trường này không thuộc trường."), fields={"campus": _("Chọn điểm trường của trường.")}
        )
    return campus_id


@action("roster.open_class", permission="roster.manage_classes")
def open_class(
    work: Work, school: Unit, *, year_id: int, name: str, grade: int, campus_id: int | None = None,
    sessions_a_week: int = 6, is_special: bool = False,
) -> Classroom:  # fmt: skip
    """Make a class of a school for a school year."""
    if school.kind != UnitKind.SCHOOL:
        raise DomainError(_("Lớp được lập ở trường, không ở đơn vị này."))
    records.open_year(year_id)
    shown = check_name(name, school.pk, year_id, grade)
    room = work.create(
        Classroom(
            year_id=year_id, school=school, campus_id=_campus(school.pk, campus_id), name=shown,
            level=_level(school, grade), grade=grade, sessions_a_week=sessions_a_week, is_special=is_special,
            sort_key=class_sort_key(shown)[:60],
        )
    )  # fmt: skip
    work.announce(ClassOpened(room.pk, school.pk, year_id))
    return room


@action("roster.change_class", permission="roster.manage_classes")
def change_class(
    work: Work, room: Classroom, *, name: str, campus_id: int | None, sessions_a_week: int, is_special: bool,
    combined_with_id: int | None = None,
) -> Classroom:  # fmt: skip
    """Rename a class, move it to another campus, teach it together with another one."""
    records.open_year(room.year_id)
    shown = check_name(name, room.school_id, room.year_id, room.grade, without=room.pk)
    if combined_with_id is not None:
        other = Classroom.objects.filter(
            pk=combined_with_id, school_id=room.school_id, year_id=room.year_id
        ).first()
        if other is None or other.pk == room.pk or other.combined_with_id is not None:
            text = _("Ghép với một lớp khác của trường, chưa ghép vào lớp nào.")
            raise DomainError(text, fields={"combined_with": text})
        if Classroom.objects.filter(combined_with=room).exists():
            text = _("Lớp này đang là lớp chính của một nhóm ghép.")
            raise DomainError(text, fields={"combined_with": text})
    campus = _campus(room.school_id, campus_id)
    has_moved = campus != room.campus_id
    work.change(
        room, name=shown, sort_key=class_sort_key(shown)[:60], campus_id=campus, sessions_a_week=sessions_a_week,
        is_special=is_special, combined_with_id=combined_with_id,
    )  # fmt: skip
    if has_moved:
        rows = Enrolment.objects.select_for_update().filter(classroom=room).values_list("pk", "campus_id")
        work.change_many(Enrolment, ["campus_id"], {pk: ([old], [campus]) for pk, old in rows})
        recount(work, [room.school_id], room.year_id, on=timezone.localdate())
    return room


@action("roster.close_class", permission="roster.manage_classes")
def close_class(work: Work, room: Classroom, *, on: date, reason: str = "") -> Classroom:
    """Close an empty class; raises DomainError while pupils are in it."""
    left = Enrolment.objects.filter(classroom=room, status__in=rules.PRESENT).count()
    if left:
        raise DomainError(
            _("Lớp %(name)s còn %(n)s em. Chuyển các em sang lớp khác trước.")
            % {"name": room.name, "n": left}
        )
    if room.closed_on is not None:
        raise DomainError(_("Lớp này đã giải thể từ trước."))
    work.reason = reason
    for row in Homeroom.objects.select_for_update().filter(classroom=room, ends_on__gt=on):
        work.change(row, ends_on=max(on, row.starts_on))
    for other in Classroom.objects.select_for_update().filter(combined_with=room):
        work.change(other, combined_with=None)
    work.announce(ClassClosed(room.pk, room.school_id, room.year_id))
    return work.change(room, closed_on=on, combined_with=None)


@action("roster.reopen_class", permission="roster.manage_classes")
def reopen_class(work: Work, room: Classroom) -> Classroom:
    """Take the closing of a class back."""
    if room.closed_on is None:
        raise DomainError(_("Lớp này đang hoạt động."))
    records.open_year(room.year_id)
    work.announce(ClassOpened(room.pk, room.school_id, room.year_id))
    return work.change(room, closed_on=None)


@action("roster.assign_homeroom", permission="roster.manage_classes")
def assign_homeroom(work: Work, room: Classroom, *, teacher_id: int, on: date) -> Homeroom:
    """Give a class its homeroom teacher from a day on; the former one loses the class and its rights that day."""
    year = SchoolYear.objects.get(pk=room.year_id)
    if room.closed_on is not None:
        raise DomainError(_("Lớp này đã giải thể."))
    if not year.starts_on <= on < year.ends_on:
        text = _("Ngày này không thuộc năm học %(year)s.") % {"year": year.label}
        raise DomainError(text, fields={"on": text})
    if not staff.all_working_at(
        Unit.objects.get(pk=room.school_id), [teacher_id], max(on, min(timezone.localdate(), year.ends_on))
    ):
        text = _("Người này không làm việc ở trường vào ngày đó.")
        raise DomainError(text, fields={"teacher": text})
    for row in (
        Homeroom.objects.select_for_update().filter(classroom=room, ends_on__gt=on).order_by("starts_on")
    ):
        if row.teacher_id == teacher_id and row.starts_on <= on:
            text = _("Người này đang chủ nhiệm lớp rồi.")
            raise DomainError(text, fields={"teacher": text})
        if row.starts_on >= on:
            work.remove(row)
        else:
            work.change(row, ends_on=on)
        work.touch_people([row.teacher_id])
    work.touch_people([teacher_id])
    work.announce(HomeroomChanged(room.pk, teacher_id, on))
    return work.create(Homeroom(classroom=room, teacher_id=teacher_id, starts_on=on, ends_on=year.ends_on))


@action("roster.end_homeroom", permission="roster.manage_classes")
def end_homeroom(work: Work, room: Classroom, *, on: date) -> None:
    """Leave a class without homeroom teacher from a day on."""
    rows = list(Homeroom.objects.select_for_update().filter(classroom=room, ends_on__gt=on))
    if not rows:
        raise DomainError(_("Lớp chưa có giáo viên chủ nhiệm."))
    for row in rows:
        if row.starts_on >= on:
            work.remove(row)
        else:
            work.change(row, ends_on=on)
        work.touch_people([row.teacher_id])
    work.announce(HomeroomChanged(room.pk, None, on))


@action("roster.place_pupils", permission="roster.move")
def place_pupils(
    work: Work, enrolments: Sequence[Enrolment], *, classroom_id: int, on: date, reason: str = ""
) -> Classroom:
    """Put pupils into a class, or move them from one to another: one action, a handful of statements."""
    if not enrolments:
        raise NotVisible
    first = enrolments[0]
    if any(not row.is_current for row in enrolments):
        raise NotVisible
    if any((row.school_id, row.year_id) != (first.school_id, first.year_id) for row in enrolments):
        raise DomainError(_("Các em thuộc nhiều trường hoặc nhiều năm học. Chọn từng trường một."))
    records.open_year(first.year_id)
    room = records.class_for(first.school_id, first.year_id, classroom_id)
    assert room is not None
    gone = [row for row in enrolments if row.status not in rules.PRESENT]
    if gone:
        raise DomainError(_("%(n)s em không còn học ở trường, không xếp lớp được.") % {"n": len(gone)})
    moving = [row for row in enrolments if row.classroom_id != room.pk]
    if not moving:
        raise DomainError(_("Các em đã ở lớp %(name)s rồi.") % {"name": room.name})
    other_grade = [row for row in moving if row.grade != room.grade]
    if other_grade and not work.actor.is_system:
        raise DomainError(
            _("%(n)s em không thuộc khối của lớp %(name)s. Đổi khối bằng kết chuyển hoặc đính chính.")
            % {"n": len(other_grade), "name": room.name},
            fields={"classroom": _("Chọn lớp cùng khối.")},
        )
    records.check_days(moving, on, latest=timezone.localdate() + timedelta(days=31))
    work.reason = reason
    changes: dict[int, tuple[list[Any], list[Any]]] = {
        row.pk: ([row.classroom_id, row.campus_id], [room.pk, room.campus_id]) for row in moving
    }
    work.change_many(Enrolment, ["classroom_id", "campus_id"], changes)
    work.create_many(
        EnrolmentEvent,
        ["enrolment_id", "school_id", "classroom_id", "kind", "on", "reason"],
        [[row.pk, row.school_id, room.pk, EventKind.CLASS_CHANGED, on, reason[:200]] for row in moving],
    )
    work.touch_people(row.person_id for row in moving)
    recount(work, [first.school_id], first.year_id, on=on)
    work.announce(PupilPlaced(tuple(row.pk for row in moving), room.pk, on))
    return room


@action("roster.undo_placing", permission="roster.move")
def undo_placing(work: Work, enrolments: Sequence[Enrolment]) -> int:
    """Take the last change of class back, for pupils who have not been moved or changed since; gives how many."""
    first = enrolments[0]
    rooms = {
        room.pk: room for room in Classroom.objects.filter(school_id=first.school_id, year_id=first.year_id)
    }
    events: dict[int, list[EnrolmentEvent]] = {}
    for event in EnrolmentEvent.objects.filter(enrolment__in=list(enrolments)).order_by("pk"):
        events.setdefault(event.enrolment_id, []).append(event)
    by_day: dict[date, list[tuple[Enrolment, Classroom | None]]] = {}
    for row in enrolments:
        past = events.get(row.pk, [])
        if (
            not row.is_current
            or len(past) < 2
            or (row.school_id, row.year_id) != (first.school_id, first.year_id)
        ):
            continue
        if past[-1].kind != EventKind.CLASS_CHANGED or past[-1].classroom_id != row.classroom_id:
            continue
        room = rooms.get(past[-2].classroom_id or 0)
        if room is None or room.closed_on is None:
            by_day.setdefault(past[-1].on, []).append((row, room))
    if not by_day:
        raise DomainError(_("Không hoàn tác được: các em đã được chuyển tiếp."))
    reason = "Hoàn tác chuyển lớp"
    for day, group in sorted(by_day.items()):
        work.change_many(
            Enrolment,
            ["classroom_id", "campus_id"],
            {
                row.pk: (
                    [row.classroom_id, row.campus_id],
                    [room.pk if room else None, room.campus_id if room else None],
                )
                for row, room in group
            },
        )
        work.create_many(
            EnrolmentEvent,
            ["enrolment_id", "school_id", "classroom_id", "kind", "on", "reason"],
            [
                [row.pk, row.school_id, room.pk if room else None, EventKind.CLASS_CHANGED, day, reason]
                for row, room in group
            ],
        )
        recount(work, [first.school_id], first.year_id, on=day)
        records.announce_placed(work, ((row.pk, room.pk if room else None) for row, room in group), day)
    back = [row for group in by_day.values() for row, _room in group]
    work.touch_people(row.person_id for row in back)
    return len(back)
