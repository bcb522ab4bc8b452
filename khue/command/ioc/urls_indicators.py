"""Addresses of indicators: the catalogue, an indicator at a place, comparison, ranking."""

from django.urls import path

from khue.command.ioc.views import catalogue, compare, indicator, ranking

urlpatterns = [
    path("chi-tieu/", catalogue.catalogue, name="catalogue"),
    path("chi-tieu/<str:name>/", indicator.indicator, name="own_indicator"),
    path("chi-tieu/<str:name>/<path:where>/", indicator.indicator, name="indicator"),
    path("dat-canh-nhau/", compare.compare, name="compare"),
    path("thu-tu/<str:name>/<path:where>/", ranking.ranking, name="ranking"),
    path("con-thieu/<str:name>/<path:where>/", ranking.missing, name="missing"),
]
