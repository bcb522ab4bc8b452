"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.offline"
    label = "offline"
    verbose_name = "Làm việc không mạng"
