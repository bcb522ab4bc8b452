"""Routes of what families read, of files in and out, and of the printed books."""

from django.urls import URLPattern, path

from khue.school.gradebook.views import book, family, files

urlpatterns: list[URLPattern] = [
    path("cua-em/", family.my_marks, name="my_marks"),
    path("em/<int:pk>/", family.pupil_marks, name="pupil_marks"),
    path("so/<int:pk>/", book.book, name="book"),
    path("ket-qua/<int:pk>/tep/", book.results_file, name="results_file"),
    path("<int:pk>/tep/", files.sheet_file, name="sheet_file"),
    path("tep/", files.marks_files, name="marks_files"),
    path("tep/so-cua-toi/", files.own_file, name="own_file"),
    path("tep/<int:pk>/", files.marks_preview, name="marks_preview"),
    path("tep/<int:pk>/doi-chieu/", files.marks_compare, name="marks_compare"),
    path("tep/<int:pk>/hoan-tac/", files.marks_undo, name="marks_undo"),
    path("tep/<int:pk>/ghi-chu/", files.marks_marked, name="marks_marked"),
]
