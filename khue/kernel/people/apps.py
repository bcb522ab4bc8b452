"""Django's view of the room."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class Config(AppConfig):
    name = "khue.kernel.people"
    label = "people"
    verbose_name = "Con người"

    def ready(self) -> None:
        """`signing_in` notes the last log-in in the statement that lists it; Django's own note would be another."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
