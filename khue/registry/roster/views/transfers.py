"""Transfers: what waits for us, asking for one, each step of the two sides."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel import registry
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.actions.refusing import put_errors
from khue.kernel.manifest import PanelLine
from khue.lib.dates import parse_date
from khue.lib.numbers import whole
from khue.registry.roster import actions, rules
from khue.registry.roster.forms import AnswerForm, FindPupilForm, PlacementForm, TransferForm
from khue.registry.roster.queries import pupils as pupil_queries
from khue.registry.roster.queries import transfers as queries
from khue.registry.roster.queries.classes import free_places
from khue.registry.roster.queries.places import find_schools
from khue.registry.roster.views.frame_of import crumbs, page_place, school_place
from khue.ui import messages
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing, ticked
from khue.ui.templatetags.ui import badge, quiet

STATES = {
    "submitted": ("wait", gettext_lazy("Chờ trường mới trả lời")),
    "accepted": ("info", gettext_lazy("Chờ trường cũ bàn giao")),
    "released": ("info", gettext_lazy("Chờ xếp lớp")),
    "placed": ("ok", gettext_lazy("Đã chuyển xong")),
    "refused": ("bad", gettext_lazy("Trường mới từ chối")),
    "cancelled": ("", gettext_lazy("Đã rút đơn")),
}

TRANSFERS = Listing(
    key="roster.transfers",
    noun=gettext_lazy("đơn"),
    columns=(
        Column("name", gettext_lazy("Học sinh"), link="url", phone="title", is_fixed=True),
        Column("grade", gettext_lazy("Vào khối"), width="x-m"),
        Column("from", gettext_lazy("Trường cũ"), phone="line"),
        Column("to", gettext_lazy("Trường mới"), phone="line"),
        Column("on", gettext_lazy("Ngày nhận đơn"), kind="date", width="x-m"),
        Column("due", gettext_lazy("Hạn"), cell=lambda row: row["due"], phone="line"),
        Column("state", gettext_lazy("Đang ở bước"), cell=lambda row: row["state"], phone="end"),
    ),
    filters=(
        Filter(
            "chieu",
            gettext_lazy("Chiều"),
            (("in", gettext_lazy("Chuyển đến")), ("out", gettext_lazy("Chuyển đi"))),
        ),
        Filter(
            "tinh-trang",
            gettext_lazy("Tình trạng"),
            (
                *((key, label) for key, (_kind, label) in STATES.items()),
                ("all", gettext_lazy("Tất cả, kể cả đã xong")),
            ),
        ),
        Filter("han", gettext_lazy("Hạn"), (("late", gettext_lazy("Quá hạn")),)),
    ),
    search=gettext_lazy("Tên học sinh"),
    bulk=(
        BulkAction(gettext_lazy("Tiếp nhận"), "/chuyen-truong/nhan/", "check"),
        BulkAction(gettext_lazy("Bàn giao hồ sơ"), "/chuyen-truong/ban-giao/", "send"),
    ),
    empty=Empty(
        gettext_lazy("Không còn đơn chuyển trường nào chờ"),
        gettext_lazy("Đơn mới của trường mình hoặc trường khác gửi đến sẽ hiện ở đây."),
        icon="circle-check",
    ),
)


@page("roster.transfer")
def transfers(request: ActorRequest) -> HttpResponse:
    """Transfers to and from our school, those that wait first."""
    place = page_place(request, "roster.transfer")
    state = TRANSFERS.read(request)
    found = queries.transfer_rows(
        request.actor,
        search=state.search,
        filters=dict(state.filters),
        offset=state.offset,
        limit=state.limit,
    )
    return TRANSFERS.respond(
        request,
        state,
        [_line(row) for row in found.rows],
        total=found.total,
        heading=_("Chuyển trường"),
        lead=_("Đơn đi hai chiều: trường mới trả lời, trường cũ bàn giao, trường mới xếp lớp."),
        crumbs=crumbs(place, "roster:transfers", _("Chuyển trường")),
        template="roster/transfers.html",
        place=place,
    )


def _line(row: dict[str, Any]) -> dict[str, Any]:
    kind, label = STATES[row["state"]]
    shown = badge(kind, str(label)) if row["is_mine"] else quiet(kind, str(label))
    if row["state"] == "placed" and not row["to_school_id"]:
        shown = quiet("ok", _("Đã chuyển ra ngoài tỉnh"))
    due = row["due_on"]
    text = f"{due:%d/%m/%Y}" if due else ""
    return {
        "id": row["id"],
        "url": reverse("roster:transfer", args=[row["id"]]),
        "name": row["enrolment__person__full_name"],
        "grade": rules.grade_label(row["wanted_grade"]),
        "from": row["from_school__name"],
        "to": row["to_school__name"] or row["to_outside"],
        "on": row["submitted_on"],
        "state": shown,
        "due": badge("bad", _("Quá hạn %(day)s") % {"day": text}, "alert-triangle")
        if row["is_late"]
        else text,
    }


@page("roster.transfer", methods=("GET", "POST"))
def new_transfer(request: ActorRequest) -> HttpResponse:
    """Ask for a transfer: of our own pupil (`em`), or of another school's whose code and birth date we know."""
    place = school_place(request, "roster.transfer")
    school = place.unit
    assert school is not None
    given = request.POST if request.method == "POST" else request.GET
    pupil, is_ours = _pupil(request, given)
    find = FindPupilForm(given if "code" in given and pupil is None else None)
    if "code" in given and pupil is None and find.is_valid():
        find.add_error(
            None, _("Không có em nào mang mã này và sinh ngày này. Xem lại cả hai trên giấy tờ của em.")
        )
    form: TransferForm | None = None
    matches: list[Any] = []
    if pupil is not None:
        is_answer = request.method == "POST" and "reason_code" in request.POST
        form = TransferForm(
            request.POST if is_answer else None,
            initial={
                "enrolment": pupil.enrolment_id,
                "submitted_on": timezone.localdate(),
                "code": given.get("code", ""),
                "born": given.get("born", ""),
            },
        )
        if is_answer and form.is_valid():
            answer, matches = _submit(request, school, pupil, is_ours, form)
            if answer is not None:
                return answer
    return render(
        request,
        "roster/transfer_new.html",
        {
            "find": find,
            "form": form,
            "pupil": pupil,
            "is_ours": is_ours,
            "matches": matches,
            "school": school,
            "limits": queries.all_limits(timezone.localdate()),
            "crumbs": crumbs(
                place, "roster:transfers", (_("Chuyển trường"), reverse("roster:transfers")), _("Đơn mới")
            ),
        },
    )


def _pupil(request: ActorRequest, given: Any) -> tuple[queries.FoundPupil | None, bool]:
    """The pupil meant, and whether it is one of ours."""
    wanted = whole(given.get("em", "") or given.get("enrolment", ""))
    if wanted is not None:
        found = queries.pupil_known_as(request.actor, wanted)
        if found is not None:
            return found, True
    if given.get("code") and given.get("born"):
        found = queries.pupil_by_code_and_birth(request.actor, given["code"], given["born"])
        return found, bool(found and found.is_here)
    return None, False


def _submit(
    request: ActorRequest, school: Any, pupil: queries.FoundPupil, is_ours: bool, form: TransferForm
) -> tuple[HttpResponse | None, list[Any]]:
    data = form.cleaned_data
    target = data["to_school_id"]
    if is_ours and not data["to_outside"].strip() and (request.POST.get("step") == "find" or not target):
        matches = (
            [one for one in find_schools(request.actor, data["to_school"]) if one.pk != pupil.school.pk]
            if data["to_school"]
            else []
        )
        if len(matches) != 1 or request.POST.get("step") == "find":
            if not matches:
                form.add_error(
                    "to_school", _("Không tìm thấy trường nào. Gõ vài chữ trong tên trường, hoặc mã trường.")
                )
            return None, matches
        target = matches[0].pk
    row = (
        pupil_queries.held(request.actor, "roster.transfer").filter(pk=pupil.enrolment_id).first()
        if is_ours
        else None
    )
    try:
        transfer = actions.submit_transfer(
            request.actor,
            school,
            enrolment=row or _as_target(pupil.enrolment_id),
            to_school_id=target if is_ours else None,
            to_outside=data["to_outside"] if is_ours else "",
            reason_code=data["reason_code"],
            reason=data["reason"],
            submitted_on=data["submitted_on"],
            known_birth=None if is_ours else parse_date(data["born"]).date,
        )
    except NotVisible:
        raise
    except DomainError as problem:
        put_errors(form, problem)
        return None, []
    messages.done(request, _("Đã gửi đơn của em %(name)s") % {"name": pupil.name})
    return HttpResponseRedirect(reverse("roster:transfer", args=[transfer.pk])), []


def _as_target(enrolment_id: int) -> Any:
    """An enrolment by its number only: the action reads and checks it."""
    return queries.all_target(enrolment_id)


@page("roster.transfer", methods=("POST",))
def new_transfers(request: ActorRequest) -> HttpResponse:
    """Chosen pupils of the list: one leads to its form; several to the form for several."""
    ids = request.POST.getlist("row")
    chosen = pupil_queries.selected(request.actor, ids, "roster.transfer")
    if not chosen:
        raise DomainError(_("Chưa chọn em nào."))
    if len(chosen) == 1 and "reason_code" not in request.POST:
        return HttpResponseRedirect(f"{reverse('roster:new_transfer')}?em={chosen[0].pk}")
    form = TransferForm(
        request.POST if "reason_code" in request.POST else None,
        initial={"submitted_on": timezone.localdate(), "enrolment": 0},
    )
    matches: list[Any] = []
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        if data["to_school"] and not data["to_school_id"] and not data["to_outside"].strip():
            matches = find_schools(request.actor, data["to_school"])
        target = data["to_school_id"] or (matches[0].pk if len(matches) == 1 else None)
        if target or data["to_outside"].strip():
            try:
                for row in chosen:
                    actions.submit_transfer(
                        request.actor,
                        row.school,
                        enrolment=row,
                        to_school_id=target,
                        to_outside=data["to_outside"],
                        reason_code=data["reason_code"],
                        reason=data["reason"],
                        submitted_on=data["submitted_on"],
                    )
            except DomainError as problem:
                put_errors(form, problem)
            else:
                messages.done(request, _("Đã gửi %(n)s đơn") % {"n": len(chosen)})
                return HttpResponseRedirect(reverse("roster:transfers"))
        elif not matches:
            form.add_error(
                "to_school", _("Không tìm thấy trường nào. Gõ vài chữ trong tên trường, hoặc mã trường.")
            )
    return render(
        request,
        "roster/transfers_new.html",
        {
            "form": form,
            "chosen": chosen,
            "matches": matches,
            "crumbs": [(_("Chuyển trường"), reverse("roster:transfers")), (_("Nhiều em"), "")],
        },
    )


@page("roster.transfer")
def transfer(request: ActorRequest, pk: int) -> HttpResponse:
    """One transfer: where it stands, and the step that is ours."""
    found = queries.transfer(request.actor, pk)
    if found is None:
        raise Http404
    return _show(request, found)


def _show(
    request: ActorRequest, found: Any, *, answer: AnswerForm | None = None, place: PlacementForm | None = None
) -> HttpResponse:
    is_sender, is_receiver = queries.sides(request.actor, found)
    if place is None and is_receiver and found.state == "released":
        place = _placement(request, found, None)
    holds = record_is_ours(request, found)
    return render(
        request,
        "roster/transfer.html",
        {
            "transfer": found,
            "person": found.enrolment.person,
            "is_sender": is_sender,
            "is_receiver": is_receiver,
            "answer": answer or AnswerForm(),
            "place": place,
            "holds": holds,
            "state": STATES[found.state],
            "reason": rules.TRANSFER_REASONS.get(found.reason_code, ""),
            "grade": rules.grade_label(found.wanted_grade),
            "today": timezone.localdate(),
            "links": _links(request, found),
            "crumbs": [
                (_("Chuyển trường"), reverse("roster:transfers")),
                (found.enrolment.person.full_name, ""),
            ],
        },
    )


def _links(request: ActorRequest, found: Any) -> list[PanelLine]:
    """Where other modules keep what goes with the pupil: the sheet of partial results."""
    links = (registry.load(dotted)(request.actor, found) for dotted in registry.each("transfer_links"))
    return [link for link in links if link is not None]


def record_is_ours(request: ActorRequest, found: Any) -> bool:
    """Whether the actor's school holds the pupil now, so that the name is a link."""
    return pupil_queries.held(request.actor).filter(person_id=found.enrolment.person_id).exists()


def _placement(request: ActorRequest, found: Any, data: Any) -> PlacementForm:
    rooms = free_places(
        request.actor, school_id=found.to_school_id, year_id=found.enrolment.year_id, grade=found.wanted_grade
    )
    return PlacementForm(
        data,
        rooms=[(str(one.classroom.pk), one.label) for one in rooms],
        initial={"on": timezone.localdate()},
    )


@page("roster.transfer", methods=("POST",))
def step(request: ActorRequest, pk: int) -> HttpResponse:
    """Take one step of a transfer: accept, refuse, release, place or cancel."""
    found = queries.transfer(request.actor, pk)
    if found is None:
        raise Http404
    wanted = request.POST.get("step", "")
    posted = whole(request.POST.get("version", ""))
    if posted is not None:
        found.version = posted
    answer = AnswerForm(request.POST if wanted in ("refuse", "cancel") else None)
    place = _placement(request, found, request.POST) if wanted == "place" and found.to_school_id else None
    try:
        text = _take(request, found, wanted, answer, place)
    except (NotVisible, DomainError) as problem:
        if problem.code in ("not_found", "not_allowed", "conflict"):
            raise
        target = answer if answer.is_bound else place
        if target is None:
            raise
        put_errors(target, problem)
        return _show(request, found, answer=answer, place=place)
    if not text:
        return _show(request, found, answer=answer, place=place)
    messages.done(request, text)
    return HttpResponseRedirect(reverse("roster:transfer", args=[pk]))


def _take(
    request: ActorRequest, found: Any, wanted: str, answer: AnswerForm, place: PlacementForm | None
) -> str:
    actor, name = request.actor, {"name": found.enrolment.person.full_name}
    if wanted == "accept" and found.to_school:
        actions.accept_transfer(actor, found.to_school, transfers=[found])
        return _("Đã nhận em %(name)s, chờ trường cũ bàn giao") % name
    if wanted == "refuse" and found.to_school and answer.is_valid():
        actions.refuse_transfer(
            actor, found.to_school, transfers=[found], refusal=answer.cleaned_data["refusal"]
        )
        return _("Đã từ chối, trường cũ đã được báo")
    if wanted == "release":
        actions.release_transfer(
            actor, found.from_school, transfers=[found], decision=request.POST.get("decision", "")[:100]
        )
        return _("Đã bàn giao hồ sơ em %(name)s") % name
    if wanted == "cancel" and answer.is_valid():
        is_sender, _is_receiver = queries.sides(actor, found)
        side = found.from_school if is_sender else found.to_school
        actions.cancel_transfer(actor, side, transfer=found, reason=answer.cleaned_data["refusal"])
        return _("Đã rút đơn của em %(name)s") % name
    if wanted == "place" and found.to_school and place is not None and place.is_valid():
        room = place.cleaned_data["classroom"]
        actions.place_transfer(
            actor,
            found.to_school,
            transfers=[found],
            placements={found.pk: int(room) if room else None},
            on=place.cleaned_data["on"],
        )
        return _("Em %(name)s đã vào danh sách của trường") % name
    return ""


def _several(request: ActorRequest, side: str, state: str) -> list[tuple[Any, list[Any]]]:
    """Chosen transfers in a state, grouped by the school that acts."""
    ids = ticked(request)
    rows = (
        queries.transfers(request.actor)
        .filter(pk__in=ids, state=state)
        .select_related("from_school", "to_school")
    )
    groups: dict[int, tuple[Any, list[Any]]] = {}
    for row in rows:
        school = getattr(row, side)
        if school is not None:
            groups.setdefault(school.pk, (school, []))[1].append(row)
    return list(groups.values())


@page("roster.transfer", methods=("POST",))
def accept_several(request: ActorRequest) -> HttpResponse:
    """Accept the chosen requests that wait for our answer."""
    return _do_several(request, "to_school", "submitted", actions.accept_transfer, _("Đã nhận %(n)s em"))


@page("roster.transfer", methods=("POST",))
def release_several(request: ActorRequest) -> HttpResponse:
    """Hand over the chosen pupils whose new school has accepted."""
    return _do_several(
        request, "from_school", "accepted", actions.release_transfer, _("Đã bàn giao hồ sơ %(n)s em")
    )


def _do_several(request: ActorRequest, side: str, state: str, act: Any, text: str) -> HttpResponse:
    done = 0
    for school, rows in _several(request, side, state):
        try:
            act(request.actor, school, transfers=rows)
            done += len(rows)
        except NotVisible:
            continue
    if done:
        messages.done(request, text % {"n": done})
    else:
        messages.warn(request, _("Trong các đơn đã chọn không có đơn nào đến lượt trường mình."))
    return HttpResponseRedirect(reverse("roster:transfers"))
