"""Routes of messages and announcements, under the prefix of the manifest."""

from __future__ import annotations

from django.urls import path

from khue.citizen.threads.views import announcements, complaints, conversations, hours

urlpatterns = [
    path("", conversations.inbox, name="inbox"),
    path("viet/", conversations.choose, name="choose"),
    path("viet/<int:enrolment>/<int:teacher>/", conversations.write, name="write"),
    path("viet/lop/<int:pk>/", conversations.write_class, name="write_class"),
    path("<int:pk>/", conversations.thread, name="thread"),
    path("<int:pk>/thu-hoi/<int:message>/", conversations.withdraw, name="withdraw"),
    path("<int:pk>/tep/<int:message>/", conversations.file, name="file"),
    path("<int:pk>/bao/", complaints.report, name="report"),
    path("gio-tra-loi/", hours.office_hours, name="hours"),
    path("phan-anh/", complaints.complaints, name="complaints"),
    path("phan-anh/<int:pk>/", complaints.complaint, name="complaint"),
    path("thong-bao/", announcements.announcements, name="announcements"),
    path("thong-bao/gui/", announcements.announce, name="announce"),
    path("thong-bao/da-gui/", announcements.sent, name="sent"),
    path("thong-bao/<int:pk>/", announcements.announcement, name="announcement"),
    path("thong-bao/<int:pk>/sua/", announcements.edit, name="edit"),
    path("thong-bao/<int:pk>/rut/", announcements.withdraw, name="withdraw_announcement"),
    path("thong-bao/<int:pk>/nhac/", announcements.remind, name="remind"),
    path("thong-bao/<int:pk>/ai-da-doc/", announcements.readers, name="readers"),
    path("thong-bao/<int:pk>/tep/", announcements.file, name="announcement_file"),
]
