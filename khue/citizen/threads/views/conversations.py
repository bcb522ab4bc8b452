"""The inbox, one conversation, and whom one may write to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.threads import actions, rules, words
from khue.citizen.threads.queries import conversations as queries
from khue.citizen.threads.queries import partners
from khue.citizen.threads.views.given import download
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.attendance.words import teacher as called
from khue.ui import messages
from khue.ui.app import keepable

if TYPE_CHECKING:
    from khue.citizen.threads.queries.conversations import Line, Said, Talk

FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Shown:
    """One conversation of the inbox as it is said."""

    line: Line
    name: str
    detail: str
    text: str
    when: str
    seen: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the screen; `mine`: of the reader's own side, `seen`: when the other side saw the last one."""

    said: Said
    mine: bool
    by: str
    time: str
    seen: str
    due: str
    may_withdraw: bool


@page("threads.read")
@keepable
def inbox(request: ActorRequest) -> HttpResponse:
    """Tin nhắn: every conversation, the newest first; teachers search by the pupil's name."""
    is_family = queries.side_of(request.actor) == FAMILY
    search = "" if is_family else request.GET.get("q", "").strip()[:60]
    only_unread = not is_family and request.GET.get("loc") == "chua-doc"
    number = _number(request.GET.get("page", "")) or 1
    found = queries.inbox(
        request.actor, search=search, only_unread=only_unread, offset=(number - 1) * queries.PAGE
    )
    now = timezone.localtime()
    return render(
        request,
        "threads/inbox.html",
        {
            "lines": [_shown(one, now, is_family, request.actor.person_id) for one in found[: queries.PAGE]],
            "is_family": is_family,
            "search": search,
            "only_unread": only_unread,
            "older": number + 1 if len(found) > queries.PAGE else 0,
            "newer": number - 1,
            "can_write": request.actor.holds("threads.write"),
        },
    )


def _shown(one: Line, now: datetime, is_family: bool, me: int | None) -> Shown:
    mine = (one.side == FAMILY) == is_family
    text = _("Tin đã thu hồi") if one.is_withdrawn else one.text
    if mine:
        text = (_("Tôi: %(text)s") if one.writer_id == me else _("Gia đình: %(text)s")) % {"text": text}
    if is_family:
        name = words.first_upper(called(one.teacher_given, one.teacher, one.teacher_sex))
        detail = _("về %(pupil)s") % {"pupil": one.pupil_given}
    else:
        name = one.pupil
        detail = _("Lớp %(name)s") % {"name": one.class_name} if one.class_name else ""
    seen = ""
    if mine and one.seen_at is not None and not one.is_withdrawn:
        seen = _("Đã xem %(time)s") % {"time": words.when(timezone.localtime(one.seen_at), now)}
    return Shown(one, name, detail, text, words.when(timezone.localtime(one.last_at), now), seen)


@page("threads.read", methods=("GET", "POST"))
@keepable
def thread(request: ActorRequest, pk: int) -> HttpResponse:
    """One conversation: what was said, who has seen it, and a box to write."""
    found = queries.talk(request.actor, pk)
    if found is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        target = get_object_or_404(queries.threads(request.actor, "threads.write"), pk=pk)
        try:
            actions.send(
                request.actor, target, text=request.POST.get("text", ""), upload=request.FILES.get("file")
            )
            return HttpResponseRedirect(_newest(pk))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    return _conversation(request, found, problem)


def _conversation(request: ActorRequest, found: Talk, problem: str) -> HttpResponse:
    actor, now = request.actor, timezone.localtime()
    is_family = queries.side_of(actor) == FAMILY
    before = _number(request.GET.get("truoc", "")) or queries.NEWEST
    said = queries.messages(actor, found.id, before)
    fresh = [one for one in said if (one.side == FAMILY) != is_family and one.withdrawn_at is None]
    if before == queries.NEWEST and fresh and request.method == "GET" and fresh[-1].id > found.seen_to:
        actions.see(actor, queries.threads(actor).get(pk=found.id))
    teacher = called(found.teacher_given, found.teacher, found.teacher_sex)
    can_write = found.is_open and actor.holds("threads.write")
    bubbles = _bubbles(said, is_family, actor.person_id, now, teacher)
    days = [
        (day, list(some))
        for day, some in groupby(bubbles, key=lambda one: timezone.localdate(one.said.sent_at))
    ]
    return render(
        request,
        "threads/thread.html",
        {
            "thread": found,
            "is_family": is_family,
            "teacher": words.first_upper(teacher),
            "days": days,
            "older": said[0].id if len(said) == queries.MESSAGES else 0,
            "can_write": can_write,
            "promise": words.promise(teacher, found.hours, now) if is_family and can_write else "",
            "problem": problem,
            "typed": request.POST.get("text", "") if problem else "",
        },
        status=422 if problem else 200,
    )


def _bubbles(
    said: Sequence[Said], is_family: bool, me: int | None, now: datetime, teacher: str
) -> list[Bubble]:
    mine = [one for one in said if (one.side == FAMILY) == is_family]
    seen = [one.id for one in mine if one.seen_at is not None and one.withdrawn_at is None]
    last_seen = max(seen, default=0)
    shown = []
    for one in said:
        is_mine = (one.side == FAMILY) == is_family
        own = one.writer_id == me
        receipt = ""
        if one.id == last_seen and one.seen_at is not None:
            receipt = _("Đã xem %(time)s") % {"time": words.when(timezone.localtime(one.seen_at), now)}
        due = ""
        if is_mine and is_family and one.due_at and one.seen_at is None and one.due_at > now:
            due = _("Sẽ đến %(teacher)s lúc %(moment)s") % {
                "teacher": teacher, "moment": words.moment(timezone.localtime(one.due_at), now),
            }  # fmt: skip
        shown.append(
            Bubble(
                one, is_mine, "" if own else one.writer, f"{timezone.localtime(one.sent_at):%H:%M}", receipt, due,
                own and rules.may_withdraw(one.sent_at, one.seen_at, one.withdrawn_at, now),
            )
        )  # fmt: skip
    return shown


@page("threads.write", methods=("POST",))
def withdraw(request: ActorRequest, pk: int, message: int) -> HttpResponse:
    """Take an own message back."""
    found = get_object_or_404(queries.threads(request.actor, "threads.write"), pk=pk)
    try:
        actions.withdraw(request.actor, found, message_id=message)
        messages.done(request, _("Đã thu hồi tin"))
    except DomainError as refusal:
        if refusal.is_for_middleware:
            raise
        messages.refuse(request, refusal.message)
    return HttpResponseRedirect(_newest(pk))


@page("threads.read")
def file(request: ActorRequest, pk: int, message: int) -> HttpResponse:
    """What was sent with a message."""
    stored = queries.file_of(request.actor, pk, message)
    if stored is None:
        raise Http404
    return download(stored)


@page("threads.write")
@keepable
def choose(request: ActorRequest) -> HttpResponse:
    """Whom to write to: a parent's children's teachers, a teacher's classes."""
    is_family = queries.side_of(request.actor) == FAMILY
    if not is_family:
        return render(
            request, "threads/choose.html", {"is_family": False, "rooms": partners.own_rooms(request.actor)}
        )
    children = [
        {
            "first": first,
            "teachers": [
                (one, words.first_upper(called(one.teacher_given, one.teacher, one.teacher_sex)),
                 words.teaches(one.is_homeroom, one.subjects))
                for one in (first, *rest)
            ],
        }
        for _pk, (first, *rest) in groupby(partners.own_teachers(request.actor), key=lambda one: one.enrolment_id)
    ]  # fmt: skip
    return render(request, "threads/choose.html", {"is_family": True, "children": children})


@page("threads.write", methods=("GET", "POST"))
def write(request: ActorRequest, enrolment: int, teacher: int) -> HttpResponse:
    """A parent's first message to one teacher of a child; a conversation that is there already is gone to."""
    partner = next(
        (
            one
            for one in partners.own_teachers(request.actor)
            if (one.enrolment_id, one.teacher_id) == (enrolment, teacher)
        ),
        None,
    )
    if partner is None:
        raise Http404
    there = queries.threads(request.actor).filter(enrolment_id=enrolment, teacher_id=teacher).first()
    if there is not None and request.method != "POST":
        return HttpResponseRedirect(_newest(there.pk))
    problem = ""
    if request.method == "POST":
        target = partners.own_enrolments(request.actor, [enrolment])
        if not target:
            raise Http404
        try:
            made = actions.write_to_teacher(
                request.actor, target[0], teacher_id=teacher, text=request.POST.get("text", ""),
                upload=request.FILES.get("file"),
            )  # fmt: skip
            return HttpResponseRedirect(_newest(made.pk))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    name = called(partner.teacher_given, partner.teacher, partner.teacher_sex)
    school = partners.school_of(partner)
    return render(
        request,
        "threads/write.html",
        {
            "partner": partner,
            "teacher": words.first_upper(name),
            "teaches": words.teaches(partner.is_homeroom, partner.subjects),
            "promise": words.promise(name, partners.all_hours(teacher, school), timezone.localtime()),
            "problem": problem,
            "typed": request.POST.get("text", ""),
        },
        status=422 if problem else 200,
    )


@page("threads.write", methods=("GET", "POST"))
def write_class(request: ActorRequest, pk: int) -> HttpResponse:
    """A teacher's message to the family of one pupil of an own class, of some, or of all: each apart."""
    room = next((one for one in partners.own_rooms(request.actor) if one[0] == pk), None)
    if room is None:
        raise Http404
    families = partners.own_families(request.actor, pk)
    asked = request.POST.getlist("em") or request.GET.getlist("em")
    chosen = {int(one) for one in asked if one.isascii() and one.isdigit() and len(one) < 12}
    problem = ""
    if request.method == "POST":
        ids = [one.enrolment_id for one in families if one.enrolment_id in chosen or "ca-lop" in asked]
        try:
            if not ids:
                raise DomainError(_("Chọn ít nhất một em."))
            sent = actions.write_to_families(
                request.actor, partners.own_enrolments(request.actor, ids), text=request.POST.get("text", ""),
                upload=request.FILES.get("file"),
            )  # fmt: skip
            if sent.left_out:
                messages.warn(
                    request,
                    _("Chưa gửi được cho %(n)d em chưa có phụ huynh trên Khuê: %(names)s")
                    % {"n": len(sent.left_out), "names": ", ".join(sent.left_out[:10])},
                )
            if len(sent.threads) == 1:
                return HttpResponseRedirect(_newest(sent.threads[0].pk))
            messages.done(request, _("Đã gửi cho gia đình %(n)d em") % {"n": len(sent.threads)})
            return HttpResponseRedirect(reverse("threads:inbox"))
        except DomainError as refusal:
            if refusal.is_for_middleware:
                raise
            problem = refusal.message
    return render(
        request,
        "threads/write_class.html",
        {
            "room": room, "families": families, "chosen": chosen, "problem": problem,
            "typed": request.POST.get("text", ""), "reached": sum(1 for one in families if one.guardians),
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _newest(pk: int) -> str:
    return reverse("threads:thread", args=[pk]) + "#moi"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
