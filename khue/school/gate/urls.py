"""Pages of the gate."""

from django.urls import path

from khue.school.gate import views

urlpatterns = [
    path("", views.classes, name="classes"),
    path("cap/", views.issue_all, name="issue_all"),
    path("lop/<int:pk>/", views.classroom, name="classroom"),
    path("lop/<int:pk>/cap/", views.issue, name="issue"),
    path("lop/<int:pk>/in/", views.sheet, name="sheet"),
    path("the/<int:pk>/chip/", views.chip, name="chip"),
    path("the/<int:pk>/mat/", views.lost, name="lost"),
    path("the/<int:pk>/thay/", views.worn, name="worn"),
    path("dau-doc/", views.readers, name="readers"),
    path("dau-doc/<int:pk>/ngat/", views.cut_off, name="cut_off"),
    path("dau-doc/<int:pk>/khoa-moi/", views.renew, name="renew"),
    path("luot/", views.taps, name="taps"),
    path("doc/", views.reading, name="reading"),
    path("nhan/", views.take_in, name="take_in"),
]
