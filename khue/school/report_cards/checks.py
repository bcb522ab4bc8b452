"""What `khue check --deploy` says about report cards."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from khue.school.report_cards import addresses


@register(Tags.urls, deploy=True)
def cards_bear_an_address(**_about: Any) -> list[CheckMessage]:
    """Cards are printed with the address where anybody verifies them."""
    try:
        is_known = bool(addresses.chosen("") or addresses.site())
    except DatabaseError:  # no tables yet
        is_known = False
    if is_known:
        return []
    return [
        Warning(
            "No public address is known, so printed report cards bear only the path /xac-minh/.",
            hint="Set KHUE_ORIGINS and KHUE_HOSTS, or the setting report_cards.verification_site.",
            id="report_cards.W001",
        )
    ]
