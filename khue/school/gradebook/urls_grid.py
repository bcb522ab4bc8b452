"""Pages of the sheets: the list, the grid and what is done on it."""

from django.urls import path

from khue.school.gradebook.views import cell, grid, paste, phrases, publishing, saving, sheets

urlpatterns = [
    path("", sheets.sheets, name="sheets"),
    path("<int:pk>/", grid.sheet, name="sheet"),
    path("<int:pk>/ghi/", saving.save, name="save"),
    path("<int:pk>/dan/", paste.paste, name="paste"),
    path("<int:pk>/o/<int:enrolment_id>/<str:code>/", cell.cell, name="cell"),
    path("<int:pk>/buoi-vang/", saving.absences, name="fill_absences"),
    path("<int:pk>/cong-bo/", publishing.publish, name="publish"),
    path("cau-nhan-xet/", phrases.phrases, name="phrases"),
    path("cau-nhan-xet/chung/", phrases.shared_phrases, name="shared_phrases"),
]
