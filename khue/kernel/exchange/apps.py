"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.exchange"
    label = "exchange"
    verbose_name = "Nhập xuất"
