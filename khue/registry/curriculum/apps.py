"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.registry.curriculum"
    label = "curriculum"
    verbose_name = "Chương trình và phân công"
