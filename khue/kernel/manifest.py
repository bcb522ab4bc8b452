"""What a module says about itself: typed, passive data that the kernel reads at start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Permission:
    """One thing that may be allowed, named `module.verb`, and the roles that hold it by default.

    `dangerous` permissions ask for a fresh proof of identity (step-up) before each use.
    """

    name: str
    label: str
    roles: tuple[str, ...] = ()
    dangerous: bool = False


@dataclass(frozen=True)
class NavLink:
    """One line in the wings at the left, shown to those who hold the permission."""

    label: str
    url_name: str
    icon: str
    permission: str
    group: str
    order: int = 100
    roles: tuple[str, ...] = ()  # empty: every role with the permission; "" among them: also who has no role
    short: str = ""  # for the bar at the foot of phones: twelve letters at most
    tab: int = 0  # place in the bar of a family's app; 0: on its page of everything else


@dataclass(frozen=True)
class GrantSource:
    """A query over records from which grants follow (docs/decisions/0002).

    `sql` selects exactly: person_id, role, scope_kind ('unit'|'class'|'course'|'person'), scope_id, unit_id,
    starts_on, ends_on (exclusive, may be null), source_id, label.
    """

    name: str
    sql: str


@dataclass(frozen=True)
class Setting:
    """A switch of the province or of a school: typed, effective-dated, audited."""

    name: str
    label: str
    kind: str  # 'bool' | 'int' | 'text' | 'choice' | 'date'
    default: Any
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    legal_source: str = ""
    min_level: str = "department"  # 'department': one value for the province; 'school': schools may differ
    warn: str = ""  # dotted path of a function (value) -> what the value leaves amiss, in words, or ""


@dataclass(frozen=True)
class Job:
    """Work done behind the page: `task` is a dotted path, `cron` its schedule when it has one."""

    name: str
    label: str
    task: str
    cron: str = ""


@dataclass(frozen=True)
class NoticeKind:
    """One kind of notice, named `module.word`: how urgent it is and by which ways it may go (decision 0012).

    `title` says in general what it is about and stands on locked screens and in messages of the telephone network;
    with `shows_title` the notice's own title does, unless its reader or the province does not wish it. 'normal'
    waits for its turn, 'pressing' goes out at once, 'emergency' also within the quiet hours. `may_cost` lets an
    unread one go on by the SMS and Zalo gateway. `must_reach` goes by channels the reader has switched off too.
    """

    name: str
    title: str
    urgency: str = "normal"  # 'normal' | 'pressing' | 'emergency'
    may_cost: bool = False
    shows_title: bool = False
    must_reach: bool = False


@dataclass(frozen=True)
class Reaction:
    """What this module does when another announces an event; same transaction, in manifest order."""

    event: str  # dotted path of the event class
    react: str  # dotted path of a function (work, event)


@dataclass(frozen=True)
class SearchSource:
    """Something the one search (Ctrl-K) can find: `find` is a dotted path (actor, text, limit) -> list[Hit]."""

    name: str
    label: str
    find: str
    order: int = 100


@dataclass(frozen=True)
class Hit:
    """One thing found by the one search: where it is, what it is called, and a second line that tells it apart."""

    label: str
    url: str
    detail: str = ""
    icon: str = "file-text"


@dataclass(frozen=True)
class PeopleScope:
    """Whose accounts a permission over people reaches; `people`: dotted path (actor, permission, group) -> queryset.

    The queryset has one column, the person's id; its rows are those whose scope the actor's permission reaches
    (pupils and guardians by enrolment, staff by post), narrowed to `group` (a class, a unit) when one is given.
    `groups` is a dotted path (actor, permission) -> [(value, label)]; a module's groups hold for all its scopes.
    `describe` is a dotted path (person_ids) -> {person_id: (what they are, where)} for lists and slips. One query each.
    """

    name: str  # 'roster.pupils'
    kind: str  # 'pupil' | 'guardian' | 'staff'
    label: str
    people: str
    describe: str
    groups: str = ""


@dataclass(frozen=True)
class PanelLine:
    """One line of a first-page panel."""

    label: str
    url: str = ""
    detail: str = ""
    end: str = ""  # at the right: a short count or state


@dataclass(frozen=True)
class PanelFigure:
    """One figure of a first-page panel; `kind`: '' ok wait bad."""

    label: str
    value: object
    unit: str = ""
    source: str = ""
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Panel:
    """What a module shows on the first page of somebody in a capacity."""

    title: str
    figures: Sequence[PanelFigure] = ()
    lines: Sequence[PanelLine] = ()
    url: str = ""
    url_label: str = ""
    order: int = 100


@dataclass(frozen=True)
class FamilyChild:
    """A child as a family's first page hands it to the modules: the current place of an own child, or of oneself."""

    person_id: int
    enrolment_id: int
    name: str
    given_name: str
    classroom_id: int | None
    class_name: str
    school_id: int
    school_name: str
    level: str
    grade: int
    year: int


@dataclass(frozen=True)
class FamilyLine:
    """One line of a family's first page.

    `place`: 'alert' stands above all and wants an answer now, 'day' is a line of the child's day, 'wanted' is asked of
    the reader ("Cần anh chị làm"), 'news' is read when there is time. `kind` colours its sign: '' ok wait bad.
    """

    label: str
    detail: str = ""
    url: str = ""
    icon: str = "file-text"
    end: str = ""  # at the right: a mark, a day, a count
    kind: str = ""
    call: str = ""  # what an alert asks: "Trả lời ngay"
    person_id: int | None = None  # whose line; None: of no child in particular
    place: str = "day"
    order: int = 100


@dataclass(frozen=True)
class YearNow:
    """The school year somebody works in, as the header shows it; `choices` are (value, label, detail)."""

    value: int
    label: str
    detail: str = ""
    choices: Sequence[tuple[int, str, str]] = ()


@dataclass(frozen=True)
class ExchangeTable:
    """A table that goes in and out of Excel: `table` is the dotted path of an exchange.Table."""

    name: str
    table: str


@dataclass(frozen=True)
class PersonalData:
    """A line of the personal-data inventory (rules/13 section 10)."""

    field: str
    category: str  # 'basic' | 'sensitive' | 'confidential'
    readers: str
    retention: str
    basis: str = "Nhiệm vụ giáo dục theo luật"


@dataclass(frozen=True)
class Module:
    """Everything a module adds to the platform. Data only."""

    name: str
    label: str
    permissions: tuple[Permission, ...] = ()
    navigation: tuple[NavLink, ...] = ()
    grant_sources: tuple[GrantSource, ...] = ()
    settings: tuple[Setting, ...] = ()
    jobs: tuple[Job, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    carried: tuple[str, ...] = ()  # dotted paths of offline.declare.Collection: what works without a line
    notices: tuple[NoticeKind, ...] = ()
    search: tuple[SearchSource, ...] = ()
    exchange: tuple[ExchangeTable, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    task_kinds: Mapping[str, str] = field(default_factory=dict)  # workflow task kind -> label
    action_labels: Mapping[str, str] = field(default_factory=dict)  # action -> label; else its permission's
    demo: tuple[str, ...] = ()  # dotted paths (demo) -> None, run in module order
    demo_fill: tuple[str, ...] = ()  # dotted paths (loader, size, seed) -> None, run in the loaded database
    benches: tuple[str, ...] = ()  # dotted paths of bench functions
    papers: tuple[str, ...] = ()  # dotted paths of papers.Form: what can be printed
    url_prefix: str | None = None  # where its urls.py is mounted; None: no pages
    api: str = ""  # dotted path of a ninja Router
    people_scopes: tuple[PeopleScope, ...] = ()
    panels: tuple[str, ...] = ()  # dotted paths (actor) -> Panel | None, for the first page
    family_lines: tuple[str, ...] = ()  # dotted paths (actor, children) -> Sequence[FamilyLine]: their day
    first_pages: Mapping[str, str] = field(default_factory=dict)  # role -> name of the page it begins at
    transfer_links: tuple[str, ...] = ()  # (actor, transfer) -> PanelLine | None: on the page of a transfer
    pupil_links: tuple[str, ...] = ()  # dotted paths (actor, enrolment) -> PanelLine | None: on a record
    texts: tuple[
        str, ...
    ] = ()  # dotted paths () -> [(context, text)]: words declared as data, which pages translate
    figures: str = ""  # dotted path of an indicators.declare.Figures: facts and indicators
    figures_kept: tuple[
        str, ...
    ] = ()  # dotted paths () -> anything, run once a refresh has kept the day's figures
    year_source: str = ""  # dotted path (year wanted or None) -> YearNow | None; one module has it
    outcome_source: str = (
        ""  # dotted path (enrolment ids) -> {id: promote, retain or complete}; one module has it
    )
