"""The public door: what families and citizens use."""
