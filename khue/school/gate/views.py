"""Pages of the gate, the reader's own page, and the door at which readers hand in what they read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from khue.kernel.access.actor import Actor
from khue.kernel.access.pages import ANYBODY, ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.home.year import year_of
from khue.school.gate import actions, queries, rules
from khue.school.gate.forms import ChipForm, ReaderForm
from khue.ui import messages

HEADER = "X-Khue-Reader"
LARGEST = 64_000  # bytes of one batch
STRANGER = 401


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
        "missing": sum(row.missing for row in rows),
    }  # fmt: skip
    return render(request, "gate/classes.html", context)


def _class_page(
    request: ActorRequest, pk: int, form: ChipForm | None = None, wrong: int = 0, status: int = 200
) -> HttpResponse:
    room = queries.classroom(request.actor, pk)
    if room is None:
        raise Http404
    rows = queries.class_list(request.actor, room)
    context = {
        "heading": _("Thẻ lớp %(name)s") % {"name": room.name}, "room": room, "rows": rows, "form": form,
        "wrong": wrong,
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
    """The badges of a class on A4, ten a page, to be cut out."""
    room = queries.classroom(request.actor, pk)
    if room is None:
        raise Http404
    rows = [row for row in queries.class_list(request.actor, room) if row["badge"] is not None]
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
    actions.replace_badge(request.actor, badge, is_lost=is_lost)
    messages.done(
        request,
        _("Thẻ cũ của %(name)s không còn dùng được, đã cấp thẻ mới")
        % {"name": badge.enrolment.person.full_name},
    )
    return HttpResponseRedirect(_class_url(badge.enrolment.classroom_id))


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
                school = queries.school(request.actor, _school(request))
                made, key = actions.add_reader(request.actor, school, **form.cleaned_data)
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
    try:
        day = date.fromisoformat(request.GET.get("ngay", ""))
    except ValueError:
        day = timezone.localdate()
    verdict = request.GET.get("ket-qua", "")
    if verdict not in dict(queries.VERDICTS):
        verdict = ""
    school = _school(request)
    counts = queries.tap_counts(request.actor, school, day)
    context = {
        "heading": _("Lượt qua cổng"), "day": day, "verdict": verdict,
        "rows": [_shown(row) for row in queries.taps(request.actor, school, day, verdict)], "most": queries.MOST_TAPS,
        "counts": [(code, label, counts.get(code, 0)) for code, label in queries.VERDICTS if counts.get(code)],
        "total": sum(counts.values()),
    }  # fmt: skip
    return render(request, "gate/taps.html", context)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A tap with its result in words."""
    is_taken = row["verdict"] == "taken"
    ways = {"in": _("Vào"), "out": _("Ra")}
    label = dict(queries.VERDICTS)[row["verdict"]]
    return {**row, "is_taken": is_taken, "result": ways.get(row["direction"], label) if is_taken else label}


@page(ANYBODY)
def reading(request: HttpRequest) -> HttpResponse:
    """The page of a reader: its key stands in the address behind the #, which never reaches a server."""
    return render(request, "gate/reading.html", {"heading": _("Đọc thẻ")})


@csrf_exempt
@page(ANYBODY, methods=("POST",))
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in what a reader hands over: `{now, taps: [[number, badge, when, way]]}`, moments in milliseconds.

    Answers `{taps: [[number, verdict, name, class]], now}`; whatever is answered here may be forgotten there. 401 for
    a stranger's key, 403 for one cut off, 400 for what cannot be read, 413 for too much.
    """
    key = request.headers.get(HEADER, "")
    reader = queries.all_reader_of_key(actions.hash_of(key)) if key.startswith(actions.KEY) else None
    if reader is None:
        return JsonResponse({"problem": _("Khóa của đầu đọc không đúng.")}, status=STRANGER)
    if reader.cut_off_at is not None:
        return JsonResponse({"problem": _("Đầu đọc này đã bị ngắt. Hỏi văn thư nhà trường.")}, status=403)
    if len(request.body) > LARGEST:
        return JsonResponse({"problem": _("Gửi ít lượt hơn một lần.")}, status=413)
    at = timezone.now()
    try:
        told = orjson.loads(request.body)
        now = _moment(told["now"])
        shown = [
            actions.Shown(
                _whole(one[0]), str(one[1])[:64], _moment(one[2]), str(one[3]) if len(one) > 3 else ""
            )
            for one in told["taps"]
        ]
        if len(shown) > rules.MOST:
            raise ValueError
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
        return JsonResponse({"problem": _("Không đọc được gói lượt quẹt.")}, status=400)
    found = actions.take_in(Actor.system("gate.take_in"), reader, taps=shown, device_now=now, at=at)
    taken = [[one.number, str(one.verdict), one.name, one.classroom] for one in found]
    return JsonResponse({"taps": taken, "now": int(at.timestamp() * 1000)})


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError
    return value


def _moment(value: object) -> datetime:
    """Milliseconds since 1970; ValueError outside the years 2000 to 2100."""
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 946_684_800_000 <= value < 4_102_444_800_000
    ):
        raise ValueError
    return datetime.fromtimestamp(value / 1000, tz=UTC)
