"""Pages of the calendar."""

from django.urls import path

from khue.registry.calendar import views

urlpatterns = [
    path("", views.year, name="year"),
    path("ngay/", views.set_day, name="set_day"),
    path("ngay/<int:pk>/bo/", views.remove_day, name="remove_day"),
    path("khung/", views.frame, name="frame"),
    path("khung/khoa/", views.close, name="close"),
]
