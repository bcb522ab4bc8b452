"""Addresses of the wall."""

from django.urls import path

from khue.command.ioc.views import wall

urlpatterns = [
    path("man-hinh/", wall.wall, name="wall"),
    path("man-hinh/treo/", wall.wall_hang, name="wall_hang"),
    path("man-hinh/chon/", wall.wall_choice, name="wall_choice"),
]
