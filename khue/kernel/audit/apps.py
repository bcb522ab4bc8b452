"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.audit"
    label = "audit"
    verbose_name = "Nhật ký"
