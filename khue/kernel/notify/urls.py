"""Pages of the inbox."""

from __future__ import annotations

from django.urls import path

from khue.kernel.notify import views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/mo/", views.open_message, name="open"),
    path("da-doc/", views.read_all, name="read_all"),
]
