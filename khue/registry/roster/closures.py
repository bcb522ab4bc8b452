"""Who is told that lessons at school stop or go on: families and staff of every school concerned, school by school."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_noop

from khue.kernel.actions import Work, written
from khue.kernel.jobs.actions import start
from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.statements import TODAY, fetch
from khue.registry.calendar.events import ClassesClosed, ClassesReopened, ClosureExtended
from khue.registry.calendar.models import Closure, ClosureReason

NOTICE: Final = "roster.closure"
JOB: Final = "roster.tell_closure"
_PEOPLE: Final = f"""
with pupil as (
  select e.person_id from roster_enrolment e
  where e.school_id = %s and e.is_current and e.status in ('studying', 'suspended')
    and (%s::bigint is null or e.campus_id = %s)
)
select person_id from pupil
union
select g.guardian_id from roster_guardianship g join pupil u on u.person_id = g.pupil_id
where g.may_view and g.starts_on <= {TODAY} and (g.ends_on is null or g.ends_on > {TODAY})
union
select s.person_id from staff_position s
where s.unit_id = any(%s) and s.starts_on <= {TODAY} and (s.ends_on is null or s.ends_on > {TODAY})
"""  # noqa: S608


def told_closed(work: Work, event: ClassesClosed) -> None:
    """Begin to tell everybody that there are no lessons at school."""
    _begin(work, event.closure_id, "closed")


def told_extended(work: Work, event: ClosureExtended) -> None:
    """Begin to tell everybody of another last day."""
    _begin(work, event.closure_id, "extended")


def told_reopened(work: Work, event: ClassesReopened) -> None:
    """Begin to tell everybody that lessons go on."""
    _begin(work, event.closure_id, "reopened")


def _begin(work: Work, closure_id: int, what: str) -> None:
    closure = Closure.objects.select_related("unit").get(pk=closure_id)
    start(
        work,
        JOB,
        written(gettext_noop("Báo tin nghỉ học: %(unit)s"), unit=closure.unit.name),
        closure.unit,
        {"closure_id": closure_id, "what": what, "version": closure.version},
    )


@background(JOB)
def tell_closure(run: RunHandle, *, closure_id: int, what: str, version: int) -> None:
    """Tell families and staff school by school; nobody hears the same twice, however often it is begun anew."""
    closure = Closure.objects.select_related("unit").get(pk=closure_id)
    title, body = words_of(closure, what)
    unit = closure.unit
    campus = unit.pk if unit.kind == UnitKind.CAMPUS else None
    school_id = unit.parent_id if campus else None
    below = Unit.objects.filter(path__startswith=unit.path, kind=UnitKind.SCHOOL, closed_on__isnull=True)
    schools = list(Unit.objects.filter(pk=school_id) if school_id else below.order_by("pk"))
    told = int(run.result.get("told", 0))

    def each(school: Unit) -> None:
        nonlocal told
        places = [campus] if campus else list(
            Unit.objects.filter(path__startswith=school.path).values_list("pk", flat=True)
        )  # fmt: skip
        people = [pk for (pk,) in fetch(_PEOPLE, [school.pk, campus, campus, places])]
        told += tell(
            run.actor,
            people=people,
            kind=NOTICE,
            title=title,
            body=body,
            url=reverse("calendar:year"),
            dedupe_key=f"{NOTICE}:{closure_id}:{what}:{version}",
            unit_id=school.pk,
        )
        run.note(told=told)

    run.each(schools, each, label=lambda school: school.name)


def words_of(closure: Closure, what: str) -> tuple[str, str]:
    """Title and body of the notice, in Vietnamese."""
    unit = closure.unit
    place = unit.name
    if unit.kind not in (UnitKind.SCHOOL, UnitKind.CAMPUS):
        place = written(gettext_noop("Các trường thuộc %(unit)s"), unit=unit.name)
    if what == "reopened":
        if closure.is_cancelled or closure.ends_on is None:
            return written(gettext_noop("%(place)s không nghỉ nữa, học như thường"), place=place), ""
        following = closure.ends_on.toordinal() + 1
        day = type(closure.ends_on).fromordinal(following)
        return written(gettext_noop("%(place)s học lại từ %(day)s"), place=place, day=f"{day:%d/%m}"), ""
    begin = f"{closure.starts_on:%d/%m}"
    if closure.is_from_noon:
        begin = written(gettext_noop("chiều %(day)s"), day=begin)
    last = f"{closure.ends_on:%d/%m}" if closure.ends_on else ""
    words = (
        gettext_noop("%(place)s nghỉ học từ %(begin)s đến hết %(last)s")
        if last
        else gettext_noop("%(place)s nghỉ học từ %(begin)s đến khi có tin mới")
    )
    title = written(words, place=place, begin=begin, last=last)
    parts = [written(gettext_noop("Lí do: %(reason)s."), reason=ClosureReason(closure.reason).label)]
    if closure.at_home:
        parts.append(written(gettext_noop("Học sinh học ở nhà; mỗi buổi bấm “Có mặt học ở nhà” trong Khuê.")))
    if closure.note:
        parts.append(closure.note)
    return title, " ".join(parts)
