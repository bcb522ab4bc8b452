"""Django's view of the room."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "khue.kernel.notify"
    label = "notify"
    verbose_name = "Thông báo"

    def ready(self) -> None:
        """Make the channels known."""
        from khue.kernel.notify import channels
        from khue.kernel.notify.gateway import Gateway
        from khue.kernel.notify.push import WebPush

        for channel in (WebPush(), channels.EMail(), Gateway()):
            channels.register(channel)
