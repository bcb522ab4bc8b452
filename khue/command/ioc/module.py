"""Manifest of the operations centre."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="ioc",
    label="Điều hành",
    url_prefix="dieu-hanh/",
)
