"""E2: five devices as processes of their own against a real server over HTTP; one is killed again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from khue.kernel.offline.models import Device, Held, Replica
from khue.kernel.offline.models import Entry as Kept
from khue.kernel.offline.tests.replicas import Memory
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.tests.places import classmates, open_sheets
from tests.cast import Cast
from tests.offline.devices import Carried
from tests.offline.process import FORGERY

ROOT = Path(__file__).resolve().parents[2]
DEVICES = 5


class Fleet:
    """Five phones of Lan's, each a process with a file."""

    def __init__(
        self, cast: Cast, sheet: Sheet, pupils: list[int], address: str, folder: Path, seed: int
    ) -> None:
        self.keys = [f"{sheet.pk}.{pk}.nx" for pk in pupils]
        self.address, self.folder, self.seed = address, folder, seed
        self.sheet = sheet
        client = cast.client("lan")
        name = django_settings.SESSION_COOKIE_NAME
        self.cookies = f"{name}={client.cookies[name].value}; {django_settings.CSRF_COOKIE_NAME}={FORGERY}"
        self.phones: list[Carried] = []
        for n in range(DEVICES):
            phone = Carried(client).register(f"Máy {n}").carry()
            memory = asdict(Memory(phone.device.memory.name, 0, phone.package["carry"], {}, []))
            memory["held"] = {
                f"{one['id']}.{pk}.nx": comment
                for one in phone.package["collections"]["gradebook.marks"]["sheets"]
                for pk, (_marks, comment) in one["rows"].items()
            }
            self.file(n).write_text(json.dumps({"memory": memory, "answers": [], "sent": {}, "counter": 0}))
            self.phones.append(phone)

    def file(self, n: int) -> Path:
        """The storage of a device."""
        return self.folder / f"m{self.seed}-{n}.json"

    def start(self, n: int, steps: int, more: int = 0) -> subprocess.Popen[bytes]:
        """Start a device."""
        return subprocess.Popen(
            [
                sys.executable, "-m", "tests.offline.process", self.address, self.cookies, self.phones[n].token,
                str(self.file(n)), ",".join(self.keys), str(self.seed * 100 + n * 10 + more), str(steps),
            ],
            cwd=ROOT,
        )  # fmt: skip

    def run(self, steps: int, kills: int) -> None:
        """All at once, the last one killed in the middle of its work and started again; then once more round."""
        running = [self.start(n, steps) for n in range(DEVICES - 1)]
        for more in range(kills):
            victim = self.start(DEVICES - 1, 10_000, more)
            answered = len(json.loads(self.file(DEVICES - 1).read_text())["answers"])
            while victim.poll() is None:
                if len(json.loads(self.file(DEVICES - 1).read_text())["answers"]) > answered + 2:
                    victim.kill()
                    victim.wait()
            assert victim.returncode == -9
        running.append(self.start(DEVICES - 1, steps, 9))
        assert [one.wait(timeout=240) for one in running] == [0] * DEVICES
        again = [self.start(n, 0, 5) for n in range(DEVICES)]
        assert [one.wait(timeout=120) for one in again] == [0] * DEVICES

    def judge(self) -> None:
        """Everybody shows what stands, and nothing that was answered has vanished."""
        stands: dict[str, str] = {
            f"{self.sheet.pk}.{row.enrolment_id}.nx": row.comment
            for row in MarkRow.objects.filter(sheet=self.sheet)
            if f"{self.sheet.pk}.{row.enrolment_id}.nx" in self.keys
        }
        kept = [json.loads(self.file(n).read_text()) for n in range(DEVICES)]
        for one in kept:
            assert one["memory"]["outbox"] == []
            shown = {key: value for key, value in one["memory"]["held"].items() if key in self.keys and value}
            assert shown == {key: value for key, value in stands.items() if value}
        answers: list[tuple[dict[str, Any], str]] = [(e, v) for one in kept for e, v in one["answers"]]
        assert answers
        waited = {(row.key, row.mine) for row in Held.objects.exclude(state="replaced")}
        # What was written stands in the server's ledger: whoever was killed may never have heard of it.
        ledger = {(row.replica.name, row.seq): row for row in Kept.objects.select_related("replica")}
        sent: dict[str, list[Any]] = {}
        for one in kept:
            sent |= one["sent"]
        seen = {tuple(sent[f"{name} {seq}"]) for (name, seq), row in ledger.items() if row.verdict == "apply"}
        last: dict[tuple[str, str], int] = {}
        for (name, seq), row in ledger.items():
            last[name, row.key] = max(seq, last.get((name, row.key), 0))
        for entry, verdict in answers:
            value = (entry["key"], entry["value"])
            assert verdict in ("apply", "same", "clash")
            assert (
                stands.get(entry["key"]) == entry["value"]
                or value in waited
                or value in seen
                or last[entry["replica"], entry["key"]] > entry["seq"]
            ), f"seed {self.seed}: {entry} was answered {verdict} and is nowhere"
        assert {(entry["replica"], entry["seq"]) for entry, _verdict in answers} <= set(ledger)
        for replica in Replica.objects.all():
            assert Kept.objects.filter(replica=replica).count() == replica.next - 1
        assert Device.objects.count() == DEVICES


def chaos(cast: Cast, address: str, folder: Path, seeds: range, steps: int, kills: int) -> None:
    """Some seeds, each in a class of its own pupils."""
    with transaction.atomic():
        sheet = open_sheets(cast)
    for seed in seeds:
        Kept.objects.all().delete()
        Held.objects.all().delete()
        Device.objects.all().delete()
        fleet = Fleet(cast, sheet, classmates(cast, 3), address, folder, seed)
        fleet.run(steps, kills)
        fleet.judge()


@pytest.mark.django_db(transaction=True)
def test_five_processes_agree_and_lose_nothing(cast: Cast, live_server: Any, tmp_path: Path) -> None:
    chaos(cast, live_server.url, tmp_path, range(2), steps=8, kills=1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_twenty_seeds_of_five_processes(cast: Cast, live_server: Any, tmp_path: Path) -> None:
    chaos(cast, live_server.url, tmp_path, range(20), steps=30, kills=4)
