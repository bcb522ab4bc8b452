"""Alerts: rules on figures that call somebody, once (S26)."""
