"""The pages of the URL map that somebody may open, with rows of their own scope in the addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from khue.citizen.surveys.models import Slip
from khue.citizen.surveys.queries import asked_slips, asked_surveys
from khue.citizen.surveys.queries.surveys import surveys
from khue.citizen.threads.models import Complaint
from khue.citizen.threads.queries.announcements import announcements
from khue.citizen.threads.queries.conversations import inbox
from khue.citizen.threads.queries.partners import own_rooms, own_teachers
from khue.command.alerts.models import Alert
from khue.command.ioc.queries import desk as desks
from khue.command.reports.queries.reports import periods, reports
from khue.config.routes import PUBLIC, UNLISTED, Route, routes
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.access.queries import assignable
from khue.kernel.audit import queries as audit
from khue.kernel.exchange.models import Import
from khue.kernel.files.models import StoredFile
from khue.kernel.jobs.queries import runs
from khue.kernel.offline.models import Device
from khue.kernel.org import queries as org
from khue.kernel.org.models import Unit
from khue.kernel.org.verbs import verbs_for
from khue.kernel.people import queries as people
from khue.kernel.people.models import Account
from khue.registry.calendar.demo import YEAR
from khue.registry.calendar.models import Closure
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import Classroom, Enrolment, ExportRequest, Guardianship, Rollover
from khue.registry.roster.queries.duplicates import comparison, pairs
from khue.registry.roster.queries.profile import my_record
from khue.registry.roster.queries.quality import CHECKS
from khue.registry.roster.queries.transfers import transfers
from khue.registry.staff.models import Position, StaffMember
from khue.school.attendance.models import AbsenceNotice
from khue.school.gate.models import Badge
from khue.school.gradebook.models import Finding, Sheet
from khue.school.gradebook.queries.files import PURPOSE
from khue.school.gradebook.queries.unlocks import unlocks
from khue.school.report_cards.models import Card, Package
from khue.school.report_cards.queries import groups
from khue.school.report_cards.queries.batches import batches
from khue.school.report_cards.queries.corrections import corrections
from khue.school.report_cards.queries.custody import issued
from khue.school.report_cards.queries.transfers import WAITING
from khue.school.report_cards.rules import ISSUED
from khue.school.report_cards.waiting import KEYS

# Not pages: what a program reads, files, pieces of pages, and what opens only in the middle of a journey.
NO_PAGES = frozenset(
    {
        "home:health", "home:reader", "notify:see", "offline:who",
        "home:demo_login", "exchange:blank", "exchange:marked", "files:download", "roster:class_export",
        "gradebook:sheet_file", "gradebook:own_file", "gradebook:marks_marked", "gradebook:results_file",
        "attendance:month_file", "attendance:leave_proof",
        "verification:checkpoint", "report_cards:preview", "report_cards:card_file", "report_cards:my_card_file",
        "report_cards:book_file", "reports:file",
        "report_cards:evidence", "report_cards:correct_marks", "report_cards:package", "report_cards:transfer_sheet",
        "report_cards:batch", "gate:sheet", "ioc:desk_paper", "ioc:posting",
        "surveys:slip_file", "surveys:survey_file", "threads:file", "threads:announcement_file",
        "people:verify", "people:go_on", "people:choose_password", "org:below", "org:communes",
    }
)  # fmt: skip
SIGNED_IN = "signed-in"


@dataclass(frozen=True)
class Opening:
    """A page and its address for one person."""

    name: str
    path: str


def acting(who: str) -> Actor:
    """Somebody of the cast as they arrive, identity freshly proved."""
    account = Account.objects.select_related("person").get(login_name=who)
    return actor_for(account, ip="127.0.0.1", proved_at=timezone.now())[0]


FOR_WRITERS = ("gradebook:marks_files", "gradebook:own_file")  # two permissions open them, either will do


def page_routes() -> list[Route]:
    """Every route that shows a page to people."""
    return [
        route
        for route in routes()
        if "GET" in route.methods and not route.path.startswith("/api/") and route.name not in NO_PAGES
    ]


def openings(who: str) -> list[Opening]:
    """Every page somebody may open: one row of each kind, each variant of a page."""
    actor = acting(who)
    found = []
    for route in page_routes():
        if route.name == "roster:my_record" and my_record(actor) is None:
            continue
        if route.name in FOR_WRITERS and not (
            actor.holds("gradebook.enter") or actor.holds("gradebook.enter_class")
        ):
            continue
        if route.permission in (SIGNED_IN, PUBLIC, UNLISTED) or actor.holds(route.permission):
            found += [
                Opening(route.name, _address(route, values) + _query(actor, route))
                for values in _values(actor, route)
            ]
    return found


def _address(route: Route, values: dict[str, Any]) -> str:
    """`/lop/<int:pk>/` with its values in."""
    path = route.path
    for part in route.path.split("<")[1:]:
        inside = part.split(">")[0]
        path = path.replace(f"<{inside}>", str(values[inside.split(":")[-1]]))
    return path


def _query(actor: Actor, route: Route) -> str:
    """What a page needs behind its address."""
    if route.name in ("roster:place", "roster:movement"):
        return f"?row={_pupils(actor, route.permission).values_list('pk', flat=True).first()}"
    if route.name == "surveys:consent":
        return f"?em={asked_slips(actor)[0].enrolment_id}"
    return "?q=nguyen" if route.name == "home:find" else ""


def _values(actor: Actor, route: Route) -> Iterable[dict[str, Any]]:
    """What to put into the address, one row of each kind of page."""
    if not route.parameters:
        return [{}]
    return PICKS[route.name](actor, route.permission)


def _one(rows: Any, **values: str) -> list[dict[str, Any]]:
    """The first row as the values of an address; `key="field"`."""
    row = rows.values(*values.values()).first()
    return [{key: row[field] for key, field in values.items()}] if row else []


def _pupils(actor: Actor, permission: str) -> Any:
    return Enrolment.objects.visible_to(actor, permission).filter(status="studying", year_id=YEAR)


def _pupil(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return _one(_pupils(actor, permission).order_by("pk"), person_id="person_id")


def _guardian(actor: Actor, permission: str) -> list[dict[str, Any]]:
    ties = Guardianship.objects.filter(
        pupil_id__in=_pupils(actor, permission).values("person_id")[:50], ends_on=None
    )
    return _one(ties.order_by("pk"), person_id="pupil_id", pk="pk")


def _of(model: Any, key: str = "pk", **more: Any) -> Pick:
    return lambda actor, permission: _one(
        model.objects.visible_to(actor, permission).filter(**more).order_by("pk"), pk=key
    )


def _period(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """The newest period of reporting."""
    return _one(periods(actor), pk="pk")


def _units(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """One unit of each kind."""
    rows = org.units(actor, permission).filter(closed_on=None).order_by("pk")
    return [{"pk": pk} for pk in {kind: pk for pk, kind in rows.values_list("pk", "kind")}.values()]


def _changes(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """Everything that can be done to some unit, once."""
    found: dict[str, int] = {}
    for unit in org.units(actor).filter(closed_on=None).order_by("pk"):
        for verb in verbs_for(actor, unit):
            found.setdefault(verb.key, unit.pk)
    return [{"pk": pk, "verb": verb} for verb, pk in found.items()]


def _rollover_class(actor: Actor, permission: str) -> list[dict[str, Any]]:
    found = Rollover.objects.visible_to(actor, permission).first()
    if found is None:
        return []
    rooms = Classroom.objects.filter(school_id=found.school_id, year_id=YEAR).order_by("pk")
    return [{"pk": found.pk, "room_id": rooms.values_list("pk", flat=True)[0]}]


def _pairs(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """A pair both of whose records one may see; the school of one of them sees only that there is a pair."""
    keys = pairs(actor, permission).order_by("pk").values_list("pk", flat=True)
    return [{"pk": pk} for pk in keys if comparison(actor, pk) is not None][:1]


def _accounts(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """Of somebody who has signed in, and of somebody who has not."""
    rows = people.accounts(actor, permission)
    return [*_one(rows.exclude(activated_at=None), pk="pk"), *_one(rows.filter(activated_at=None), pk="pk")]


def _talk(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return [{"pk": one.id} for one in inbox(actor)[:1]]


def _news(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return _one(announcements(actor, permission).filter(withdrawn_at=None).order_by("pk"), pk="pk")


def _teacher_of_child(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return [{"enrolment": one.enrolment_id, "teacher": one.teacher_id} for one in own_teachers(actor)[-1:]]


def _own_room(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return [{"pk": pk} for pk, _name, _pupils in own_rooms(actor)[:1]]


def _asked_slip(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return [{"pk": one.id} for one in asked_slips(actor)[:1]]


def _asked_survey(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return [{"pk": one.id} for one in asked_surveys(actor)[:1]]


def _survey(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return _one(surveys(actor), pk="pk")


def _kinds_of_sheets(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """One sheet of each kind."""
    rows = Sheet.objects.visible_to(actor, permission).filter(year_id=YEAR, term=1).order_by("pk")
    return [{"pk": pk} for pk in {kind: pk for pk, kind in rows.values_list("pk", "kind")}.values()]


def _cell(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """A cell of a subject's sheet."""
    sheet = Sheet.objects.visible_to(actor, permission).filter(year_id=YEAR, term=1, kind="subject").first()
    if sheet is None:
        return []
    pupil = (
        Enrolment.objects.filter(classroom_id=sheet.classroom_id, status="studying").order_by("pk").first()
    )
    return [{"pk": sheet.pk, "enrolment_id": pupil.pk, "code": "nx"}] if pupil else []


def _own_file(actor: Actor, permission: str) -> list[dict[str, Any]]:
    """A file of marks the actor gave."""
    return _one(StoredFile.objects.filter(purpose=PURPOSE, owner_id=actor.person_id).order_by("pk"), pk="pk")


def _desks(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return _one(desks.readable_desks(actor), pk="pk")


def _own_desks(actor: Actor, permission: str) -> list[dict[str, Any]]:
    return _one(desks.own_desks(actor), pk="pk")


def _first_unit(actor: Actor) -> list[Unit]:
    """The unit whose indicators the actor's own page shows."""
    return [unit for unit in [desks.unit_of(actor)] if unit is not None]


def _wide(actor: Actor) -> list[dict[str, Any]]:
    """Where schools are put in order: not at a school."""
    return [
        {"name": "gradebook.done", "where": unit.code} for unit in _first_unit(actor) if not unit.is_school
    ]


Pick = Callable[[Actor, str], Iterable[dict[str, Any]]]
_CLASS, _STAFF = _of(Classroom, year_id=YEAR), _of(StaffMember, "person_id", status="working")
_ISSUED = [state.value for state in ISSUED]
PICKS: dict[str, Pick] = {
    "ioc:own_indicator": lambda actor, permission: [{"name": "roster.pupils"}],
    "ioc:indicator": lambda actor, permission: [
        {"name": name, "where": unit.code}
        for unit in _first_unit(actor)
        for name in ("gradebook.done", "roster.pupils")
    ],
    "ioc:ranking": lambda actor, permission: _wide(actor), "ioc:missing": lambda actor, permission: _wide(actor),
    "alerts:alert": _of(Alert, state="open"),
    "offline:cut_off": _of(Device),
    "calendar:closure": _of(Closure),
    "gate:classroom": lambda actor, permission: _one(
        Badge.objects.visible_to(actor, permission).filter(state="good").order_by("pk"), pk="enrolment__classroom_id"
    ),
    "reports:report": _period, "reports:compare": _period, "reports:history": _period,
    "reports:checks": lambda actor, permission: _one(
        reports(actor).filter(unit_id=actor.unit_id, is_school=True, is_latest=True).order_by("-pk"), pk="period_id"
    ),
    "reports:progress": lambda actor, permission: _period(actor, permission) if actor.holds("reports.check") else [],
    "reports:days": lambda actor, permission: _one(periods(actor).filter(locked_at__isnull=True), pk="pk"),
    "alerts:rule": lambda actor, permission: [{"code": "late_marks"}],
    "ioc:desk": _desks, "ioc:desk_schedule": _desks, "ioc:desk_edit": _own_desks, "ioc:desk_share": _own_desks,
    "report_cards:class_cards": _of(Card, "classroom_id"), "report_cards:name_signer": _CLASS,
    "report_cards:card": _of(Card),
    "report_cards:class_to_sign": lambda actor, permission: [
        {"word": KEYS[one.step], "pk": one.classroom_id} for one in groups.groups(actor)[:1]
    ],
    "report_cards:batch": lambda actor, permission: _one(batches(actor), pk="pk"),
    "report_cards:correction": lambda actor, permission: _one(corrections(actor).order_by("pk"), pk="pk"),
    "report_cards:ask_correction": lambda actor, permission: _one(
        issued(actor).filter(state__in=_ISSUED).order_by("pk"), pk="pk"
    ),
    "report_cards:revoke": _of(Card, state__in=_ISSUED),
    "report_cards:pupil_cards": _pupil, "report_cards:export_package": _pupil, "report_cards:bring_package": _pupil,
    "report_cards:package": _of(Package),
    "report_cards:transfer_sheet": lambda actor, permission: _one(
        transfers(actor, permission).filter(state__in=WAITING, to_school=None).order_by("pk"), pk="pk"
    ),
    "report_cards:store_card": lambda actor, permission: _one(
        Card.objects.visible_to(actor, permission).filter(submitted_at__isnull=False).order_by("pk"), pk="pk"
    ),
    "verification:card": lambda actor, permission: _one(
        Card.objects.filter(issued_at__isnull=False).order_by("pk"), reference="reference"
    ),
    "staff:profile": _STAFF, "staff:appoint": _STAFF, "staff:edit": _STAFF, "staff:leave": _STAFF,
    "staff:end_position": _of(Position, ends_on=None),
    "roster:quality_rows": lambda actor, permission: [{"check": name} for name in CHECKS],
    "roster:transfer": lambda actor, permission: _one(transfers(actor, permission).order_by("pk"), pk="pk"),
    "org:unit": _units, "org:change": _changes,
    "org:convert": lambda actor, permission: _one(org.units(actor, permission).filter(kind="department"), pk="pk"),
    "roster:duplicate": _pairs,
    "roster:pupil": _pupil, "roster:who": _pupil, "roster:correct": _pupil, "roster:add_guardian": _pupil,
    "roster:edit_pupil": _pupil, "roster:guardian": _guardian,
    "roster:export_request": _of(ExportRequest), "roster:rollover_class": _rollover_class,
    "roster:classroom": _CLASS, "roster:change_class": _CLASS, "curriculum:classroom": _CLASS,
    "curriculum:course": _of(Course, year_id=YEAR),
    "curriculum:teaching": _of(TeachingAssignment, "teacher_id"),
    "exchange:preview": _of(Import, state="preview"), "exchange:columns": _of(Import, state="preview"),
    "exchange:done": lambda actor, permission: _one(
        Import.objects.visible_to(actor, permission).exclude(state="preview"), pk="pk"
    ),
    "audit:entry": lambda actor, permission: _one(audit.entries(actor).order_by("-pk"), pk="pk"),
    "access:take": lambda actor, permission: _one(assignable(actor), pk="pk"),
    "people:account": _accounts,
    "settings_store:setting": lambda actor, permission: [{"name": name} for name in registry.setting_declarations()],
    "gradebook:sheet": _kinds_of_sheets,
    "gradebook:paste": lambda actor, permission: _of(Sheet, year_id=YEAR, term=1)(actor, "gradebook.enter"),
    "gradebook:publish": lambda actor, permission: _of(Sheet, year_id=YEAR, term=1)(actor, "gradebook.enter"),
    "gradebook:cell": _cell,
    "gradebook:class_results": _CLASS, "gradebook:pupil_result": _of(Enrolment, status="studying", year_id=YEAR),
    "family:child": _pupil,
    "gradebook:pupil_marks": _of(Enrolment, status="studying", year_id=YEAR), "gradebook:book": _CLASS,
    "gradebook:marks_preview": _own_file, "gradebook:marks_compare": _own_file,
    "gradebook:unlock": lambda actor, permission: _one(unlocks(actor).order_by("pk"), pk="pk"),
    "gradebook:ask_unlock": lambda actor, permission: _of(Sheet, year_id=YEAR, term=1)(actor, "gradebook.enter"),
    "gradebook:finding": lambda actor, permission: _of(Finding)(actor, "gradebook.view_findings"),
    "attendance:roll": _CLASS, "attendance:week": _CLASS, "attendance:month": _CLASS,
    "attendance:pupil": _of(Enrolment, status="studying", year_id=YEAR),
    "attendance:notice": _of(AbsenceNotice, told_at__isnull=False),
    "threads:write": _teacher_of_child, "threads:write_class": _own_room,
    "threads:thread": _talk, "threads:report": _talk, "threads:complaint": _of(Complaint),
    "threads:announcement": _news, "threads:edit": _news, "threads:readers": _news,
    "surveys:consent": _asked_slip, "surveys:answer": _asked_survey,
    "surveys:slip": _of(Slip), "surveys:edit_slip": _of(Slip), "surveys:slip_paper": _of(Slip),
    "surveys:survey": _survey, "surveys:edit_survey": _survey,
    "jobs:run": lambda actor, permission: _one(runs(actor), pk="pk"),
}  # fmt: skip
