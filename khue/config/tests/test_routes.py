"""`khue urls` tells every route, its methods and its permission, pages and API operations alike."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path
from ninja import NinjaAPI

from khue.config import routes


def page(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse()


page.khue_permission, page.khue_methods = "meals.view", ("GET", "POST")  # type: ignore[attr-defined]


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


api = NinjaAPI(urls_namespace="routes-test", docs_url=None, openapi_url=None)


@api.get("/meals/{meal}")
def read(request: HttpRequest, meal: int) -> int:
    return meal


@api.delete("/meals/{meal}")
def remove(request: HttpRequest, meal: int) -> int:
    return meal


read.khue_permission = "meals.view"  # type: ignore[attr-defined]
remove.khue_permission = "public"  # type: ignore[attr-defined]


@pytest.fixture
def found() -> list[routes.Route]:
    config = ModuleType("meal_urls")
    config.urlpatterns = [  # type: ignore[attr-defined]
        path("bua-an/", include(([path("<int:pk>/", page, name="meal")], "meals"))),
        path("tran/", bare),
        path("api/v1/", api.urls),
    ]
    with override_settings(ROOT_URLCONF=config):
        return routes.routes()


def test_a_page_is_listed_with_what_its_view_declares(found: list[routes.Route]) -> None:
    meal = next(route for route in found if route.name == "meals:meal")
    assert (meal.path, meal.methods, meal.permission, meal.parameters) == (
        "/bua-an/<int:pk>/",
        ("GET", "POST"),
        "meals.view",
        ("pk",),
    )


def test_a_view_that_declares_nothing_is_unlisted_with_every_method(found: list[routes.Route]) -> None:
    trap = next(route for route in found if route.path == "/tran/")
    assert (trap.permission, trap.methods) == ("unlisted", routes.ANY)


def test_each_operation_of_an_api_path_is_a_route_of_its_own(found: list[routes.Route]) -> None:
    operations = {route.methods: route.permission for route in found if route.path == "/api/v1/meals/<meal>"}
    assert operations == {("GET",): "meals.view", ("DELETE",): "public"}


def test_the_command_prints_json_that_can_be_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert routes.main(["--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"path", "name", "methods", "permission", "view", "parameters"} == set(listed[0])
