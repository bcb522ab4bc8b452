"""The inbox, one's ways of being told, and what messages cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.notify import actions, queries
from khue.ui import messages as toast

if TYPE_CHECKING:
    from khue.kernel.notify.models import Message

PAGE_SIZE = 30
AT_ONCE = 5000
SCHOOLS_A_PAGE = 50
MONTHS_SHOWN = 12


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
    return _opened(request, message)


@page(SIGNED_IN)
def see(request: ActorRequest, pk: int) -> HttpResponse:
    """Where a notification or a letter leads: the notice counts as read, and the page it is about opens."""
    return _opened(request, get_object_or_404(queries.messages(request.actor), pk=pk))


def _opened(request: ActorRequest, message: Message) -> HttpResponse:
    if message.read_at is None and request.method != "HEAD":
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


@page(SIGNED_IN, methods=("GET", "POST"))
def ways(request: ActorRequest) -> HttpResponse:
    """How Khuê tells one: browsers that show notices, and what one wishes of each channel."""
    if request.method == "POST":
        actions.set_wishes(
            request.actor,
            queries.self_of(request.actor),
            **{name: request.POST.get(name) == "1" for name in actions.WISHES},
        )
        toast.done(request, _("Đã ghi cách nhận tin"))
        return HttpResponseRedirect(reverse("notify:ways"))
    from khue.kernel.notify import sealing

    person = queries.self_of(request.actor)
    return render(
        request,
        "notify/ways.html",
        {
            "browsers": list(queries.browsers(request.actor)),
            "wishes": queries.wishes(request.actor),
            "person": person,
            "key": sealing.house_point(),
            "crumbs": [(_("Thông báo"), reverse("notify:inbox")), (_("Cách nhận tin"), "")],
        },
    )


@page(SIGNED_IN, methods=("POST",))
def subscribe(request: ActorRequest) -> HttpResponse:
    """Show notices in this browser, which has given an address and two keys."""
    actions.subscribe(
        request.actor,
        queries.self_of(request.actor),
        endpoint=request.POST.get("endpoint", ""),
        public_key=request.POST.get("public_key", ""),
        secret=request.POST.get("secret", ""),
        label=request.POST.get("label", ""),
    )
    toast.done(request, _("Máy này sẽ hiện tin của Khuê"))
    return HttpResponseRedirect(reverse("notify:ways"))


@page(SIGNED_IN, methods=("POST",))
def unsubscribe(request: ActorRequest, pk: int) -> HttpResponse:
    """Show notices in one of one's browsers no more."""
    actions.unsubscribe(request.actor, get_object_or_404(queries.browsers(request.actor), pk=pk))
    toast.done(request, _("Máy đó không hiện tin nữa"))
    return HttpResponseRedirect(reverse("notify:ways"))


@page(SIGNED_IN, methods=("POST",))
def try_out(request: ActorRequest) -> HttpResponse:
    """Send oneself a notice."""
    actions.try_out(request.actor, queries.self_of(request.actor))
    toast.done(request, _("Đã gửi. Tin hiện trên máy trong vài giây"))
    return HttpResponseRedirect(reverse("notify:ways"))


@page("notify.view_costs")
def costs(request: ActorRequest) -> HttpResponse:
    """What messages have cost in a month, school by school."""
    months = _months(timezone.localdate())
    try:
        month = date.fromisoformat(f"{request.GET.get('thang') or months[0].strftime('%Y-%m')}-01")
    except ValueError as problem:
        raise Http404 from problem
    shown = Paginator(queries.spending(request.actor, month), SCHOOLS_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "notify/costs.html",
        {"page": shown, "purse": queries.purse(request.actor, month), "month": month, "months": months},
    )


def _months(today: date) -> list[date]:
    """This month and those before it, as first days."""
    found = [today.replace(day=1)]
    while len(found) < MONTHS_SHOWN:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found
