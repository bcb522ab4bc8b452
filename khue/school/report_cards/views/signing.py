"""What waits for a signer, the cards of a class as they are before signing, beginning a batch, the batch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.actor import Actor
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.actions.doing import has_proof
from khue.kernel.signing import queries as keys
from khue.school.report_cards.actions import batches
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.printing.wording import LEVELS, PRIMARY_RESULTS, mark_text
from khue.school.report_cards.queries import batches as reads
from khue.school.report_cards.queries import groups, places
from khue.school.report_cards.queries.groups import Group, Waiting
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import KEYS, PERMISSION, TITLES, WORDS, Shown

PROVED: Final = (Step.PRINCIPAL, Step.SCHOOL)
OUTCOMES: Final = {
    "LEN_LOP": gettext_lazy("Được lên lớp"), "O_LAI": gettext_lazy("Ở lại lớp"),
    "REN_LUYEN_HE": gettext_lazy("Rèn luyện hè"), "KIEM_TRA_LAI": gettext_lazy("Kiểm tra lại"),
    "HIEU_TRUONG_XET": gettext_lazy("Hiệu trưởng xét"),
}  # fmt: skip
# The form's own names of what an action may refuse.
FIELDS: Final = {"key": "khoa", "secret": "mat-khau", "seal": "dau", "seal_secret": "mat-khau-dau"}
MOST = 2000  # cards, and classes, of one form


@never_cache
@page("report_cards.sign")
def waiting(request: ActorRequest) -> HttpResponse:
    """The classes whose cards wait for me, by what I sign as."""
    return _waiting(request)


def _waiting(
    request: ActorRequest, problem: DomainError | None = None, at: Step | None = None
) -> HttpResponse:
    actor = request.actor
    found = groups.groups(actor)
    own = list(keys.usable_certificates(actor)) if found else []
    seals = _seals(actor) if any(one.step in PROVED for one in found) else []
    sections = [
        {
            "step": step, "word": KEYS[step], "title": TITLES[step], "groups": mine,
            "count": sum(one.count for one in mine), **_keys(request, step, own, seals),
            **_refused(request, problem if step == at else None, KEYS[step], "nhom"),
        }
        for step in Step
        if (mine := [one for one in found if one.step == step])
    ]  # fmt: skip
    return render(
        request, "report_cards/waiting.html",
        {
            "sections": sections, "total": sum(one.count for one in found),
            "batches": reads.recent(actor), "crumbs": [*places.crumbs(actor), (_("Ký học bạ"), "")],
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _refused(
    request: ActorRequest, problem: DomainError | None, word: str, boxes: str = ""
) -> dict[str, Any]:
    """What was refused, beside which field, and what the form held: nothing but the secrets is given again."""
    if problem is None:
        return {"problem": "", "wrong": {}, "at": "", "given": {}, "ticked": None}
    posted = request.POST
    return {
        "problem": problem.message, "wrong": problem.fields,
        "at": next((f"{FIELDS[name]}-{word}" for name in problem.fields if name in FIELDS), ""),
        "given": {
            "key": _number(posted.get("khoa", "")), "seal": _number(posted.get("dau", "")),
            "with_seal": bool(posted.get("dong-dau")),
        },
        "ticked": {_number(text.partition(":")[0]) for text in posted.getlist(boxes)[:MOST]},
    }  # fmt: skip


def _seals(actor: Actor) -> list[Any]:
    return [one for one in keys.seals(actor) if one.unit_id in actor.reach(PERMISSION[Step.SCHOOL]).unit_ids]


def _keys(request: ActorRequest, step: Step, own: Sequence[Any], seals: Sequence[Any]) -> dict[str, Any]:
    """The keys that sign a step, and whether a proof of identity comes first."""
    return {
        "keys": seals if step == Step.SCHOOL else own,
        "seals": seals if step == Step.PRINCIPAL else [],
        "wants_proof": step in PROVED and not has_proof(request.actor),
        "prove_url": f"{reverse('people:prove')}?next={request.path}",
    }


@never_cache
@page("report_cards.sign")
def class_to_sign(request: ActorRequest, word: str, pk: int) -> HttpResponse:
    """The cards of a class as the step sees them, one line each, to be looked through before signing."""
    return _class(request, _step(request, word), pk)


def _step(request: ActorRequest, word: str) -> Step:
    step = WORDS.get(word)
    if step is None or not request.actor.holds(PERMISSION[step]):
        raise Http404
    return step


def _class(request: ActorRequest, step: Step, pk: int, problem: DomainError | None = None) -> HttpResponse:
    actor = request.actor
    found = groups.groups(actor, step, pk)
    if not found:
        if not reads.may_sign_class(actor, step, pk):
            raise Http404
        return HttpResponseRedirect(reverse("report_cards:waiting"))
    rows = _without_subject(step, [_row(step, one) for one in groups.waiting(actor, step, pk)])
    seals = _seals(actor) if step in PROVED else []
    own = list(keys.usable_certificates(actor))
    return render(
        request, "report_cards/class_to_sign.html",
        {
            "group": found[0], "step": step, "word": KEYS[step], "title": TITLES[step], "rows": rows,
            "columns": _columns(step, rows), "subjects": found[0].subjects, "count": len(rows),
            **_keys(request, step, own, seals), **_refused(request, problem, KEYS[step], "the"),
            "crumbs": [
                *places.crumbs(actor), (_("Ký học bạ"), reverse("report_cards:waiting")),
                (_("Lớp %(name)s") % {"name": found[0].classroom}, ""),
            ],
        },
        status=422 if problem else 200,
    )  # fmt: skip


def _columns(step: Step, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if step == Step.SUBJECT:
        marks = [_("HK I"), _("HK II"), _("Cả năm"), _("Nhận xét")]
        return [_("Môn"), *marks] if rows and len(rows[0]["lines"][0]) > len(marks) else marks
    if rows and rows[0]["is_primary"]:
        return [_("Kết quả giáo dục"), _("Khen thưởng"), _("Cuối năm"), _("Nhận xét")]
    return [
        _("Học tập"),
        _("Rèn luyện"),
        _("Buổi vắng"),
        _("Khen thưởng"),
        _("Cuối năm"),
        _("Nhận xét của chủ nhiệm"),
    ]


def _without_subject(step: Step, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where one subject is signed, its name stands above the table and the comment goes under the name on phones."""
    if step != Step.SUBJECT or len({line[0] for row in rows for line in row["lines"]}) != 1:
        for row in rows:
            row["comment"] = "" if step == Step.SUBJECT else row["lines"][0][-1]
        return rows
    for row in rows:
        row["lines"] = [line[1:] for line in row["lines"]]
        row["comment"] = row["lines"][0][-1]
    return rows


def _row(step: Step, one: Waiting) -> dict[str, Any]:
    content = one.content
    row: dict[str, Any] = {
        "shown": one.shown, "name": one.name, "returned_for": one.returned_for, "excuse": one.excuse,
        "is_primary": bool(content["primary_subjects"]), "lines": [],
    }  # fmt: skip
    if step == Step.SUBJECT:
        row["lines"] = [_subject(line) for line in one.subjects]
        return row
    outcome = str(OUTCOMES.get(content["outcome"], content["outcome"]))
    if content["promoted_to"]:
        outcome = _("Được lên %(grade)s") % {"grade": content["promoted_to"]}
    if content["completion"]:
        outcome = content["completion"]
    if content["primary_result"]:
        result = content["primary_result"]
        row["lines"] = [
            [PRIMARY_RESULTS.get(result["result"], ""), content["awards"], outcome, result["quality_comment"]]
        ]
        return row
    result = content["result"]
    row["lines"] = [
        [
            LEVELS.get(result["learning_after"] or result["learning_year"], ""),
            LEVELS.get(result["conduct_after"] or result["conduct_year"], ""),
            "" if result["absences"] is None else result["absences"],
            content["awards"], outcome, content["homeroom_comment"],
        ]
    ]  # fmt: skip
    return row


def _subject(line: Mapping[str, Any]) -> list[Any]:
    if "level" in line:  # primary school
        return [
            line["name"],
            "",
            "",
            " ".join(part for part in (line["level"], line["mark"]) if part),
            line["comment"],
        ]
    year = mark_text(line["year"])
    if line["retest"]:
        year = _("%(year)s, kiểm tra lại %(again)s") % {"year": year, "again": mark_text(line["retest"])}
    return [line["name"], mark_text(line["first"]), mark_text(line["second"]), year, line["comment"]]


# --- beginning ------------------------------------------------------------------------------------------------------


@sensitive_post_parameters("mat-khau", "mat-khau-dau")
@never_cache
@page("report_cards.sign", methods=("POST",))
def begin(request: ActorRequest, word: str) -> HttpResponse:
    """Begin a batch of the chosen classes or cards with the chosen key; what was shown is what will be signed."""
    step = _step(request, word)
    room = _number(request.POST.get("lop", ""))
    try:
        school_id, chosen = _chosen(request, step, room)
        batch = batches.begin(
            request.actor, step=step, school_id=school_id, cards=chosen, key=_key(request, step),
            seal=_seal(request) if step == Step.PRINCIPAL and request.POST.get("dong-dau") else None,
        )  # fmt: skip
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        if room:
            return _class(request, step, room, problem)
        return _waiting(request, problem, step)
    return HttpResponseRedirect(reverse("report_cards:batch", args=[batch.pk]))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _chosen(request: ActorRequest, step: Step, room: int) -> tuple[int, list[Shown]]:
    """The cards that were chosen, as they were shown; a class that changed meanwhile must be looked at again."""
    if room:
        found = groups.groups(request.actor, step, room)
        known = {one.card_id for group in found for one in group.cards}
        chosen = []
        for text in request.POST.getlist("the")[:MOST]:
            pk, _colon, sha256 = text.partition(":")
            if _number(pk) in known:
                chosen.append(Shown(_number(pk), sha256[:64]))
        return (found[0].school_id if found else 0), _once(chosen)
    wanted = dict(text.partition(":")[::2] for text in request.POST.getlist("nhom")[:MOST])
    mine = {str(one.classroom_id): one for one in groups.groups(request.actor, step)}
    picked: list[Group] = []
    for pk, digest in wanted.items():
        group = mine.get(pk)
        if group is None or group.digest != digest:
            name = group.classroom if group else ""
            raise DomainError(
                _("Học bạ lớp %(name)s đã khác từ lúc mở trang. Xem lại danh sách rồi ký.") % {"name": name}
            )
        picked.append(group)
    if len({one.school_id for one in picked}) > 1:
        raise DomainError(_("Ký từng trường một."))
    return (picked[0].school_id if picked else 0), _once([card for one in picked for card in one.cards])


def _once(chosen: Sequence[Shown]) -> list[Shown]:
    return list({one.card_id: one for one in chosen}.values())


def _key(request: ActorRequest, step: Step) -> KeyGiven:
    rows = _seals(request.actor) if step == Step.SCHOOL else list(keys.usable_certificates(request.actor))
    return _given(request, rows, "key", "secret")


def _seal(request: ActorRequest) -> KeyGiven:
    return _given(request, _seals(request.actor), "seal", "seal_secret")


def _given(request: ActorRequest, rows: Sequence[Any], key: str, secret: str) -> KeyGiven:
    pk, typed = request.POST.get(FIELDS[key], ""), request.POST.get(FIELDS[secret], "")
    row = next((one for one in rows if str(one.pk) == pk), None)
    if row is None:
        words = _("Chọn chứng thư số để ký.")
        raise DomainError(words, fields={key: words})
    if not typed:
        words = _("Nhập mật khẩu hoặc mã PIN của khóa ký.")
        raise DomainError(words, fields={secret: words})
    return KeyGiven(row, typed[:200])


# --- a batch --------------------------------------------------------------------------------------------------------


@never_cache
@page("report_cards.sign")
def batch(request: ActorRequest, pk: int) -> HttpResponse:
    """A batch as it goes on; while it does, its changing part is asked for every two seconds."""
    return _batch(request, pk)


def _batch(request: ActorRequest, pk: int, problem: DomainError | None = None) -> HttpResponse:
    found = get_object_or_404(reads.batches(request.actor), pk=pk)
    run, step = found.run, Step(found.step)
    assert run is not None
    failures = run.failures[:200]
    context: dict[str, Any] = {
        "batch": found, "run": run, "failures": failures, "refused": len(run.failures),
        "signed": max(0, run.done - len(run.failures)), "title": TITLES[step], "step": step,
        "left": max(0, run.total - run.done), "links": reads.readable(request.actor, [one["key"] for one in failures]),
        "minutes_left": None if run.seconds_left is None else max(1, round(run.seconds_left / 60)),
    }  # fmt: skip
    if request.headers.get("HX-Target") == "dot-ky":
        return render(request, "report_cards/_batch.html", context)
    if run.can_resume:
        seals = _seals(request.actor) if step in PROVED else []
        context |= _keys(request, step, list(keys.usable_certificates(request.actor)), seals)
    context |= _refused(request, problem, "tiep")
    context["crumbs"] = [
        *places.crumbs(request.actor), (_("Ký học bạ"), reverse("report_cards:waiting")), (run.title, "")
    ]  # fmt: skip
    return render(request, "report_cards/batch.html", context, status=422 if problem else 200)


@sensitive_post_parameters("mat-khau", "mat-khau-dau")
@never_cache
@page("report_cards.sign", methods=("POST",))
def go_on(request: ActorRequest, pk: int) -> HttpResponse:
    """Go on with a batch that stopped: the passphrase is typed again."""
    found = get_object_or_404(reads.batches(request.actor), pk=pk)
    try:
        seal = _seal(request) if found.with_seal else None
        batches.go_on(request.actor, found, key=_key(request, Step(found.step)), seal=seal)
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return _batch(request, pk, problem)
    return HttpResponseRedirect(reverse("report_cards:batch", args=[pk]))
