"""A remote signing service (CSC API v2) in a thread, and a time-stamping service beside it."""

from __future__ import annotations

import json
import secrets
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from khue.kernel.signing.engine.authority import Issued, answer_request
from khue.kernel.signing.engine.cms import encoded
from khue.kernel.signing.engine.keys import HeldKey
from tests.signatures.world import NOW

PIN, TOKEN = "271828", "the-vao-cua"


@dataclass
class Service:
    """What the service holds, what it was asked, and how it misbehaves."""

    issued: Issued
    stamping: Issued
    most: int = 5
    enabled: bool = True
    misbehaves: str = ""
    asked: list[str] = field(default_factory=list)
    opened: dict[str, list[str]] = field(default_factory=dict)
    url: str = ""

    def answer(self, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The answer to one call."""
        self.asked.append(what)
        if self.misbehaves == "away" or (self.misbehaves == "dies" and what == "signatures/signHash"):
            return 503, {}
        if what == "credentials/list":
            return 200, {"credentialIDs": ["hieu-truong"]}
        if body.get("credentialID") != "hieu-truong":
            return 400, {"error": "invalid_request", "error_description": "Không có khóa này"}
        if what == "credentials/info":
            chain = [encoded(each) for each in (self.issued.certificate, *self.issued.chain)]
            return 200, {
                "key": {"status": "enabled" if self.enabled else "disabled"},
                "cert": {"certificates": [b64encode(each).decode() for each in chain]}, "multisign": self.most,
            }  # fmt: skip
        if what == "credentials/authorize":
            if body["authData"] != [{"id": "PIN", "value": PIN}]:
                return 400, {"error": "invalid_pin", "error_description": "Wrong PIN"}
            assert body["numSignatures"] == len(body["hashes"]) <= self.most
            sad = secrets.token_hex(8)
            self.opened[sad] = body["hashes"]
            return 200, {"SAD": sad}
        assert what == "signatures/signHash"
        if self.opened.pop(body["SAD"], None) != body["hashes"]:
            return 400, {"error": "invalid_request", "error_description": "SAD không đúng"}
        digests = [b64decode(each) for each in body["hashes"]]
        if self.misbehaves == "other":
            digests = [b"\0" * 32 for _ in digests]
        made = HeldKey(self.issued.key, self.issued.certificate).sign_digests(digests)
        return 200, {"signatures": [b64encode(each).decode() for each in made]}


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """The service on a port of this machine while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/stamp":
                body = b"junk" if service.misbehaves == "junk" else answer_request(service.stamping, raw, NOW)
                return self.give(200, body, "application/timestamp-reply")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.give(401, b"{}")
            code, said = service.answer(self.path.removeprefix("/csc/v2/"), json.loads(raw))
            return self.give(code, json.dumps(said).encode())

        def give(self, code: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
