"""A data file that is being signed lies packed: it is written anew at every signature, and much of it says the same.

Packed quickly (zlib, level 1) sixty kilobytes become ten in a fifth of a millisecond; left to the database they cost it
and the way there ten times that. Its SHA-256 is always that of the file itself, never of the packing.
"""

from __future__ import annotations

import zlib
from typing import Final

LEVEL: Final = 1
LARGEST: Final = 400_000  # bytes of a data file; a card with fifteen signatures is about 100,000
PLAIN: Final = b"<"  # how an XML file begins, and no packed one does


def packed(file: bytes) -> bytes:
    """The file as it is kept."""
    return zlib.compress(file, LEVEL)


def unpacked(kept: bytes) -> bytes:
    """The file from what was kept, packed or plain; empty when it can no longer be unpacked."""
    if kept.startswith(PLAIN):
        return kept
    try:
        opened = zlib.decompressobj()
        file = opened.decompress(kept, LARGEST)
    except zlib.error:
        return b""
    return file if opened.eof and not opened.unused_data else b""
