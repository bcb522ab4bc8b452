"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.citizen.family"
    label = "family"
    verbose_name = "Gia đình"
