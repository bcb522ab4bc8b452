"""Messages between a pupil's guardians and a teacher, announcements, receipts, office hours, complaints.

A thread is one pupil's family and one teacher in one school year. Who is on its two sides is read from the records at
every request: guardians who may view the pupil, and the teacher it names while on the staff of the school. It can be
written into while that teacher teaches the pupil's class. Announcements have no rows a recipient: an announcement
says for whom it is (a class, a grade, a campus, a school, a staff, the heads below an office), and whoever is that
today reads it; a receipt is made when somebody reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.access.scope import Scope, ScopedManager, ScopedQuerySet
from khue.kernel.registry import roles_with
from khue.registry.roster.models import COUNTED, Enrolment

TEXT_MOST = 2000
READ_ANNOUNCEMENTS = "threads.view_announcements"


class Side(models.TextChoices):
    """The two sides of a thread."""

    FAMILY = "family", _("Gia đình")
    TEACHER = "teacher", _("Giáo viên")


def teaching_at(actor: Actor, permission: str) -> list[int]:
    """The schools at which the actor, as staff, holds a permission."""
    held = roles_with(permission) & set(roles.STAFF)
    return sorted({one.unit_id for one in actor.grants if one.role in held and one.unit_id})


def on_a_side(actor: Actor, permission: str, prefix: str = "") -> Q | None:
    """The condition under which threads are the actor's: an own child's, or one's own as its teacher at the school."""
    reach = actor.reach(permission)
    if reach.everything:
        return Q()
    found, any_kind = Q(), False
    if reach.person_ids:
        found, any_kind = Q(**{f"{prefix}pupil_id__in": reach.person_ids}), True
    schools = teaching_at(actor, permission)
    if actor.person_id is not None and schools:
        found |= Q(**{f"{prefix}teacher_id": actor.person_id, f"{prefix}school_id__in": schools})
        any_kind = True
    return found if any_kind else None


class ThreadManager(ScopedManager["Thread"]):
    """Threads belong to their two sides and to nobody by unit or class."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[Thread]:
        """The threads of which the actor is a side."""
        condition = on_a_side(actor, permission)
        return self.get_queryset().none() if condition is None else self.get_queryset().filter(condition)


class Thread(models.Model):
    """What one pupil's family and one teacher write to each other in one school year."""

    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    pupil = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    classroom = models.ForeignKey("roster.Classroom", models.PROTECT, null=True, related_name="+")
    teacher = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    opened_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    objects = ThreadManager()
    scope = Scope(unit="school_id", person="pupil_id")  # read by ThreadManager's rule
    audit_name = "Cuộc trò chuyện"

    class Meta:
        db_table = "threads_thread"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "teacher"], name="threads_one_a_pupil_teacher_and_year"
            )
        ]
        indexes = [
            models.Index(fields=["pupil", "-last_at"], name="threads_thread_by_pupil"),
            models.Index(fields=["teacher", "-last_at"], name="threads_thread_by_teacher"),
        ]

    def __str__(self) -> str:
        return f"{self.pupil_id} {self.teacher_id}"


class MessageManager(ScopedManager["Message"]):
    """Messages are read by the sides of their thread."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[Message]:
        """The messages of the actor's threads."""
        condition = on_a_side(actor, permission, "thread__")
        return self.get_queryset().none() if condition is None else self.get_queryset().filter(condition)


class Message(models.Model):
    """One message; never changed, only marked: seen by the other side, answered, withdrawn (the text is kept)."""

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="messages", db_index=False)
    side = models.CharField(max_length=7, choices=Side.choices)
    writer = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=TEXT_MOST)
    file = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # when the teacher is told, if not at once
    seen_at = models.DateTimeField(null=True)  # first by somebody of the other side
    answered_at = models.DateTimeField(null=True)  # of a family's: when the teacher wrote next
    answer_minutes = models.IntegerField(null=True)  # of the teacher's office hours until then
    withdrawn_at = models.DateTimeField(null=True)

    objects = MessageManager()
    scope = Scope(unit="thread__school_id", person="thread__pupil_id")  # read by MessageManager's rule
    audit_name = "Tin nhắn"
    audit_hide = frozenset({"text"})

    class Meta:
        db_table = "threads_message"
        indexes = [
            models.Index(fields=["thread", "id"], name="threads_message_by_thread"),
            models.Index(fields=["sent_at"], name="threads_message_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.side}"


class Reader(models.Model):
    """How far one person has read a thread."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    seen_to = models.BigIntegerField()  # id of the newest message of the other side that was on the screen
    seen_at = models.DateTimeField()

    audit_name = "Đã đọc đến"

    class Meta:
        db_table = "threads_reader"
        constraints = [
            models.UniqueConstraint(fields=["thread", "person"], name="threads_one_reader_a_thread")
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.person_id}"


class ComplaintManager(ScopedManager["Complaint"]):
    """Complaints at a school, without those about who looks."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[Complaint]:
        """The complaints of the actor's school; one about the actor's own thread is for the other heads."""
        return super().visible_to(actor, permission).exclude(thread__teacher_id=actor.person_id or 0)


class Complaint(models.Model):
    """Somebody of a thread asks the school's head to look into it; nothing else opens a thread to a third person."""

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="complaints")
    side = models.CharField(max_length=7, choices=Side.choices)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    opened_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    objects = ComplaintManager()
    scope = Scope(unit="thread__school_id")
    audit_name = "Báo tin nhắn"

    class Meta:
        db_table = "threads_complaint"
        constraints = [
            models.UniqueConstraint(
                fields=["thread"], condition=Q(closed_at__isnull=True), name="threads_one_open_complaint"
            )
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}"


class OfficeHours(models.Model):
    """When one teacher answers families of one school; who has none keeps the school's (settings)."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    days = models.CharField(max_length=7)  # "23456": Monday is 2, Sunday is 8
    start = models.SmallIntegerField()  # minutes since midnight
    until = models.SmallIntegerField()

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = "Giờ trả lời phụ huynh"

    class Meta:
        db_table = "threads_office_hours"
        constraints = [
            models.UniqueConstraint(fields=["person", "school"], name="threads_hours_once_a_school"),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("start")), name="threads_hours_have_a_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.days}"


class Audience(models.TextChoices):
    """For whom an announcement is."""

    CLASS = "class", _("Gia đình một lớp")
    COURSE = "course", _("Gia đình lớp học môn này")
    GRADE = "grade", _("Gia đình một khối")
    CAMPUS = "campus", _("Gia đình một điểm trường")
    SCHOOL = "school", _("Gia đình cả trường")
    STAFF = "staff", _("Cán bộ, giáo viên của trường")
    HEADS = "heads", _("Hiệu trưởng, phó hiệu trưởng các trường")


FAMILIES = (Audience.CLASS, Audience.COURSE, Audience.GRADE, Audience.CAMPUS, Audience.SCHOOL)
FOR_STAFF = (
    Audience.STAFF,
    Audience.SCHOOL,
    Audience.GRADE,
    Audience.CAMPUS,
)  # staff know what families are told


class AnnouncementManager(ScopedManager["Announcement"]):
    """Announcements by the places people hold today."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[Announcement]:
        """To read: for one's children, for oneself as staff or head, of one's own school; to manage: one's own and,
        for those who lead a unit, all of the unit's."""
        reach = actor.reach(permission)
        if reach.everything and actor.is_system:
            return self.get_queryset()
        found = Q(written_by_id=actor.person_id or 0, unit_id__in=_units(actor))
        if leads := _led(actor, permission):
            found |= Q(unit_id__in=leads)
        if permission == READ_ANNOUNCEMENTS:
            if reach.person_ids:
                found |= Q(pk__in=for_pupils(reach.person_ids).values("pk"))
            if schools := teaching_at(actor, permission):
                found |= Q(unit_id__in=schools, audience__in=FOR_STAFF)
            if reach.class_ids:
                found |= Q(classroom_id__in=reach.class_ids)
            if above := offices_above(actor):
                found |= Q(unit_id__in=above, audience=Audience.HEADS)
        return self.get_queryset().filter(found)


def _units(actor: Actor) -> set[int]:
    return {one.unit_id for one in actor.grants if one.unit_id}


def _led(actor: Actor, permission: str) -> set[int]:
    """The units the actor leads or keeps the office of, themselves: a school's, not those of an office's schools."""
    held = roles_with(permission) & {*roles.OVERSEERS, *roles.SCHOOL_OFFICE}
    return {one.scope_id for one in actor.grants if one.role in held and one.scope_kind == "unit"}


def offices_above(actor: Actor) -> list[int]:
    """The units above the schools of which the actor is a head."""
    found: set[int] = set()
    for one in actor.grants:
        if one.role in roles.HEADS and one.path:
            found |= {int(part) for part in one.path.strip("/").split("/")} - {one.scope_id}
    return sorted(found)


def for_pupils(person_ids: Sequence[int]) -> models.QuerySet[Announcement]:
    """Announcements for the families of these pupils as they are placed today; a place not named does not narrow."""
    places = Enrolment._base_manager.filter(
        person_id__in=person_ids, is_current=True, status__in=COUNTED, school_id=OuterRef("unit_id")
    )
    for column in ("classroom_id", "grade", "campus_id"):
        places = places.alias(
            **{f"only_{column}": ExpressionWrapper(OuterRef(column), models.BigIntegerField())}
        )
        places = places.filter(Q(**{f"only_{column}__isnull": True}) | Q(**{column: F(f"only_{column}")}))
    return Announcement._base_manager.filter(Exists(places), audience__in=FAMILIES)


class Announcement(models.Model):
    """Something said to many; who reads it follows from the records on the day of reading."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    audience = models.CharField(max_length=6, choices=Audience.choices)
    classroom = models.ForeignKey("roster.Classroom", models.PROTECT, null=True, related_name="+")
    course = models.ForeignKey(
        "curriculum.Course", models.PROTECT, null=True, related_name="+", db_index=False
    )
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    grade = models.SmallIntegerField(null=True)
    title = models.CharField(_("Tiêu đề"), max_length=160)
    text = models.CharField(_("Nội dung"), max_length=4000)
    file = models.ForeignKey(
        "files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    needs_confirming = models.BooleanField(_("Cần xác nhận đã đọc"), default=False)
    is_emergency = models.BooleanField(_("Khẩn cấp"), default=False)
    addressed = models.IntegerField(
        default=0
    )  # how many families, members of staff or schools it was for when sent
    expires_on = models.DateField(_("Hết hạn sau ngày"))  # the last day on which it is shown
    written_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reminded_on = models.DateField(null=True)
    version = models.IntegerField(default=1)

    objects = AnnouncementManager()
    scope = Scope(unit="unit_id", classroom="classroom_id", course="course_id")  # read by the manager's rule
    audit_name = "Thông báo"

    class Meta:
        db_table = "threads_announcement"
        indexes = [models.Index(fields=["unit", "-written_at"], name="threads_announcement_by_unit")]

    def __str__(self) -> str:
        return self.title


class AnnouncementVersion(models.Model):
    """What an announcement said before it was edited; never changed."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="versions", db_index=False)
    number = models.IntegerField()
    title = models.CharField(max_length=160)
    text = models.CharField(max_length=4000)
    until = models.DateTimeField()  # when it was edited
    edited_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)

    audit_name = "Bản trước của thông báo"

    class Meta:
        db_table = "threads_announcement_version"
        constraints = [
            models.UniqueConstraint(fields=["announcement", "number"], name="threads_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.number}"


class Receipt(models.Model):
    """Somebody opened an announcement: for which pupil (none: for themselves), and whether they confirmed it."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="receipts", db_index=False)
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+", db_index=False)
    pupil = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="+", db_index=False)
    read_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope = Scope(unit="announcement__unit_id", person="person_id")
    audit_name = "Đã đọc thông báo"

    class Meta:
        db_table = "threads_receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "person", "pupil"],
                nulls_distinct=False,
                name="threads_one_receipt_a_reader",
            )
        ]
        indexes = [models.Index(fields=["person"], name="threads_receipt_by_reader")]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.person_id}"
