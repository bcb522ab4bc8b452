"""The rows of a roll as text: forty-five pupils by five choices, pressed by thumb. Pure.

Drawn by nested template tags they would cost more than all the rest of the page. What people wrote is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.school.attendance import rules, words
from khue.school.attendance.queries import MarkRow
from khue.school.attendance.queries.rolls import Beside

FIRST, MORE = (rules.EXCUSED, rules.UNEXCUSED, rules.LATE), (rules.EARLY, rules.ACTIVITY)
THIRD = 2  # so many absences before this one make it the third in a row


def roll(
    pupils: Sequence[MarkRow], beside: Mapping[int, Beside], shown: Mapping[int, tuple[str, int | None, str]],
    others: Mapping[int, str], *, writes: bool, pressed: Mapping[int, datetime] | None = None,
) -> SafeString:  # fmt: skip
    """The list; `shown`: what each pupil has (code, minutes, note); `others`: what somebody else wrote meanwhile;
    `pressed`: of a session learnt at home, when pupils said that they are there."""
    labels = {code: escape(str(words.CODES[code])) for code in rules.CODES}
    texts = {
        "present": escape(_("Có mặt")), "more": escape(_("Thêm")), "minutes": escape(_("Số phút")),
        "note": escape(_("Ghi chú")), "close": escape(_("Xong")),
    }  # fmt: skip
    rows = "".join(
        _row(n, row, beside.get(row.enrolment_id), shown.get(row.enrolment_id, ("", None, "")),
             others.get(row.enrolment_id, ""), labels, texts, writes, _at_home(pressed, row.enrolment_id))
        for n, row in enumerate(pupils, start=1)
    )  # fmt: skip
    return SafeString(f'<ul class="roll mt-3" id="roll">{rows}</ul>')


def _row(
    n: int, row: MarkRow, near: Beside | None, shown: tuple[str, int | None, str], other: str,
    labels: Mapping[str, str], texts: Mapping[str, str], writes: bool, home: str,
) -> str:  # fmt: skip
    name = escape(near.full_name) if near else ""
    who = f"{escape(near.family_name)}<b>{escape(near.given_name)}</b>" if near else ""
    remarks = "".join(f"<small{look}>{text}</small>" for text, look in _remarks(near, shown, other)) + home
    return (
        f'<li{" data-clash" if other else ""}><span class="n">{n}</span><div class="who">{who}{remarks}</div>'
        f"{_marks(row.enrolment_id, name, shown, labels, texts) if writes else _still(shown, labels)}</li>"
    )


def _at_home(pressed: Mapping[int, datetime] | None, enrolment_id: int) -> str:
    if pressed is None:
        return ""
    at = pressed.get(enrolment_id)
    if at is None:
        return f"<small>{escape(_('Chưa báo có mặt ở nhà'))}</small>"
    text = _("Báo có mặt ở nhà lúc %(at)s") % {"at": f"{timezone.localtime(at):%H:%M}"}
    return f'<small class="c-ok">{escape(text)}</small>'


def _still(shown: tuple[str, int | None, str], labels: Mapping[str, str]) -> str:
    code, minutes, _note = shown
    if not code:
        return '<span class="c-ok">✓</span>'
    late = f" {minutes}′" if minutes else ""
    return f'<b class="code" data-m="{code}" title="{labels[code]}">{code}{late}</b>'


def _marks(
    pk: int,
    name: str,
    shown: tuple[str, int | None, str],
    labels: Mapping[str, str],
    texts: Mapping[str, str],
) -> str:
    code, minutes, note = shown
    first = "".join(_choice(pk, one, labels[one], one == code) for one in FIRST)
    more = "".join(f"{_choice(pk, one, labels[one], one == code)}<span>{labels[one]}</span>" for one in MORE)
    extra = code in MORE or minutes or note
    return (
        f'<div class="marks" role="group" aria-label="{name}">'
        f'<label class="there"><input type="radio" name="m{pk}" value=""{"" if code else " checked"}>'
        f'<span>{texts["present"]}</span></label>{first}'
        f'<details class="more"{" data-set" if extra else ""}><summary aria-label="{texts["more"]}: {name}">'
        f'<span aria-hidden="true">{code if code in MORE else "⋯"}</span></summary><div class="pop">'
        f'<p>{name}</p><div class="two">{more}</div>'
        f'<label>{texts["minutes"]}<input class="form-control" type="number" name="p{pk}" min="1" '
        f'max="{rules.MOST_MINUTES}" inputmode="numeric" value="{minutes or ""}"></label>'
        f'<label>{texts["note"]}<input class="form-control" name="n{pk}" maxlength="200" '
        f'value="{escape(note)}"></label>'
        f'<button type="button" class="btn btn-sm js-only" data-shut>{texts["close"]}</button></div></details></div>'
    )  # fmt: skip


def _choice(pk: int, code: str, label: str, is_on: bool) -> str:
    return (
        f'<label><input type="radio" name="m{pk}" value="{code}" aria-label="{code}, {label}"'
        f'{" checked" if is_on else ""}><span data-m="{code}" aria-hidden="true">{code}</span></label>'
    )


def _remarks(near: Beside | None, shown: tuple[str, int | None, str], other: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if other:
        found.append((escape(other), ' class="c-bad"'))
    if near is None:
        return found
    code, minutes, note = shown
    for one in near.leaves:
        found.append((escape(_leave(one.state, one.kind, one.note, one.asked_at)), ""))
    if near.first_in is not None:
        found.append(
            (escape(_("Qua cổng %(at)s") % {"at": f"{timezone.localtime(near.first_in):%H:%M}"}), "")
        )
    if near.missed_in_a_row >= THIRD:
        text = ngettext(
            "Đã vắng %(n)s buổi liên tiếp trước buổi này", "Đã vắng %(n)s buổi liên tiếp trước buổi này",
            near.missed_in_a_row,
        )  # fmt: skip
        if code in rules.ABSENT:
            text = _("Vắng buổi thứ %(n)s liên tiếp")
            found.append((escape(text % {"n": near.missed_in_a_row + 1}), ' class="c-bad"'))
        else:
            found.append((escape(text % {"n": near.missed_in_a_row}), ""))
    if near.answer:
        found.append((escape(_answers()[near.answer]), ""))
    elif near.told_at is not None and code == rules.UNEXCUSED:
        at = f"{timezone.localtime(near.told_at):%H:%M}"
        found.append((escape(_("Đã báo gia đình lúc %(at)s") % {"at": at}), ""))
    if minutes and code == rules.LATE:
        found.append((escape(_("Muộn %(n)s phút") % {"n": minutes}), ""))
    if note:
        found.append((escape(note), ""))
    return found


def _answers() -> dict[str, str]:
    return {
        "home": _("Gia đình trả lời: em nghỉ ở nhà"),
        "coming": _("Gia đình trả lời: em đến muộn"),
        "unknown": _("Gia đình trả lời: tưởng em đã đến lớp"),
    }


def _leave(state: str, kind: str, note: str, asked_at: object) -> str:
    at = f"{timezone.localtime(asked_at):%H:%M %d/%m}"  # type: ignore[arg-type]
    reason = note or str(words.KINDS.get(kind, ""))
    if state == "granted":
        return _("Đã cho nghỉ: %(why)s") % {"why": reason}
    return _("Phụ huynh xin nghỉ lúc %(at)s: %(why)s") % {"at": at, "why": reason}
