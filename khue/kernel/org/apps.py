"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.org"
    label = "org"
    verbose_name = "Đơn vị"
