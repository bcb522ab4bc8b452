"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.school.gate"
    label = "gate"
    verbose_name = "Cổng trường"
