"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.command.reports"
    label = "reports"
    verbose_name = "Báo cáo thống kê"
