"""The operations centre stands in the house."""

from __future__ import annotations

from khue.kernel import registry


def test_the_operations_centre_is_mounted_at_its_address() -> None:
    found = {module.name: module for module in registry.modules()}
    assert found["ioc"].url_prefix == "dieu-hanh/"
