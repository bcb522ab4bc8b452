"""Addresses of analysis: a figure parted two ways, an intake over the years."""

from django.urls import path

from khue.command.ioc.views import cohort, pivot

urlpatterns = [
    path("bang-cheo/", pivot.pivot, name="pivot"),
    path("khoa-hoc/", cohort.cohort, name="cohort"),
]
