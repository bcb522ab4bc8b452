"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.indicators"
    label = "indicators"
    verbose_name = "Chỉ tiêu"
