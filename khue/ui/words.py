"""Figures, dates and masked numbers as Vietnamese readers write them."""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as clock_time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, override, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from khue.lib import phones
from khue.lib.wording import Wording

HARD_SPACE = "\u00a0"

# What lists count, as other languages say it of one; of many they say what the list declares.
ONE: dict[str, str | Promise] = {
    "em": pgettext_lazy("một", "em"), "người": pgettext_lazy("một", "người"), "mục": pgettext_lazy("một", "mục"),
    "trường": pgettext_lazy("một", "trường"), "lớp": pgettext_lazy("một", "lớp"),
    "đơn vị": pgettext_lazy("một", "đơn vị"), "lượt": pgettext_lazy("một", "lượt"), "đơn": pgettext_lazy("một", "đơn"),
    "cặp": pgettext_lazy("một", "cặp"), "giờ": pgettext_lazy("một", "giờ"),
    "báo động": pgettext_lazy("một", "báo động"),
}  # fmt: skip


def translated(text: str | Promise) -> str:
    """A sentence of khue.lib in the reader's language, its labels too; any other text as it is."""
    if not isinstance(text, Wording):
        return str(text)
    values = {
        name: translated(value) if isinstance(value, Wording) else value
        for name, value in text.values.items()
    }
    return _(text.sentence) % values


def declared(context: str, text: str) -> str:
    """A text a module declares as data (`Module.texts`), in the reader's language; one nobody knows as it is."""
    return pgettext(context, text) if text else ""


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def date_vi(day: Any) -> str:
    """A day as dd/mm/yyyy; nothing for nothing."""
    if isinstance(day, datetime):
        day = _local(day)
    return f"{day.day:02}/{day.month:02}/{day.year:04}" if isinstance(day, date) else ""


def day_vi(day: Any) -> str:
    """A day with its weekday: Thứ Năm, 17/12/2026."""
    names = (
        _("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật")
    )  # fmt: skip
    if isinstance(day, datetime):
        day = _local(day)
    return f"{names[day.weekday()]}, {date_vi(day)}" if isinstance(day, date) else ""


def time_vi(moment: Any) -> str:
    """A time of day as hh:mm, 24 hours, in the province's time zone."""
    if isinstance(moment, datetime):
        moment = _local(moment)
    return f"{moment:%H:%M}" if isinstance(moment, datetime | clock_time) else ""


def datetime_vi(moment: Any) -> str:
    """A moment as hh:mm, dd/mm/yyyy."""
    return f"{time_vi(moment)}, {date_vi(moment)}" if isinstance(moment, datetime) else ""


def number_vi(value: Any, places: int | None = None) -> str:
    """A number as 1.234,5; `places` decimals, half up, or as many as it has (binary floats at most two)."""
    if type(value) is int and places is None:
        return f"{value:,}".replace(",", ".").replace("-", "−")
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        number = Decimal(str(round(value, 2)))
    else:
        number = Decimal(str(value))
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_UP)
    whole, _dot, rest = f"{number:,f}".partition(".")
    if places is None:
        rest = rest.rstrip("0")
    whole = whole.replace(",", ".").replace("-", "−")
    return f"{whole},{rest}" if rest else whole


def percent_vi(value: Any, places: int = 1) -> str:
    """A share given in percent as `96,4 %`."""
    return f"{number_vi(value, places)}{HARD_SPACE}%" if value not in (None, "") else ""


def phone_vi(number: Any) -> str:
    """A telephone number as one dials it inside the country: 0912 345 118."""
    return phones.format_phone(str(number)) if number else ""


def mask_phone(number: Any) -> str:
    """A telephone number with its middle hidden: 0912 ••• 118."""
    return phones.mask_phone(str(number)) if number else ""


def mask_id(number: Any) -> str:
    """A personal number with only its last four figures shown."""
    text = str(number or "").strip()
    return f"•••• •••• {text[-4:]}" if len(text) >= 8 else "••••" if text else ""


def initials(name: Any) -> str:
    """Two letters for the round face beside a name: the last two words, as in `HA` for Lê Hoài An."""
    return "".join(word[0] for word in str(name or "").split()[-2:]).upper()


def counted(noun: str | Promise, number: int) -> str:
    """What is counted as it stands beside its number: 1 pupil, 2 pupils; Vietnamese has one form for both."""
    if number != 1 or get_language() == "vi":
        return str(noun)
    with override("vi"):
        told = str(noun)
    return str(ONE.get(told, noun))
