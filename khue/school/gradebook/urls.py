"""Pages of the gradebook."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
