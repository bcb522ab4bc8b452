"""Khuê: the open digital-education platform of a Vietnamese province."""

__version__ = "0.1.0"
