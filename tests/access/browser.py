"""A very small browser for tens of thousands of requests: a request through every middleware, taken back afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from tests.access import sessions


class Browser:
    """Sends requests with a forged session straight into the handler stack of the house."""

    def __init__(self) -> None:
        self.handler = BaseHandler()
        self.handler.load_middleware()
        self.factory = RequestFactory()

    def send(
        self,
        method: str,
        path: str,
        *,
        session: str = "",
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        checks_forgery: bool = False,
        is_json: bool = False,
    ) -> HttpResponse:
        """One request; its writes stay unless the caller takes them back."""
        if method in {"GET", "HEAD"}:
            request = getattr(self.factory, method.lower())(path, data or {}, headers=dict(headers or {}))
        elif method == "POST" and path.startswith("/api/"):
            sent = {"Idempotency-Key": "0123456789abcdef", **(headers or {})}
            request = self.factory.post(path, json.dumps(data or {}), "application/json", headers=sent)
        elif method == "POST" and is_json:
            request = self.factory.post(path, json.dumps(data or {}), "application/json")
        elif method == "POST":
            request = self.factory.post(path, data or {}, headers=dict(headers or {}))
        else:
            request = self.factory.generic(method, path, headers=dict(headers or {}))
        if session:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = session
        request._dont_enforce_csrf_checks = not checks_forgery  # type: ignore[attr-defined]
        response = self.handler.get_response(request)
        if response.streaming:
            response.content_read = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        return response  # type: ignore[return-value]

    def try_out(self, method: str, path: str, **more: Any) -> HttpResponse:
        """One request whose writes are taken back: reading counts, too, where askings are rationed."""
        kept = dict(sessions.KEPT)
        try:
            with transaction.atomic():
                response = self.send(method, path, **more)
                transaction.set_rollback(True)
        finally:
            sessions.KEPT.clear()
            sessions.KEPT.update(kept)
        return response


def body_of(response: HttpResponse) -> bytes:
    """The bytes of an answer, streamed or not."""
    return bytes(response.content_read) if response.streaming else response.content  # type: ignore[attr-defined]


@dataclass
class Statements:
    """The statements sent while somebody listened."""

    texts: list[str]

    @property
    def writes(self) -> list[str]:
        """Those that change rows."""
        return [
            text
            for text in self.texts
            if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "COPY"))
        ]


@contextmanager
def listening() -> Iterator[Statements]:
    """Hear every statement of this connection, save points aside."""
    heard = Statements([])

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        heard.texts.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield heard
