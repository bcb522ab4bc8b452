from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.kernel import registry
from khue.kernel.notify import outside
from khue.kernel.notify.simulated import Service
from khue.kernel.notify.tests.telling import KINDS


@pytest.fixture
def service(tmp_path: Path, settings: Any) -> Iterator[Service]:
    """A push service and a gateway at one address, to which notices of this test go."""
    settings.VAR = tmp_path
    settings.PUSH_TO_PRIVATE = True
    settings.GATEWAY_TOKEN = "token-of-the-test"
    with Service() as standing_in:
        settings.GATEWAY_URL = f"{standing_in.address}/send"
        yield standing_in
    outside._pools.cache_clear()


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """The kinds of these tests, beside those of the manifests."""
    known = registry.notice_kinds()
    known.update({kind.name: kind for kind in KINDS})
    yield
    for kind in KINDS:
        del known[kind.name]
