"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.notify"
    label = "notify"
    verbose_name = "Thông báo"
