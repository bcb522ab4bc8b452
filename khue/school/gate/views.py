"""Pages of the gate, the reader's own page, and the door at which readers hand in what they read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from khue.kernel.access.actor import Actor
from khue.kernel.access.middleware import client_address
from khue.kernel.access.pages import ANYBODY, ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.home.year import year_of
from khue.kernel.people.throttle import network_key
from khue.school.gate import actions, batches, guessing, queries
from khue.school.gate.forms import ChipForm, ReaderForm
from khue.ui import messages

HEADER = "X-Khue-Reader"
DOORKEEPER = guessing.Doorkeeper()


def _school(request: ActorRequest) -> int:
    """The school of the capacity; Http404 for whoever acts for none."""
    if request.actor.unit_id is None:
        raise Http404
    return request.actor.unit_id


def _year(request: ActorRequest) -> int:
    now = year_of(request)
    if now is None:
        raise Http404
    return now.value


@page("gate.manage")
def classes(request: ActorRequest) -> HttpResponse:
    """The classes of the school, how many pupils have a badge."""
    rows = queries.classes(request.actor, _year(request), _school(request))
    context = {
        "heading": _("Thẻ học sinh"), "rows": rows, "pupils": sum(row.pupils for row in rows),
        "missing": sum(row.missing for row in rows), "badges": sum(row.badges for row in rows),
    }  # fmt: skip
    return render(request, "gate/classes.html", context)


@page("gate.manage", methods=("POST",))
def issue_all(request: ActorRequest) -> HttpResponse:
    """Badges for all of the school who have none."""
    school = queries.school(request.actor, _school(request))
    made = actions.issue_school_badges(request.actor, school, year_id=_year(request))
    messages.done(request, _("Đã cấp %(n)s thẻ") % {"n": made})
    return HttpResponseRedirect(reverse("gate:classes"))


def _class_page(
    request: ActorRequest, pk: int, form: ChipForm | None = None, wrong: int = 0, status: int = 200
) -> HttpResponse:
    room = queries.classroom(request.actor, pk)
    if room is None:
        raise Http404
    rows = queries.class_list(request.actor, room)
    context = {
        "heading": _("Thẻ lớp %(name)s") % {"name": room.name}, "room": room, "rows": rows, "form": form,
        "wrong": wrong, "new": request.GET.get("moi", ""),
        "missing": sum(1 for row in rows if row["badge"] is None),
        "crumbs": [(_("Thẻ học sinh"), reverse("gate:classes")), (room.name, "")],
    }  # fmt: skip
    return render(request, "gate/classroom.html", context, status=status)


@page("gate.manage")
def classroom(request: ActorRequest, pk: int) -> HttpResponse:
    """The badges of a class."""
    return _class_page(request, pk)


@page("gate.manage", methods=("POST",))
def issue(request: ActorRequest, pk: int) -> HttpResponse:
    """Badges for those of a class who have none."""
    room = queries.classroom(request.actor, pk)
    if room is None:
        raise Http404
    made = actions.issue_badges(request.actor, room)
    messages.done(request, _("Đã cấp %(n)s thẻ cho lớp %(name)s") % {"n": made, "name": room.name})
    return HttpResponseRedirect(reverse("gate:classroom", args=[pk]))


@page("gate.manage")
def sheet(request: ActorRequest, pk: int) -> HttpResponse:
    """The badges of a class on A4, ten a page, to be cut out; with `the` that badge alone."""
    room = queries.classroom(request.actor, pk)
    if room is None:
        raise Http404
    only = request.GET.get("the", "")
    rows = [
        row
        for row in queries.class_list(request.actor, room)
        if row["badge"] is not None and only in ("", str(row["badge"].pk))
    ]
    if not rows:
        raise Http404
    from khue.kernel import papers
    from khue.school.gate.paper import BADGES, Sheet

    made = papers.render(BADGES, Sheet(room.school.name, room.name, rows, timezone.now()))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="the-{room.pk}.pdf"'
    return response


@page("gate.manage", methods=("POST",))
def chip(request: ActorRequest, pk: int) -> HttpResponse:
    """Write down the chip of a badge."""
    badge = get_object_or_404(queries.badges(request.actor), pk=pk)
    form = ChipForm(request.POST)
    room = badge.enrolment.classroom_id
    if form.is_valid():
        try:
            actions.set_chip(request.actor, badge, chip=form.cleaned_data["chip"])
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            form.add_error("chip" if "chip" in problem.fields else None, problem.message)
        else:
            messages.done(
                request, _("Đã ghi số chip của %(name)s") % {"name": badge.enrolment.person.full_name}
            )
            return HttpResponseRedirect(_class_url(room))
    if room is None:
        raise Http404
    return _class_page(request, room, form, badge.pk, 422)


@page("gate.manage", methods=("POST",))
def lost(request: ActorRequest, pk: int) -> HttpResponse:
    """A badge was lost: blocked, and a new one made."""
    return _replaced(request, pk, is_lost=True)


@page("gate.manage", methods=("POST",))
def worn(request: ActorRequest, pk: int) -> HttpResponse:
    """A badge is worn out: a new one takes its place."""
    return _replaced(request, pk, is_lost=False)


def _replaced(request: ActorRequest, pk: int, *, is_lost: bool) -> HttpResponse:
    badge = get_object_or_404(queries.badges(request.actor), pk=pk)
    made = actions.replace_badge(request.actor, badge, is_lost=is_lost)
    name = badge.enrolment.person.full_name
    messages.done(request, _("Thẻ cũ của %(name)s không còn dùng được. In thẻ mới cho em.") % {"name": name})
    room = badge.enrolment.classroom_id
    return HttpResponseRedirect(_class_url(room) + (f"?moi={made.pk}" if room else ""))


def _class_url(room: int | None) -> str:
    """The badges of a class; all classes where a pupil is in none any more."""
    return reverse("gate:classes") if room is None else reverse("gate:classroom", args=[room])


@page("gate.manage", methods=("GET", "POST"))
def readers(request: ActorRequest) -> HttpResponse:
    """The readers of the school; a new one shows its key this once."""
    form = ReaderForm(request.POST if request.method == "POST" else None)
    key, made, status = "", None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, key = actions.add_reader(
                    request.actor, queries.school(request.actor, _school(request)), **form.cleaned_data
                )
                form, status = ReaderForm(), 200
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                for name, text in problem.fields.items():
                    form.add_error(name, text)
                if not problem.fields:
                    form.add_error(None, problem.message)
    return _readers_page(request, form, key, made, status)


def _readers_page(
    request: ActorRequest, form: ReaderForm, key: str, made: object, status: int = 200
) -> HttpResponse:
    rows = [
        {"row": row, "wrong_clock": queries.has_wrong_clock(row)}
        for row in queries.readers(request.actor).filter(school_id=_school(request))
    ]
    link = request.build_absolute_uri(reverse("gate:reading")) + f"#{key}" if key else ""
    context = {
        "heading": _("Đầu đọc thẻ"), "form": form, "rows": rows, "key": key, "made": made, "link": link,
        "address": request.build_absolute_uri(reverse("gate:take_in")),
        "crumbs": [(_("Thẻ học sinh"), reverse("gate:classes")), (_("Đầu đọc thẻ"), "")],
    }  # fmt: skip
    return render(request, "gate/readers.html", context, status=status)


@page("gate.manage", methods=("POST",))
def cut_off(request: ActorRequest, pk: int) -> HttpResponse:
    """Take nothing more from a reader."""
    reader = get_object_or_404(queries.readers(request.actor), pk=pk)
    actions.cut_off_reader(request.actor, reader)
    messages.done(request, _("Đã ngắt “%(name)s”") % {"name": reader.name})
    return HttpResponseRedirect(reverse("gate:readers"))


@page("gate.manage", methods=("POST",))
def renew(request: ActorRequest, pk: int) -> HttpResponse:
    """A new key for a reader, shown this once."""
    reader = get_object_or_404(queries.readers(request.actor), pk=pk)
    return _readers_page(request, ReaderForm(), actions.renew_key(request.actor, reader), reader)


@page("gate.view")
def taps(request: ActorRequest) -> HttpResponse:
    """The newest taps of a day, and how many came to what."""
    today = timezone.localdate()
    try:
        day = max(min(date.fromisoformat(request.GET.get("ngay", "")), today), queries.FIRST_DAY)
    except ValueError:
        day = today
    verdict = request.GET.get("ket-qua", "")
    if verdict not in dict(queries.VERDICTS):
        verdict = ""
    school = _school(request)
    counts = queries.tap_counts(request.actor, school, day)
    context = {
        "heading": _("Lượt qua cổng"), "day": day, "verdict": verdict, "is_today": day == today,
        "before": day - timedelta(days=1), "after": day + timedelta(days=1) if day < today else None,
        "rows": [_shown(row) for row in queries.taps(request.actor, school, day, verdict)], "most": queries.MOST_TAPS,
        "counts": [(code, label, counts.get(code, 0)) for code, label in queries.VERDICTS if counts.get(code)],
        "total": sum(counts.values()),
    }  # fmt: skip
    return render(request, "gate/taps.html", context)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A tap with its result in words, and when it was handed in if that was long after."""
    is_taken = row["verdict"] == "taken"
    ways = {"in": _("Vào"), "out": _("Ra")}
    label = dict(queries.VERDICTS)[row["verdict"]]
    is_late = row["received_at"] - row["at"] >= queries.LATE
    return {
        **row, "is_taken": is_taken, "is_late": is_late,
        "result": ways.get(row["direction"], label) if is_taken else label,
    }  # fmt: skip


@page(ANYBODY)
def reading(request: HttpRequest) -> HttpResponse:
    """The page of a reader: its key stands in the address behind the #, which never reaches a server."""
    return render(request, "gate/reading.html", {"heading": _("Đọc thẻ")})


@csrf_exempt
@page(ANYBODY, methods=("POST",))
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in what a reader hands over: `{now, taps: [[number, badge, when, way]]}`, moments in milliseconds.

    Answers `{taps: [[number, verdict, name, class]], now, reader}`; whatever is answered here may be forgotten there.
    401 for a stranger's key and 429 when it shows ever more of them, 403 for one cut off, 400 for what cannot be read,
    413 for too much.
    """
    key = request.headers.get(HEADER, "")[:200]
    hashed, address, now = actions.hash_of(key), network_key(client_address(request)), time.monotonic()
    if not DOORKEEPER.may_ask(address, hashed, now):
        answer = JsonResponse({"problem": _("Khóa sai nhiều lần. Đợi một phút.")}, status=429)
        answer["Retry-After"] = str(int(guessing.WINDOW))
        return answer
    reader = queries.all_reader_of_key(hashed) if key.startswith(actions.KEY) else None
    if reader is None:
        DOORKEEPER.was_wrong(address, hashed, now)
        return JsonResponse({"problem": _("Khóa của đầu đọc không đúng.")}, status=401)
    DOORKEEPER.was_right(hashed)
    if reader.is_cut_off:
        return _cut_off()
    if _size(request) > batches.LARGEST:
        return JsonResponse({"problem": _("Gửi ít lượt hơn một lần.")}, status=413)
    at = timezone.now()
    try:
        batch = batches.read(request.body)
    except batches.UnreadableError:
        return JsonResponse({"problem": _("Không đọc được gói lượt quẹt.")}, status=400)
    found: list[actions.Answer] = []
    if batch.taps:  # none at all: a reader that asks whether its key is right; nothing is written
        try:
            found = actions.take_in(
                Actor.system("gate.take_in"), reader.reader, taps=batch.taps, device_now=batch.now, at=at
            )
        except DomainError:  # cut off a moment ago
            return _cut_off()
    return JsonResponse(
        {
            "taps": [[one.number, str(one.verdict), one.name, one.classroom] for one in found],
            "now": int(at.timestamp() * 1000),
            "reader": [reader.name, reader.school, reader.direction],
        }
    )


def _cut_off() -> JsonResponse:
    return JsonResponse({"problem": _("Đầu đọc này đã bị ngắt. Hỏi văn thư nhà trường.")}, status=403)


def _size(request: HttpRequest) -> int:
    """Bytes of the body: as the sender says, so that nothing too large is read; counted where it does not say."""
    told = request.META.get("CONTENT_LENGTH") or ""
    return int(told) if told.isdecimal() else len(request.body)
