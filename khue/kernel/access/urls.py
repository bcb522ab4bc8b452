"""Pages of roles and permissions."""

from django.urls import path

from khue.kernel.access import views

urlpatterns = [
    path("", views.roles, name="roles"),
    path("giao/", views.give, name="give"),
    path("<int:pk>/thu/", views.take, name="take"),
]
