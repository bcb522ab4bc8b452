"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.school.gradebook"
    label = "gradebook"
    verbose_name = "Sổ điểm"
