"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.people"
    label = "people"
    verbose_name = "Con người"
