"""The command `khue`: a small table of subcommands, each imported only when it is called.

A command is `main(argv) -> exit code` named by its dotted path. A word that is not in the table goes to the
management commands of Django, so `khue makemigrations` and `khue shell` work too.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple


class Command(NamedTuple):
    """One subcommand: where its main is, what it does, whether Django must be set up first, what it switches on."""

    main: str
    does: str
    needs_django: bool = True
    switch: str = ""  # a variable of the environment that is 1 for it, whatever it was


COMMANDS: dict[str, Command] = {
    "run": Command(
        "khue.config.server:main", "chạy Khuê: cơ sở dữ liệu, trang web, việc nền", needs_django=False
    ),
    "worker": Command("khue.kernel.jobs.worker:main", "chỉ chạy việc nền"),
    "analytics": Command("khue.kernel.indicators.serving:main", "phần phân tích số liệu: trả lời các trang"),
    "demo": Command(
        "khue.kernel.demo.command:main",
        "dữ liệu mẫu: --size small|province [--seed N] [--fresh]",
        switch="KHUE_DEMO",  # a demo is one however it is started: without it nobody has a key to sign with
    ),
    "import": Command(
        "khue.kernel.exchange.command:main", "nhập tệp: roster|staff TỆP --unit MÃ [--dry-run]"
    ),
    "account": Command("khue.kernel.people.command:main", "tài khoản: cấp mã kích hoạt, khóa, mở"),
    "cards": Command(
        "khue.school.report_cards.command:main", "sổ cấp học bạ: verify | checkpoint | export | extract"
    ),
    "audit": Command("khue.kernel.audit.command:main", "sổ kiểm toán: verify | checkpoint"),
    "indicators": Command(
        "khue.kernel.indicators.command:main",
        "bản chép số liệu và chỉ tiêu: refresh [--whole] | status | verify",
    ),
    "verify": Command("khue.kernel.signing.command:main", "kiểm tra chữ ký của tệp PDF, XML: TỆP [--json]"),
    "bench": Command("khue.kernel.bench.command:main", "đo tốc độ: [NHÓM] [--json]"),
    "urls": Command("khue.config.routes:main", "mọi đường dẫn, phương thức và quyền: [--json]"),
    "messages": Command(
        "khue.config.messages:main", "bản dịch: extract | compile | check", needs_django=False
    ),
    "module": Command("khue.config.scaffold:main", "tạo khung mô-đun mới: khối/tên", needs_django=False),
    "pg": Command(
        "khue.config.postgres:main", "chương trình của PostgreSQL: pg_dump, psql, …", needs_django=False
    ),
}
DJANGO = {
    "migrate": "cập nhật cấu trúc cơ sở dữ liệu",
    "shell": "dòng lệnh Python",
    "check": "kiểm tra cấu hình",
}


CLOSED = 141  # what a shell says of a program whose reader has gone: 128 and SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code is its own, 2 for a word nobody knows.

    Who reads only the first lines (`khue indicators status | head`) has seen enough: it ends without a word.
    """
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        if not _is_reader_gone():
            raise
        return CLOSED
    return code


def _is_reader_gone() -> bool:
    """Whether nobody reads what is printed any more; what is still held back is then let go of."""
    try:
        output = sys.stdout.fileno()
    except OSError:  # it is no file at all
        return False
    asked = select.poll()
    asked.register(output, 0)
    if not any(event & (select.POLLERR | select.POLLHUP) for _file, event in asked.poll(0)):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return True


def _run(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khue.config.settings")
    name, rest = words[0], words[1:]
    from khue.config.embedded import EmbeddedDatabaseError

    try:
        command = COMMANDS.get(name)
        if command is None:
            return _django(name, rest)
        if command.switch:
            os.environ[command.switch] = "1"
        if command.needs_django:
            import django

            django.setup()
        module, function = command.main.split(":")
        return int(getattr(import_module(module), function)(rest) or 0)
    except EmbeddedDatabaseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def usage() -> str:
    """The help text: every command with one line."""
    lines = ["khue LỆNH …", ""]
    lines += [f"  {name:<10}{command.does}" for name, command in COMMANDS.items()]
    lines += [f"  {name:<10}{does}" for name, does in DJANGO.items()]
    return "\n".join(lines)


def _django(name: str, rest: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line, get_commands

    if name not in get_commands():
        print(f"khue: không có lệnh “{name}”; xem khue --help", file=sys.stderr)
        return 2
    execute_from_command_line(["khue", name, *rest])
    return 0
