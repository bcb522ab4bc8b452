"""The embedded PostgreSQL: many users, one server; found again after a kill; refusals in plain words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from khue.config import embedded

USER = """
import sys, psycopg
from pathlib import Path
from khue.config import embedded
url = embedded.ensure_running(Path(sys.argv[1]))
psycopg.connect(url).close()
print("joined", flush=True)
sys.stdin.readline()
"""


def until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "postgres"
    yield place
    embedded.leave(place)
    embedded.stop(place)


@pytest.fixture
def join(directory: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        user = subprocess.Popen(
            [sys.executable, "-c", USER, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(user)
        return user

    yield start
    for user in started:
        if user.poll() is None:
            user.kill()
        user.communicate()


def server(directory: Path) -> psutil.Process:
    return psutil.Process(int((directory / "postmaster.pid").read_text().splitlines()[0]))


def test_the_address_leads_to_a_utf8_database_with_checksums_and_vietnamese_capitals(directory: Path) -> None:
    with psycopg.connect(embedded.ensure_running(directory)) as connection:
        row = connection.execute(
            "select current_database(), upper('nguyễn thị đào'), current_setting('data_checksums'),"
            " current_setting('TimeZone'), current_setting('listen_addresses'), current_setting('synchronous_commit')"
        ).fetchone()
    assert row == ("khue", "NGUYỄN THỊ ĐÀO", "on", "UTC", "", "on")


def test_nobody_else_of_the_machine_may_enter_the_data_directory(directory: Path) -> None:
    embedded.ensure_running(directory)
    assert directory.stat().st_mode & 0o077 == 0


def test_the_last_user_to_leave_stops_the_server(
    directory: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    embedded.ensure_running(directory)
    other = join()
    assert other.stdout is not None
    assert other.stdout.readline() == "joined\n"
    assert embedded.leave(directory) is False
    assert embedded.is_running(directory)
    other.communicate("\n")
    assert until(lambda: not embedded.is_running(directory))


def test_a_killed_user_does_not_keep_the_server_alive(
    directory: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    embedded.ensure_running(directory)
    other = join()
    assert other.stdout is not None
    assert other.stdout.readline() == "joined\n"
    other.kill()
    other.wait()
    assert embedded.leave(directory) is True
    assert not embedded.is_running(directory)


def test_users_who_come_at_once_share_one_server(
    directory: Path, join: Callable[[], subprocess.Popen[str]]
) -> None:
    users = [join() for _ in range(4)]
    said = [user.stdout.readline() for user in users if user.stdout]
    assert said == ["joined\n"] * 4
    mine = [p for p in psutil.process_iter(["cmdline"]) if str(directory) in (p.info["cmdline"] or [])]
    assert len([p for p in mine if "postgres" in p.name()]) == 1


def test_what_was_committed_before_a_kill_is_there_after_it(directory: Path) -> None:
    url = embedded.ensure_running(directory)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table marks as select 85 as tenths")
    server(directory).send_signal(signal.SIGKILL)
    embedded.leave(directory)
    with psycopg.connect(embedded.ensure_running(directory)) as connection:
        assert connection.execute("select tenths from marks").fetchone() == (85,)


def test_a_left_over_pid_that_now_belongs_to_another_program_is_no_hindrance(directory: Path) -> None:
    embedded.ensure_running(directory)
    left = (directory / "postmaster.pid").read_text().splitlines()
    embedded.leave(directory)
    (directory / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    embedded.ensure_running(directory)
    assert server(directory).pid != os.getpid()


def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    place = tmp_path / ("dài" * 40) / "postgres"
    psycopg.connect(embedded.ensure_running(place)).close()
    assert embedded.leave(place) is True


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "postgres"
    place.mkdir()
    (place / "thesis.txt").write_text("không được mất")
    with pytest.raises(embedded.EmbeddedDatabaseError, match="KHUE_VAR"):
        embedded.ensure_running(place)
    assert (place / "thesis.txt").read_text() == "không được mất"


def test_a_place_that_cannot_be_a_folder_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(embedded.EmbeddedDatabaseError, match="Không dùng được"):
        embedded.ensure_running(tmp_path / "var" / "postgres")


def test_a_broken_setting_is_shown_with_the_servers_own_words(directory: Path) -> None:
    embedded.ensure_running(directory)
    embedded.leave(directory)
    (directory / "local.conf").write_text("shared_buffers = 'nhiều'\n")
    with pytest.raises(embedded.EmbeddedDatabaseError, match="shared_buffers"):
        embedded.ensure_running(directory)
    (directory / "local.conf").unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_can_keep_a_database_too(tmp_path: Path) -> None:
    import pwd

    nobody = pwd.getpwnam("nobody")
    for folder in [tmp_path, *tmp_path.parents]:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    place = tmp_path / "own"
    place.mkdir()
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    embedded.ensure_running(tmp_path / "root" / "postgres")  # lets others pass to the wheel's programs
    embedded.leave(tmp_path / "root" / "postgres")
    become = f"import os; os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n"
    imports, body = USER.split("url = ", 1)
    done = subprocess.run(
        [sys.executable, "-c", f"{imports}{become}url = {body}", str(place / "postgres")],
        input="\n",
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("joined\n", 0), done.stderr
    assert (place / "postgres" / "PG_VERSION").stat().st_uid == nobody.pw_uid
    assert until(lambda: not embedded.is_running(place / "postgres"))
