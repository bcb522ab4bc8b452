"""Manifest of threads."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="threads",
    label="Tin nhắn",
)
