"""Pages of a family."""

from django.urls import path

from khue.citizen.family import views

urlpatterns = [
    path("", views.today, name="today"),
    path("them/", views.more, name="more"),
]
