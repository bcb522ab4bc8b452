"""Strangers at the door of readers: an address that shows wrong keys again and again waits, its right readers do not.

A key is 256 random bits, so guessing it is hopeless; this is for the machine's sake. Each page process counts for
itself, in memory: a guess costs no write. A key that was right lately is always let through, so whoever guesses from
a school's address keeps nobody of the school waiting; a reader new to the process may have to come again in a minute
and loses nothing by it.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

MOST: Final = 60  # wrong keys of one address in a window
WINDOW: Final = 60.0  # seconds
REMEMBERED: Final = 20_000  # addresses, and right keys: what a process keeps at most


class Doorkeeper:
    """Counts wrong keys by address; moments are seconds of any clock that only goes forward."""

    def __init__(self, most: int = MOST, window: float = WINDOW) -> None:
        self.most, self.window = most, window
        self._wrong: dict[str, tuple[float, int]] = {}
        self._right: dict[str, None] = {}
        self._lock = Lock()

    def may_ask(self, address: str, key_hash: str, now: float) -> bool:
        """Whether a key from an address is looked at."""
        if key_hash in self._right:
            return True
        since, count = self._wrong.get(address, (now, 0))
        return now - since >= self.window or count < self.most

    def was_right(self, key_hash: str) -> None:
        """The key opened the door."""
        with self._lock:
            if key_hash not in self._right:
                _make_room(self._right)
                self._right[key_hash] = None

    def was_wrong(self, address: str, key_hash: str, now: float) -> None:
        """The key opens nothing, or nothing any more."""
        with self._lock:
            self._right.pop(key_hash, None)
            since, count = self._wrong.pop(address, (now, 0))
            if now - since >= self.window:
                since, count = now, 0
            _make_room(self._wrong)
            self._wrong[address] = (since, count + 1)


def _make_room(kept: dict[str, Any]) -> None:
    while len(kept) >= REMEMBERED:
        kept.pop(next(iter(kept)))  # the oldest
