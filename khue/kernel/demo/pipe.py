"""Making rows in a second process while the first feeds the database: two cores, one transaction."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from khue.kernel.demo import engine
from khue.kernel.demo.engine import Sink
from khue.kernel.demo.plan import Size


class DemoMakerError(RuntimeError):
    """The second process died before the province was whole; nothing has been written."""


class _Pipe:
    """A sink at the making end."""

    def __init__(self, end: Connection) -> None:
        self.end = end

    def write(self, table: str, columns: Sequence[str], lines: bytes, rows: int) -> None:
        """Send a head (table, columns, rows), then the lines."""
        self.end.send((table, list(columns), rows))
        self.end.send_bytes(lines)


def _make(size: Size, seed: int, end: Any) -> None:
    import django

    django.setup()
    gc.disable()  # rows make no cycles, and looking for them costs a tenth of the time
    engine.make(size, seed, _Pipe(end))
    end.send(None)
    end.close()


def make_apart(size: Size, seed: int, sink: Sink) -> None:
    """Make a province in another process and hand its lines to a sink here."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    maker = context.Process(target=_make, args=(size, seed, there), name="khue-demo", daemon=True)
    maker.start()
    there.close()
    try:
        while (head := here.recv()) is not None:
            table, columns, rows = head
            sink.write(table, columns, here.recv_bytes(), rows)
    except EOFError as error:
        raise DemoMakerError("the process that makes the rows has died") from error
    finally:
        maker.join(timeout=30)
        if maker.is_alive():
            maker.terminate()
