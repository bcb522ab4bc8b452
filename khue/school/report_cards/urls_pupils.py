"""Pages about one pupil's cards: what families read, corrections, the book of a school life, packages, transfers."""

from django.urls import URLPattern, path

from khue.school.report_cards.views import corrections, family, pupils, transfers

urlpatterns: list[URLPattern] = [
    path("cua-em/", family.my_cards, name="my_cards"),
    path("cua-em/<int:pk>/<str:kind>/", family.my_card_file, name="my_card_file"),
    path("de-nghi-sua/", corrections.corrections, name="corrections"),
    path("de-nghi-sua/<int:pk>/", corrections.correction, name="correction"),
    path("de-nghi-sua/<int:pk>/diem/", corrections.correct_marks, name="correct_marks"),
    path("de-nghi-sua/<int:pk>/giay-to/", corrections.evidence, name="evidence"),
    path("<int:pk>/de-nghi-sua/", corrections.ask, name="ask_correction"),
    path("em/<int:person_id>/", pupils.pupil_cards, name="pupil_cards"),
    path("em/<int:person_id>/quyen/", pupils.book_file, name="book_file"),
    path("em/<int:person_id>/dong-goi/", pupils.export_package, name="export_package"),
    path("em/<int:person_id>/nhan-goi/", pupils.bring_package, name="bring_package"),
    path("goi/<int:pk>/", pupils.package, name="package"),
    path("goi/<int:pk>/tep/", pupils.package_file, name="package_file"),
    path("chuyen-truong/<int:pk>/", transfers.transfer_sheet, name="transfer_sheet"),
    path("chuyen-truong/<int:pk>/<str:kind>/", transfers.transfer_sheet_file, name="transfer_sheet_file"),
    path("<int:pk>/thu-hoi/", corrections.revoke, name="revoke"),
]
