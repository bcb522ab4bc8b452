"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.jobs"
    label = "jobs"
    verbose_name = "Việc nền"
