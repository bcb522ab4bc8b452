"""Staff from a school's own file: whose record each row is, what it would change, and writing it at once.

Whose record a row is: the ministry code, else the personal number, else, on this school's staff, the same name and
birth date. Numbers that two records claim, and people who work at another school, are refused, not guessed. Rights
follow from the posts of principal, vice principal and clerk, so an import gives those only for somebody who may
appoint; for others the person comes in without the post and a task says who is still to be appointed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from khue.kernel.actions import DomainError, Work
from khue.kernel.actions.doing import require_proof
from khue.kernel.exchange.table import Outcome, Plan, RowPlan, Table, refuse
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.people.records import create_people, derived, open_accounts, person_code
from khue.kernel.workflow.tasks import open_task
from khue.lib import names
from khue.lib.dates import ParsedDate, format_date
from khue.lib.ethnic_groups import GROUPS
from khue.lib.personal_id import looks_like_old_identity_card, mask_personal_id, personal_id_problems
from khue.lib.sexes import Sex
from khue.lib.spreadsheets.shape import ParsedRow, ParsedTable
from khue.registry.staff import rules
from khue.registry.staff.events import StaffLeft
from khue.registry.staff.models import Position, Post, StaffMember, StaffStatus
from khue.registry.staff.table_shape import SHAPE

PERSON_COLUMNS = ("full_name", "sex", "ethnicity", "personal_id", "phone", "email", "address", "home_town")
MEMBER_COLUMNS = {
    "qualification": "qualification", "contract": "contract", "subjects_text": "subjects", "title_code": "title_code",
    "standard_result": "standard", "joined_sector_on": "joined", "note": "note",
}  # fmt: skip
WORKS = (StaffStatus.WORKING, StaffStatus.LEAVE)
LABELS = {"birth_date": "birth_date", "ministry_code": "code", **dict(MEMBER_COLUMNS)}


@dataclass(slots=True)
class StaffRow:
    """What planning found out about one row."""

    person: dict[str, Any] | None  # the record it is about, as values; None: a new one
    member: dict[str, Any] | None  # the staff file, wherever it is kept
    post: str
    status: str
    gives_post: bool = True  # False: the post is remarked on, not given
    person_changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    member_changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


class _Known:
    """What is on record about anybody the file may mean; five queries whatever its length."""

    def __init__(self, unit: Unit, rows: list[ParsedRow]) -> None:
        codes = [row.values["code"] for row in rows if row.values.get("code")]
        numbers = [row.values["personal_id"] for row in rows if row.values.get("personal_id")]
        fields = (
            "id",
            "birth_date",
            "birth_precision",
            "ministry_code",
            "version",
            "search_key",
            *PERSON_COLUMNS,
        )
        active = Person.objects.filter(merged_into__isnull=True)
        here = list(StaffMember.objects.filter(unit=unit).values_list("person_id", flat=True))
        people: dict[int, dict[str, Any]] = {}
        for found in (
            active.filter(ministry_code__in=codes), active.filter(personal_id__in=numbers), active.filter(pk__in=here),
        ):  # fmt: skip
            people.update((row["id"], row) for row in found.values(*fields))
        self.by_code = {row["ministry_code"]: row for row in people.values() if row["ministry_code"]}
        self.by_number = {row["personal_id"]: row for row in people.values() if row["personal_id"]}
        self.by_name: dict[tuple[str, date | None], list[dict[str, Any]]] = {}
        for pk in here:
            if pk in people:
                row = people[pk]
                self.by_name.setdefault((row["search_key"], row["birth_date"]), []).append(row)
        self.members: dict[int, dict[str, Any]] = {
            row["person_id"]: row
            for row in StaffMember.objects.filter(person__in=list(people)).values(
                "person_id", "unit_id", "unit__name", "status", "status_on", *MEMBER_COLUMNS
            )
        }
        principal = (
            Position.objects.filter(unit=unit, post=Post.PRINCIPAL, ends_on__isnull=True)
            .values_list("person_id", "person__full_name")
            .first()
        )
        self.principal: tuple[int, str] | None = principal
        self.principal_row: int | None = None  # in the file


def plan(unit: Unit, parsed: ParsedTable, options: Mapping[str, Any]) -> Plan:
    """Compare a file with the records; writes nothing."""
    known = _Known(unit, parsed.importable)
    claimed: dict[int, int] = {}
    rows = [
        _plan_row(row, unit, known, claimed) if row.is_importable else RowPlan(row, Outcome.REFUSED)
        for row in parsed.rows
    ]
    power = sum(
        1 for row in rows if row.data and row.outcome is Outcome.ADDED and row.data.post in rules.POWER
    )
    remarks = []
    if power:
        remarks.append(
            ngettext(
                "%(n)s người giữ chức vụ có quyền (hiệu trưởng, phó hiệu trưởng, văn thư).",
                "%(n)s người giữ chức vụ có quyền (hiệu trưởng, phó hiệu trưởng, văn thư).",
                power,
            )
            % {"n": power}
        )
    return Plan(parsed, rows, remarks)


def _plan_row(row: ParsedRow, unit: Unit, known: _Known, claimed: dict[int, int]) -> RowPlan:
    person = _match(row, known)
    if row.is_importable and person is not None:
        if person["id"] in claimed:
            message = _("Trùng người ở dòng %(row)s: cùng một hồ sơ.") % {"row": claimed[person["id"]]}
            refuse(row, "full_name", message, "double", SHAPE)
        claimed[person["id"]] = row.row
    member = known.members.get(person["id"]) if person else None
    if member is not None and member["unit_id"] != unit.pk and member["status"] in WORKS:
        message = _(
            "Người này đang làm việc ở %(unit)s. Trường đó ghi chuyển công tác trước, rồi nhập lại dòng này."
        )
        refuse(row, _number_field(row), message % {"unit": member["unit__name"]}, "works_elsewhere", SHAPE)
    if not row.is_importable:
        return RowPlan(row, Outcome.REFUSED)
    status = row.values.get("status", StaffStatus.WORKING)
    staff = StaffRow(person, member, _post(row), status)
    _check_principal(row, staff, known)
    if not row.is_importable:
        return RowPlan(row, Outcome.REFUSED)
    _warn(row)
    if person is None:
        return RowPlan(row, Outcome.ADDED, data=staff)
    _compare(row, staff, unit)
    if member is None or member["unit_id"] != unit.pk:
        return RowPlan(row, Outcome.ADDED, _shown(staff), staff)
    changed = staff.person_changes or staff.member_changes
    return RowPlan(row, Outcome.CHANGED if changed else Outcome.UNCHANGED, _shown(staff), staff)


def _number_field(row: ParsedRow) -> str:
    return next((name for name in ("code", "personal_id") if row.values.get(name)), "full_name")


def _match(row: ParsedRow, known: _Known) -> dict[str, Any] | None:
    values = row.values
    by_code = known.by_code.get(values.get("code") or "")
    by_number = known.by_number.get(values.get("personal_id") or "")
    if by_code and by_number and by_code["id"] != by_number["id"]:
        message = _("Mã cán bộ và số định danh là của hai người khác nhau: %(a)s và %(b)s.") % {
            "a": by_code["full_name"], "b": by_number["full_name"],
        }  # fmt: skip
        refuse(row, "personal_id", message, "two_people", SHAPE)
        return None
    key, born = names.search_key(values["full_name"]), values["birth_date"].date
    found = by_code or by_number
    if found is None:
        same = [
            other
            for other in known.by_name.get((key, born), [])
            if not (values.get("code") and other["ministry_code"])
            and not (values.get("personal_id") and other["personal_id"])
        ]
        if len(same) > 1:
            message = _("Trường có %(n)s người trùng tên và ngày sinh. Ghi thêm mã hoặc số định danh.")
            refuse(row, "full_name", message % {"n": len(same)}, "ambiguous", SHAPE)
        return same[0] if len(same) == 1 else None
    if found["search_key"] != key and found["birth_date"] != born:
        message = _("Số này đang là của %(name)s, sinh %(born)s. Xem lại số hoặc tên.") % {
            "name": found["full_name"], "born": format_date(found["birth_date"]) if found["birth_date"] else "?",
        }  # fmt: skip
        refuse(row, "code" if by_code else "personal_id", message, "other_person", SHAPE)
        return None
    if by_number and values.get("code") and found["ministry_code"] not in (None, values["code"]):
        message = _("Người này đã có mã %(code)s. Mỗi người chỉ có một mã.") % {
            "code": found["ministry_code"]
        }
        refuse(row, "code", message, "other_code", SHAPE)
        return None
    return found


def _post(row: ParsedRow) -> str:
    words = (row.values.get("post_group", ""), row.values.get("post", ""))
    found = rules.post_of(*words)
    if found is not None:
        return found
    if any(words):
        name = "post" if row.values.get("post") else "post_group"
        message = _("Chưa rõ vị trí này là chức vụ nào, ghi là Khác. Sửa sau ở hồ sơ.")
        refuse(row, name, message, "unknown_post", SHAPE, refuses=False)
        return Post.OTHER.value
    return Post.TEACHER.value if row.values.get("subjects") else Post.OTHER.value


def _check_principal(row: ParsedRow, staff: StaffRow, known: _Known) -> None:
    """One principal a school: a second in the file is refused; beside one in office they come in without the post."""
    if staff.post != Post.PRINCIPAL or staff.status not in WORKS:
        return
    name = "post_group" if rules.post_of(row.values.get("post_group", "")) == Post.PRINCIPAL else "post"
    if known.principal_row is not None:
        message = _("Tệp đã có một hiệu trưởng ở dòng %(row)s. Mỗi trường một hiệu trưởng.")
        refuse(row, name, message % {"row": known.principal_row}, "second_principal", SHAPE)
        return
    known.principal_row = row.row
    holder = known.principal
    if holder is not None and (staff.person is None or staff.person["id"] != holder[0]):
        staff.gives_post = False
        message = _(
            "Trường đang có hiệu trưởng %(name)s. Nhận người này chưa kèm chức vụ; cho thôi người trước rồi giao."
        )
        refuse(row, name, message % {"name": holder[1]}, "principal_in_office", SHAPE, refuses=False)


def _warn(row: ParsedRow) -> None:
    number, sex, born = row.values.get("personal_id"), row.values.get("sex"), row.values["birth_date"]
    if not number:
        return
    if looks_like_old_identity_card(number):
        message = _("Số 9 chữ số là chứng minh nhân dân cũ, chưa ghi vào hồ sơ. Cần số định danh 12 chữ số.")
        refuse(row, "personal_id", message, "old_card", SHAPE, refuses=False)
        return
    for finding in personal_id_problems(number, sex=sex, birth_year=born.date.year):
        refuse(row, "personal_id", finding.message, f"number_{finding.code.lower()}", SHAPE, refuses=False)


def _wanted_person(row: ParsedRow) -> dict[str, Any]:
    values, born = row.values, row.values["birth_date"]
    found = {name: values[name] for name in PERSON_COLUMNS if values.get(name) not in (None, "")}
    if "personal_id" in found and looks_like_old_identity_card(found["personal_id"]):
        del found["personal_id"]
    if "sex" in found:
        found["sex"] = int(found["sex"])
    found |= {"birth_date": born.date, "birth_precision": str(born.precision)[0]}
    if values.get("code"):
        found["ministry_code"] = values["code"]
    return found


def _wanted_member(row: ParsedRow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in MEMBER_COLUMNS.items():
        value = row.values.get(column)
        if isinstance(value, ParsedDate):
            value = value.date
        if value not in (None, ""):
            found[name] = value
    return found


def _compare(row: ParsedRow, staff: StaffRow, unit: Unit) -> None:
    """What a row would change: only cells that hold something; of people known from elsewhere only what is blank."""
    person, member = staff.person, staff.member
    assert person is not None
    ours = member is not None and member["unit_id"] == unit.pk
    for name, new in _wanted_person(row).items():
        old = person[name]
        if old != new and (ours or old in (None, "")):
            staff.person_changes[name] = (old, new)
    if member is None:
        return
    for name, new in _wanted_member(row).items():
        if member[name] != new:
            staff.member_changes[name] = (member[name], new)
    if "status" in row.values and row.values["status"] != member["status"]:
        staff.member_changes["status"] = (member["status"], row.values["status"])


def _shown(staff: StaffRow) -> dict[str, tuple[str, str]]:
    shown = {}
    for name, (old, new) in {**staff.person_changes, **staff.member_changes}.items():
        if name != "birth_precision":
            shown[LABELS.get(name, name)] = (_words(name, old), _words(name, new))
    return shown


def _words(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, date):
        return format_date(value)
    if name == "sex":
        return Sex(value).label
    if name == "ethnicity":
        group = GROUPS.get(value)
        return group.name if group else str(value)
    if name == "personal_id":
        return mask_personal_id(str(value))
    if name == "status":
        return str(StaffStatus(value).label)
    return str(value)


def write(work: Work, unit: Unit, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
    """Write every row that nothing refuses: people, staff files, posts, accounts; by COPY."""
    today = timezone.localdate()
    added = [row for row in plan.rows if row.outcome is Outcome.ADDED]
    changed = [row for row in plan.rows if row.outcome is Outcome.CHANGED]
    fresh = [row for row in added if row.data.person is None]
    fresh_ids = create_people(work, [_wanted_person(row.row) for row in fresh]) if fresh else []
    ids = {id(row): pk for row, pk in zip(fresh, fresh_ids, strict=True)}
    known = [row for row in (*added, *changed) if row.data.person is not None]
    _change_people(work, known)
    new_members = _members(work, unit, added, changed, ids, today)
    positions, waiting = _positions(work, unit, added, ids, today)
    ended = _leavers(work, unit, changed, today)
    accounts = _accounts(work, [(ids.get(id(row)) or row.data.person["id"], row) for row in added])
    work.touch_people([*fresh_ids, *(row.data.person["id"] for row in known)])
    if waiting:
        _ask_for_appointment(work, unit, waiting)
    return {
        "people": fresh_ids, "members": new_members, "positions": positions, "accounts": accounts, "ended": ended,
        "changed": [
            {
                "person": row.data.person["id"], "version": row.data.person["version"],
                "person_changes": _plain(row.data.person_changes), "member_changes": _plain(row.data.member_changes),
                "member": _plain_values(row.data.member),
            }
            for row in known
        ],
    }  # fmt: skip


def _plain(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    return {
        name: [v.isoformat() if isinstance(v, date) else v for v in pair] for name, pair in changes.items()
    }


def _plain_values(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()} if values else None


def _change_people(work: Work, rows: list[RowPlan]) -> None:
    groups: dict[tuple[str, ...], dict[int, tuple[list[Any], list[Any]]]] = {}
    for row in rows:
        changes = dict(row.data.person_changes)
        if "full_name" in changes:
            before, after = (derived(name) for name in changes["full_name"])
            changes.update({key: (before[key], after[key]) for key in after})
        if changes:
            fields = tuple(sorted(changes))
            pair = ([changes[f][0] for f in fields], [changes[f][1] for f in fields])
            groups.setdefault(fields, {})[row.data.person["id"]] = pair
    for fields, people in groups.items():
        work.change_many(Person, fields, people)


def _members(
    work: Work, unit: Unit, added: list[RowPlan], changed: list[RowPlan], ids: Mapping[int, int], today: date
) -> list[int]:
    table, pks = [], []
    moved = []
    for row in added:
        if row.data.member is not None:
            moved.append(row)
            continue
        wanted = _wanted_member(row.row)
        pk = ids.get(id(row)) or row.data.person["id"]
        name = row.row.values["full_name"]
        pks.append(pk)
        table.append(
            [
                unit.pk,
                row.data.status,
                today,
                names.sort_key(name),
                *(wanted.get(n, _blank(n)) for n in MEMBER_COLUMNS),
            ]
        )
    work.create_many(
        StaffMember, ["unit_id", "status", "status_on", "sort_key", *MEMBER_COLUMNS], table, ids=pks
    )
    files = StaffMember.objects.select_for_update().in_bulk(
        [row.data.person["id"] for row in (*moved, *changed)]
    )
    for row in (*moved, *changed):
        values = {name: new for name, (_old, new) in row.data.member_changes.items()}
        if row in moved:
            values |= {"unit_id": unit.pk, "status": row.data.status}
        if "status" in values:
            values["status_on"] = today
        if "full_name" in row.data.person_changes:
            values["sort_key"] = names.sort_key(row.data.person_changes["full_name"][1])
        if values:
            work.change(files[row.data.person["id"]], **values)
    return pks


def _blank(name: str) -> str | None:
    return None if name == "joined_sector_on" else ""


def _positions(
    work: Work, unit: Unit, added: list[RowPlan], ids: Mapping[int, int], today: date
) -> tuple[list[int], list[str]]:
    """The posts of those who work; gives the ids made and the names whose post with power is still to be given."""
    rows = [row for row in added if row.data.status in WORKS]
    power = [row for row in rows if row.data.post in rules.POWER and row.data.gives_post]
    may_appoint = work.actor.can("staff.appoint", unit) if power else False
    if power and may_appoint and not work.actor.is_system:
        require_proof(work.actor)
    people = [ids.get(id(row)) or row.data.person["id"] for row in rows]
    placed = set(
        Position.objects.filter(person__in=people, is_main=True, ends_on__isnull=True).values_list(
            "person_id", flat=True
        )
    )
    table, waiting = [], []
    for row, person_id in zip(rows, people, strict=True):
        post = row.data.post
        if post in rules.POWER and not (may_appoint and row.data.gives_post):
            waiting.append(row.row.values["full_name"])
            post = Post.OTHER.value if post == Post.CLERK else Post.TEACHER.value
        told = row.row.values.get("joined")
        begin = min(told.date if told else today, today)
        table.append([person_id, unit.pk, post, person_id not in placed, begin])
    made = work.create_many(Position, ["person_id", "unit_id", "post", "is_main", "starts_on"], table)
    return made, waiting


def _ask_for_appointment(work: Work, unit: Unit, waiting: list[str]) -> None:
    open_task(
        work,
        kind="staff.appoint_imported",
        title=f"Giao chức vụ cho {len(waiting)} người vừa nhập",
        detail=", ".join(waiting),
        url=f"{reverse('staff:list')}?don-vi={unit.code}",
        action_label=gettext_noop("Mở danh sách"),
        subject=f"org.unit:{unit.pk}",
        unit_id=unit.pk,
        permission="staff.appoint",
    )


def _leavers(work: Work, unit: Unit, changed: list[RowPlan], today: date) -> list[int]:
    """Posts here of those whose row says that they have left end today."""
    gone = [row for row in changed if row.data.member_changes.get("status", ("", ""))[1] not in ("", *WORKS)]
    if not gone:
        return []
    people = [row.data.person["id"] for row in gone]
    held = Position.objects.select_for_update().filter(person__in=people, unit=unit, ends_on__isnull=True)
    ended = []
    for position in held.order_by("pk"):
        if position.post in rules.POWER and not work.actor.can("staff.appoint", unit):
            raise DomainError(
                _("Tệp cho thôi một người đang giữ chức vụ %(post)s. Hiệu trưởng hoặc Sở làm việc này.")
                % {"post": position.get_post_display()}
            )
        work.change(position, ends_on=max(today, position.starts_on))
        ended.append(position.pk)
    for pk in people:
        work.announce(StaffLeft(person_id=pk, unit_id=unit.pk, on=today))
    return ended


def _accounts(work: Work, rows: list[tuple[int, RowPlan]]) -> list[int]:
    """An account for each who works and has none; its name is the ministry code, else Khuê's own."""
    working = {pk: row for pk, row in rows if row.data.status in WORKS}
    have = set(Account.objects.filter(person__in=list(working)).values_list("person_id", flat=True))
    wanted = {
        pk: (row.row.values.get("code") or person_code(pk)).lower()
        for pk, row in working.items()
        if pk not in have
    }
    taken = set(
        Account.objects.filter(login_name__in=list(wanted.values())).values_list("login_name", flat=True)
    )
    return open_accounts(
        work, [(pk, person_code(pk).lower() if name in taken else name) for pk, name in wanted.items()]
    )


def undo(work: Work, unit: Unit, written: Mapping[str, Any]) -> None:
    """Take back what an import wrote; refused as a whole when anybody has gone on working with it."""
    people, positions = written["people"], written["positions"]
    touched = Person.objects.filter(pk__in=people).exclude(version=1).count()
    used = Account.objects.filter(pk__in=written["accounts"]).exclude(activated_at=None).count()
    later = Position.objects.filter(person__in=written["members"]).exclude(pk__in=positions).count()
    if touched or used or later or written["ended"] or _has_work(people):
        raise DomainError(_("Không hoàn tác được: có hồ sơ vừa nhập đã được làm tiếp. Sửa từng hồ sơ."))
    work.remove_many(Position, positions)
    work.remove_many(Account, written["accounts"])
    work.remove_many(StaffMember, written["members"])
    for line in written["changed"]:
        _undo_change(work, line)
    work.remove_many(Person, people)


def _has_work(people: list[int]) -> bool:
    """Whether classes or courses have been given to these people (asked by the back names, so no wing is imported)."""
    rows = Person.objects.filter(pk__in=people)
    return any(
        rows.filter(**{f"{name}__isnull": False}).exists() for name in ("teaching", "homerooms", "duties")
    )


def _undo_change(work: Work, line: Mapping[str, Any]) -> None:
    person = Person.objects.select_for_update().get(pk=line["person"])
    if person.version > line["version"] + bool(line["person_changes"]):
        raise DomainError(
            _("Không hoàn tác được: hồ sơ %(name)s đã có người sửa tiếp.") % {"name": person.full_name}
        )
    old = {name: pair[0] for name, pair in line["person_changes"].items()}
    if old.get("birth_date"):
        old["birth_date"] = date.fromisoformat(old["birth_date"])
    if "full_name" in old:
        old |= derived(old["full_name"])
    work.change(person, **old)
    before = line["member"]
    if before is None:
        return
    member = StaffMember.objects.select_for_update().get(pk=line["person"])
    values = {name: before[name] for name in (*MEMBER_COLUMNS, "status", "unit_id")}
    for name in ("joined_sector_on", "status_on"):
        values[name] = date.fromisoformat(before[name]) if before[name] else None
    work.change(member, sort_key=person.sort_key, **values)


def no_options(unit: Unit) -> dict[str, Any]:
    """A staff file needs no further choice."""
    return {}


TABLE = Table(
    name="staff",
    label=gettext_lazy("Cán bộ, giáo viên"),
    noun=gettext_lazy("người"),
    permission="staff.manage",
    shape=SHAPE,
    shown=("full_name", "birth_date", "sex", "code", "personal_id", "post", "subjects", "status"),
    plan=plan,
    write=write,
    undo=undo,
    options=no_options,
    list_url="staff:list",
    help=gettext_lazy("Tệp CSDL_GiaoVien của cơ sở dữ liệu ngành, hoặc danh sách của trường."),
)
