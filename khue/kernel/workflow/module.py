"""Manifest of the room of tasks."""

from khue.kernel.manifest import Module

MODULE = Module(name="workflow", label="Việc của tôi")
