"""The app in the browser: its manifest and its service worker, and which pages a device may keep a copy of.

Both files stand at the root and are the same for everybody, so they are answered before anybody is asked who they are:
a browser looks for a new worker at almost every page, and that must not cost a session and three queries each time.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)

KEEP: Final = "X-Khue-Keep"
PERSON: Final = "X-Khue-Person"
WORKER: Final = "/sw.js"
MANIFEST: Final = "/app.webmanifest"
STATIC: Final = Path(__file__).resolve().parent / "static"
BAND, PAPER = "#1b2a55", "#ffffff"  # --band and --paper of tokens.css
# What every page needs; what one kind of page needs besides is kept when it is first fetched.
SHELL: Final = (
    "ui/tokens.css", "ui/khue.css", "ui/theme.js", "ui/khue.js", "ui/app.js", "ui/vendor/htmx.min.js", "ui/icons.svg",
    "ui/favicon.svg", "ui/chevron.svg", "ui/fonts/be-vietnam-khue-400.woff2", "ui/fonts/be-vietnam-khue-600.woff2",
)  # fmt: skip
HOUR: Final = 3600


def keepable(
    view: Callable[Concatenate[R, P], HttpResponse],
) -> Callable[Concatenate[R, P], HttpResponse]:
    """Mark a page of one family's own data: the device may keep a copy of it to read without a line.

    Only for what parents and pupils read of themselves; the answer to anybody else is never kept (home.middleware).
    """

    @functools.wraps(view)
    def run(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200:
            response.headers[KEEP] = "1"
        return response

    return cast(Callable[Concatenate[R, P], HttpResponse], run)


class AtTheRoot:
    """Answers `/sw.js` and `/app.webmanifest`; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in (WORKER, MANIFEST) or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        if request.path == WORKER:
            text, kind = worker(), "text/javascript; charset=utf-8"
        else:
            text, kind = manifest(request.GET.get("tu", "/")), "application/manifest+json"
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        is_known = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
        response = HttpResponse(status=304) if is_known else HttpResponse(text, content_type=kind)
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = f"max-age={HOUR}" if settings.BUILT_FILES else "no-cache"
        return response


def manifest(start: str) -> str:
    """The manifest of the app, which opens at `start`: a family's first page or the staff's."""
    first = start if _is_page(start) else "/"
    return json.dumps(
        {
            "id": "/",
            "name": "Khuê",
            "short_name": "Khuê",
            "description": f"Giáo dục số, {settings.PROVINCE_NAME}",
            "lang": "vi",
            "dir": "ltr",
            "start_url": first,
            "scope": "/",
            "display": "standalone",
            "theme_color": BAND,
            "background_color": PAPER,
            "categories": ["education"],
            "icons": [
                {"src": static(f"ui/app/khue-{name}{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
                 "purpose": purpose}
                for name, purpose in (("", "any"), ("maskable-", "maskable"))
                for size in (192, 512)
            ],
        },
        ensure_ascii=False,
    )  # fmt: skip


def _is_page(path: str) -> bool:
    if not path.startswith("/") or path.startswith("//"):
        return False
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def worker() -> str:
    """The service worker with the list of what it lays ready; another text whenever any of that has changed."""
    return _built() if settings.BUILT_FILES else _worker()


@lru_cache(maxsize=1)
def _built() -> str:
    return _worker()


def _worker() -> str:
    more = sorted(path.name for path in (STATIC / "ui").glob("sw-*.js"))
    source = (STATIC / "ui" / "sw.js").read_text("utf-8")
    digest = hashlib.sha256(source.encode())
    for name in (*SHELL, *(f"ui/{one}" for one in more)):
        digest.update((STATIC / name).read_bytes())
    told: dict[str, Any] = {
        "version": digest.hexdigest()[:12],
        "built": settings.BUILT_FILES,
        "static": settings.STATIC_URL,
        "shell": [static(name) for name in SHELL],
        "offline": reverse("ui:offline"),
        "more": [static(f"ui/{one}") for one in more],
    }
    return f"var KHUE = {json.dumps(told)};\n{source}"
