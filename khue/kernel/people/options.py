"""What the province has set about accounts."""

from __future__ import annotations

from datetime import timedelta

from khue.kernel.settings_store.values import value_of, values_of


def code_life() -> timedelta:
    """How long a one-time code is good for."""
    return timedelta(hours=int(value_of("people.code_hours")))


def session_rules() -> tuple[timedelta, bool]:
    """After how long without a request staff are signed out; whether teachers, too, need a second factor. One query."""
    found = values_of(["people.staff_idle_minutes", "people.teachers_need_second_factor"])
    return (
        timedelta(minutes=int(found["people.staff_idle_minutes"])),
        bool(found["people.teachers_need_second_factor"]),
    )
