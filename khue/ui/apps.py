"""Django's view of the look of Khuê."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    """Registers templates, static files and component tags."""

    name = "khue.ui"
    label = "ui"
    verbose_name = _("Giao diện")
