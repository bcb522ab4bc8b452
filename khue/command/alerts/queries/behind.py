"""What lies behind an alert: the schools of a commune, and in a school the classes, courses and teachers, as far as
the actor may see them there; each asked of the module that owns it, by its own permission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.command.alerts import words
from khue.command.alerts.models import Rule
from khue.command.alerts.readings import Source, all_of_kinds, source
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators import queries as figures
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.statements import fetch
from khue.registry.roster.queries import quality
from khue.registry.roster.queries.places import Place, all_year_of, reaches
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import overview, progress
from khue.school.gradebook.queries.terms import TermShown

STEP: Final = "don-vi"  # key of the address: the code of the unit stepped down to
SHOWN: Final = 40
LATE: Final = frozenset(
    f"gradebook.{name}"
    for name in (
        "done", "middle_done", "final_done", "primary_progress", "secondary_progress", "late_cells", "late_sheets",
        "late_sheet_rate", "late_teachers", "late_schools",
    )
)  # fmt: skip  # figures behind which late sheets stand


@dataclass(frozen=True)
class Line:
    """One thing behind an alert: a unit below, a class, a course."""

    label: str
    detail: str = ""
    end: str = ""
    url: str = ""
    step: str = ""  # its colour by the rule's bounds


@dataclass(frozen=True)
class Behind:
    """What lies behind an alert at a unit; `teachers` or `schools` can be reminded."""

    title: str = ""
    lines: Sequence[Line] = ()
    of: int = 0  # lines there are
    teachers: Sequence[progress.Group] = ()
    schools: Sequence[overview.SchoolLine] = ()
    links: Sequence[tuple[str, str]] = ()
    may_remind: bool = False
    term: TermShown | None = None
    remindable: int = field(default=0)


def behind(actor: Actor, rule: Rule, place: Place) -> Behind:
    """What lies behind an alert at the unit itself or one below it that the actor was led to."""
    unit = place.unit
    if unit is None:
        return Behind()
    if rule.figure in LATE:
        return _late(actor, rule, unit)
    if unit.kind == UnitKind.SCHOOL:
        links = _links(actor, rule, unit)
        draw = _OF_SCHOOL.get(rule.figure)
        found = draw(actor, place) if draw else Behind()
        return replace(found, links=[*found.links, *links])
    return _units(actor, rule, unit)


def _year() -> int:
    year = all_year_of()
    return year.pk if year else 0


_TERM = """
select t.year_id, t.number, t.starts_on, t.ends_on, y.is_closed,
       (select array_agg(o.number order by o.number) from calendar_term o where o.year_id = t.year_id)
from calendar_term t join calendar_school_year y on y.id = t.year_id
where t.starts_on <= %s order by t.starts_on desc limit 1
"""


def _term() -> TermShown | None:
    """The term of today, or the last one that has begun; one query."""
    rows = fetch(_TERM, [timezone.localdate()])
    if not rows:
        return None
    year_id, number, starts_on, ends_on, is_closed, numbers = rows[0]
    return TermShown(year_id, number, starts_on, ends_on, is_closed, tuple(numbers))


_QUALITY: Final = frozenset(
    f"roster.{name}"
    for name in (
        "no_personal_id", "no_ministry_code", "no_class", "no_basics", "no_guardian", "odd_age", "doubles",
        "bad_numbers", "no_contact", "faults",
    )
)  # fmt: skip  # figures whose rows stand on the page of quality


# --- the units below ------------------------------------------------------------------------------------------------


def _units(actor: Actor, rule: Rule, unit: Unit) -> Behind:
    rows = Unit.objects.visible_to(actor, "alerts.view").filter(parent_id=unit.pk, closed_on__isnull=True)
    below = {row.pk: row for row in rows.exclude(kind=UnitKind.CAMPUS)}
    kinds = sorted({row.kind for row in below.values()})
    shown = source(rule.figure)
    values = all_of_kinds(rule.figure, kinds, timezone.localdate(), list(below)) if below else {}
    indicator = catalogue.indicators().get(rule.figure)
    if indicator is not None:
        values = {pk: value for pk, value in values.items() if figures.sees_rows(actor, indicator, below[pk])}
    worst_first = rule.compare != "below"
    order = sorted(
        values, key=lambda pk: (-values[pk] if worst_first else values[pk], below[pk].sort_key, pk)
    )
    lines = [_unit_line(below[pk], shown, values[pk], rule) for pk in order if values[pk] or not worst_first]
    return Behind(_("Những nơi bên dưới"), lines[:SHOWN], len(lines), links=_links(actor, rule, unit))


def _unit_line(unit: Unit, shown: Source | None, value: float, rule: Rule) -> Line:
    step = ""
    if rule.compare in ("above", "below"):
        sign = 1 if rule.compare == "above" else -1
        for colour, bound in (("red", rule.red), ("amber", rule.amber)):
            if not step and bound is not None and sign * value >= sign * bound:
                step = colour
    return Line(unit.name, "", str(words.figure(shown, value)), f"?{STEP}={unit.code}", step)


def _links(actor: Actor, rule: Rule, unit: Unit) -> list[tuple[str, str]]:
    """The pages of other modules about the same figure that the actor may open."""
    found = []
    indicator = catalogue.indicators().get(rule.figure)
    if indicator is not None and figures.may_see(actor, indicator, unit):
        found.append((_("Trang chỉ tiêu"), reverse("ioc:indicator", args=[rule.figure, unit.code])))
    if rule.figure in _QUALITY and actor.holds("roster.view_quality"):
        found.append((_("Chất lượng dữ liệu"), f"{reverse('roster:quality')}?{STEP}={unit.code}"))
    if rule.figure == "alerts.unattended":
        found.append(
            (
                _("Báo động chưa ai nhận"),
                f"{reverse('alerts:alerts')}?{STEP}={unit.code}&tinh-trang=chua-nhan&muc=red",
            )
        )
    return found


# --- late marks -----------------------------------------------------------------------------------------------------


def _late(actor: Actor, rule: Rule, unit: Unit) -> Behind:
    shown = _term()
    if shown is None:
        return Behind()
    may_remind = actor.holds("gradebook.remind") and not shown.is_closed
    page = f"{reverse('gradebook:progress')}?{STEP}={unit.code}&ky={shown.number}"
    links = [(_("Tiến độ vào điểm"), page), *_links(actor, rule, unit)]
    if unit.kind == UnitKind.SCHOOL:
        teachers = progress.board(actor, unit, shown).late_teachers
        return Behind(
            _("Giáo viên còn chậm"), teachers=teachers[:SHOWN], of=len(teachers), links=links, term=shown,
            may_remind=may_remind, remindable=sum(one.may_remind for one in teachers),
        )  # fmt: skip
    if not reaches(actor, "gradebook.view_progress", unit):
        return Behind()
    if unit.parent_id is None:
        areas = overview.overview(actor, unit, shown, limit=SHOWN)
        lines = [
            Line(
                area.name, _("%(n)s trường chậm") % {"n": area.late},
                f"{area.percent} %" if area.percent is not None else "–", f"?{STEP}={area.code}",
            )
            for area in areas.areas
            if not area.is_direct
        ]  # fmt: skip
        return Behind(_("Xã, phường chậm nhất"), lines, areas.of, links=links)
    schools = [
        one for one in overview.schools(actor, unit, shown) if one.figures and one.figures["late_sheets"]
    ]
    return Behind(
        _("Trường còn sổ chậm"), schools=schools[:SHOWN], of=len(schools), links=links, term=shown,
        may_remind=may_remind and bool(schools), remindable=len(schools),
    )  # fmt: skip


def late_sheets_of(actor: Actor, unit: Unit, teachers: Sequence[int] | None) -> list[Sheet]:
    """The late sheets of a school that the actor may remind of: of these teachers, or of all; as an action's target."""
    shown = _term()
    if shown is None:
        return []
    found = progress.board(actor, unit, shown, permission="gradebook.remind")
    wanted = [
        line.id
        for line in found.late_lines
        if line.teacher_id and (teachers is None or line.teacher_id in teachers)
    ]
    return progress.sheets_of(actor, wanted)


def late_schools_of(
    actor: Actor, unit: Unit, codes: Sequence[str] | None
) -> tuple[list[Unit], dict[int, int]]:
    """The late schools below a unit whose heads the actor may remind (of these codes, or all), and how many late
    sheets each has."""
    shown = _term()
    return overview.late_schools(actor, unit, shown, codes) if shown else ([], {})


# --- inside a school ------------------------------------------------------------------------------------------------


def _classes(check: str, title: str | Promise) -> Callable[[Actor, Place], Behind]:
    def draw(actor: Actor, place: Place) -> Behind:
        rows = quality.faulty_classes(actor, place=place, year_id=_year(), check=check)
        may_open = actor.holds("roster.view_classes")
        lines = [
            Line(
                _("Lớp %(name)s") % {"name": row["name"]}, row["teacher"],
                _("%(n)s em / %(most)s") % {"n": row["pupils"], "most": row["limit"]} if row["limit"]
                else _("%(n)s em") % {"n": row["pupils"]},
                reverse("roster:classroom", args=[row["id"]]) if may_open else "",
            )
            for row in rows
        ]  # fmt: skip
        return Behind(str(title), lines[:SHOWN], len(lines), links=_quality(actor, place))

    return draw


def _quality(actor: Actor, place: Place) -> list[tuple[str, str]]:
    if place.unit is None or not actor.holds("roster.view_quality"):
        return []
    return [(_("Chất lượng dữ liệu"), f"{reverse('roster:quality')}?{STEP}={place.unit.code}")]


_UNTAUGHT = """
select c.id, s.name, k.name from curriculum_course c join curriculum_subject s on s.code = c.subject_id
join roster_classroom k on k.id = c.classroom_id and k.closed_on is null
where c.school_id = %s and c.year_id = %s and not exists (
    select from curriculum_teaching_assignment a where a.course_id = c.id and a.starts_on <= %s and a.ends_on > %s)
order by k.sort_key, k.id, s."order"
"""


def _untaught(actor: Actor, place: Place) -> Behind:
    unit = place.unit
    if unit is None or not reaches(actor, "curriculum.view_assignments", unit):
        return Behind()
    today: date = timezone.localdate()
    rows = fetch(_UNTAUGHT, [unit.pk, _year(), today, today])
    lines = [
        Line(
            f"{subject}, {_('lớp %(name)s') % {'name': room}}",
            url=reverse("curriculum:course", args=[pk]),
        )
        for pk, subject, room in rows
    ]
    links = [(_("Phân công giảng dạy"), f"{reverse('curriculum:assignments')}?{STEP}={unit.code}")]
    return Behind(_("Môn chưa có ai dạy"), lines[:SHOWN], len(lines), links=links)


def _offline(actor: Actor, place: Place) -> Behind:
    unit = place.unit
    if unit is None:
        return Behind()
    rows = Unit.objects.visible_to(actor, "alerts.view").filter(
        parent_id=unit.pk, kind=UnitKind.CAMPUS, closed_on__isnull=True, has_internet=False
    )
    lines = [Line(row.name, row.address) for row in rows.order_by("sort_key")]
    return Behind(_("Điểm trường chưa có mạng"), lines[:SHOWN], len(lines))


_OF_SCHOOL: Final[dict[str, Callable[[Actor, Place], Behind]]] = {
    "roster.over_size": _classes("over_full", gettext_lazy("Lớp quá sĩ số")),
    "roster.over_size_rate": _classes("over_full", gettext_lazy("Lớp quá sĩ số")),
    "roster.no_homeroom": _classes("no_homeroom", gettext_lazy("Lớp chưa có chủ nhiệm")),
    "curriculum.untaught": _untaught,
    "curriculum.untaught_rate": _untaught,
    "indicators.no_internet": _offline,
    "indicators.internet": _offline,
}
