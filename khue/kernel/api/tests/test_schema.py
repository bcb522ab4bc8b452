"""A7: schemathesis tries every operation, as several roles: no server error, no answer that breaks the description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.test.client import ClientHandler
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import CHECKS

from khue.kernel.api.service import description
from khue.kernel.api.tests.test_tokens import key_of
from tests.cast import Cast

ROLES = ("son", "thanh", "hung", "tam")
CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance",
)  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_rate(settings: Any) -> Iterator[None]:
    settings.KHUE_API_RATE = "1000000/m"
    cache.clear()
    yield
    cache.clear()


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Khuê as a WSGI application inside the test's own transaction."""
    response = ClientHandler(enforce_csrf_checks=True)(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


def try_everything(cast: Cast, name: str, examples: int) -> int:
    schema = schemathesis.openapi.from_dict(description())
    schema.app = application
    key = key_of(cast, name)
    checks = [CHECKS.get_one(check) for check in CHECKED]
    calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(7411)
        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def attempt(case: Any) -> None:
            nonlocal calls
            calls += 1
            plain = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
            case.headers = {**(case.headers or {}), **plain}
            case.validate_response(case.call(), checks=checks)

        attempt()
    return calls


def test_every_operation_keeps_its_word_a_few_times(cast: Cast) -> None:
    assert try_everything(cast, "tam", 8) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("name", ROLES)
def test_every_operation_keeps_its_word(cast: Cast, name: str) -> None:
    assert try_everything(cast, name, 60) >= 60
