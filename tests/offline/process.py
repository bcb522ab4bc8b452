"""One device as a process of its own: it enters, sends, loses answers, doubles batches; its storage is a file (E2).

    python -m tests.offline.process ADDRESS COOKIES TOKEN FILE KEYS SEED STEPS

It keeps its storage before and after every request, so that killing it anywhere is a device whose battery went out.
It ends by sending everything and taking along, and prints nothing; what it was answered stands in its file.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from khue.kernel.offline.merge import Entry
from khue.kernel.offline.tests.replicas import Device, Forked, Gap, Memory, Sent, as_sent

FORGERY = "a" * 32


class Process:
    """A device with its file."""

    def __init__(self, address: str, cookies: str, token: str, file: Path, seed: int) -> None:
        self.address, self.cookies, self.token, self.file = address, cookies, token, file
        self.random = random.Random(seed)
        self.device = Device("gradebook.marks")
        self.answers: list[Any] = []
        self.sent: dict[str, list[Any]] = {}
        kept = json.loads(file.read_text())
        self.answers = kept["answers"]
        self.sent = kept["sent"]
        memory = kept["memory"]
        memory["outbox"] = [Entry(**one) for one in memory["outbox"]]
        self.device.memory = Memory(**memory)
        self.counter = kept["counter"]

    def keep(self) -> None:
        """Write the storage at once or not at all."""
        memory = asdict(self.device.memory)
        text = json.dumps(
            {"memory": memory, "answers": self.answers, "sent": self.sent, "counter": self.counter}
        )
        beside = self.file.with_suffix(".new")
        beside.write_text(text)
        os.replace(beside, self.file)

    def post(self, path: str, data: Any) -> Any:
        """Ask the server; raises Forked, Gap."""
        request = urllib.request.Request(
            f"{self.address}/ngoai-tuyen/{path}/", gzip.compress(json.dumps(data).encode()), method="POST",
            headers={
                "Content-Type": "application/json", "Content-Encoding": "gzip", "X-Khue-Device": self.token,
                "Cookie": self.cookies, "X-CSRFToken": FORGERY,
            },
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as problem:
            said = json.loads(problem.read())
            match said["error"]:
                case "forked":
                    raise Forked from None
                case "gap":
                    raise Gap from None
                case "unknown_replica":
                    self.post("ban-moi", {"replica": data["replica"]})
                    return self.post(path, data)
                case "conflict" | "slow":
                    return None
            raise

    def deliver(self, batch: Sequence[Entry]) -> list[Sent]:
        """Send a batch and keep what was sent, before, and what was answered."""
        self.sent |= {f"{one.replica} {one.seq}": [one.key, one.seen] for one in batch}
        self.keep()
        said = self.post("gui", {"replica": batch[0].replica, "entries": as_sent(batch)})
        if said is None:
            raise Gap
        by_seq = {entry.seq: entry for entry in batch}
        self.answers += [
            [asdict(by_seq[seq]), verdict] for seq, verdict, _now, _why, _again in said["answers"]
        ]
        return [(seq, verdict, now) for seq, verdict, now, _why, _again in said["answers"]]

    def carry(self) -> None:
        """Take along anew."""
        said = self.post("mang-theo", {"replica": self.device.memory.name})
        cells: dict[str, Any] = {}
        for sheet in said["collections"]["gradebook.marks"]["sheets"]:
            for pk, (_marks, comment) in sheet["rows"].items():
                cells[f"{sheet['id']}.{pk}.nx"] = comment
        self.device.take_along(said["carry"], cells)
        self.keep()

    def step(self, keys: Sequence[str]) -> None:
        """Something happens."""
        batch = self.device.memory.outbox[: self.random.randint(1, 4)]
        match self.random.randint(0, 9):
            case 0 | 1 | 2 | 3 | 4:
                self.counter += 1
                key = self.random.choice(keys)
                shown = self.device.shown(key) or ""
                self.device.memory.held.setdefault(key, "")
                assert isinstance(shown, str)
                self.device.enter(key, f"{self.file.stem} {self.counter}", "2031-01-01T00:00:00")
            case 5 if batch:
                self.deliver(batch)  # the answer is lost
            case 6 if batch:
                shuffled = [*batch, *batch]
                self.random.shuffle(shuffled)
                self.device.answered(self.deliver(shuffled))
            case 7:
                self.carry()
            case _ if batch:
                self.device.send(self.deliver, len(batch))
        self.keep()

    def run(self, keys: Sequence[str], steps: int) -> None:
        """Some steps, then everything."""
        for _n in range(steps):
            try:
                self.step(keys)
            except Gap:
                self.device.renumber()
                self.keep()
        while self.device.memory.outbox:
            try:
                self.device.send(self.deliver, 20)
            except Gap:
                self.device.renumber()
            self.keep()
        self.carry()


if __name__ == "__main__":
    address, cookies, token, file, keys, seed, steps = sys.argv[1:]
    Process(address, cookies, token, Path(file), int(seed)).run(keys.split(","), int(steps))
