"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.command.ioc"
    label = "ioc"
    verbose_name = "Điều hành"
