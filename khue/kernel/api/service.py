"""The API as one: routers of the kernel and of every module, one way to refuse, one description."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.renderers import BaseRenderer

from khue.kernel import registry
from khue.kernel.actions.errors import DomainError
from khue.kernel.api import units
from khue.kernel.api.problems import TYPE, problem

log = logging.getLogger("khue.api")


class Json(BaseRenderer):
    """orjson: dates as ISO text."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        """The bytes of an answer."""
        import orjson

        return orjson.dumps(data, default=str)


def build() -> NinjaAPI:
    """The API with every router that exists."""
    api = NinjaAPI(
        title="Khuê", version="1", urls_namespace="rest", docs_url=None, openapi_url=None, renderer=Json(),
        description="Đọc và ghi trong phạm vi quyền của người gọi. Điều không được xem thì như không có (404).",
    )  # fmt: skip
    api.add_router("", units.router)
    for module in registry.modules():
        if module.api and find_spec(module.api.rpartition(".")[0]) is not None:
            router: Router = registry.load(module.api)
            api.add_router("", router)
    _add_refusals(api)
    return api


def _add_refusals(api: NinjaAPI) -> None:
    @api.exception_handler(DomainError)
    def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(error.status, error.message, code=error.code, fields=error.fields)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = {".".join(str(part) for part in one["loc"][1:]): str(one["msg"]) for one in error.errors}
        return problem(422, code="invalid", fields=fields)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, headers={"WWW-Authenticate": 'Bearer realm="Khue"'})

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403)

    @api.exception_handler(Throttled)
    def slowed(request: HttpRequest, error: Throttled) -> HttpResponse:
        return problem(429, headers={"Retry-After": str(int(error.wait or 60))})

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code)

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        log.exception("API %s %s failed", request.method, request.path)
        return problem(500)


api = build()
_patterns, _app, _namespace = api.urls
# ninja's own root page says nothing anybody needs
urls = ([pattern for pattern in _patterns if getattr(pattern, "name", "") != "api-root"], _app, _namespace)


def description() -> dict[str, Any]:
    """The OpenAPI description; refusals are problem JSON there too."""
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    for path in schema["paths"].values():
        for declared in path.values():
            for status, answer in declared["responses"].items():
                content = answer.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    content[TYPE] = content.pop("application/json")
    return schema
