"""Reads of report cards; what takes no actor is named all_*."""
