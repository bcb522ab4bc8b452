"""Pages of roll call."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
