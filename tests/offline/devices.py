"""A carried device over HTTP: what tests send is what the browser's client sends (khue/kernel/offline/README.md)."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.test import Client

from khue.kernel.offline.merge import Entry, Value
from khue.kernel.offline.tests.replicas import Device, Forked, Gap, Sent, as_sent, new_name
from khue.school.gradebook.models import MarkRow, Sheet

MARKS, ROLLS = "gradebook.marks", "attendance.roll"


@dataclass
class Carried:
    """One device of somebody: signed in by `client`, known by its token."""

    client: Client
    token: str = ""
    package: dict[str, Any] = field(default_factory=dict)
    device: Device = field(default_factory=lambda: Device(MARKS))
    last_status: int = 0
    bytes_sent: int = 0

    def post(self, path: str, data: Any, *, packed: bool = True, token: str | None = None) -> tuple[int, Any]:
        """Ask; gives the status and what JSON said."""
        body = orjson.dumps(data)
        headers = {"x-khue-device": self.token if token is None else token}
        if packed:
            body = gzip.compress(body)
            headers["content-encoding"] = "gzip"
        self.bytes_sent += len(body)
        response = self.client.post(
            f"/ngoai-tuyen/{path}/", body, content_type="application/json", headers=headers
        )
        self.last_status = response.status_code
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return response.status_code, orjson.loads(response.content) if is_json else None

    def register(self, name: str = "Điện thoại") -> Carried:
        """Let the device carry."""
        self.device.memory.name = new_name()
        status, said = self.post("may/dang-ky", {"name": name, "replica": self.device.memory.name})
        assert status == 201, said
        self.token = said["token"]
        return self

    def carry(self) -> Carried:
        """Take along."""
        status, said = self.post("mang-theo", {"replica": self.device.memory.name})
        assert status == 200, said
        self.package = said
        self.device.take_along(said["carry"], cells_of(said["collections"]))
        return self

    def enter(self, key: str, value: Value, collection: str = MARKS) -> Entry:
        """Enter on the device."""
        self.device.collection = collection
        return self.device.enter(key, value)

    def send(self, count: int | None = None) -> list[tuple[str, Any]]:
        """Send what waits; gives (verdict, what stands there now) of each."""
        answers: list[Sent] = self.device.send(self.deliver, count)
        return [(verdict, now) for _seq, verdict, now in answers]

    def deliver(self, batch: Sequence[Entry]) -> list[Sent]:
        """Send a batch as it is; raises Gap or Forked, and makes a forked device another replica."""
        status, said = self.post("gui", {"replica": batch[0].replica, "entries": as_sent(batch)})
        if status == 409 and said["error"] == "forked":
            raise Forked
        if status == 409 and said["error"] == "gap":
            raise Gap
        if status == 409 and said["error"] == "unknown_replica":
            made, _said = self.post("ban-moi", {"replica": batch[0].replica})
            assert made == 201
            return self.deliver(batch)
        assert status == 200, (status, said)
        return [(seq, verdict, now) for seq, verdict, now, _message, _again in said["answers"]]


def cells_of(collections: dict[str, Any]) -> dict[str, Value]:
    """Every cell of a package by key."""
    found: dict[str, Value] = {}
    for sheet in collections.get(MARKS, {}).get("sheets", ()):
        slots = [column[0] for column in sheet["columns"]]
        for pk, (values, comment) in sheet["rows"].items():
            found |= {f"{sheet['id']}.{pk}.{slot}": value for slot, value in zip(slots, values, strict=True)}
            found[f"{sheet['id']}.{pk}.nx"] = comment
    for room in collections.get(ROLLS, {}).get("classes", ()):
        for when, roll in room["rolls"].items():
            if roll["taken"]:
                found[f"{room['id']}.{when}"] = roll["marks"]
    return found


def mark(sheet: Sheet, enrolment_id: int, slot: int) -> int | None:
    """What stands in a cell."""
    row = MarkRow.objects.filter(sheet=sheet, enrolment_id=enrolment_id).first()
    return row.marks[slot] if row is not None and slot < len(row.marks) else None


def key(sheet: Sheet, enrolment_id: int, slot: int | str) -> str:
    """A cell of the gradebook as a device names it."""
    return f"{sheet.pk}.{enrolment_id}.{slot}"
