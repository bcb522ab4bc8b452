"""Routes: each module's urls.py under the prefix of its manifest; its urls_public.py, whole addresses, for anybody."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.urls import include, path

from khue.kernel import registry
from khue.kernel.api.service import urls as api_urls


def _mounted() -> list[Any]:
    found = []
    places = dict(zip([m.name for m in registry.modules()], registry.modules(), strict=True))
    for app in [*settings.KERNEL, *settings.MODULES]:
        module = places.get(app.rpartition(".")[2])
        if module is not None and module.url_prefix is not None and find_spec(f"{app}.urls") is not None:
            found.append(path(module.url_prefix, include((f"{app}.urls", module.name))))
    return found


urlpatterns = _mounted()
urlpatterns += [
    path("", include(f"{app}.urls_public"))
    for app in settings.MODULES
    if find_spec(f"{app}.urls_public") is not None
]
if find_spec("khue.ui.urls") is not None:
    urlpatterns.append(path("ui/", include(("khue.ui.urls", "ui"))))
urlpatterns.append(path("api/v1/", api_urls))

handler400 = "khue.kernel.home.errors.malformed"
handler403 = "khue.kernel.home.errors.refused"
handler404 = "khue.kernel.home.errors.missing"
handler500 = "khue.kernel.home.errors.broken"
