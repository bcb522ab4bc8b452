"""Announcements: read and confirmed by whom they are for; written, edited, withdrawn, followed up by who sends them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.threads import actions, rules
from khue.citizen.threads.forms import AnnounceForm, WordsForm
from khue.citizen.threads.queries import announcements as queries
from khue.citizen.threads.views.given import download
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.access.roles import PUPIL
from khue.kernel.actions import DomainError
from khue.registry.calendar.forms import show_refusal
from khue.registry.roster.rules import grade_label
from khue.ui import messages
from khue.ui.app import keepable

if TYPE_CHECKING:
    from khue.citizen.threads.models import Announcement
    from khue.citizen.threads.queries.announcements import Places

SHOWN = 100
STATES = ("unconfirmed", "confirmed", "unread", "read")


@page("threads.view_announcements")
@keepable
def announcements(request: ActorRequest) -> HttpResponse:
    """What is said now to the reader: to a family about each child, to staff and heads themselves."""
    is_family = bool(request.actor.reach("threads.view_announcements").person_ids)
    if is_family:
        return render(
            request,
            "threads/announcements.html",
            {"lines": queries.for_children(request.actor), "is_pupil": PUPIL in request.actor.roles,
             "can_chat": request.actor.holds("threads.read")},
        )  # fmt: skip
    rows = queries.received(request.actor, SHOWN)
    for row in rows:
        row["to"] = _to_words(row["audience"], row["classroom__name"], row["grade"], row["campus__name"])
        row["is_own"] = row["written_by_id"] == request.actor.person_id
    return render(
        request,
        "threads/received.html",
        {"rows": rows, "can_announce": request.actor.holds("threads.announce")},
    )


@page("threads.view_announcements", methods=("GET", "POST"))
@keepable
def announcement(request: ActorRequest, pk: int) -> HttpResponse:
    """One announcement; opening it is noted for the sender, confirming is a press."""
    found = _found(request, pk)
    actor = request.actor
    if request.method == "POST":
        try:
            actions.confirm_announcement(actor, found)
            messages.done(request, _("Đã xác nhận"))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            messages.refuse(request, refusal.message)
        return HttpResponseRedirect(reverse("threads:announcement", args=[pk]))
    children = queries.addressed(actor, pk)
    is_mine = queries.is_for_actor(actor, found)
    receipt = queries.own_receipt(actor, found) if is_mine else None
    is_new = any(not one.has_read for one in children) or (is_mine and receipt is None)
    if is_new and request.method == "GET" and found.withdrawn_at is None:
        actions.read_announcement(actor, found)
    confirmed = [one.confirmed_at for one in children] or [receipt.confirmed_at if receipt else None]
    asks = found.needs_confirming and found.withdrawn_at is None and PUPIL not in actor.roles
    return render(
        request,
        "threads/announcement.html",
        {
            "found": found,
            "to": _to(found),
            "children": children,
            "asks": asks and bool(children or is_mine),
            "confirmed_at": None if None in confirmed else max(one for one in confirmed if one),
            "versions": found.versions.order_by("-number") if found.edited_at else (),
            "can_manage": actor.holds("threads.announce") and actor.can("threads.announce", found),
        },
    )


@page("threads.view_announcements")
def file(request: ActorRequest, pk: int) -> HttpResponse:
    """What stands beside an announcement."""
    found = _found(request, pk)
    if found.file is None:
        raise Http404
    return download(found.file)


@page("threads.announce")
def sent(request: ActorRequest) -> HttpResponse:
    """What the reader, or the school whose office this is, has announced."""
    rows = [(one, _to(one)) for one in queries.sent(request.actor)[:SHOWN]]
    return render(request, "threads/sent.html", {"rows": rows, "today": timezone.localdate()})


@page("threads.announce", methods=("GET", "POST"))
def announce(request: ActorRequest) -> HttpResponse:
    """Write an announcement to one of the places that are the writer's."""
    actor = request.actor
    places = queries.places(actor)
    form = AnnounceForm(
        request.POST or None, request.FILES or None, choices=_choices(places),
        may_alarm=actor.holds("threads.announce_emergency"),
        initial={
            "expires_on": timezone.localdate() + timedelta(days=rules.SHOWN_DAYS), "to": request.GET.get("den", "")
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        kind, _dash, number = data["to"].partition(".")
        pk = int(number or 0)
        place = queries.place(actor, kind, pk)
        if place is None:
            raise Http404
        try:
            made = actions.announce(
                actor, place, audience=kind, words=_words(data), grade=pk if kind == "grade" else None,
                campus_id=pk if kind == "campus" else None, is_emergency=data.get("is_emergency", False),
                reason=data.get("reason", ""), upload=data.get("file"),
            )  # fmt: skip
            messages.done(request, _("Đã gửi thông báo"))
            return HttpResponseRedirect(reverse("threads:readers", args=[made.pk]))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            show_refusal(form, refusal)
    return render(request, "threads/announce.html", {"form": form}, status=422 if form.errors else 200)


@page("threads.announce", methods=("GET", "POST"))
def edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Say it otherwise; what it said before stays readable."""
    found = _managed(request, pk)
    form = WordsForm(
        request.POST or None,
        initial={
            "title": found.title, "text": found.text, "expires_on": found.expires_on,
            "needs_confirming": found.needs_confirming,
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        text = request.POST.get("version", "")
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        try:
            actions.edit_announcement(request.actor, found, words=_words(form.cleaned_data), version=version)
            messages.done(request, _("Đã sửa thông báo"))
            return HttpResponseRedirect(reverse("threads:announcement", args=[pk]))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            show_refusal(form, refusal)
    return render(
        request, "threads/edit.html", {"form": form, "found": found}, status=422 if form.errors else 200
    )


@page("threads.announce", methods=("POST",))
def withdraw(request: ActorRequest, pk: int) -> HttpResponse:
    """Take an announcement back."""
    found = _managed(request, pk)
    try:
        actions.withdraw_announcement(request.actor, found)
        messages.done(request, _("Đã rút thông báo"))
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
    return HttpResponseRedirect(reverse("threads:sent"))


@page("threads.announce", methods=("POST",))
def remind(request: ActorRequest, pk: int) -> HttpResponse:
    """Remind those who have not done what is asked."""
    found = _managed(request, pk)
    try:
        told = actions.remind(request.actor, found)
        messages.done(request, _("Đã nhắc %(n)d người") % {"n": told})
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
    return HttpResponseRedirect(reverse("threads:readers", args=[pk]))


@page("threads.announce")
def readers(request: ActorRequest, pk: int) -> HttpResponse:
    """Who has read and confirmed, family by family; who has not."""
    found = _managed(request, pk)
    state = request.GET.get("loc", "")
    state = state if state in STATES else "unconfirmed" if found.needs_confirming else "unread"
    counts, rows = queries.progress(request.actor, found, state)
    today = timezone.localdate()
    return render(
        request,
        "threads/readers.html",
        {
            "found": found,
            "to": _to(found),
            "counts": counts,
            "rows": rows,
            "state": state,
            "left": counts.total - (counts.confirmed if found.needs_confirming else counts.read),
            "can_remind": found.withdrawn_at is None
            and rules.may_remind(found.reminded_on, found.expires_on, today),
            "is_about_pupils": found.audience not in ("staff", "heads"),
            "most": queries.PEOPLE_SHOWN,
        },
    )


def _found(request: ActorRequest, pk: int) -> Announcement:
    found = queries.announcement(request.actor, pk)
    if found is None:
        raise Http404
    return found


def _managed(request: ActorRequest, pk: int) -> Announcement:
    rows = queries.announcements(request.actor, queries.ANNOUNCE).select_related(
        "unit", "classroom", "campus", "course__subject", "written_by", "file"
    )
    found: Announcement = get_object_or_404(rows, pk=pk)
    return found


def _words(data: dict[str, Any]) -> actions.Words:
    return actions.Words(data["title"], data["text"], data["expires_on"], data["needs_confirming"])


def _to(found: Announcement) -> str:
    subject = found.course.subject.name if found.course else ""
    return _to_words(
        found.audience, found.classroom.name if found.classroom else "", found.grade,
        found.campus.name if found.campus else "", subject,
    )  # fmt: skip


def _to_words(audience: str, room: str, grade: int | None, campus: str, subject: str = "") -> str:
    if audience == "class":
        return _("Gia đình lớp %(name)s") % {"name": room}
    if audience == "course":
        if subject:
            return _("Gia đình lớp %(name)s, môn %(subject)s") % {"name": room, "subject": subject}
        return _("Gia đình lớp %(name)s") % {"name": room}
    if audience == "grade":
        return _("Gia đình %(grade)s") % {"grade": grade_label(grade or 0).lower()}
    if audience == "campus":
        return _("Gia đình %(campus)s") % {"campus": campus}
    if audience == "school":
        return _("Gia đình cả trường")
    if audience == "staff":
        return _("Cán bộ, giáo viên của trường")
    return _("Hiệu trưởng, phó hiệu trưởng các trường")


def _choices(places: Places) -> list[tuple[str, Any]]:
    """Where to, for a select: own classes and courses first for a teacher, the school first for its office."""
    found: list[tuple[str, Any]] = []
    if places.is_leading and places.unit is not None:
        if places.unit.kind != "school":
            return [("heads", _to_words("heads", "", None, ""))]
        found += [("school", _to_words("school", "", None, "")), ("staff", _to_words("staff", "", None, ""))]
        if len(places.grades) > 1:
            grades = [(f"grade.{one}", _to_words("grade", "", one, "")) for one in places.grades]
            found.append((_("Một khối"), grades))
        if places.campuses:
            found.append(
                (
                    _("Một điểm trường"),
                    [(f"campus.{pk}", _to_words("campus", "", None, name)) for pk, name in places.campuses],
                )
            )
    rooms = [(f"class.{pk}", _to_words("class", name, None, "")) for pk, name in places.classes]
    if rooms:
        found.append((_("Một lớp"), rooms))
    courses = [
        (f"course.{pk}", _to_words("course", name, None, "", subject)) for pk, subject, name in places.courses
    ]
    if courses:
        found.append((_("Lớp tôi dạy"), courses))
    return found
