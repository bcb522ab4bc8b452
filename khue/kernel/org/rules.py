"""What may become of a unit: pure decisions over names, codes and days."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext as _

CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9.-]{0,38}[A-Z0-9])?")


def code_problem(code: str) -> str:
    """Why a text cannot be the code of a unit; "" when it can."""
    if CODE.fullmatch(code):
        return ""
    return _("Mã gồm chữ in hoa không dấu, số, dấu “-” hoặc “.”, nhiều nhất 40 ký tự.")


def clean_name(name: str) -> str:
    """A name with single spaces."""
    return " ".join(name.split())


def day_problem(on: date, *, today: date, opened_on: date, last_change: date | None) -> str:
    """Why a decision cannot take effect on a day; "" when it can."""
    if on > today:
        return _("Ngày này chưa đến. Ghi vào ngày quyết định có hiệu lực.")
    if on < opened_on:
        return _("Trước ngày thành lập đơn vị (%(day)s).") % {"day": f"{opened_on:%d/%m/%Y}"}
    if last_change is not None and on < last_change:
        return _("Đơn vị đã có thay đổi từ ngày %(day)s, không ghi lùi trước ngày đó.") % {
            "day": f"{last_change:%d/%m/%Y}"
        }
    return ""


def new_paths(
    rows: dict[int, tuple[str, int | None]], parents: dict[int, int | None], above: dict[int, str]
) -> dict[int, str]:
    """New paths after some units got new parents.

    `rows`: id -> (path, parent id) of every unit concerned and all below; `parents`: id -> new parent;
    `above`: paths of parents that do not move. Raises ValueError when a unit would stand under itself.
    """
    found: dict[int, str] = {}

    def path_of(pk: int, seen: tuple[int, ...]) -> str:
        if pk in found:
            return found[pk]
        if pk in seen:
            raise ValueError("a unit cannot stand under itself")
        if pk not in rows:
            return above[pk]
        parent = parents.get(pk, rows[pk][1])
        start = "/" if parent is None else path_of(parent, (*seen, pk))
        found[pk] = f"{start}{pk}/"
        return found[pk]

    for pk in rows:
        path_of(pk, ())
    return found
