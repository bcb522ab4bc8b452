"""Results: computed from the sheets, submitted by the homeroom teacher, returned or approved by the head, reopened.

Submitting and approving lock the sheets of the term first, so that whoever writes a mark has finished or is refused;
what is approved is never written again until the head reopens it, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from khue.kernel.actions import Conflict, DomainError, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Classroom, Homeroom
from khue.school.gradebook import cells, judging, terms
from khue.school.gradebook.events import ResultsApproved
from khue.school.gradebook.judging import FIELDS, PENDING, PERIODS, TERMS, YEAR, Pupil, Room, Verdict
from khue.school.gradebook.models import Result, Review, ReviewState, Unlock, UnlockState
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.rules.rule_sets import Choices

PLACE: Final = ["enrolment_id", "person_id", "school_id", "classroom_id", "term"]
SUBMIT, APPROVE, FINISH = "gradebook.submit", "gradebook.approve", "gradebook.finish_year"
LONGEST_WORDS: Final = 300


@dataclass(slots=True)
class Computed:
    """What a computing did: classes, pupils, results written."""

    classes: int = 0
    pupils: int = 0
    written: int = 0


# --- computing ----------------------------------------------------------------------------------------------------


def compute(
    work: Work, classroom_ids: Sequence[int], choices: Choices, periods: Sequence[int] = PERIODS
) -> Computed:
    """Bring the results of classes up to their sheets: two reads and one write, nothing when nothing changed.

    Results that are approved, and those of classes whose period is approved, stay as they are.
    """
    rooms = facts.all_rooms(classroom_ids, choices)
    pupils = facts.all_pupils([room.id for room in rooms]) if rooms else {}
    return _write(work, rooms, pupils, periods)


def _write(
    work: Work, rooms: Iterable[Room], pupils: Mapping[int, Sequence[Pupil]], periods: Sequence[int]
) -> Computed:
    done = Computed()
    new: list[Sequence[Any]] = []
    changed: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
    for room in rooms:
        done.classes += 1
        open_periods = [one for one in periods if room.reviews.get(one) != ReviewState.APPROVED]
        for pupil in pupils.get(room.id, ()):
            done.pupils += 1
            verdicts = judging.judge(room, pupil)
            for period in open_periods:
                values = verdicts[period].fields
                stored = pupil.stored.get(period)
                if stored is None:
                    new.append(
                        [pupil.enrolment_id, pupil.person_id, room.school_id, room.id, period, *values]
                    )
                elif not stored.is_approved:
                    before = (
                        stored.values[0], stored.subjects, *stored.values[1:], stored.classroom_id, stored.school_id,
                    )  # fmt: skip
                    after = (*values, room.id, room.school_id)
                    if before != after:
                        changed[stored.id] = (before, after)
    work.create_many(Result, [*PLACE, *FIELDS], new, is_touched=False)
    work.change_many(Result, [*FIELDS, "classroom_id", "school_id"], changed, is_touched=False)
    done.written = len(new) + len(changed)
    return done


@action("gradebook.compute_results", permission="gradebook.compute_results")
def compute_results(work: Work, school: Unit, *, year_id: int, choices: Choices | None = None) -> Computed:
    """Bring every result of a school's year up to its sheets; the job does one school after the other."""
    rooms = Classroom.objects.select_for_update(no_key=True, of=("self",)).filter(
        school=school, year_id=year_id, year__is_closed=False
    )
    done = compute(
        work, list(rooms.order_by("pk").values_list("pk", flat=True)), choices or facts.all_choices()
    )
    work.note(year=year_id, classes=done.classes, pupils=done.pupils, written=done.written)
    return done


# --- the way of a class ---------------------------------------------------------------------------------------------


SAY_WHAT = gettext_lazy("Ghi rõ cần sửa gì.")
SAY_WHY = gettext_lazy("Ghi lý do mở lại.")


def _check_period(period: int) -> None:
    if period not in PERIODS:
        raise DomainError(_("Không có học kì này."))


def _terms_of(period: int) -> list[int]:
    """The terms whose sheets a period is judged by."""
    return list(TERMS) if period == YEAR else [period]


def _hold(room_ids: Sequence[int], period: int) -> None:
    """Wait for whoever is writing marks of the period, and keep others from beginning."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from gradebook_sheet where classroom_id = any(%s) and term = any(%s) order by id for update",
            [list(room_ids), _terms_of(period)],
        )


def _close_unlocks(work: Work, room_ids: Sequence[int], period: int) -> None:
    """What was opened before the results went to the head is locked again."""
    now = timezone.now()
    rows = Unlock.objects.select_for_update(of=("self",)).filter(
        sheet__classroom_id__in=list(room_ids), sheet__term__in=_terms_of(period),
        state=UnlockState.GRANTED, open_until__gt=now,
    )  # fmt: skip
    work.change_many(
        Unlock, ["state", "open_until"],
        {row.pk: ([row.state, row.open_until], [str(UnlockState.CLOSED), now]) for row in rows.order_by("pk")},
    )  # fmt: skip


def _review(work: Work, room: Classroom, period: int) -> Review:
    found = Review.objects.select_for_update().filter(classroom=room, term=period).first()
    if found is not None:
        return found
    return work.create(Review(classroom=room, school_id=room.school_id, year_id=room.year_id, term=period))


def _reviews(room_ids: Sequence[int]) -> dict[tuple[int, int], Review]:
    rows = Review.objects.select_for_update().filter(classroom_id__in=list(room_ids)).order_by("pk")
    return {(row.classroom_id, row.term): row for row in rows}


def all_homeroom_teachers(room_ids: Sequence[int]) -> dict[int, int]:
    """Class to the person who is its homeroom teacher today."""
    today = timezone.localdate()
    rows = Homeroom.objects.filter(
        classroom_id__in=list(room_ids), starts_on__lte=today, ends_on__gt=today
    ).order_by("starts_on")
    return dict(rows.values_list("classroom_id", "teacher_id"))


def _address(room_id: int, period: int) -> str:
    return f"{reverse('gradebook:class_results', args=[room_id])}?ky={terms.key_of(period)}"


def subject_of(review: Review) -> str:
    """What tasks of a review are about."""
    return f"gradebook.review:{review.pk}"


def missing_of(room: Room, pupil: Pupil, verdict: Verdict, period: int) -> bool:
    """Whether a pupil cannot be judged yet; who follows an individual plan waits for nobody."""
    if pupil.has_plan:
        return False
    if verdict.missing:
        return True
    if room.is_primary:
        return False
    return not verdict.learning or not verdict.conduct or verdict.absences is None


def _gaps(room_ids: Sequence[int], choices: Choices, period: int) -> tuple[list[Room], dict[int, int]]:
    """The classes, and how many pupils of each cannot be judged yet."""
    rooms = facts.all_rooms(room_ids, choices)
    pupils = facts.all_pupils(room_ids)
    gaps = {
        room.id: sum(
            missing_of(room, pupil, judging.judge(room, pupil)[period], period)
            for pupil in pupils.get(room.id, ())
        )
        for room in rooms
    }
    return rooms, gaps


@action("gradebook.submit_results", permission="gradebook.submit_results")
def submit_results(work: Work, room: Classroom, *, period: int) -> Review:
    """Submit the results of a class in a term (1, 2) or the year (0) to the head; its sheets are locked from now on.

    Raises DomainError when pupils still miss something, or the year's terms were not submitted.
    """
    _check_period(period)
    _hold([room.pk], period)
    review = _review(work, room, period)
    if review.state == ReviewState.SUBMITTED:
        raise Conflict(_("Kết quả đã trình rồi, đang chờ hiệu trưởng duyệt."))
    if review.state == ReviewState.APPROVED:
        raise Conflict(_("Kết quả đã được duyệt. Hiệu trưởng mở lại thì mới trình lại được."))
    choices = facts.all_choices()
    found, gaps = _gaps([room.pk], choices, period)
    if not found:
        raise DomainError(_("Lớp này không xét kết quả học tập theo học kì."))
    if not found[0].courses:
        raise DomainError(_("Lớp chưa có môn học nào."))
    if period == YEAR:
        _check_terms(found[0], (ReviewState.SUBMITTED, ReviewState.APPROVED), _("trình"))
    if gaps[room.pk]:
        raise DomainError(
            _("Chưa trình được: còn %(n)s em chưa đủ kết quả. Xem cột Còn thiếu.") % {"n": gaps[room.pk]}
        )
    compute(work, [room.pk], choices, [period])
    _close_unlocks(work, [room.pk], period)
    now = timezone.now()
    work.change(
        review, state=ReviewState.SUBMITTED, submitted_by_id=work.actor.person_id, submitted_at=now,
        computed_at=now, returned_for="",
    )  # fmt: skip
    close_tasks(work, subject_of(review), [SUBMIT])
    open_task(
        work, kind=APPROVE,
        title=written(
            gettext_noop("Duyệt kết quả %(period)s, lớp %(name)s"), period=terms.WORDS[period], name=room.name
        ),
        detail=written(gettext_noop("%(who)s trình"), who=work.actor.name), url=_address(room.pk, period),
        action_label=gettext_noop("Xem và duyệt"), subject=subject_of(review), unit_id=room.school_id,
        permission="gradebook.approve_results",
    )  # fmt: skip
    return review


def _check_terms(room: Room, states: Sequence[str], verb: str) -> None:
    late = [terms.words(term) for term in TERMS if room.reviews.get(term) not in states]
    if late:
        raise DomainError(
            _("Lớp %(name)s: kết quả %(terms)s chưa %(verb)s, cả năm chưa %(verb)s được.")
            % {"name": room.name, "terms": ", ".join(late), "verb": verb}
        )


@action("gradebook.return_results", permission="gradebook.return_results")
def return_results(work: Work, room: Classroom, *, period: int, words: str) -> Review:
    """Give submitted results back to the homeroom teacher, with words; the sheets follow their days again."""
    words = one_line(words, SAY_WHAT)
    review = _review(work, room, period)
    if review.state != ReviewState.SUBMITTED:
        raise Conflict(_("Kết quả này không còn chờ duyệt."))
    work.reason = words
    work.change(review, state=ReviewState.OPEN, returned_for=words)
    close_tasks(work, subject_of(review), [APPROVE])
    _ask_again(work, room, review, words)
    if period != YEAR:
        _release_year(work, room, words)
    return review


def _release_year(work: Work, room: Classroom, words: str) -> None:
    """A term that is open again takes the year's results with it."""
    year = Review.objects.select_for_update().filter(classroom=room, term=YEAR).first()
    if year is None or year.state == ReviewState.OPEN:
        return
    if year.state == ReviewState.APPROVED:
        _freeze(work, [room.pk], YEAR, is_approved=False)
    work.change(year, state=ReviewState.OPEN, returned_for=words)
    close_tasks(work, subject_of(year), [APPROVE, FINISH])


def _ask_again(work: Work, room: Classroom, review: Review, words: str) -> None:
    teacher = all_homeroom_teachers([room.pk]).get(room.pk)
    title = written(
        gettext_noop("Sửa và trình lại kết quả %(period)s, lớp %(name)s"),
        period=terms.WORDS[review.term], name=room.name,
    )  # fmt: skip
    if teacher is None:
        return
    url = _address(room.pk, review.term)
    open_task(
        work, kind=SUBMIT, title=title, detail=words, url=url, action_label=gettext_noop("Mở kết quả lớp"),
        subject=subject_of(review), person_id=teacher,
    )  # fmt: skip
    if teacher != work.actor.person_id:
        tell(work, people=[teacher], kind=SUBMIT, title=title, body=words, url=url)


@dataclass(frozen=True, slots=True)
class NotReady:
    """A class that was left aside, and why."""

    classroom_id: int
    name: str
    why: str


@action("gradebook.approve_results", permission="gradebook.approve_results")
def approve_results(work: Work, rooms: list[Classroom], *, period: int) -> tuple[list[int], list[NotReady]]:
    """Approve the results of classes; what is not ready is left aside and listed. What is approved does not move.

    Raises DomainError when not one of the classes is ready.
    """
    _check_period(period)
    ids = sorted(room.pk for room in rooms)
    if len({room.school_id for room in rooms}) != 1:
        raise DomainError(_("Duyệt các lớp của một trường một lần."))
    _hold(ids, period)
    reviews = _reviews(ids)
    choices = facts.all_choices()
    found, gaps = _gaps(ids, choices, period)
    judged = {room.id: room for room in found}
    aside: list[NotReady] = []
    ready: list[Classroom] = []
    for room in rooms:
        why = _why_not(judged.get(room.pk), reviews.get((room.pk, period)), gaps.get(room.pk, 0), period)
        if why:
            aside.append(NotReady(room.pk, room.name, why))
        else:
            ready.append(room)
    if not ready:
        raise DomainError(
            _("Chưa duyệt được lớp nào. ") + " ".join(f"{one.name}: {one.why}" for one in aside[:5])
        )
    approved = [room.pk for room in ready]
    compute(work, approved, choices, [period])
    _close_unlocks(work, approved, period)
    _freeze(work, approved, period)
    now = timezone.now()
    fields = ["state", "approved_by_id", "approved_at", "computed_at"]
    work.change_many(
        Review, fields,
        {
            one.pk: (
                [one.state, one.approved_by_id, one.approved_at, one.computed_at],
                [str(ReviewState.APPROVED), work.actor.person_id, now, now],
            )
            for one in (reviews[pk, period] for pk in approved)
        },
    )  # fmt: skip
    close_tasks(work, [subject_of(reviews[pk, period]) for pk in approved], [SUBMIT, APPROVE])
    if period == YEAR:
        for room in ready:
            follow_year(work, room.pk, room.name, room.school_id, reviews[room.pk, YEAR])
    work.note(period=period, approved=len(approved), aside=len(aside))
    for pk in approved:
        work.announce(ResultsApproved(pk, period))
    return approved, aside


def _why_not(room: Room | None, review: Review | None, gaps: int, period: int) -> str:
    if room is None:
        return _("không xét kết quả theo học kì.")
    if review is None or review.state == ReviewState.OPEN:
        return _("chủ nhiệm chưa trình.")
    if review.state == ReviewState.APPROVED:
        return _("đã duyệt rồi.")
    if period == YEAR:
        late = [term for term in TERMS if room.reviews.get(term) != ReviewState.APPROVED]
        if late:
            return _("%(terms)s chưa duyệt.") % {"terms": ", ".join(terms.words(term) for term in late)}
    if gaps:
        return _("còn %(n)s em chưa đủ kết quả.") % {"n": gaps}
    return ""


def _freeze(work: Work, room_ids: Sequence[int], period: int, *, is_approved: bool = True) -> None:
    """Approve the results of those who are in the classes now, or take it back."""
    rows = Result.objects.filter(
        enrolment__classroom_id__in=list(room_ids), enrolment__status__in=facts.JUDGED, term=period,
        is_approved=not is_approved,
    )  # fmt: skip
    work.change_many(
        Result, ["is_approved"],
        {pk: ([not is_approved], [is_approved]) for pk in rows.values_list("pk", flat=True)}, is_touched=False,
    )  # fmt: skip


def follow_year(work: Work, room_id: int, name: str, school_id: int, review: Review) -> None:
    """Keep the task of what is left to do for a class after its year was approved: opened, counted down, closed."""
    rows = Result.objects.filter(classroom_id=room_id, term=YEAR, is_approved=True, outcome__in=PENDING)
    left = rows.count()
    if not left:
        close_tasks(work, subject_of(review), [FINISH])
        return
    open_task(
        work, kind=FINISH,
        title=written(gettext_noop("Lớp %(name)s: còn %(n)s em chưa xong cuối năm"), name=name, n=left),
        detail=written(gettext_noop("Kiểm tra lại, rèn luyện hè, đánh giá bổ sung hoặc hiệu trưởng quyết định")),
        url=f"{reverse('gradebook:after_year')}?lop={room_id}", action_label=gettext_noop("Xem các em"),
        subject=subject_of(review), unit_id=school_id, permission="gradebook.finish_year",
    )  # fmt: skip


@action("gradebook.reopen_results", permission="gradebook.approve_results")
def reopen_results(work: Work, room: Classroom, *, period: int, reason: str) -> Review:
    """Open approved or submitted results again, with a reason; a term takes the year's results with it.

    Raises DomainError when the school year is closed.
    """
    reason = one_line(reason, SAY_WHY)
    review = _review(work, room, period)
    if review.state == ReviewState.OPEN:
        raise Conflict(_("Kết quả này đang mở."))
    if room.year.is_closed:
        raise DomainError(_("Năm học đã đóng, không mở lại kết quả được."))
    work.reason = reason
    _freeze(work, [room.pk], period, is_approved=False)
    work.change(review, state=ReviewState.OPEN, returned_for=reason)
    close_tasks(work, subject_of(review), [APPROVE, FINISH])
    _ask_again(work, room, review, reason)
    if period != YEAR:
        _release_year(work, room, reason)
    return review


def one_line(text: str, otherwise: str | Promise) -> str:
    """One line of words; raises DomainError when there are none or too many."""
    found = cells.clean(text)
    if not found:
        raise DomainError(str(otherwise))
    if len(found) > LONGEST_WORDS:
        raise DomainError(_("Dài nhất 300 chữ."))
    return found
