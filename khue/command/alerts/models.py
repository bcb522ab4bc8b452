"""Alerts: what is to be watched, what has been noticed, and what became of it.

A `Rule` is data that the department may edit; those that come with Khuê are laid down by the migrations. An `Alert` is
one rule at one unit: while its figure is only on its way past a bound it is `pending` and nobody sees it; it is opened
once, changes its colour in place, and is closed by itself or by somebody with a reason. At most one that is not closed
stands for a rule and a unit: the database says so. Each step in an alert's life is a `Change`, never rewritten.
Who has been told of what stands nowhere else than in their inbox: a digest is the one message a person gets a day.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from khue.command.alerts.rules import Held, Switch, Terms
from khue.kernel.access.scope import Scope, ScopedManager
from khue.ui.words import declared

TEXTS = "quy tắc cảnh báo"  # context of the words of the rules that come with Khuê


class Compare(models.TextChoices):
    """How a figure is held against its bounds."""

    ABOVE = "above", _("Từ mức này trở lên")
    BELOW = "below", _("Từ mức này trở xuống")
    RISE = "rise", _("Tăng so với trước (%)")
    FALL = "fall", _("Giảm so với trước (%)")
    JUMP = "jump", _("Tăng hoặc giảm so với trước (%)")
    MISSING = "missing", _("Không có số liệu (ngày)")


class Floor(models.TextChoices):
    """Which units a rule watches."""

    DEPARTMENT = "department", _("Cả tỉnh")
    MIDDLE = "middle", _("Phòng, xã, phường")
    SCHOOL = "school", _("Trường")


class Rule(models.Model):
    """What is watched: a figure at units of a floor, its bounds, how long, who is told."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    figure = models.CharField(max_length=60)  # an indicator, or a count of this module
    floor = models.CharField(max_length=10, choices=Floor.choices, default=Floor.SCHOOL)
    compare = models.CharField(max_length=8, choices=Compare.choices, default=Compare.ABOVE)
    amber = models.FloatField(null=True, blank=True)
    red = models.FloatField(null=True, blank=True)
    margin = models.FloatField(default=0)
    window_days = models.SmallIntegerField(default=0)
    lasts_days = models.SmallIntegerField(default=0)
    repeat_days = models.SmallIntegerField(default=0)
    quiet_days = models.SmallIntegerField(default=0)
    months = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    advice = models.CharField(max_length=300, blank=True)  # what to do about it
    is_on = models.BooleanField(default=True)
    order = models.SmallIntegerField(default=100)
    version = models.IntegerField(default=1)

    objects = ScopedManager()

    scope = Scope()  # the department's: whoever manages alerts manages them everywhere
    audit_name = _("Quy tắc cảnh báo")

    class Meta:
        db_table = "alerts_rule"
        constraints = [
            models.CheckConstraint(
                condition=Q(amber__isnull=False) | Q(red__isnull=False), name="alerts_rule_has_a_bound"
            ),
            models.CheckConstraint(
                condition=Q(margin__gte=0)
                & Q(lasts_days__gte=0)
                & Q(repeat_days__gte=0)
                & Q(quiet_days__gte=0),
                name="alerts_rule_waits_forwards",
            ),
            models.CheckConstraint(
                condition=~Q(compare__in=["rise", "fall", "jump"]) | Q(window_days__gt=0),
                name="alerts_rule_changes_since_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language, as far as it is one that came with Khuê."""
        return declared(TEXTS, self.name)

    @property
    def what_to_do(self) -> str:
        """Its advice, likewise."""
        return declared(TEXTS, self.advice)

    @property
    def terms(self) -> Terms:
        """What the rule demands, for the pure decisions."""
        return Terms(
            self.compare, self.amber, self.red, self.margin, self.window_days, self.lasts_days,  # type: ignore[arg-type]
            self.repeat_days, self.quiet_days, tuple(self.months),
        )  # fmt: skip


class State(models.TextChoices):
    """Where an alert is in its life."""

    PENDING = "pending", _("Đang chờ xem có kéo dài")
    OPEN = "open", _("Đang mở")
    CLOSED = "closed", _("Đã đóng")


class Step(models.TextChoices):
    """How bad it is."""

    NONE = "", _("bình thường")
    AMBER = "amber", _("cần chú ý")
    RED = "red", _("báo động")


class Alert(models.Model):
    """A rule that speaks at a unit."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    step = models.CharField(max_length=5, choices=Step.choices, default=Step.NONE, blank=True)
    value = models.FloatField(null=True)  # the figure when last looked at
    past = models.FloatField(null=True)  # the figure it is held against, for a change
    measured = models.FloatField(null=True)  # what was held against the bounds
    amber_since = models.DateTimeField(
        null=True
    )  # since when the figure stands on the other side of the bound
    red_since = models.DateTimeField(null=True)
    began_at = models.DateTimeField()  # when the figure was first seen beyond a bound
    opened_at = models.DateTimeField(null=True)
    stepped_at = models.DateTimeField(null=True)  # when it took the colour it has
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    assigned_to = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # of closing
    version = models.IntegerField(default=1)

    objects = ScopedManager()

    scope = Scope(unit="unit_id")
    audit_name = _("Cảnh báo")

    class Meta:
        db_table = "alerts_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "unit"], condition=~Q(state="closed"), name="alerts_one_a_rule_and_unit"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", step="", opened_at__isnull=True)
                | (~Q(state="pending") & ~Q(step="") & Q(opened_at__isnull=False, stepped_at__isnull=False)),
                name="alerts_what_is_open_has_a_colour",
            ),
            models.CheckConstraint(
                condition=Q(state="closed") ^ Q(closed_at__isnull=True),
                name="alerts_what_is_closed_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="alerts_of_unit"),
            models.Index(fields=["rule", "unit", "-closed_at"], name="alerts_last_closed"),
            models.Index(fields=["-stepped_at"], name="alerts_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.unit_id}"

    @property
    def held(self) -> Held:
        """What is remembered of the unit, for the pure decisions."""
        return Held(
            Switch(self.step != Step.NONE, self.amber_since), Switch(self.step == Step.RED, self.red_since)
        )


class Kind(models.TextChoices):
    """What happened to an alert."""

    OPENED = "opened", _("Mở")
    WORSE = "worse", _("Chuyển sang báo động")
    BETTER = "better", _("Dịu xuống")
    WELL = "well", _("Tự đóng, số liệu đã ổn")
    ACKNOWLEDGED = "acknowledged", _("Đã nhận")
    ASSIGNED = "assigned", _("Giao việc")
    REMINDED = "reminded", _("Nhắc")
    CLOSED = "closed", _("Đóng")
    REOPENED = "reopened", _("Mở lại")
    ENDED = "ended", _("Quy tắc thôi theo dõi")


class Change(models.Model):
    """One step in an alert's life."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    step = models.CharField(max_length=5, choices=Step.choices, blank=True)
    value = models.FloatField(null=True)
    person = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")  # who did it
    about = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")  # to whom
    note = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    scope = Scope(unit="alert__unit_id")
    audit_name = _("Bước của cảnh báo")

    class Meta:
        db_table = "alerts_change"

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d/%m/%Y %H:%M}"
