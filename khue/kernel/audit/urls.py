"""Pages of the record."""

from __future__ import annotations

from django.urls import path

from khue.kernel.audit import views

urlpatterns = [
    path("", views.entries, name="entries"),
    path("<int:pk>/", views.entry, name="entry"),
]
