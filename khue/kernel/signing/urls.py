"""Addresses of the signing room."""

from __future__ import annotations

from django.urls import path

from khue.kernel.signing import views

app_name = "signing"
urlpatterns = [
    path("", views.keys, name="keys"),
    path("dang-ky/", views.register, name="register"),
    path("<int:pk>/thoi/", views.withdraw, name="withdraw"),
    path("thu/", views.trial, name="trial"),
    path("con-dau/dang-ky/", views.register_seal, name="register_seal"),
    path("con-dau/thu/", views.trial_seal, name="trial_seal"),
    path("con-dau/<int:pk>/thoi/", views.withdraw_seal, name="withdraw_seal"),
]
