"""Addresses of the operations centre."""

from __future__ import annotations

from django.urls import URLPattern

from khue.command.ioc import urls_desk, urls_indicators, urls_pivot, urls_wall

app_name = "ioc"
urlpatterns: list[URLPattern] = [
    *urls_indicators.urlpatterns,
    *urls_pivot.urlpatterns,
    *urls_wall.urlpatterns,
    *urls_desk.urlpatterns,
]
