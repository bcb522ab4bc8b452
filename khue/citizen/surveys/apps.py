"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.citizen.surveys"
    label = "surveys"
    verbose_name = "Phiếu đồng ý và phiếu hỏi"
