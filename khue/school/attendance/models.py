"""Who was in class: a sheet for every roll that was taken, and of its pupils only those who were not simply there.

A sheet stands for one class, day and session (or one period of it). While there is no sheet, or nobody has taken it
(`taken_at` empty), nothing is known: such a pupil counts neither as present nor as absent (rules/15 section 8).
A mark repeats day, session and period of its sheet, so that a pupil's year is read from one index. What a mark was
before stands in its revisions, the teacher's value and that of whoever overrode it, side by side.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Session(models.TextChoices):
    """Parts of a day at which roll is called; only S and C count for promotion, and of them the main one."""

    MORNING = "S", _("Sáng")
    AFTERNOON = "C", _("Chiều")
    EVENING = "T", _("Tối")
    MEAL = "meal", _("Bữa ăn bán trú")
    BED = "bed", _("Giờ ngủ nội trú")


class Code(models.TextChoices):
    """What a pupil was when not simply present (rules/15 section 2)."""

    EXCUSED = "P", _("Có phép")
    UNEXCUSED = "K", _("Không phép")
    LATE = "M", _("Đi muộn")
    EARLY = "B", _("Về sớm")
    ACTIVITY = "T", _("Hoạt động của trường")


class Source(models.TextChoices):
    """By which door a sheet or a mark came in."""

    PAGE = "page", _("Trên trang")
    CARRIED = "carried", _("Ghi lúc không có mạng")
    LEAVE = "leave", _("Theo đơn xin nghỉ")
    GATE = "gate", _("Qua cổng")
    OFFICE = "office", _("Nhà trường sửa")


class SessionPlan(models.Model):
    """On which weekdays a school, one of its levels, or a class has a session; the nearest row decides."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    level = models.CharField(max_length=5, blank=True)
    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, null=True, blank=True, related_name="+")
    morning_days = models.CharField(max_length=7, blank=True)  # '234567': Monday is 2, as in timetables
    afternoon_days = models.CharField(max_length=7, blank=True)
    evening_days = models.CharField(max_length=7, blank=True)
    main_session = models.CharField(max_length=4, choices=Session.choices, default=Session.MORNING)
    by_period = models.BooleanField(_("Điểm danh từng tiết"), default=False)
    starts_on = models.DateField()
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id")
    audit_name = "Buổi học"

    class Meta:
        db_table = "attendance_session_plan"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "level", "classroom", "starts_on"],
                name="attendance_one_plan_a_day",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.level} {self.starts_on}"


class Sheet(models.Model):
    """One roll of one class: when it was taken, by whom, and how many were what."""

    classroom = models.ForeignKey("roster.Classroom", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    session = models.CharField(max_length=4, choices=Session.choices)
    period = models.SmallIntegerField(default=0)  # 0: the whole session
    is_main = models.BooleanField(default=False)  # the session of its day that counts for promotion
    is_checkin = models.BooleanField(default=False)  # learning at home: never counts as absence
    is_late = models.BooleanField(default=False)  # first taken after the end of its first period
    taken_at = models.DateTimeField(null=True)  # the server's clock
    taken_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PAGE)
    expected = models.SmallIntegerField(default=0)
    excused = models.SmallIntegerField(default=0)
    unexcused = models.SmallIntegerField(default=0)
    late = models.SmallIntegerField(default=0)
    early = models.SmallIntegerField(default=0)
    activity = models.SmallIntegerField(default=0)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", campus="campus_id", classroom="classroom_id")
    audit_name = "Buổi điểm danh"

    class Meta:
        db_table = "attendance_sheet"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "day", "session", "period"], name="attendance_one_sheet_a_session"
            ),
            models.CheckConstraint(
                condition=models.Q(expected__gte=models.F("excused") + models.F("unexcused")),
                name="attendance_no_more_absent_than_expected",
            ),
        ]
        indexes = [models.Index(fields=["school", "day"], name="attendance_sheet_by_school")]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.day} {self.session}{self.period or ''}"

    @property
    def present(self) -> int | None:
        """Pupils who were there; None while nobody has taken the roll."""
        return None if self.taken_at is None else self.expected - self.excused - self.unexcused


class LeaveState(models.TextChoices):
    """Where a request for leave stands."""

    ASKED = "asked", _("Chờ trả lời")
    GRANTED = "granted", _("Đã cho phép")
    REFUSED = "refused", _("Không đồng ý")
    WITHDRAWN = "withdrawn", _("Đã rút")


class LeaveRequest(models.Model):
    """A guardian's request that a pupil may be away, from one session to another, both included."""

    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+")
    from_day = models.DateField()
    from_session = models.CharField(max_length=4, choices=Session.choices, default=Session.MORNING)
    to_day = models.DateField()
    to_session = models.CharField(max_length=4, choices=Session.choices, default=Session.AFTERNOON)
    kind = models.CharField(max_length=12)  # sick, check_up, family, weather, other
    note = models.CharField(max_length=500, blank=True)
    proof = models.ForeignKey("files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=LeaveState.choices, default=LeaveState.ASKED)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id",
        campus="enrolment__campus_id",
        classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )
    audit_name = "Đơn xin nghỉ"

    class Meta:
        db_table = "attendance_leave_request"
        indexes = [
            models.Index(
                fields=["from_day"],
                name="attendance_leave_waiting",
                condition=models.Q(state="asked"),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_day__gte=models.F("from_day")),
                name="attendance_leave_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.from_day}"


class Mark(models.Model):
    """A pupil who was not simply present at a roll that was taken."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="marks", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    session = models.CharField(max_length=4)
    period = models.SmallIntegerField(default=0)
    code = models.CharField(max_length=1, choices=Code.choices)
    minutes = models.SmallIntegerField(null=True)  # how late, or how early away
    note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PAGE)
    leave = models.ForeignKey(LeaveRequest, models.SET_NULL, null=True, related_name="+", db_index=False)
    set_at = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(
        unit="sheet__school_id",
        campus="sheet__campus_id",
        classroom="sheet__classroom_id",
        person="enrolment__person_id",
    )
    audit_name = "Điểm danh"

    class Meta:
        db_table = "attendance_mark"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "enrolment"], name="attendance_one_mark_a_pupil")
        ]
        indexes = [models.Index(fields=["enrolment", "day"], name="attendance_mark_by_pupil")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.day} {self.code}"


class Revision(models.Model):
    """What a pupil's mark at a roll was and became after the roll had been taken, who changed it and why."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="+", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    before = models.CharField(max_length=1, blank=True)  # empty: present
    after = models.CharField(max_length=1, blank=True)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    capacity = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(
        unit="sheet__school_id",
        campus="sheet__campus_id",
        classroom="sheet__classroom_id",
        person="enrolment__person_id",
    )

    class Meta:
        db_table = "attendance_revision"
        indexes = [models.Index(fields=["sheet", "enrolment", "at"], name="attendance_revision_by_mark")]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.enrolment_id}: {self.before or 'X'} → {self.after or 'X'}"


class CorrectionState(models.TextChoices):
    """Where a request to set a past roll right stands."""

    ASKED = "asked", _("Chờ duyệt")
    GRANTED = "granted", _("Đã sửa")
    REFUSED = "refused", _("Không đồng ý")


class Correction(models.Model):
    """What a teacher asks to be set right of a roll whose day is over; a head answers (rules/15 section 2)."""

    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    session = models.CharField(max_length=4, choices=Session.choices)
    period = models.SmallIntegerField(default=0)
    is_whole = models.BooleanField(default=False)  # nobody had taken the roll: these are its exceptions
    wanted = models.JSONField()  # [enrolment, code before, code wanted, minutes, note]
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.ASKED)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="classroom__school_id", campus="classroom__campus_id", classroom="classroom_id")
    audit_name = "Đề nghị sửa điểm danh"

    class Meta:
        db_table = "attendance_correction"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "day", "session", "period"],
                condition=models.Q(state="asked"),
                name="attendance_one_correction_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.day} {self.session}"


class Closing(models.Model):
    """The homeroom teacher has closed a week of a class, or a leader signed a month of it: no more changes there."""

    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="+", db_index=False)
    span = models.CharField(max_length=5, choices=[("week", _("Tuần")), ("month", _("Tháng"))])
    starts_on = models.DateField()  # Monday, or the first of the month
    ends_on = models.DateField()  # inclusive
    closed_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    closed_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    scope = Scope(unit="classroom__school_id", campus="classroom__campus_id", classroom="classroom_id")
    audit_name = "Chốt điểm danh"

    class Meta:
        db_table = "attendance_closing"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "span", "starts_on"], name="attendance_a_span_is_closed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.span} {self.starts_on}"


class Answer(models.TextChoices):
    """What a guardian says to the news that a child is missing."""

    HOME = "home", _("Có, con nghỉ ở nhà")
    COMING = "coming", _("Con đến muộn")
    UNKNOWN = "unknown", _("Không, tưởng con đã đến lớp")


class AbsenceNotice(models.Model):
    """An unexplained absence of which the guardians are told: once a pupil and session, held back a moment before.

    One that was taken back as a mistake stays; when it was none after all, there is another.
    """

    enrolment = models.ForeignKey("roster.Enrolment", models.CASCADE, related_name="+", db_index=False)
    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    session = models.CharField(max_length=4, choices=Session.choices)
    period = models.SmallIntegerField(default=0)  # at which it was found first
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    mended_at = models.DateTimeField(null=True)  # told that it was a mistake
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id",
        campus="enrolment__campus_id",
        classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )
    audit_name = "Báo vắng"

    class Meta:
        db_table = "attendance_absence_notice"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "day", "session"],
                condition=models.Q(mended_at__isnull=True),
                name="attendance_one_notice_a_session",
            )
        ]
        indexes = [
            models.Index(fields=["enrolment", "day"], name="attendance_notice_by_day"),
            models.Index(
                fields=["due_at"],
                name="attendance_notice_waiting",
                condition=models.Q(told_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.day} {self.session}"


class Arrival(models.Model):
    """When a pupil first came in and last went out on a day, as the gate saw it; it makes nobody absent."""

    enrolment = models.ForeignKey("roster.Enrolment", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    first_in = models.DateTimeField(null=True)
    last_out = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id",
        campus="enrolment__campus_id",
        classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )

    class Meta:
        db_table = "attendance_arrival"
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "day"], name="attendance_one_arrival_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.day}"


class CheckIn(models.Model):
    """A pupil who learns at home is there: pressed by the pupil or a guardian, once a session."""

    enrolment = models.ForeignKey("roster.Enrolment", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    session = models.CharField(max_length=4, choices=Session.choices)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()  # the server's clock

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id",
        campus="enrolment__campus_id",
        classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )
    audit_name = "Có mặt học ở nhà"

    class Meta:
        db_table = "attendance_check_in"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "day", "session"], name="attendance_one_check_in_a_session"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.day} {self.session}"


class DayState(models.TextChoices):
    """What a day is at a school."""

    LESSONS = "lessons", _("Có học")
    NONE = "none", _("Không học")
    CLOSED = "closed", _("Tạm nghỉ")
    HOME = "home", _("Học ở nhà")


class Tally(models.Model):
    """How far the rolls of a school had come on a day when they were counted; offices and the province add them up."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    state = models.CharField(max_length=7, choices=DayState.choices)
    classes = models.SmallIntegerField(default=0)  # with a session at school that day
    planned = models.SmallIntegerField(default=0)  # sessions of classes in the whole day
    due = models.SmallIntegerField(default=0)  # of them those that had begun, or whose roll was taken before
    taken = models.SmallIntegerField(default=0)
    on_time = models.SmallIntegerField(default=0)
    overdue = models.SmallIntegerField(default=0)  # not taken though the time to take it has passed
    counted_at = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(unit="school_id")

    class Meta:
        db_table = "attendance_tally"
        constraints = [
            models.UniqueConstraint(fields=["day", "school"], name="attendance_one_tally_a_day"),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("due")) & models.Q(due__lte=models.F("planned")),
                name="attendance_tally_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.day}: {self.taken}/{self.due}"
