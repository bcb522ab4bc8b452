"""Every indicator counted by hand: which rows of the book its two parts are, in plain Python.

A part is a list of rows, each of which counts one, or of pairs (row, number). An indicator that is declared and not
here fails the test, and so does one that is here and not declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.indicators.book import Book, Row

Part = Callable[[Book], Iterable[Any]]
COUNTED: dict[str, tuple[Part, Part | None]] = {}


def say(name: str, top: Part, bottom: Part | None = None) -> None:
    """Write down how an indicator is counted."""
    assert name not in COUNTED, name
    COUNTED[name] = (top, bottom)


def _sum(rows: Iterable[Row], number: Callable[[Row], float]) -> list[tuple[Row, float]]:
    return [(row, number(row)) for row in rows]


# --- units ------------------------------------------------------------------------------------------------------------
def _schools(level: str = "") -> Part:
    return lambda b: [s for s in b.sites if s.is_school and (not level or level in b.levels[s.unit])]


say("indicators.schools", _schools())
for _name, _level in (
    ("preschools", "MN"),
    ("primary_schools", "TH"),
    ("lower_schools", "THCS"),
    ("upper_schools", "THPT"),
):
    say(f"indicators.{_name}", _schools(_level))
say(
    "indicators.private_schools",
    lambda b: [s for s in b.sites if s.is_school and s.ownership == "private"],
    _schools(),
)
say("indicators.sites", lambda b: [s for s in b.sites if s.is_place])
say("indicators.satellites", lambda b: [s for s in b.sites if s.is_satellite])
say("indicators.internet", lambda b: [s for s in b.sites if s.is_place and s.online],
    lambda b: [s for s in b.sites if s.is_place])  # fmt: skip
say("indicators.no_internet", lambda b: [s for s in b.sites if s.is_place and not s.online])


# --- pupils -----------------------------------------------------------------------------------------------------------
def _here(**wanted: Any) -> Part:
    return lambda b: [p for p in b.pupils if p.here and all(getattr(p, k) == v for k, v in wanted.items())]


def _aged(b: Book) -> list[Row]:
    return [p for p in b.pupils if p.here and p.age_fit not in ("free", "unknown")]


say("roster.pupils", _here())
say("roster.nursery_children", lambda b: [p for p in b.pupils if p.here and p.level == "MN" and p.grade < -3])
say(
    "roster.kindergarten_children",
    lambda b: [p for p in b.pupils if p.here and p.level == "MN" and p.grade >= -3],
)
for _name, _level in (
    ("primary_pupils", "TH"),
    ("lower_pupils", "THCS"),
    ("upper_pupils", "THPT"),
    ("continuing_learners", "GDTX"),
):
    say(f"roster.{_name}", _here(level=_level))
say("roster.entrants", lambda b: [p for p in b.pupils if p.here and p.grade in (1, 6, 10) and not p.again])
say("roster.girls", _here(sex=2), _here())
say("roster.minority", _here(minority=True), _here())
say("roster.disabled", _here(disabled=True))
say("roster.plans", _here(disabled=True, plan=True), _here(disabled=True))
say("roster.right_age", lambda b: [p for p in _aged(b) if p.age_fit == "right"], _aged)
say("roster.over_age", lambda b: [p for p in _aged(b) if p.age_fit in ("late", "far")], _aged)
say("roster.repeating", _here(again=True), _here())
say("roster.no_personal_id", _here(no_number=True), _here())
say("roster.no_ministry_code", _here(no_code=True), _here())
say("roster.no_class", _here(klass=None), _here())
say("roster.no_basics", _here(bare=True), _here())
say("roster.no_guardian", _here(alone=True), _here())
say("roster.odd_age", lambda b: [p for p in b.pupils if p.here and p.age_fit in ("early", "far")])


# --- movement ---------------------------------------------------------------------------------------------------------
def _began(b: Book) -> list[Row]:
    return [p for p in b.pupils if p.began]


def _dropped(b: Book) -> list[Row]:
    return [p for p in b.pupils if p.status == "dropped" and p.left_later]


def _moves(*kinds: str, why: tuple[str, ...] = ()) -> Part:
    return lambda b: [e for e in b.events if e.kind in kinds and (not why or e.reason in why)]


say("roster.at_start", _began)
say("roster.came_later", lambda b: [p for p in b.pupils if p.came_later])
say("roster.transferred_in", _moves("transferred_in"))
say(
    "roster.transferred_out",
    lambda b: [p for p in b.pupils if p.status == "transferred_out" and p.left_later],
)
say("roster.left_province", lambda b: [p for p in b.pupils if p.left_province and p.left_later])
say("roster.dropouts", _dropped)
say("roster.dropout_rate", _dropped, _began)
say("roster.dropout_girls", lambda b: [p for p in _dropped(b) if p.sex == 2])
say("roster.dropout_hardship", _moves("dropped", why=("poor", "work", "far", "married")))
say("roster.dropout_moves", _moves("dropped"))
say("roster.returned", _moves("returned"))
say("roster.reserved", lambda b: [p for p in b.pupils if p.status == "reserved"])
say("roster.class_changes", _moves("class_changed"))
say("roster.transfers_open", lambda b: b.transfers)
say("roster.transfers_late", lambda b: [t for t in b.transfers if t.late])
say("roster.transition", lambda b: [p for p in b.leavers if p.went], lambda b: b.leavers)
say("roster.transition_primary", lambda b: [p for p in b.leavers if p.went and p.grade == 5],
    lambda b: [p for p in b.leavers if p.grade == 5])  # fmt: skip


# --- classes ----------------------------------------------------------------------------------------------------------
def _rooms(level: str = "") -> Part:
    return lambda b: [r for r in b.rooms if r.size and (not level or r.level == level)]


def _seats(level: str = "") -> Part:
    return lambda b: _sum((r for r in b.rooms if not level or r.level == level), lambda r: r.size)


say("roster.classes", _rooms())
say("roster.nursery_groups", lambda b: [r for r in b.rooms if r.size and r.part == "NT"])
say("roster.kindergarten_classes", lambda b: [r for r in b.rooms if r.size and r.part == "MG"])
for _name, _level in (("primary_classes", "TH"), ("lower_classes", "THCS"), ("upper_classes", "THPT")):
    say(f"roster.{_name}", _rooms(_level))
say("roster.class_size", _seats(), _rooms())
for _name, _level in (("preschool", "MN"), ("primary", "TH"), ("lower", "THCS"), ("upper", "THPT")):
    say(f"roster.size_{_name}", _seats(_level), _rooms(_level))
say("roster.over_size", lambda b: [r for r in b.rooms if r.over])
say("roster.over_size_rate", lambda b: [r for r in b.rooms if r.over], _rooms())
say("roster.near_full", lambda b: [r for r in b.rooms if r.near])
say("roster.in_over_size", lambda b: _sum((r for r in b.rooms if r.over), lambda r: r.size), _seats())
say("roster.two_sessions", lambda b: _sum((r for r in b.rooms if r.level == "TH" and r.full_day), lambda r: r.size),
    _seats("TH"))  # fmt: skip
say("roster.combined_classes", lambda b: [r for r in b.rooms if r.size and r.joint])
say("roster.no_homeroom", lambda b: [r for r in b.rooms if r.size and not r.led])
say("roster.empty_classes", lambda b: [r for r in b.rooms if not r.size])


# --- staff ------------------------------------------------------------------------------------------------------------
def _staff(**wanted: Any) -> Part:
    return lambda b: [s for s in b.staff if all(getattr(s, k) == v for k, v in wanted.items())]


def _teachers(keep: Callable[[Row], bool] = lambda s: True) -> Part:
    return lambda b: [s for s in b.staff if s.post == "teacher" and keep(s)]


say("roster.pupils_per_teacher", _here(), _teachers())
say("roster.teachers_per_class", _teachers(), _rooms())
say("roster.teachers_due", lambda b: _sum(b.needs, lambda n: n.due))
say("roster.teachers_missing", lambda b: _sum(b.needs, lambda n: n.missing))
say("roster.teachers_spare", lambda b: _sum(b.needs, lambda n: n.spare))
say(
    "roster.missing_rate",
    lambda b: _sum(b.needs, lambda n: n.missing),
    lambda b: _sum(b.needs, lambda n: n.due),
)
say("roster.schools_short", lambda b: [n for n in b.needs if n.missing > 0])
say("staff.staff", _staff())
say("staff.teachers", _teachers())
say("staff.heads", lambda b: [s for s in b.staff if s.post in ("principal", "vice_principal")])
say(
    "staff.others", lambda b: [s for s in b.staff if s.post not in ("principal", "vice_principal", "teacher")]
)
say("staff.principals", _staff(post="principal"), _schools())
say("staff.women", _teachers(lambda s: s.sex == 2), _teachers())
say("staff.minority", _teachers(lambda s: s.minority), _teachers())
say("staff.qualified", _teachers(lambda s: s.qualification >= s.asked), _teachers())
say("staff.above", _teachers(lambda s: s.qualification > s.asked), _teachers())
say(
    "staff.standard", _teachers(lambda s: s.standard in ("Tốt", "Khá")), _teachers(lambda s: bool(s.standard))
)
say("staff.contract", _teachers(lambda s: s.contract == "contract"), _teachers())
say(
    "staff.older",
    _teachers(lambda s: s.age is not None and s.age >= 50),
    _teachers(lambda s: s.age is not None),
)
say("staff.on_leave", _teachers(lambda s: s.status == "leave"))
say("staff.active", _staff(active=True), _staff())
say("staff.used", _teachers(lambda s: s.used), _teachers())
say("staff.second_factor", lambda b: [p for p in b.powers if p.strong], lambda b: b.powers)
say("staff.idle_power", lambda b: [p for p in b.powers if not p.active])

# --- data and accounts ------------------------------------------------------------------------------------------------


def _faults(*names: str) -> Part:
    return lambda b: _sum((f for f in b.faults if f.fault in names), lambda f: f.number)


say("roster.doubles", _faults("double"))
say("roster.bad_numbers", _faults("bad_personal_id", "sex_mismatch", "birth_mismatch"))
say("roster.no_contact", _faults("no_contact"))
say("roster.faults", lambda b: _sum((f for f in b.faults if not f.is_room), lambda f: f.number),
    lambda b: _sum((f for f in b.faults if f.fault == "no_class"), lambda f: f.of))  # fmt: skip
say("roster.pupil_accounts", lambda b: [f for f in b.families if f.active], lambda b: b.families)
say("roster.pupil_use", lambda b: [f for f in b.families if f.used], lambda b: b.families)
say("roster.linked", lambda b: [f for f in b.families if f.adults_active], lambda b: b.families)
say("roster.guardian_accounts", lambda b: _sum(b.families, lambda f: f.adults_active),
    lambda b: _sum(b.families, lambda f: f.adults))  # fmt: skip
say("roster.family_use", lambda b: [f for f in b.families if f.adults_used], lambda b: b.families)


# --- courses ----------------------------------------------------------------------------------------------------------
def _untaught(b: Book) -> list[Row]:
    return [c for c in b.courses if not c.taught]


say("curriculum.courses", lambda b: b.courses)
say("curriculum.untaught", _untaught)
say("curriculum.untaught_rate", _untaught, lambda b: b.courses)
say("curriculum.untaught_periods", lambda b: _sum(_untaught(b), lambda c: c.periods))
say("curriculum.substituted", lambda b: [c for c in b.courses if c.instead])
say("curriculum.load", lambda b: _sum(b.loads, lambda one: one.periods), lambda b: b.loads)
say("curriculum.teaching", lambda b: b.loads)
say("curriculum.marked", lambda b: [c for c in b.courses if c.assessed_by == "marks"], lambda b: b.courses)


# --- progress ---------------------------------------------------------------------------------------------------------
def _cells(name: str, *levels: str) -> Part:
    return lambda b: _sum(
        (s for s in b.sheets if not levels or s.level in levels), lambda s: getattr(s, name)
    )


def _late(b: Book) -> list[Row]:
    return [s for s in b.sheets if s.done < s.due]


def _reviews(term: int, state: str = "") -> Part:
    return lambda b: [r for r in b.reviews if r.term == term and r.over and (not state or r.state == state)]


say("gradebook.done", _cells("done"), _cells("due"))
say("gradebook.middle_done", _cells("middle_done"), _cells("middle_due"))
say("gradebook.final_done", _cells("final_done"), _cells("final_due"))
say("gradebook.primary_progress", _cells("done", "TH"), _cells("due", "TH"))
say(
    "gradebook.secondary_progress",
    _cells("done", "THCS", "THPT", "GDTX"),
    _cells("due", "THCS", "THPT", "GDTX"),
)
say("gradebook.entered", _cells("entered"), _cells("cells"))
say("gradebook.late_cells", lambda b: _sum(b.sheets, lambda s: s.due - s.done))
say("gradebook.late_sheets", _late)
say("gradebook.late_sheet_rate", _late, lambda b: [s for s in b.sheets if s.due])
say("gradebook.late_teachers", lambda b: _sum(b.progress, lambda p: p.late_teachers))
say("gradebook.late_schools", lambda b: [p for p in b.progress if p.late_sheets])
say("gradebook.term1_approved", _reviews(1, "approved"), _reviews(1))
say("gradebook.year_approved", _reviews(0, "approved"), _reviews(0))
say("gradebook.unlocks_waiting", lambda b: [u for u in b.unlocks if u.state == "asked"])
say("gradebook.unlocks_granted", lambda b: [u for u in b.unlocks if u.state in ("granted", "closed")])
say("gradebook.findings_open", lambda b: [f for f in b.findings if f.state == "open"])
say("gradebook.findings", lambda b: b.findings)

# --- marks ------------------------------------------------------------------------------------------------------------


def _tens(number: Callable[[list[int]], float]) -> Part:
    return lambda b: _sum(b.marks, lambda m: number(m.tens))


def _averages(keep: Callable[[int], bool] = lambda a: True, subject: str = "") -> Part:
    def rows(b: Book) -> list[Row]:
        found = []
        for mark in b.marks:
            if mark.level == "TH" or not mark.scored or mark.average is None:
                continue
            if keep(mark.average) and (not subject or mark.subject == subject):
                found.append(mark)
        return found

    return rows


def _of_averages(subject: str = "") -> Part:
    return lambda b: _sum(_averages(subject=subject)(b), lambda m: m.average)


def _commented(b: Book) -> list[Row]:
    return [m for m in b.marks if m.level != "TH" and not m.scored and m.average is not None]


def _levels(*which: int) -> Part:
    return lambda b: [
        m for m in b.marks if m.level == "TH" and m.reached is not None and m.reached in (which or (0, 1, 2))
    ]


say("gradebook.marks", _tens(len))
say("gradebook.mark_mean", _tens(sum), _tens(len))
say("gradebook.high", _tens(lambda tens: sum(1 for t in tens if t >= 80)), _tens(len))
say("gradebook.low", _tens(lambda tens: sum(1 for t in tens if t < 50)), _tens(len))
say("gradebook.average_high", _averages(lambda a: a >= 80), _averages())
say("gradebook.average_low", _averages(lambda a: a < 50), _averages())
say("gradebook.average_failing", _averages(lambda a: a < 35), _averages())
say("gradebook.average_mean", _of_averages(), _averages())
for _name, _subject in (("maths", "TOAN"), ("literature", "NGU_VAN"), ("language", "NGOAI_NGU_1")):
    say(f"gradebook.{_name}", _of_averages(_subject), _averages(subject=_subject))
say("gradebook.comment_failed", lambda b: [m for m in _commented(b) if m.average == 0], _commented)
say("gradebook.subject_well", _levels(2), _levels())
say("gradebook.subject_not_done", _levels(0), _levels())


# --- results ----------------------------------------------------------------------------------------------------------
def _judged(term: int, what: str, level: str = "", primary: bool = False) -> Part:
    def rows(b: Book) -> list[Row]:
        found = []
        for result in b.results:
            value = getattr(result, what)
            if (
                result.term == term
                and (result.level == "TH") == primary
                and value
                and value == (level or value)
            ):
                found.append(result)
        return found

    return rows


for _term, _key in ((1, "term1"), (0, "year")):
    for _level in ("TOT", "KHA", "DAT", "CHUA_DAT"):
        say(
            f"gradebook.{_key}_{_level.lower()}",
            _judged(_term, "learning", _level),
            _judged(_term, "learning"),
        )
say("gradebook.term1_conduct_tot", _judged(1, "conduct", "TOT"), _judged(1, "conduct"))
say("gradebook.year_conduct_tot", _judged(0, "conduct", "TOT"), _judged(0, "conduct"))
say("gradebook.year_conduct_chua_dat", _judged(0, "conduct", "CHUA_DAT"), _judged(0, "conduct"))
for _level in ("EXCELLENT", "WELL", "DONE", "NOT_DONE"):
    say(
        f"gradebook.primary_{_level.lower()}",
        _judged(0, "learning", _level, True),
        _judged(0, "learning", "", True),
    )
say("gradebook.incomplete", lambda b: [r for r in b.results if r.term == 1 and r.level != "TH" and r.missing],
    lambda b: [r for r in b.results if r.term == 1 and r.level != "TH"])  # fmt: skip


def _ended(*outcomes: str, grade: int = 0) -> Part:
    return lambda b: [
        r for r in b.results if r.term == 0 and r.outcome in outcomes and (not grade or r.grade == grade)
    ]


_PASSED = ("LEN_LOP", "HOAN_THANH")
say("gradebook.awarded", lambda b: [r for r in b.results if r.term == 0 and r.learning and r.award],
    lambda b: [r for r in b.results if r.term == 0 and r.learning])  # fmt: skip
say("gradebook.excellent", lambda b: [r for r in b.results if r.term == 0 and r.award == "XUAT_SAC"])
say("gradebook.promoted", _ended(*_PASSED),
    _ended(*_PASSED, "O_LAI", "KIEM_TRA_LAI", "REN_LUYEN_HE", "BO_SUNG", "HIEU_TRUONG_XET"))  # fmt: skip
say("gradebook.retained", _ended("O_LAI"))
say("gradebook.retention_rate", _ended("O_LAI"), lambda b: [p for p in _began(b) if p.taught])
say("gradebook.pending", _ended("KIEM_TRA_LAI", "REN_LUYEN_HE", "BO_SUNG", "HIEU_TRUONG_XET"))


def _began_in(grade: int) -> Part:
    return lambda b: [p for p in _began(b) if p.grade == grade and p.taught]


for _grade in (5, 9, 12):
    say(f"gradebook.completed_{_grade}", _ended(*_PASSED, grade=_grade), _began_in(_grade))


# --- report cards -----------------------------------------------------------------------------------------------------
def _cards(*states: str, old: bool = False) -> Part:
    return lambda b: [c for c in (b.old_cards if old else b.cards) if not states or c.card_state in states]


_MADE = (
    "complete",
    "teacher_signed",
    "homeroom_signed",
    "principal_signed",
    "sealed",
    "submitted",
    "accepted",
    "returned",
)
say("report_cards.due", _cards())
say("report_cards.composed", _cards(*_MADE), _cards())
say("report_cards.head_signed", _cards(*_MADE[3:]), _cards())
say("report_cards.issued", lambda b: [c for c in b.cards if c.issued], _cards())
say("report_cards.submitted", _cards("submitted", "accepted"), _cards())
say("report_cards.accepted", _cards("accepted"), _cards())
say("report_cards.problems", _cards("draft"))
say("report_cards.waiting", _cards(*_MADE[:4]))
say("report_cards.returned", _cards("returned"))
say("report_cards.trial", lambda b: [c for c in b.cards if c.issued and c.trial])
say("report_cards.last_year_issued", lambda b: [c for c in b.old_cards if c.issued], _cards(old=True))
say("report_cards.last_year_open", lambda b: [c for c in b.old_cards if not c.issued])
say("report_cards.last_year_accepted", _cards("accepted", old=True), _cards(old=True))
say("report_cards.corrections", lambda b: [c for c in b.corrections if c.state in ("asked", "granted")])


# --- roll call --------------------------------------------------------------------------------------------------------
def _rolls(*names: str) -> Part:
    return lambda b: _sum(b.rolls, lambda r: sum(getattr(r, name) for name in names))


say(
    "attendance.rate",
    lambda b: _sum(b.rolls, lambda r: r.expected - r.excused - r.unexcused),
    _rolls("expected"),
)
say("attendance.unexcused_rate", _rolls("unexcused"), _rolls("expected"))
say("attendance.unexcused_share", _rolls("unexcused"), _rolls("excused", "unexcused"))
say("attendance.late_rate", _rolls("late"), _rolls("expected"))
say("attendance.on_time", _rolls("on_time"), lambda b: b.rolls)
say("attendance.rolls", lambda b: b.rolls)
say("attendance.over_20", lambda b: [p for p in b.attending if p.missed > 20])
say("attendance.over_35", lambda b: [p for p in b.attending if p.missed > 35])
say("attendance.over_45", lambda b: [p for p in b.attending if p.missed > 45])
say("attendance.away_3", lambda b: [p for p in b.attending if p.away_3])
say("attendance.away_5", lambda b: [p for p in b.attending if p.away_5])
say("attendance.missing_today", lambda b: _sum(b.calling, lambda s: s.overdue))
say(
    "attendance.taken_today",
    lambda b: _sum(b.calling, lambda s: s.taken),
    lambda b: _sum(b.calling, lambda s: s.due),
)
say("attendance.calling", lambda b: [s for s in b.calling if s.calls], lambda b: b.calling)
say("attendance.leaves_waiting", lambda b: _sum(b.calling, lambda s: s.leaves))
