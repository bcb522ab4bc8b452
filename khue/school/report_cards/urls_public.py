"""Addresses that stand on paper: short, for anybody, without log-in."""

from django.urls import path

from khue.school.report_cards.views import verification

app_name = "verification"
urlpatterns = [
    path("xac-minh/", verification.ask, name="ask"),
    path("xac-minh/diem-kiem-tra.txt", verification.checkpoint, name="checkpoint"),
    path("xac-minh/<str:reference>/", verification.card, name="card"),
]
