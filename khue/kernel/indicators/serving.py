"""`khue analytics`: the one process that holds the engine; started by the first question, gone when nobody asks.

It is handed a listening socket (`--line N`) by `khue run`, which waits on the same socket while this process is away,
so a question never finds a closed door. Systemd may do the same (socket activation: the socket is number 3). Questions
are answered one after another: the engine uses all processors for each.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Final

import structlog
from django.conf import settings
from django.utils import translation

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import computing, line
from khue.kernel.indicators.declare import Cell, Question
from khue.lib import private_line

IDLE_SECONDS: Final = 600.0
BUSY_AT_ONCE: Final = 16
Answer = Callable[[Question], list[Cell]]
log = structlog.get_logger(__name__)


def main(argv: Sequence[str]) -> int:
    """Serve until nobody has asked for ten minutes, or until told to stop."""
    parser = argparse.ArgumentParser(prog="khue analytics")
    parser.add_argument("--line", type=int, help="số của cổng nghe được giao; không có thì tự mở")
    parser.add_argument(
        "--idle", type=float, default=IDLE_SECONDS, help="nghỉ sau bấy nhiêu giây không ai hỏi"
    )
    asked = parser.parse_args(argv)
    number = asked.line
    if number is None and os.environ.get("LISTEN_PID") == str(os.getpid()):
        number = 3
    if number is not None:
        door = socket.socket(fileno=number)
    else:
        place = private_line.place_of(settings.VAR, "analytics")
        door = private_line.listen(place)
        print(f"Khuê phân tích: {place}", file=sys.stderr, flush=True)
    server = Server(door, asked.idle)
    signal.signal(signal.SIGTERM, server.ask_to_stop)
    signal.signal(signal.SIGINT, server.ask_to_stop)
    server.run()
    return 0


class Server:
    """Takes questions from a listening socket."""

    def __init__(
        self, door: socket.socket, idle: float = IDLE_SECONDS, answer: Answer = computing.answer
    ) -> None:
        self.door = door
        self.answer = answer
        self.idle = idle
        self.is_stopping = False
        self._places = threading.BoundedSemaphore(BUSY_AT_ONCE)
        self._busy = 0
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def ask_to_stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Take no more questions; those begun are answered."""
        self.is_stopping = True

    def run(self) -> None:
        """Answer until idle or told to stop."""
        while not self.is_stopping:
            ready, _write, _other = select.select([self.door], [], [], min(0.5, self.idle))
            if ready:
                self._places.acquire()
                caller, _address = self.door.accept()
                with self._lock:
                    self._busy += 1
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()
            elif self._busy == 0 and time.monotonic() - self._last > self.idle:
                break
        deadline = time.monotonic() + line.PATIENCE_SECONDS
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.02)
        computing.close()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller:
                caller.settimeout(line.PATIENCE_SECONDS)
                private_line.send(caller, answer_to(private_line.receive(caller), self.answer))
        except (OSError, ValueError) as problem:
            log.info("analytics.cut", problem=str(problem))
        finally:
            with self._lock:
                self._busy -= 1
                self._last = time.monotonic()
            self._places.release()


def answer_to(asked: dict[str, Any], answer: Answer = computing.answer) -> dict[str, Any]:
    """The answer to a message, as a message; whatever goes wrong comes back in words."""
    try:
        with translation.override(str(asked.get("language", "vi"))):
            try:
                cells = answer(line.question_of(asked))
            except DomainError as problem:
                return {"problem": problem.message, "code": problem.code}
    except (KeyError, TypeError, ValueError, AttributeError):
        log.exception("analytics.not_a_question")
        return {"problem": translation.gettext("Câu hỏi số liệu không đọc được."), "code": "question"}
    except Exception:  # an engine's own trouble must not silence the next questions
        log.exception("analytics.failed")
        computing.close()
        return {
            "problem": translation.gettext("Chưa tính được số liệu này. Thử lại sau ít phút."),
            "code": "engine",
        }
    return {"cells": [[cell.indicator, cell.at, cell.top, cell.bottom] for cell in cells]}
