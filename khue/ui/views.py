"""The component page, kept alive in demo and debug only, and the page for lost networks."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from khue.ui import messages, samples


def _only_for_show() -> None:
    if not (settings.DEBUG or getattr(settings, "DEMO", False)):
        raise Http404


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    _only_for_show()
    return render(
        request,
        "ui/components.html",
        {
            "frame": samples.frame(),
            "form": samples.faulty_form(),
            "plain_form": samples.AdmissionForm(),
            "swatches": samples.SWATCHES,
            "wizard": samples.WIZARD,
            "crumbs": samples.CRUMBS,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def component_list(request: HttpRequest) -> HttpResponse:
    """The list toolkit over invented pupils; choosing rows only says what was chosen."""
    _only_for_show()
    state = samples.PUPILS.read(request)
    if request.method == "POST":
        chosen = samples.PUPILS.selection(request)
        count = samples.find(chosen.state)[1] if chosen.is_everything else len(chosen.ids)
        messages.done(request, f"Đã chọn {count} em để thử")
        state = chosen.state
    rows, total = samples.find(state)
    return samples.PUPILS.respond(
        request, state, rows, total=total, of=len(samples.ROWS), sums=samples.sums(state),
        frame=samples.frame("list"), heading="Danh sách", lead="Danh sách mẫu, mọi em đều do máy sinh ra.",
        crumbs=[("Thành phần", "../"), ("Danh sách", "")],
    )  # fmt: skip


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What a browser keeps to show when there is no network."""
    return render(request, "ui/offline.html")
