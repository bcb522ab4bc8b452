"""Django's view of the module."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.school.report_cards"
    label = "report_cards"
    verbose_name = "Học bạ số"

    def ready(self) -> None:
        """Declare the checks."""
        from khue.school.report_cards import checks  # noqa: F401
