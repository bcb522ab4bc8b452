"""Manifest of offline."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="offline",
    label="Làm việc không mạng",
)
