"""Routes of consent slips and surveys, under the prefix of the manifest."""

from django.urls import path

from khue.citizen.surveys.views import own, slips, surveys

urlpatterns = [
    path("", own.asked, name="open"),
    path("tra-loi/<int:pk>/", own.answer, name="answer"),
    path("dong-y/", slips.slips, name="slips"),
    path("dong-y/moi/", slips.new, name="new_slip"),
    path("dong-y/<int:pk>/", slips.slip, name="slip"),
    path("dong-y/<int:pk>/sua/", slips.edit, name="edit_slip"),
    path("dong-y/<int:pk>/in/", slips.paper, name="slip_paper"),
    path("dong-y/<int:pk>/excel/", slips.workbook, name="slip_file"),
    path("dong-y/<int:pk>/tra-loi/", own.consent, name="consent"),
    path("phieu-hoi/", surveys.surveys, name="surveys"),
    path("phieu-hoi/moi/", surveys.new, name="new_survey"),
    path("phieu-hoi/<int:pk>/", surveys.survey, name="survey"),
    path("phieu-hoi/<int:pk>/sua/", surveys.edit, name="edit_survey"),
    path("phieu-hoi/<int:pk>/excel/", surveys.workbook, name="survey_file"),
]
