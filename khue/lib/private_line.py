"""A line between two processes of one machine and one user: JSON messages behind their length, over a Unix socket."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

MOST_BYTES: Final = 64 * 1024 * 1024
LONGEST_PATH: Final = 100  # of a Unix socket: the system takes 107
_LENGTH: Final = struct.Struct(">I")


def place_of(var: Path, name: str) -> Path:
    """Where the socket of an installation lies: in its own folder, or in a temporary one when that path is too long."""
    place = var / name / "line"
    if len(str(place)) > LONGEST_PATH:
        digest = hashlib.sha256(str(var).encode()).hexdigest()[:16]
        place = Path(tempfile.gettempdir()) / f"khue-{os.getuid()}-{digest}" / name
    return place


def listen(place: Path) -> socket.socket:
    """A listening socket that only our own user can reach; one left by a killed process is replaced."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = place.parent.stat()
    if held.st_uid != os.getuid() or held.st_mode & 0o077:
        place.parent.chmod(0o700)  # PermissionError when it is somebody else's: never listen there
    place.unlink(missing_ok=True)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.bind(str(place))
    place.chmod(0o600)
    line.listen(64)
    return line


def send(line: socket.socket, message: Mapping[str, Any]) -> None:
    """One message."""
    text = orjson.dumps(message)
    line.sendall(_LENGTH.pack(len(text)) + text)


def receive(line: socket.socket) -> dict[str, Any]:
    """One message; ValueError when the other end stopped in the middle or says what nobody asks for."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    if length > MOST_BYTES:
        raise ValueError("a message too long")
    found = orjson.loads(_exactly(line, length))
    if not isinstance(found, dict):
        raise ValueError("not a message")
    return found


def _exactly(line: socket.socket, wanted: int) -> bytes:
    found = bytearray()
    while len(found) < wanted:
        part = line.recv(min(65_536, wanted - len(found)))
        if not part:
            raise ValueError("the line was cut")
        found += part
    return bytes(found)
