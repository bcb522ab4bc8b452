"""Addresses of desks."""

from django.urls import path

from khue.command.ioc.views import desk

urlpatterns = [
    path("ban/", desk.desks, name="desks"),
    path("ban/moi/", desk.desk_new, name="desk_new"),
    path("ban/<int:pk>/", desk.desk, name="desk"),
    path("ban/<int:pk>/in/", desk.desk_paper, name="desk_paper"),
    path("ban/<int:pk>/sua/", desk.desk_edit, name="desk_edit"),
    path("ban/<int:pk>/chia-se/", desk.desk_share, name="desk_share"),
    path("ban/<int:pk>/gui/", desk.desk_schedule, name="desk_schedule"),
    path("ban/<int:pk>/bo/", desk.desk_close, name="desk_close"),
    path("ban/<int:pk>/lay-lai/", desk.desk_reopen, name="desk_reopen"),
    path("ban/thu/<int:pk>/", desk.posting, name="posting"),
]
