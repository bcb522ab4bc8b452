"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.citizen.threads"
    label = "threads"
    verbose_name = "Threads"
