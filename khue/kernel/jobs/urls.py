"""Pages of background work."""

from __future__ import annotations

from django.urls import path

from khue.kernel.jobs import views

urlpatterns = [
    path("", views.runs, name="runs"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/dung/", views.stop, name="stop"),
    path("<int:pk>/lam-tiep/", views.resume, name="resume"),
    path("<int:pk>/thu-lai/", views.retry, name="retry"),
]
