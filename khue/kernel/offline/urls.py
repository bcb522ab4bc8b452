"""Addresses under /ngoai-tuyen/."""

from __future__ import annotations

from django.urls import path

from khue.kernel.offline.views import book, deciding, devices, door

urlpatterns = [
    path("so-mang-theo/", book.book, name="book"),
    path("so-mang-theo/ai/", book.who, name="who"),
    path("may/dang-ky/", door.register, name="register"),
    path("mang-theo/", door.carry, name="carry"),
    path("gui/", door.join, name="join"),
    path("tiep/", door.resume, name="resume"),
    path("ban-moi/", door.replica, name="replica"),
    path("tra-lai/", door.leave, name="leave"),
    path("hoi/", door.ask, name="ask"),
    path("may/", devices.own, name="devices"),
    path("may/<int:pk>/cat/", devices.cut_own, name="cut_own"),
    path("may-cua-truong/", devices.of_school, name="school_devices"),
    path("may-cua-truong/<int:pk>/", devices.cut, name="cut_off"),
    path("cho-venh/", deciding.clashes, name="clashes"),
    path("cho-venh/<int:pk>/", deciding.settle, name="settle"),
    path("cho-xet/", deciding.reviews, name="reviews"),
    path("cho-xet/<int:pk>/", deciding.decide, name="decide"),
]
