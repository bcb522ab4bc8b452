"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.access"
    label = "access"
    verbose_name = "Quyền"

    def ready(self) -> None:
        """Lookups that scoped queries use."""
        from khue.kernel.access import lookups

        lookups.register()
