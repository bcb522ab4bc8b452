"""Manifest of the room of files."""

from khue.kernel.manifest import Module

MODULE = Module(name="files", label="Tệp", url_prefix="tep/")
