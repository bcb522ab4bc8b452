"""Routes of the import wizard."""

from django.urls import path

from khue.kernel.exchange import views

urlpatterns = [
    path("", views.start, name="start"),
    path("mau/<slug:name>/", views.blank, name="blank"),
    path("<int:pk>/cot/", views.columns, name="columns"),
    path("<int:pk>/", views.preview, name="preview"),
    path("<int:pk>/ghi/", views.write, name="write"),
    path("<int:pk>/bo/", views.drop, name="drop"),
    path("<int:pk>/xong/", views.done, name="done"),
    path("<int:pk>/hoan-tac/", views.undo, name="undo"),
    path("<int:pk>/tep-ghi-chu/", views.marked, name="marked"),
]
