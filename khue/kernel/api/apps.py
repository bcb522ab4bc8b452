"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.api"
    label = "api"
    verbose_name = "API"
