"""Pages of the look itself: the components, and what the browser shows without a network."""

from __future__ import annotations

from django.urls import path

from khue.ui import views

app_name = "ui"
urlpatterns = [
    path("thanh-phan/", views.components, name="components"),
    path("thanh-phan/danh-sach/", views.component_list, name="component_list"),
    path("ngoai-mang/", views.offline, name="offline"),
]
