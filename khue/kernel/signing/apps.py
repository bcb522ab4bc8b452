"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.signing"
    label = "signing"
    verbose_name = "Ký số"
