"""Pages of staff records."""

from django.urls import path

from khue.registry.staff import views

urlpatterns = [
    path("", views.staff_list, name="list"),
    path("them/", views.add, name="add"),
    path("chuc-vu/<int:pk>/thoi/", views.end_position, name="end_position"),
    path("kiem-nhiem/<int:pk>/bo/", views.drop_duty, name="drop_duty"),
    path("<int:pk>/", views.profile, name="profile"),
    path("<int:pk>/so-dinh-danh/", views.reveal, name="reveal"),
    path("<int:pk>/sua/", views.edit, name="edit"),
    path("<int:pk>/chuc-vu/", views.appoint, name="appoint"),
    path("<int:pk>/thoi-viec/", views.leave, name="leave"),
    path("<int:pk>/tro-lai/", views.come_back, name="come_back"),
    path("<int:pk>/kiem-nhiem/", views.set_duty, name="set_duty"),
]
