"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.registry.staff"
    label = "staff"
    verbose_name = "Cán bộ, giáo viên"
