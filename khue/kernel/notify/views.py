"""The inbox."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.notify import actions, queries
from khue.ui import messages as toast

PAGE_SIZE = 30
AT_ONCE = 5000


@page(SIGNED_IN)
def inbox(request: ActorRequest) -> HttpResponse:
    """A person's notices, newest first; `?moi=1` shows those not read yet."""
    only_unread = request.GET.get("moi") == "1"
    rows = queries.unread(request.actor) if only_unread else queries.messages(request.actor)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "notify/inbox.html",
        {"page": shown, "unread": queries.count_unread(request.actor), "only_unread": only_unread},
    )


@page(SIGNED_IN, methods=("POST",))
def open_message(request: ActorRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go where it points."""
    message = get_object_or_404(queries.messages(request.actor), pk=pk)
    if message.read_at is None:
        actions.mark_read(request.actor, [message])
    target = message.url
    if not target or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("notify:inbox")
    return HttpResponseRedirect(target)


@page(SIGNED_IN, methods=("POST",))
def read_all(request: ActorRequest) -> HttpResponse:
    """Mark everything as read."""
    rows = list(queries.unread(request.actor)[:AT_ONCE])
    if rows:
        count = actions.mark_read(request.actor, rows)
        toast.done(request, _("Đã đánh dấu %(count)s tin là đã đọc") % {"count": count})
    return HttpResponseRedirect(reverse("notify:inbox"))
