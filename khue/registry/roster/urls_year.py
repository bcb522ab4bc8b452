"""Pages of the end of a year and of clean records: rollover, doubles, data quality."""

from __future__ import annotations

from django.urls import path

from khue.registry.roster.views import duplicates, quality, rollover

urlpatterns = [
    path("ket-chuyen/", rollover.rollover, name="rollover"),
    path("ket-chuyen/chuan-bi/", rollover.draft, name="rollover_draft"),
    path("ket-chuyen/<int:pk>/lop/", rollover.names, name="rollover_names"),
    path("ket-chuyen/<int:pk>/lop/<int:room_id>/", rollover.room, name="rollover_class"),
    path("ket-chuyen/<int:pk>/chay/", rollover.run, name="rollover_run"),
    path("ket-chuyen/<int:pk>/hoan-tac/", rollover.undo, name="rollover_undo"),
    path("ket-chuyen/<int:pk>/xac-nhan/", rollover.confirm, name="rollover_confirm"),
    path("ket-chuyen/<int:pk>/bo/", rollover.drop, name="rollover_drop"),
    path("ho-so-trung/", duplicates.duplicates, name="duplicates"),
    path("ho-so-trung/tim/", duplicates.find, name="duplicates_find"),
    path("ho-so-trung/hoi-so/", duplicates.ask, name="duplicates_ask"),
    path("ho-so-trung/<int:pk>/", duplicates.duplicate, name="duplicate"),
    path("ho-so-trung/<int:pk>/gop/", duplicates.merge, name="duplicate_merge"),
    path("ho-so-trung/<int:pk>/khac-nhau/", duplicates.apart, name="duplicate_apart"),
    path("ho-so-trung/<int:pk>/xem-lai/", duplicates.again, name="duplicate_again"),
    path("ho-so-trung/<int:pk>/hoan-tac/", duplicates.undo, name="duplicate_undo"),
    path("chat-luong-du-lieu/", quality.quality, name="quality"),
    path("chat-luong-du-lieu/<slug:check>/", quality.faults, name="quality_rows"),
]
