"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.registry.roster"
    label = "roster"
    verbose_name = "Học sinh"
