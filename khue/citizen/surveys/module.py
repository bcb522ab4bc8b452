"""Manifest of surveys."""

from khue.kernel.manifest import Module

MODULE = Module(
    name="surveys",
    label="Phiếu hỏi",
)
