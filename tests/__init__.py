"""Tests that concern several modules at once."""
