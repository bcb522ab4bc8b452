"""Texts that a table keeps for others to read: tasks, notices, reasons in a pupil's history.

Whoever acts may read English; whoever finds the task reads Vietnamese. So what is kept is not translated when it is
written: it is the Vietnamese text itself. `gettext` is for what the actor sees: pages, and the words of a refusal.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation


def written(text: str, **values: Any) -> str:
    """A text with its values as a table keeps it: roles and other labels among them are said in Vietnamese too."""
    with translation.override(settings.LANGUAGE_CODE):
        return text % values
