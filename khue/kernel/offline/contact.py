"""How often a device asks, and what it is told about itself; no session is needed for that."""

from __future__ import annotations

from typing import Final

from khue.kernel.offline.models import DAYS as DAYS
from khue.kernel.offline.models import Device
from khue.kernel.statements import fetch, run

MOST_A_MINUTE: Final = 120
_COUNT = """
update offline_device set
  pace = case when pace_from < now() - interval '1 minute' then 1 else pace + 1 end,
  pace_from = case when pace_from < now() - interval '1 minute' then now() else pace_from end
where id = %s returning pace, least(60, ceil(extract(epoch from pace_from + interval '1 minute' - now())))::int
"""
_TOLD = "update offline_device set wiped_at = now() where id = %s and wiped_at is null"


def wait_of(device: Device) -> int:
    """Seconds to wait before asking again; 0 while the device asks within reason. Counts the request."""
    asked, seconds = fetch(_COUNT, [device.pk])[0]
    return 0 if asked <= MOST_A_MINUTE else max(1, int(seconds))


def state_of(device: Device | None) -> str:
    """What a device is told: ok, expired (not joined for 14 days), wipe (cut off), unknown."""
    if device is None:
        return "unknown"
    if device.cut_off_at is not None:
        run(_TOLD, [device.pk])
        return "wipe"
    return "expired" if device.is_expired else "ok"
