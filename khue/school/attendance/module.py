"""Manifest of attendance."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="attendance",
    label="Điểm danh",
)
