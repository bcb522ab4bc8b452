"""What a table keeps for others to read is Vietnamese, whatever the actor reads (khue.kernel.actions.written)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.utils import timezone, translation

from khue.kernel.access import actions as access
from khue.kernel.access.models import RoleAssignment
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.people import actions as people
from khue.kernel.people.models import Account
from khue.kernel.workflow.models import Task
from khue.registry.roster import actions as roster
from khue.registry.roster import duplicate_candidates
from khue.registry.roster.models import DuplicatePair, EnrolmentEvent, Transfer
from khue.registry.staff import actions as staff
from khue.registry.staff.models import StaffMember
from tests.architecture.test_doors import sources
from tests.cast import Cast, make_enrolment, make_person, make_staff

READERS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}  # words in the language of whoever reads now
KEEPERS = {"tell", "open_task", "written"}
WRITES = {"create", "create_many", "change", "change_many", "note"}  # of `work` and of a journal

TODAY = timezone.localdate()


# --- in the source -------------------------------------------------------------------------------------------
def name_of(call: ast.Call) -> str:
    """What is called: `tell`, `alarms.changed` as `changed`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_keeping(call: ast.Call, keepers: set[str]) -> bool:
    """Whether a call keeps what it is given."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in WRITES:
        return ast.unparse(call.func.value) in {"work", "journal"}
    return name_of(call) in keepers


def read_names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def forwarding(trees: list[ast.Module]) -> set[str]:
    """`tell`, `open_task`, and whatever hands words of its own on to them."""
    keepers = set(KEEPERS)
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    while True:
        more = {
            function.name
            for function in functions
            if function.name not in keepers
            and not function.decorator_list
            and any(
                {one.arg for one in function.args.args if one.arg in {"title", "text", "label", "detail"}}
                & read_names(call)
                for call in ast.walk(function)
                if isinstance(call, ast.Call) and name_of(call) in keepers
            )
        }
        if not more:
            return keepers
        keepers |= more


def speaks(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) and name_of(node) in READERS for node in ast.walk(tree))


def faults(tree: ast.Module, keepers: set[str]) -> Iterator[str]:
    """Words in the actor's language that are kept: said in the call itself or in a variable handed to it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        said = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and speaks(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and is_keeping(call, keepers):
                given = [*call.args, *(one.value for one in call.keywords)]
                if any(speaks(one) or read_names(one) & said for one in given):
                    yield f"{call.lineno}: {ast.unparse(call.func)}"


def test_nothing_is_kept_in_the_language_of_whoever_acts() -> None:
    read = [(name, tree) for name, _inner, tree in sources()]
    keepers = forwarding([tree for _name, tree in read])
    assert {"_ask", "_inform", "changed"} <= keepers
    found = [f"{name}:{fault}" for name, tree in read for fault in faults(tree, keepers)]
    assert not found, "\n".join(["say it by khue.kernel.actions.written:", *found])


@pytest.mark.parametrize(
    "source",
    [
        "def act(work): tell(work, title=_('Xong'))",
        "def act(work): open_task(work, title=ngettext('a', 'b', 1) % {'n': 1})",
        "def act(work):\n    title = _('Được') if ok else _('Chưa')\n    tell(work, title=title)",
        "def act(work): work.create(Event(reason=_('Gộp')))",
        "def act(work):\n    left = _('Thôi')\n    work.create_many(Event, ['reason'], [[left]])",
    ],
)
def test_a_text_kept_in_the_actors_language_is_found(source: str) -> None:
    assert list(faults(ast.parse(source), KEEPERS))


@pytest.mark.parametrize(
    "source",
    [
        "def act(work): tell(work, title=written('Xong %(n)s', n=1))",
        "def act(work):\n    text = _('Ghi lý do.')\n    raise DomainError(text)",
        "def act(work): open_task(work, action_label=gettext_noop('Xem'))",
    ],
)
def test_what_the_actor_reads_and_what_is_kept_in_vietnamese_are_fine(source: str) -> None:
    assert not list(faults(ast.parse(source), KEEPERS))


# --- in the tables -------------------------------------------------------------------------------------------
def a_transfer_goes_the_whole_way(cast: Cast) -> None:
    transfer = roster.submit_transfer(
        cast.ha, cast.other_school, enrolment=cast.enrolments["an"], reason_code="nearer",
        known_birth=cast.people["an"].birth_date,
    )  # fmt: skip
    roster.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    roster.release_transfer(cast.tam, cast.school, transfers=[Transfer.objects.get(pk=transfer.pk)])
    again = [Transfer.objects.get(pk=transfer.pk)]
    roster.place_transfer(cast.ha, cast.other_school, transfers=again, placements={}, on=TODAY)


def transfers_come_to_nothing(cast: Cast) -> None:
    ask = {"to_school_id": cast.other_school.pk, "reason_code": "nearer"}
    first = roster.submit_transfer(cast.tam, cast.school, enrolment=cast.enrolments["an"], **ask)
    roster.refuse_transfer(cast.ha, cast.other_school, transfers=[first], refusal="Hết chỗ khối 8")
    second = roster.submit_transfer(cast.tam, cast.school, enrolment=cast.enrolments["khoi"], **ask)
    roster.cancel_transfer(cast.tam, cast.school, transfer=second, reason="Gia đình ở lại")


def a_transfer_leaves_the_province(cast: Cast) -> None:
    roster.submit_transfer(
        cast.tam,
        cast.school,
        enrolment=cast.enrolments["an"],
        to_outside="THCS Hà Đông",
        reason_code="nearer",
    )


def an_export_is_asked_for_and_answered(cast: Cast) -> None:
    for is_approved in (True, False):
        asked = roster.ask_export(
            cast.tam, cast.school, year_id=2026, query="", count=900, reason="Nộp Sở theo công văn"
        )
        roster.decide_export(cast.hung, asked, is_approved=is_approved, answer="Đã xem")


def doubles_are_asked_about_and_merged(cast: Cast) -> None:
    other = make_enrolment(
        make_person("Lê Hoài An", birth_date=date(2013, 3, 14), sex=2), cast.other_classroom
    )
    duplicate_candidates.refresh(None)
    pair = DuplicatePair.objects.get()
    roster.ask_merge(cast.hung, cast.enrolments["an"], pair=pair)
    DuplicatePair.objects.all().delete()
    roster.merge(cast.son, [cast.enrolments["an"], other], kept_person_id=cast.people["an"].pk)


def a_role_is_given_and_taken(cast: Cast) -> None:
    access.give_role(
        cast.son, cast.other_school, person=cast.people["hung"], role="clerk", starts_on=TODAY, ends_on=None,
        reason="QĐ 12",
    )  # fmt: skip
    row = RoleAssignment.objects.get(person=cast.people["hung"])
    access.take_role(cast.son, row, reason="QĐ 13")


def a_password_is_changed(cast: Cast) -> None:
    account = Account.objects.get(login_name="lan")
    people.change_password(cast.lan, account, password="mưa rơi trên mái tôn cũ")


def a_teacher_leaves_her_classes_behind(cast: Cast) -> None:
    make_staff(make_person("Bùi Thị Cúc", birth_date=date(1980, 1, 1), sex=2), cast.school, "teacher")
    staff.leave(cast.hung, StaffMember.objects.get(person=cast.people["lan"]), status="quit", on=TODAY)


STORIES: list[Callable[[Cast], None]] = [
    a_transfer_goes_the_whole_way, transfers_come_to_nothing, a_transfer_leaves_the_province,
    an_export_is_asked_for_and_answered, doubles_are_asked_about_and_merged, a_role_is_given_and_taken,
    a_password_is_changed, a_teacher_leaves_her_classes_behind,
]  # fmt: skip
VIETNAMESE = set("àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ")


def kept() -> dict[str, list[str]]:
    """Every text in the tables that somebody else reads."""
    return {
        "tasks": [f"{row.title} | {row.detail} | {row.action_label}" for row in Task.objects.order_by("pk")],
        "notices": [row.title for row in Message.objects.order_by("pk")],
        "bodies": [row.body for row in Message.objects.order_by("pk") if row.kind != "people.changed"],
        "events": [row.reason for row in EnrolmentEvent.objects.order_by("pk") if row.reason],
        "record": [f"{row.capacity} | {row.reason}" for row in Entry.objects.order_by("pk")],
    }


@pytest.fixture
def in_vietnamese(cast: Cast, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """What the tables keep when the actors of a story read Vietnamese; taken back afterwards."""
    from django.db import transaction

    with transaction.atomic():
        request.getfixturevalue("story")(cast)
        found = kept()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_actors_who_read_english_leave_the_same_texts_as_others(
    cast: Cast, story: Callable[[Cast], None], in_vietnamese: dict[str, list[str]]
) -> None:
    with translation.override("en"):
        story(cast)
    assert kept() == in_vietnamese
    assert in_vietnamese["tasks"] or in_vietnamese["notices"]
    for text in (*in_vietnamese["tasks"], *in_vietnamese["notices"]):
        assert VIETNAMESE & set(text.lower()), text


def test_a_refusal_still_speaks_the_language_of_whoever_is_refused(cast: Cast) -> None:
    from khue.kernel.actions import DomainError

    with translation.override("en"), pytest.raises(DomainError) as refused:
        roster.ask_export(cast.tam, cast.school, year_id=2026, query="", count=900, reason="")
    assert not VIETNAMESE & set(refused.value.message.lower())


def test_an_english_reader_finds_the_task_in_vietnamese_and_its_button_in_english(cast: Cast) -> None:
    a_transfer_leaves_the_province(cast)
    client = cast.client("tam")
    client.cookies["khue_language"] = "en"
    page = client.get("/").content.decode()
    assert "Bàn giao hồ sơ em Lê Hoài An chuyển ngoài tỉnh" in page
    with translation.override("en"):
        label = translation.gettext("Bàn giao")
    assert label != "Bàn giao"
    assert f">{label}<span" in page
