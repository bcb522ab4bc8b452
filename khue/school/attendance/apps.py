"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.school.attendance"
    label = "attendance"
    verbose_name = "Điểm danh"
