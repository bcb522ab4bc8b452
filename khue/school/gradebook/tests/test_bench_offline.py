"""Joining after three days is measured over HTTP, keeps to what may be sent, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from khue.kernel.bench.command import main
from khue.kernel.demo import loading
from khue.kernel.demo.plan import SIZES
from khue.kernel.offline.models import Device, Entry


@pytest.mark.django_db
def test_joining_after_three_days_stays_within_what_a_thin_line_carries(capsys: Any) -> None:
    loading.load(SIZES["province"].scaled(0.01), 5)
    assert main(["offline_join", "--json"]) == 0, capsys.readouterr().err
    (line,) = (json.loads(one) for one in capsys.readouterr().out.splitlines())
    assert line["name"] == "offline_join"
    assert line["n"] > 100
    assert line["cpu_ms"] > line["baseline"] > 0
    kilobytes = float(line["note"].partition("gửi, ")[2].partition(" KB")[0])
    assert 0 < kilobytes <= 300
    assert not Device.objects.exists()
    assert not Entry.objects.exists()
