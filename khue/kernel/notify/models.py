"""What people are told: the inbox inside Khuê, the deliveries by other channels, what those cost, who wishes what."""

from __future__ import annotations

import base64
import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Message(models.Model):
    """One notice to one person; `dedupe_key` keeps the same notice from arriving twice."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=120, null=True, blank=True)
    unit = models.ForeignKey(
        "org.Unit", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )  # who tells, and therefore pays
    sent_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = "Thông báo"

    class Meta:
        db_table = "notify_message"
        constraints = [
            models.UniqueConstraint(fields=["person", "dedupe_key"], name="notify_message_arrives_once")
        ]
        indexes = [
            models.Index(fields=["person", "-sent_at"], name="notify_message_by_person"),
            models.Index(
                fields=["person"], name="notify_message_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("Chờ gửi")
    SENDING = "sending", _("Đang gửi")
    SENT = "sent", _("Đã gửi")
    FAILED = "failed", _("Không gửi được")
    DROPPED = "dropped", _("Thôi gửi")


class Urgency(models.IntegerChoices):
    """How a delivery stands in the queue."""

    NORMAL = 0, _("Thường")
    PRESSING = 1, _("Gấp")
    EMERGENCY = 2, _("Khẩn cấp")


class Delivery(models.Model):
    """A message on its way by one channel, for web push to one browser."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=20)
    target = models.BigIntegerField(
        default=0
    )  # the subscription of a browser; 0 where a person has one address
    urgency = models.SmallIntegerField(choices=Urgency.choices, default=Urgency.NORMAL)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    not_before = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "notify_delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "channel", "target"], name="notify_one_delivery_an_address"
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "-urgency", "not_before"],
                name="notify_delivery_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["not_before"], name="notify_delivery_sending", condition=models.Q(state="sending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Subscription(models.Model):
    """A browser that shows notices of one person; whoever subscribes it last has it."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+", db_index=False)
    endpoint = models.CharField(max_length=600)  # an address at the push service of the browser's maker
    public_key = models.CharField(max_length=120)  # base64url, a point of P-256
    secret = models.CharField(max_length=40)  # base64url, 16 bytes
    label = models.CharField(max_length=80)  # "Chrome trên Android"
    made_at = models.DateTimeField(auto_now_add=True)
    last_ok = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = "Trình duyệt nhận tin"
    audit_hide = frozenset({"endpoint", "public_key", "secret"})

    class Meta:
        db_table = "notify_subscription"
        constraints = [models.UniqueConstraint(fields=["endpoint"], name="notify_one_person_a_browser")]
        indexes = [models.Index(fields=["person"], name="notify_subscription_by_person")]

    def __str__(self) -> str:
        return self.label

    @property
    def fingerprint(self) -> str:
        """Sixteen letters by which the browser itself knows its own line in the list."""
        digest = hashlib.sha256(self.endpoint.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode()[:16]


class Preference(models.Model):
    """What a person wishes of the channels; who has no row wishes all."""

    person = models.OneToOneField("people.Person", models.CASCADE, related_name="+")
    push = models.BooleanField(_("Báo trên trình duyệt"), default=True)
    email = models.BooleanField(_("Thư điện tử"), default=True)
    gateway = models.BooleanField(_("Tin nhắn SMS, Zalo"), default=True)
    shows_names = models.BooleanField(_("Hiện tên và nội dung ngoài màn hình khóa"), default=True)

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = "Cách nhận tin"

    class Meta:
        db_table = "notify_preference"

    def __str__(self) -> str:
        return f"{self.person_id}"


class Cost(models.Model):
    """What one message of the gateway costs, in đồng; booked before it is sent, taken back when it surely was not."""

    delivery = models.OneToOneField(Delivery, models.CASCADE, related_name="cost")
    unit = models.ForeignKey(
        "org.Unit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    month = models.DateField()
    parts = models.SmallIntegerField()
    dong = models.IntegerField()
    booked_at = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(unit="unit_id")

    class Meta:
        db_table = "notify_cost"
        indexes = [models.Index(fields=["unit", "month"], name="notify_cost_by_unit")]

    def __str__(self) -> str:
        return f"{self.dong} đ"


class Spending(models.Model):
    """What a school has spent in a month, and the province (no unit) altogether: the sums that the caps hold."""

    unit = models.ForeignKey(
        "org.Unit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    month = models.DateField()
    dong = models.BigIntegerField(default=0)
    messages = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)  # not sent because the cap was reached
    told_at = models.DateTimeField(null=True)  # when those who manage were told of it

    objects = ScopedManager()
    scope = Scope(unit="unit_id")

    class Meta:
        db_table = "notify_spending"
        constraints = [
            models.UniqueConstraint(
                fields=["month", "unit"], nulls_distinct=False, name="notify_one_sum_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.dong} đ"
