"""Manifest of gate."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="gate",
    label="Cổng trường",
)
