"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.school.report_cards"
    label = "report_cards"
    verbose_name = "Học bạ số"
