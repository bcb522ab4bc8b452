"""Writes of report cards."""
