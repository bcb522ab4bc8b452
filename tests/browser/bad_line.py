"""A line between a browser and the server that loses things as a village's line does: a small carrier of TCP.

It stands in front of the server, outside the browser, so that what is lost is lost for good: the browser can neither
know it nor be told. One request a connection; each request whose path it watches meets the next fate.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from enum import Enum
from types import TracebackType
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
PIECE = 65536
SLOW_SECONDS = 4.0
HELD_SECONDS = 12.0  # a browser has six connections to a place: none may be kept for ever


class Fate(Enum):
    """What becomes of a request."""

    PASSES = "passes"
    SLOW = "slow"  # arrives late
    ANSWER_SLOW = "answer slow"  # arrives, its answer takes seconds
    LOST = "lost"  # never arrives, the connection breaks
    ANSWER_LOST = "answer lost"  # arrives, its answer does not, the connection breaks
    SWALLOWED = "swallowed"  # never arrives, nobody says so
    ANSWER_SWALLOWED = "answer swallowed"  # arrives, its answer does not, nobody says so


BAD = frozenset({Fate.LOST, Fate.ANSWER_LOST, Fate.SWALLOWED, Fate.ANSWER_SWALLOWED})
Fates = Iterator[Fate]


def bad_weather(seed: int) -> Fates:
    """Fates without end, four of nine bad in each handful: seeds change the order, never how bad the line is."""
    draw = random.Random(seed)
    handful = [*BAD, Fate.SLOW, Fate.SLOW, Fate.PASSES, Fate.PASSES, Fate.PASSES]
    handful.sort(key=lambda fate: fate.value)  # a set has no order of its own
    while True:
        draw.shuffle(handful)
        yield from handful


class Line:
    """Carries everything to `server` (an address); requests whose path ends with `watched` meet the next of `fates`.

    When the fates are used up, or `mend` was called, everything passes. Use it as a context manager.
    """

    def __init__(self, server: str, watched: str, fates: Fates) -> None:
        there = urlsplit(server)
        self.there = (str(there.hostname), there.port or 80)
        self.watched = watched.encode()
        self.fates = fates
        self.met: list[Fate] = []
        self.keys: list[str] = []  # the Idempotency-Key of each watched request
        self._turn = threading.Lock()
        self._ended = threading.Event()
        self._door = socket.create_server(("localhost", 0))
        self._thread = threading.Thread(target=self._accept, name="bad line", daemon=True)

    @property
    def address(self) -> str:
        """Where browsers find the server over this line."""
        return f"http://localhost:{self._door.getsockname()[1]}"

    @property
    def lost(self) -> int:
        """How many watched requests got no answer."""
        return sum(fate in BAD for fate in self.met)

    def mend(self) -> None:
        """From now on everything passes."""
        with self._turn:
            self.fates = iter(())

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                browser, _address = self._door.accept()
            except OSError:  # the door was closed
                return
            threading.Thread(target=self._guarded, args=(browser,), daemon=True).start()

    def _guarded(self, browser: socket.socket) -> None:
        with browser:
            try:
                self._carry(browser)
            except OSError:  # one of both ends went away: so does the line between them
                return

    def _carry(self, browser: socket.socket) -> None:
        request = _read_request(browser)
        if not request:  # connected in advance, never used
            return
        fate = self._fate_of(request)
        if fate is Fate.SLOW:
            self._ended.wait(0.2)
        if fate is Fate.SWALLOWED:
            self._ended.wait(HELD_SECONDS)
        if fate in (Fate.LOST, Fate.SWALLOWED):
            return
        with socket.create_connection(self.there) as server:
            server.sendall(_closing(request))
            answer = b"".join(iter(lambda: server.recv(PIECE), b""))
        if fate is Fate.ANSWER_SLOW:
            self._ended.wait(SLOW_SECONDS)
        if fate not in BAD:
            browser.sendall(answer)
        if fate is Fate.ANSWER_SWALLOWED:
            self._ended.wait(HELD_SECONDS)

    def _fate_of(self, request: bytes) -> Fate:
        head = request.partition(HEAD_END)[0]
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        if not path.endswith(self.watched):
            return Fate.PASSES
        with self._turn:
            fate = next(self.fates, Fate.PASSES)
            self.met.append(fate)
            self.keys.append(_header(head, b"idempotency-key"))
        return fate


def _read_request(browser: socket.socket) -> bytes:
    """One whole request; empty when the browser said nothing."""
    taken = b""
    while HEAD_END not in taken:
        piece = browser.recv(PIECE)
        if not piece:
            return b""
        taken += piece
    head, _end, body = taken.partition(HEAD_END)
    missing = int(_header(head, b"content-length") or 0) - len(body)
    while missing > 0:
        piece = browser.recv(PIECE)
        if not piece:
            return b""
        taken += piece
        missing -= len(piece)
    return taken


def _header(head: bytes, name: bytes) -> str:
    return next(
        (
            line.partition(b":")[2].strip().decode()
            for line in head.split(b"\r\n")[1:]
            if line.partition(b":")[0].lower() == name
        ),
        "",
    )


def _closing(request: bytes) -> bytes:
    """The same request, after whose answer the server closes the connection: then the answer's end is plain."""
    head, end, body = request.partition(HEAD_END)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + end + body
