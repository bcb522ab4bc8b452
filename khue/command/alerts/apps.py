"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.command.alerts"
    label = "alerts"
    verbose_name = "Cảnh báo"
