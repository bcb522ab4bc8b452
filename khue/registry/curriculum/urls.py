"""Pages of the programme, courses, assignments and workload."""

from django.urls import path

from khue.registry.curriculum import views

urlpatterns = [
    path("", views.assignments, name="assignments"),
    path("phan-cong/", views.edit, name="edit"),
    path("lap-mon/", views.make_courses, name="make_courses"),
    path("chep-nam-truoc/", views.copy, name="copy"),
    path("chuong-trinh/", views.programme, name="programme"),
    path("khoi-luong/", views.workload, name="workload"),
    path("giao-vien/<int:pk>/", views.teaching, name="teaching"),
    path("lop/<int:pk>/", views.classroom, name="classroom"),
    path("<int:pk>/", views.course, name="course"),
    path("dung/<int:pk>/", views.end_assignment, name="end_assignment"),
]
