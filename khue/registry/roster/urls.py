"""Pages of the roster."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import path

from khue.registry.roster.views import admitting, classes, counts, exports, profile, pupils, transfers

urlpatterns = [
    path("hoc-sinh/", pupils.pupils, name="pupils"),
    path("hoc-sinh/tiep-nhan/", admitting.admit, name="admit"),
    path("hoc-sinh/chuyen-lop/", pupils.place_pupils, name="place"),
    path("hoc-sinh/chuyen-lop/hoan-tac/", pupils.undo_place, name="undo_place"),
    path("hoc-sinh/bien-dong/", pupils.movement, name="movement"),
    path("hoc-sinh/xuat/", pupils.export_chosen, name="export_chosen"),
    path("hoc-sinh/xin-xuat/", exports.ask_export, name="ask_export"),
    path("hoc-sinh/xin-xuat/<int:pk>/", exports.export_request, name="export_request"),
    path("hoc-sinh/<int:person_id>/", profile.pupil, name="pupil"),
    path("hoc-sinh/<int:person_id>/so-dinh-danh/", profile.reveal, name="reveal"),
    path("hoc-sinh/<int:person_id>/ai-xem/", profile.who, name="who"),
    path("hoc-sinh/<int:person_id>/sua/", profile.edit, name="edit_pupil"),
    path("hoc-sinh/<int:person_id>/dinh-chinh/", profile.correct, name="correct"),
    path("hoc-sinh/<int:person_id>/gia-dinh/", profile.add_guardian, name="add_guardian"),
    path("hoc-sinh/<int:person_id>/gia-dinh/<int:pk>/", profile.guardian, name="guardian"),
    path("lop/", classes.classes, name="classes"),
    path("lop/moi/", classes.open_class, name="open_class"),
    path("lop/<int:pk>/", classes.classroom, name="classroom"),
    path("lop/<int:pk>/sua/", classes.change_class, name="change_class"),
    path("lop/<int:pk>/giai-the/", classes.close_class, name="close_class"),
    path("lop/<int:pk>/chu-nhiem/", classes.homeroom, name="homeroom"),
    path("lop/<int:pk>/xuat/", exports.class_export, name="class_export"),
    path("chuyen-truong/", transfers.transfers, name="transfers"),
    path("chuyen-truong/moi/", transfers.new_transfer, name="new_transfer"),
    path("chuyen-truong/nhieu-em/", transfers.new_transfers, name="new_transfers"),
    path("chuyen-truong/nhan/", transfers.accept_several, name="accept_several"),
    path("chuyen-truong/ban-giao/", transfers.release_several, name="release_several"),
    path("chuyen-truong/<int:pk>/", transfers.transfer, name="transfer"),
    path("chuyen-truong/<int:pk>/buoc/", transfers.step, name="transfer_step"),
    path("so-luong/", counts.counts, name="counts"),
    path("so-luong/bien-dong/", counts.movements, name="movements"),
    path("con-toi/", profile.my_children, name="my_children"),
    path("ho-so-cua-em/", profile.my_record, name="my_record"),
]
if find_spec("khue.registry.roster.urls_year") is not None:
    from khue.registry.roster.urls_year import urlpatterns as year_end

    urlpatterns += year_end
