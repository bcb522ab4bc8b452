"""Pages of units."""

from __future__ import annotations

from django.urls import path

from khue.kernel.org import views

urlpatterns = [
    path("", views.tree, name="tree"),
    path("xa-phuong/", views.communes, name="communes"),
    path("<int:pk>/", views.unit, name="unit"),
    path("<int:pk>/con/", views.below, name="below"),
    path("<int:pk>/chuyen-mo-hinh/", views.convert, name="convert"),
    path("<int:pk>/<slug:verb>/", views.change, name="change"),
]
