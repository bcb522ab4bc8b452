"""How hours, receipts and places are said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.citizen.threads.hours import WEEK, Hours

DAYS = (
    gettext_lazy("thứ Hai"), gettext_lazy("thứ Ba"), gettext_lazy("thứ Tư"), gettext_lazy("thứ Năm"),
    gettext_lazy("thứ Sáu"), gettext_lazy("thứ Bảy"), gettext_lazy("Chủ nhật"),
)  # fmt: skip


def clock(minutes: int) -> str:
    """`7 giờ`, `17 giờ 30`."""
    hour, minute = divmod(minutes, 60)
    if minute:
        return _("%(hour)d giờ %(minute)02d") % {"hour": hour, "minute": minute}
    return _("%(hour)d giờ") % {"hour": hour}


def days(text: str) -> str:
    """`các ngày thứ Hai đến thứ Sáu`, `các ngày thứ Hai, thứ Tư`, `tất cả các ngày`."""
    if text == WEEK:
        return _("tất cả các ngày")
    names = [str(DAYS[int(one) - 2]) for one in text]
    if len(text) > 2 and text in WEEK:
        return _("các ngày %(first)s đến %(last)s") % {"first": names[0], "last": names[-1]}
    return _("các ngày %(days)s") % {"days": ", ".join(names)} if len(names) > 1 else "".join(names)


def span(hours: Hours) -> str:
    """`từ 7 giờ đến 17 giờ 30 các ngày thứ Hai đến thứ Sáu`."""
    return _("từ %(start)s đến %(until)s %(days)s") % {
        "start": clock(hours.start), "until": clock(hours.until), "days": days(hours.days),
    }  # fmt: skip


def moment(at: datetime, now: datetime) -> str:
    """`7 giờ ngày mai`, `7 giờ hôm nay`, `7 giờ thứ Hai 23/11`; both in the province's time."""
    words = clock(at.hour * 60 + at.minute)
    if at.date() == now.date():
        return _("%(time)s hôm nay") % {"time": words}
    if at.date() == now.date() + timedelta(days=1):
        return _("%(time)s ngày mai") % {"time": words}
    return _("%(time)s %(day)s") % {"time": words, "day": f"{DAYS[at.weekday()]} {at:%d/%m}"}


def promise(teacher: str, hours: Hours, now: datetime) -> str:
    """What a family reads before it writes: when the teacher answers and when this message comes to them."""
    told = _("%(teacher)s trả lời %(span)s") % {"teacher": first_upper(teacher), "span": span(hours)}
    if hours.is_open(now):
        return told + "."
    comes = _("tin gửi bây giờ sẽ đến %(teacher)s lúc %(moment)s") % {
        "teacher": teacher, "moment": moment(hours.opens_at(now), now),
    }  # fmt: skip
    return f"{told}; {comes}."


def when(at: datetime, now: datetime) -> str:
    """`19:42` today, `hôm qua 19:42`, `20/11 19:42`; both in the province's time."""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    if at.date() == now.date() - timedelta(days=1):
        return _("hôm qua %(time)s") % {"time": f"{at:%H:%M}"}
    return f"{at:%d/%m %H:%M}" if at.year == now.year else f"{at:%d/%m/%Y}"


def teaches(is_homeroom: bool, subjects: Sequence[str]) -> str:
    """`Chủ nhiệm, dạy Toán`."""
    said = [_("chủ nhiệm")] if is_homeroom else []
    if subjects:
        said.append(_("dạy %(subjects)s") % {"subjects": ", ".join(subjects)})
    return first_upper(", ".join(said))


def first_upper(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]
