"""Routes of what families read, of files in and out, and of the printed books."""

from django.urls import URLPattern, path

from khue.school.gradebook.views import family

urlpatterns: list[URLPattern] = [
    path("cua-em/", family.my_marks, name="my_marks"),
    path("em/<int:pk>/", family.pupil_marks, name="pupil_marks"),
]
