"""How an operation of the API is declared: its permission, its problems, its pages of results.

    @operation(router, "GET", "/pupils", "roster.view_list", response=Page[PupilOut])
    def pupils(request: ApiRequest, page: PageNumber = 1, size: PageSize = 50) -> dict[str, Any]: ...

A caller who holds the permission nowhere gets the same 404 as for what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import AuthRateThrottle
from pydantic import AfterValidator, Field

from khue.kernel.access.actor import Actor
from khue.kernel.access.pages import SIGNED_IN
from khue.kernel.api.problems import Problem

T = TypeVar("T")
LARGEST_ID = 2**63 - 1
RATE = "300/m"

REFUSALS = (400, 401, 403, 404, 422, 429)
UNSAFE_REFUSALS = (*REFUSALS, 409)


class ApiRequest(HttpRequest):
    """A request as operations know it."""

    actor: Actor


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")


PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Trang, từ 1")]
PageSize = Annotated[int, Query(ge=1, le=200, description="Số dòng một trang")]
Text = Annotated[str, Query(max_length=100), AfterValidator(_without_nul)]
Code = Annotated[str, Query(max_length=40), AfterValidator(_without_nul)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Page(Schema, Generic[T]):
    """A slice of results; `total` is null where counting would be dear."""

    items: list[T]
    page: int
    size: int
    total: int | None
    has_more: bool


def page_of(
    items: list[Any], *, page: int, size: int, total: int | None, has_more: bool | None = None
) -> dict[str, Any]:
    """A page of results from what a query gave."""
    more = has_more if has_more is not None else total is not None and page * size < total
    return {"items": items, "page": page, "size": size, "total": total, "has_more": more}


class BearerKey(HttpBearer):
    """`Authorization: Bearer khue_…`; the middleware has turned the key into the actor already."""

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The actor, when the key was good."""
        return _held(request, self.permission) if getattr(request, "khue_by_key", False) else None


class BrowserSession(APIKeyCookie):
    """The session of somebody who has signed in; unsafe calls need the CSRF token as pages do."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, permission: str) -> None:
        super().__init__(csrf=True)
        self.permission = permission

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The actor of the session."""
        return _held(request, self.permission)


def _held(request: HttpRequest, permission: str) -> Actor | None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_somebody:
        return None
    if permission != SIGNED_IN and not actor.holds(permission):
        raise Http404
    return actor


class CallerThrottle(AuthRateThrottle):
    """So many calls a minute for one person, whichever key they use."""

    def __init__(self) -> None:
        super().__init__(getattr(settings, "KHUE_API_RATE", RATE))

    def get_cache_key(self, request: HttpRequest) -> str:
        """Counted by person."""
        return f"api-rate-{request.actor.person_id}"  # type: ignore[attr-defined]


def operation(
    router: Router, method: str, path: str, permission: str, *, response: Any, summary: str, **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation of a router, with everything each of them owes."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        function.khue_permission = permission  # type: ignore[attr-defined]
        function.khue_methods = (method,)  # type: ignore[attr-defined]
        refusals = REFUSALS if method == "GET" else UNSAFE_REFUSALS
        declared = router.api_operation(
            [method],
            path,
            auth=[BearerKey(permission), BrowserSession(permission)],
            throttle=[CallerThrottle()],
            response={200: response, **dict.fromkeys(refusals, Problem)},
            summary=summary,
            **more,
        )
        return declared(function)

    return wrap
