"""Pages of accounts."""

from django.urls import path

from khue.kernel.people.views import signing

urlpatterns = [
    path("dang-nhap/", signing.login, name="login"),
    path("dang-xuat/", signing.logout, name="logout"),
]
