"""Manifest of the frame: first page, search, health."""

from khue.kernel.manifest import Module

MODULE = Module(name="home", label="Khung trang", url_prefix="")
