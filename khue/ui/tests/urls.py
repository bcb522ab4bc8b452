"""The routes of the look alone, so that its tests need nothing else."""

from django.urls import include, path

urlpatterns = [path("ui/", include("khue.ui.urls"))]
