"""What people are told: the inbox inside Khuê, and the deliveries by other channels."""

from __future__ import annotations

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


class Delivery(models.Model):
    """A message on its way by one channel (e-mail now; web push, SMS and Zalo plug in)."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    not_before = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "notify_delivery"
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="notify_one_delivery_a_channel")
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="notify_delivery_waiting", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
