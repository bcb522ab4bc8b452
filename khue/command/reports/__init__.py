"""The statistical forms of the year (S33): filled by themselves, checked, signed off level by level."""
