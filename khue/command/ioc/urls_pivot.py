"""Addresses of analysis: a figure parted two ways."""

from django.urls import path

from khue.command.ioc.views import pivot

urlpatterns = [path("bang-cheo/", pivot.pivot, name="pivot")]
