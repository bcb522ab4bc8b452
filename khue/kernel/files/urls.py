"""Downloads."""

from __future__ import annotations

from django.urls import path

from khue.kernel.files import views

urlpatterns = [path("<int:pk>/", views.download, name="download")]
