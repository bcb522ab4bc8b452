"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.registry.calendar"
    label = "calendar"
    verbose_name = "Lịch năm học"
