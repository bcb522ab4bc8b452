"""`khue run` refuses to start where it could not work, and says so."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from khue.config.server import House


def khue_run(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "khue", "run"],
        env={**os.environ, "KHUE_VAR": str(var), "DATABASE_URL": "", "KHUE_DEMO": "0", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = khue_run(tmp_path, PORT=str(port))
    assert done.returncode == 1
    assert f"cổng {port}" in done.stderr
    assert "PORT=" in done.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["", "0", "70000", "tám nghìn"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = khue_run(tmp_path, PORT=port)
    assert done.returncode == 1
    assert "PORT" in done.stderr


def test_more_connections_than_the_database_allows_and_khue_does_not_start(tmp_path: Path) -> None:
    done = khue_run(tmp_path, PORT=str(free_port()), KHUE_WORKERS="40", KHUE_THREADS="4")
    assert done.returncode == 1
    assert "max_connections" in done.stderr
    assert "Khuê đang chạy" not in done.stdout
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_database_that_is_away_is_said_plainly(tmp_path: Path) -> None:
    away = f"postgresql://khue@127.0.0.1:{free_port()}/khue"
    done = khue_run(tmp_path, PORT=str(free_port()), DATABASE_URL=away)
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_without_a_secret_key_does_not_start(tmp_path: Path) -> None:
    done = khue_run(tmp_path, PORT=str(free_port()), KHUE_PRODUCTION="1", KHUE_SECRET_KEY="")
    assert done.returncode != 0
    assert "KHUE_SECRET_KEY" in done.stderr


def test_a_house_stops_even_a_part_that_will_not_hear(tmp_path: Path) -> None:
    house = House()
    house.start(
        "deaf", "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    )
    house.start("brief", "-c", "pass")
    house.children["brief"].wait()
    assert house.fallen() == "brief"
    house.stop(patience=0.2)
    assert all(child.poll() is not None for child in house.children.values())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
