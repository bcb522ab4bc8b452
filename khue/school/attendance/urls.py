"""Pages of roll call."""

from django.urls import URLPattern, path

from khue.school.attendance.views import checkins, family, leaves, oversight, registers, rolls

urlpatterns: list[URLPattern] = [
    path("", rolls.today, name="today"),
    path("<int:pk>/", rolls.roll, name="roll"),
    path("<int:pk>/tuan/", registers.week, name="week"),
    path("<int:pk>/thang/", registers.month, name="month"),
    path("<int:pk>/thang/<slug:kind>/", registers.month_file, name="month_file"),
    path("<int:pk>/chot-tuan/", registers.close_week, name="close_week"),
    path("ky-thang/", registers.months, name="months"),
    path("ky-thang/ky/", registers.sign_months, name="sign_months"),
    path("chot/<int:pk>/mo-lai/", registers.reopen, name="reopen"),
    path("em/<int:pk>/", registers.pupil, name="pupil"),
    path("buoi/<int:pk>/co-phep/", registers.excuse, name="excuse"),
    path("de-nghi/<int:pk>/", rolls.answer_correction, name="answer_correction"),
    path("chua-diem-danh/", oversight.overview, name="oversight"),
    path("chua-diem-danh/nhac/", oversight.remind, name="remind_roll"),
    path("hoc-o-nha/", checkins.at_home, name="at_home"),
    path("don/", leaves.leaves, name="leaves"),
    path("don/<int:pk>/", leaves.answer_leave, name="answer_leave"),
    path("don/<int:pk>/tep/", leaves.leave_proof, name="leave_proof"),
    path("buoi-hoc/", leaves.plans, name="plans"),
    path("buoi-hoc/<int:pk>/bo/", leaves.remove_plan, name="remove_plan"),
    path("xin-nghi/", family.my_leaves, name="my_leaves"),
    path("xin-nghi/<int:pk>/rut/", family.withdraw_leave, name="withdraw_leave"),
    path("bao-vang/<int:pk>/", family.notice, name="notice"),
]
