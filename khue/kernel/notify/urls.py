"""Pages of the inbox, of one's ways of being told, and of what messages cost."""

from __future__ import annotations

from django.urls import path

from khue.kernel.notify import views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/mo/", views.open_message, name="open"),
    path("<int:pk>/xem/", views.see, name="see"),
    path("da-doc/", views.read_all, name="read_all"),
    path("cach-nhan/", views.ways, name="ways"),
    path("cach-nhan/bat/", views.subscribe, name="subscribe"),
    path("cach-nhan/thu/", views.try_out, name="try_out"),
    path("cach-nhan/<int:pk>/tat/", views.unsubscribe, name="unsubscribe"),
    path("tien-nhan-tin/", views.costs, name="costs"),
]
