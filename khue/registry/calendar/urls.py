"""Pages of the calendar."""

from django.urls import path

from khue.registry.calendar.views import closures, year

urlpatterns = [
    path("", year.year, name="year"),
    path("ngay/", year.set_day, name="set_day"),
    path("ngay/<int:pk>/bo/", year.remove_day, name="remove_day"),
    path("khung/", year.frame, name="frame"),
    path("khung/khoa/", year.close, name="close"),
    path("tam-nghi/", closures.closures, name="closures"),
    path("tam-nghi/<int:pk>/", closures.closure, name="closure"),
    path("tam-nghi/<int:pk>/mo-lai/", closures.reopen, name="reopen"),
    path("tam-nghi/<int:pk>/keo-dai/", closures.extend, name="extend"),
]
