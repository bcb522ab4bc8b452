"""Manifest of family."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="family",
    label="Gia đình",
)
