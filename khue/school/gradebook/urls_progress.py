"""Routes of days, requests to unlock, progress and what looks odd."""

from django.urls import URLPattern, path

from khue.school.gradebook.views import deadlines, findings, progress, unlocks

urlpatterns: list[URLPattern] = [
    path("han/", deadlines.deadlines, name="deadlines"),
    path("mo-khoa/", unlocks.unlocks, name="unlocks"),
    path("mo-khoa/<int:pk>/", unlocks.unlock, name="unlock"),
    path("<int:pk>/mo-khoa/", unlocks.ask_unlock, name="ask_unlock"),
    path("tien-do/", progress.progress, name="progress"),
    path("tien-do/nhac/", progress.remind, name="remind"),
    path("bat-thuong/", findings.findings, name="findings"),
    path("bat-thuong/hoi/", findings.ask, name="ask_explanation"),
    path("bat-thuong/<int:pk>/", findings.finding, name="finding"),
]
