"""Pages of requests to unlock: ask, the list, read and answer, take back, lock again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import Conflict, DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors
from khue.kernel.home.year import year_of
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.actions.unlocks import usual_hours
from khue.school.gradebook.deadline_forms import AskForm, DecideForm
from khue.school.gradebook.layout import Column
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.queries import unlocks as reads
from khue.school.gradebook.views.linking import crumbs, writable_frame
from khue.ui import lists, messages
from khue.ui.templatetags.ui import badge
from khue.ui.words import datetime_vi

STATES = (
    ("asked", gettext_lazy("Chờ duyệt")), ("open", gettext_lazy("Đang mở")), ("over", gettext_lazy("Đã khóa lại")),
    ("refused", gettext_lazy("Không mở")), ("withdrawn", gettext_lazy("Đã rút")),
)  # fmt: skip
_LOOKS = {"asked": "wait", "granted": "edit", "refused": "bad", "withdrawn": "", "closed": "ok"}
_WORDS = {
    "asked": gettext_lazy("Chờ duyệt"), "granted": gettext_lazy("Đang mở"), "refused": gettext_lazy("Không mở"),
    "withdrawn": gettext_lazy("Đã rút"), "closed": gettext_lazy("Đã khóa lại"),
}  # fmt: skip


def shown_state(state: str) -> SafeString:
    """A state in colour, sign and word."""
    icon = {"granted": "lock-open", "closed": "lock", "withdrawn": "arrow-back-up"}.get(state, "")
    return format_html('<span class="nowrap">{}</span>', badge(_LOOKS[state], str(_WORDS[state]), icon))


UNLOCKS = lists.Listing(
    key="gradebook.unlocks",
    noun=gettext_lazy("yêu cầu"),
    columns=(
        lists.Column("what", gettext_lazy("Sổ điểm"), link="url", phone="title", is_fixed=True),
        lists.Column("columns", gettext_lazy("Cột"), phone="line"),
        lists.Column("pupil", gettext_lazy("Cho"), phone="line"),
        lists.Column("reason", gettext_lazy("Lý do"), phone="line"),
        lists.Column("asked_by", gettext_lazy("Người xin"), phone="line"),
        lists.Column(
            "asked_at",
            gettext_lazy("Lúc xin"),
            sort=("asked_at",),
            cell=lambda row: format_html('<span class="nowrap">{}</span>', datetime_vi(row["asked_at"])),
        ),
        lists.Column("decided_by", gettext_lazy("Người trả lời"), width="x-m"),
        lists.Column(
            "state", gettext_lazy("Tình trạng"), cell=lambda row: shown_state(row["state"]), phone="end"
        ),
    ),
    filters=(lists.Filter("tinh-trang", gettext_lazy("Tình trạng"), STATES),),
    default_sort="-asked_at",
    empty=lists.Empty(
        gettext_lazy("Chưa có yêu cầu mở khóa nào"),
        gettext_lazy("Cột đã khóa thì giáo viên xin mở từ trang sổ điểm, ghi lý do."),
    ),
)


@page("gradebook.view")
def unlocks(request: ActorRequest) -> HttpResponse:
    """The requests of the school or of one's own sheets, newest first."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    state = UNLOCKS.read(request)
    found = reads.unlock_rows(
        request.actor, year.value, filters=state.filters, order_by=state.order_by, offset=state.offset,
        limit=state.limit,
    )  # fmt: skip
    rows = [{**row, "url": reverse("gradebook:unlock", args=[row["id"]])} for row in found.rows]
    return UNLOCKS.respond(
        request, state, rows, total=found.total, of=found.total, heading=_("Mở khóa điểm"),
        crumbs=[(_("Sổ điểm"), reverse("gradebook:sheets")), (_("Mở khóa điểm"), "")],
    )  # fmt: skip


@dataclass(frozen=True)
class Concerned:
    """A pupil with the cells a request is about."""

    name: str
    is_counted: bool
    cells: Sequence[str]


def _concerned(
    found: Frame, slots: Sequence[int], enrolment_id: int | None
) -> tuple[list[Column], list[Concerned]]:
    columns = [column for column in found.columns if column.slot in slots]
    rows = [
        Concerned(
            row.full_name, row.is_counted, [cells.show(column, row.marks[column.slot]) for column in columns]
        )
        for row in queries.all_rows(found)
        if enrolment_id in (None, row.enrolment_id)
    ]
    return columns, rows


@page("gradebook.view", methods=("GET", "POST"))
def unlock(request: ActorRequest, pk: int) -> HttpResponse:
    """One request with the marks it is about: its asker takes it back, the head answers or locks again."""
    asked = reads.unlock(request.actor, pk)
    if asked is None:
        raise Http404
    found = queries.all_frame(asked.sheet_id)
    is_mine = asked.asked_by_id == request.actor.person_id
    may_decide = asked.state == "asked" and not is_mine and request.actor.can("gradebook.unlock", asked)
    now = timezone.now()
    state = reads.all_state_of(asked.state, asked.open_until, now)
    may_close = state == "granted" and request.actor.can("gradebook.set_deadlines", asked)
    form = DecideForm(initial={"hours": usual_hours(asked.sheet.school)}) if may_decide else None
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if may_decide and verb in ("grant", "refuse"):
            form = DecideForm(request.POST)
            form.fields["hours"].required = verb == "grant"
            done = form.is_valid() and _decide(request, asked, form, verb)
        elif is_mine and verb == "withdraw":
            done = _try(request, lambda: actions.withdraw_unlock(request.actor, asked), _("Đã rút yêu cầu"))
        elif verb == "close" and (may_close or request.actor.can("gradebook.set_deadlines", asked)):
            done = _try(request, lambda: actions.close_unlock(request.actor, asked), _("Đã khóa lại"))
        else:
            raise NotVisible
        if done:
            return HttpResponseRedirect(request.path)
    columns, rows = _concerned(found, asked.slots, asked.enrolment_id)
    context = {
        "asked": asked, "found": found, "columns": columns, "rows": rows, "form": form, "is_mine": is_mine,
        "state": shown_state(state), "is_open": state == "granted", "may_close": may_close,
        "may_withdraw": is_mine and asked.state == "asked", "is_waiting": asked.state == "asked",
        "crumbs": crumbs(found, (_("Mở khóa"), "")), "days": _days(found, columns),
    }  # fmt: skip
    return render(request, "gradebook/unlock.html", context, status=422 if form and form.errors else 200)


def _days(found: Frame, columns: Sequence[Column]) -> list[tuple[str, Any]]:
    return [(str(column.label), found.locks.days[column.code].locks_on) for column in columns]


def _decide(request: ActorRequest, asked: Any, form: DecideForm, verb: str) -> bool:
    try:
        actions.decide_unlock(
            request.actor, asked, is_granted=verb == "grant", hours=form.cleaned_data["hours"],
            answer=form.cleaned_data["answer"],
        )  # fmt: skip
    except (NotVisible, ProofNeeded):
        raise
    except Conflict as problem:
        messages.refuse(request, problem.message)
        return True
    except DomainError as problem:
        put_errors(form, problem)
        return False
    messages.done(
        request, _("Đã mở khóa, giáo viên đã được báo") if verb == "grant" else _("Đã trả lời giáo viên")
    )
    return True


def _try(request: ActorRequest, do: Any, told: str) -> bool:
    try:
        do()
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        messages.refuse(request, problem.message)
    else:
        messages.done(request, told)
    return True


@page("gradebook.view", methods=("GET", "POST"))
def ask_unlock(request: ActorRequest, pk: int) -> HttpResponse:
    """Ask for locked columns of a sheet one writes; `?cot=gk&em=` chooses beforehand."""
    found = writable_frame(request, pk)
    locked = [column for column in found.columns if found.locks.is_locked(column)]
    pupils = [row for row in queries.all_rows(found) if row.is_counted]
    choices = [(column.slot, f"{column.label} · {column.title}") for column in locked]
    names = [(row.enrolment_id, row.full_name) for row in pupils]
    form = AskForm(choices, names, request.POST or None, initial=_chosen(request, locked, pupils))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sheet = queries.sheet(request.actor, pk)
            do = actions.ask_class_unlock if found.is_homeroom else actions.ask_unlock
            try:
                made = do(
                    request.actor, sheet, slots=form.cleaned_data["slots"],
                    enrolment_id=form.cleaned_data["enrolment"], reason=form.cleaned_data["reason"],
                )  # fmt: skip
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                put_errors(form, problem)
                status = problem.status
            else:
                messages.done(request, _("Đã gửi yêu cầu mở khóa. Có trả lời, Khuê báo trong Thông báo."))
                return HttpResponseRedirect(reverse("gradebook:unlock", args=[made.pk]))
    context = {
        "found": found, "form": form, "locked": locked, "hours": 0, "days": _days(found, locked),
        "crumbs": crumbs(found, (_("Xin mở khóa"), "")),
    }  # fmt: skip
    return render(request, "gradebook/ask_unlock.html", context, status=status)


def _chosen(request: ActorRequest, locked: Sequence[Column], pupils: Sequence[Row]) -> dict[str, Any]:
    wanted = set(request.GET.getlist("cot"))
    pupil = request.GET.get("em", "")
    return {
        "slots": [column.slot for column in locked if column.code in wanted],
        "enrolment": next((row.enrolment_id for row in pupils if str(row.enrolment_id) == pupil), ""),
    }
