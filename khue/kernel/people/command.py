"""`khue account`: for whoever runs the server. The first administrator comes in by a code printed here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.models import RoleAssignment
from khue.kernel.access.roles import ADMINISTRATOR
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.people import actions, codes
from khue.kernel.people.backends import find_account
from khue.kernel.people.models import Account
from khue.kernel.people.records import create_person, open_accounts
from khue.ui.words import datetime_vi

SYSTEM = Actor.system("people.command")


def main(argv: Sequence[str]) -> int:
    """Hand out a code, lock, open, or make an administrator; 0 when done, 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(
        prog="khue account", description="Tài khoản: cấp mã kích hoạt, khóa, mở."
    )
    todo = parser.add_subparsers(dest="todo", required=True)
    for name, does in (("code", "cấp mã dùng một lần"), ("disable", "khóa"), ("enable", "mở khóa")):
        one = todo.add_parser(name, help=does)
        one.add_argument("name", help="tên đăng nhập, mã định danh hoặc số điện thoại")
        if name != "code":
            one.add_argument("--reason", required=True, help="lý do, ghi vào sổ")
    new = todo.add_parser("administrator", help="lập quản trị viên đầu tiên của tỉnh")
    new.add_argument("full_name")
    new.add_argument("login_name")
    new.add_argument("--birth-date", required=True, help="dd/mm/yyyy, hỏi lại khi kích hoạt")
    asked = parser.parse_args(list(argv))
    try:
        if asked.todo == "administrator":
            return _administrator(asked.full_name, asked.login_name, asked.birth_date)
        account = find_account(asked.name)
        if account is None:
            raise DomainError(f"Không có tài khoản nào tên “{asked.name}”.")
        if asked.todo == "code":
            return _code(account)
        change = actions.enable_accounts if asked.todo == "enable" else actions.disable_accounts
        change(SYSTEM, [account], reason=asked.reason)
    except DomainError as problem:
        print(problem.message, file=sys.stderr)
        return 1
    print("Xong.")
    return 0


def _code(account: Account) -> int:
    issued = actions.issue_codes(SYSTEM, [account])
    for one, why in issued.left_out:
        raise DomainError(f"{one.person.full_name}: {why}")
    slip = issued.slips[0]
    datum = "ngày sinh" if slip.datum == "birth" else "4 số cuối điện thoại"
    print(f"{slip.account.person.full_name} · {slip.account.login_name} · {slip.code}")
    print(f"Dùng cùng {datum}, đến {datetime_vi(issued.expires_at)}, một lần. Mã không hiện lại.")
    return 0


def _administrator(full_name: str, login_name: str, birth_date: str) -> int:
    born = codes.read_day(birth_date)
    if born is None:
        raise DomainError("Ngày sinh cần có dạng 14/03/1980.")
    root = Unit.objects.filter(parent__isnull=True).order_by("pk").first()
    if root is None:
        raise DomainError("Chưa có đơn vị nào: lập Sở trước.")
    if Account.objects.filter(login_name=login_name.lower()).exists():
        raise DomainError(f"Đã có tài khoản tên “{login_name}”.")
    return _code(
        make_administrator(SYSTEM, root, full_name=full_name, login_name=login_name.lower(), born=born)
    )


@action("people.make_administrator", permission="access.assign")
def make_administrator(work: Work, root: Unit, *, full_name: str, login_name: str, born: object) -> Account:
    """A person with an account and the administrator's role at the root unit; only the server itself may."""
    if not work.actor.is_system:
        raise DomainError("Quản trị viên đầu tiên chỉ lập được trên máy chủ.")
    person = create_person(work, full_name=" ".join(full_name.split()), birth_date=born)
    open_accounts(work, [(person.pk, login_name)])
    work.create(
        RoleAssignment(
            person=person,
            role=ADMINISTRATOR,
            unit=root,
            starts_on=timezone.localdate(),
            reason="khue account administrator",
        )
    )
    return Account.objects.select_related("person").get(person=person)
