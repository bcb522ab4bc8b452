"""Pages of settings."""

from __future__ import annotations

from django.urls import path

from khue.kernel.settings_store import views

urlpatterns = [
    path("", views.settings_list, name="list"),
    path("<str:name>/", views.setting, name="setting"),
]
