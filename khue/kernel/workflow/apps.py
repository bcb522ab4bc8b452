"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.workflow"
    label = "workflow"
    verbose_name = "Quy trình"
