"""Pages of alerts."""

from django.urls import path

from khue.command.alerts.views import alerts, rules

urlpatterns = [
    path("", alerts.listed, name="alerts"),
    path("nhan/", alerts.acknowledge, name="acknowledge"),
    path("<int:pk>/", alerts.alert, name="alert"),
    path("<int:pk>/nhac/", alerts.remind, name="remind"),
    path("quy-tac/", rules.listed, name="rules"),
    path("quy-tac/them/", rules.add, name="add_rule"),
    path("quy-tac/<slug:code>/", rules.rule, name="rule"),
    path("quy-tac/<slug:code>/tat-bat/", rules.switch, name="switch_rule"),
]
