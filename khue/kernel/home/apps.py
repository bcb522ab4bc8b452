"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.home"
    label = "home"
    verbose_name = "Khung trang"
