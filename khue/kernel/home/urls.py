"""Pages of the frame."""

from django.urls import path

from khue.kernel.home import views
from khue.kernel.people.views.trying import demo_login

urlpatterns = [
    path("", views.first, name="first"),
    path("tim/", views.find, name="find"),
    path("vai/", views.capacity, name="capacity"),
    path("nam-hoc/", views.year, name="year"),
    path("ngon-ngu/", views.language, name="language"),
    path("ai/", views.reader, name="reader"),
    path("healthz", views.healthz, name="health"),
    path("demo/login", demo_login, name="demo_login"),
]
