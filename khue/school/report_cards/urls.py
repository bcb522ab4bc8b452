"""Addresses of the report cards."""

from __future__ import annotations

from django.urls import URLPattern

from khue.school.report_cards import urls_flow, urls_pupils, urls_store

app_name = "report_cards"
urlpatterns: list[URLPattern] = [
    *urls_flow.urlpatterns,
    *urls_pupils.urlpatterns,
    *urls_store.urlpatterns,
]
