"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.files"
    label = "files"
    verbose_name = "Tệp"
