"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.settings_store"
    label = "settings_store"
    verbose_name = "Thiết lập"
