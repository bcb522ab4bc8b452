"""Addresses of the report cards."""

from __future__ import annotations

app_name = "report_cards"
urlpatterns: list[object] = []
