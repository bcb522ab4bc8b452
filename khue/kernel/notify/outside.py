"""Posting to other servers: connections kept, time bounded, no redirect followed, and never into the house's own net.

A browser says where its push service is, so anybody may name any address. The name is looked up here, every address it
has must be one of the public net, and the connection goes to exactly the one that was looked at.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from khue.kernel.notify.channels import NotSent, Unknown

if TYPE_CHECKING:
    from urllib3 import PoolManager

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0  # for a whole answer, however slowly it drips
READ_MOST: Final = 4096  # bytes of an answer that are looked at; more are never taken in
WAIT_MOST: Final = timedelta(hours=8)  # the longest Retry-After that is believed
# Addresses that stand for others: an address of the house's own net can hide in them.
_WRAPPED: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "2002::/16", "2001::/32", "::/96")))


@dataclass(frozen=True)
class Answer:
    """What the other server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def after(self) -> timedelta | None:
        """How long it wishes to be left alone (Retry-After: seconds or a date)."""
        said = self.headers.get("retry-after", "").strip()
        if not said:
            return None
        try:
            wait = timedelta(seconds=int(said))
        except (ValueError, OverflowError):
            try:
                wait = parsedate_to_datetime(said) - datetime.now(UTC)
            except (TypeError, ValueError):
                return None
        return min(max(wait, timedelta(0)), WAIT_MOST)

    @property
    def words(self) -> str:
        """Status and the beginning of the text, for the problem of a delivery; nothing a table could not hold."""
        text = self.body[:120].decode("utf-8", "replace")
        clean = "".join(char if char.isprintable() else " " for char in text)
        return f"{self.status} {' '.join(clean.split())}".strip()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public net."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in net for net in _WRAPPED):
            return False
    return ip.is_global and not ip.is_multicast


class Private(Exception):
    """The name leads into a private net (no OSError: those the library takes for a broken line)."""


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host; raises Private when any of them is not of the public net."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(map(is_public, found)):
        raise Private(f"{host} không ở mạng công cộng")
    return found


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool = False,
    seconds: float = ANSWER_SECONDS,
) -> Answer:  # fmt: skip
    """Post and give the answer; raises NotSent when nothing was taken for sure, Unknown when nobody knows.

    The other server may be anybody's: of its answer no more than READ_MOST is read, and no longer than `seconds`.
    """
    from urllib3 import exceptions

    _patience.seconds = seconds
    try:
        answer = _pools(may_be_private).request(
            "POST",
            url,
            body=body,
            headers=dict(headers),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            return Answer(answer.status, answer.headers, answer.read(READ_MOST, decode_content=False))
        finally:
            answer.close()  # a line whose answer was read to its end is kept by then
    except Private as problem:
        raise NotSent(str(problem), again=False) from problem
    except (exceptions.ConnectTimeoutError, exceptions.NewConnectionError, exceptions.SSLError) as problem:
        raise NotSent(type(problem).__name__) from problem
    except exceptions.LocationValueError as problem:
        raise NotSent(type(problem).__name__, again=False) from problem
    except (exceptions.HTTPError, OSError) as problem:
        raise Unknown(type(problem).__name__) from problem


def post_json(url: str, said: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """Post an object as JSON to a server of the operator's own choice."""
    body = json.dumps(said, ensure_ascii=False).encode()
    return post(url, body, {"Content-Type": "application/json", **headers}, may_be_private=True)


_patience = threading.local()  # how long the thread that posts waits for a whole answer


class _Clocked(io.RawIOBase):
    """What comes over a line until a moment; then it times out, whatever still drips."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._until = time.monotonic() + getattr(_patience, "seconds", ANSWER_SECONDS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answered(http.client.HTTPResponse):
    """An answer that comes within its time, head and body together."""

    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Clocked(sock))


@cache
def _pools(may_be_private: bool) -> PoolManager:
    """Kept connections: thirty-two to each of the last thirty-two servers."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import NameResolutionError

    pools = urllib3.PoolManager(
        num_pools=32, maxsize=32, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
    )

    class Looked:
        """A connection to an address that has been looked at, whose answers have their time."""

        _dns_host: str
        response_class: Any = _Answered

        def _new_conn(self) -> socket.socket:
            if may_be_private:
                return super()._new_conn()  # type: ignore[misc,no-any-return]
            host = self._dns_host
            try:
                self._dns_host = public_addresses(host, self.port)[0]  # type: ignore[attr-defined]
            except socket.gaierror as problem:
                raise NameResolutionError(host, self, problem) from problem  # type: ignore[arg-type]
            try:
                return super()._new_conn()  # type: ignore[misc,no-any-return]
            finally:
                self._dns_host = host

    class Plain(Looked, HTTPConnection):
        """Without encryption."""

    class Sealed(Looked, HTTPSConnection):
        """With encryption; the certificate is that of the name."""

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SealedPool(HTTPSConnectionPool):
        ConnectionCls = Sealed

    pools.pool_classes_by_scheme = {"http": PlainPool, "https": SealedPool}
    return pools
