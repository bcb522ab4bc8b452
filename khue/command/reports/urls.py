"""Addresses of the statistical reports, under /bao-cao/."""

from django.urls import path

from khue.command.reports.views import flow, periods, progress, reports

app_name = "reports"
urlpatterns = [
    path("", periods.periods, name="periods"),
    path("ky/moi/", periods.open_period, name="open"),
    path("<int:pk>/ngay/", periods.days, name="days"),
    path("<int:pk>/", reports.report, name="report"),
    path("<int:pk>/kiem-tra/", reports.checks, name="checks"),
    path("<int:pk>/so-sanh/", reports.compare, name="compare"),
    path("<int:pk>/lich-su/", reports.history, name="history"),
    path("<int:pk>/tep/<str:kind>/", reports.file, name="file"),
    path("<int:pk>/lap-tep/<str:kind>/", reports.make_file, name="make_file"),
    path("<int:pk>/tu-ghi/", flow.enter, name="enter"),
    path("<int:pk>/lay-so/", flow.fill, name="fill"),
    path("<int:pk>/giai-thich/", flow.explain, name="explain"),
    path("<int:pk>/ky/", flow.sign, name="sign"),
    path("<int:pk>/sua/", flow.correct, name="correct"),
    path("<int:pk>/tra-lai/", flow.give_back, name="give_back"),
    path("<int:pk>/tien-do/", progress.progress, name="progress"),
    path("<int:pk>/dong-y/", progress.check, name="check"),
    path("<int:pk>/nhan/", progress.accept, name="accept"),
    path("<int:pk>/nhac/", progress.remind, name="remind"),
    path("<int:pk>/chot/", progress.close, name="close"),
    path("<int:pk>/khoa/", progress.lock, name="lock"),
]
