"""A push service and a gateway that stand in for the real ones on 127.0.0.1: for tests and the bench.

They speak HTTP/1.1 over real sockets, keep what they were sent in the order it came, and answer as they are told.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    @property
    def json(self) -> Any:
        """The body of a request to the gateway."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer to come; `breaks` closes the line instead, after the request was taken."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    breaks: bool = False


class Service:
    """A server in a thread of its own, as a context."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: deque[Reply] = deque()
        self.delay = 0.0  # seconds before each answer
        self.once: set[str] = set()  # keys taken; a repeat is answered 409
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._news = threading.Condition()
        self._port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def wait_for(self, count: int, seconds: float = 60.0) -> bool:
        """Wait until so many requests have come; False when they did not."""
        with self._news:
            return self._news.wait_for(lambda: len(self.received) >= count, seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        reply = self.replies.popleft() if self.replies else Reply(201)
        key = headers.get("idempotency-key", "")
        if key and reply.status < 300:
            if key in self.once:
                reply = Reply(409)
            self.once.add(key)
        with self._news:
            self.received.append(Received(head[0].split(" ")[1], headers, body))
            self._news.notify_all()
        if self.delay:
            await asyncio.sleep(self.delay)
        if reply.breaks:
            return False
        lines = [
            f"HTTP/1.1 {reply.status} Said",
            "content-length: 0",
            *(f"{n}: {v}" for n, v in reply.headers),
        ]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        return True
