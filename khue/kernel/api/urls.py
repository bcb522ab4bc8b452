"""Pages of the API room; the API itself stands under /api/v1/ (`service.api`)."""

from __future__ import annotations

from django.urls import path

from khue.kernel.api import views

urlpatterns = [
    path("khoa-api/", views.tokens, name="tokens"),
    path("khoa-api/<int:pk>/thu-hoi/", views.revoke, name="revoke"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
]
