"""Where anybody verifies a card: the address in its QR code and the site printed beside it.

Paper lasts longer than a server's name: what is printed is what the province says, else the origin that its e-mails
lead to, else its host name; never a name that means something on this machine alone.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from khue.kernel.settings_store.values import value_of
from khue.school.report_cards.printing.shape import PATH

SETTING: Final = "report_cards.verification_site"


def site() -> str:
    """The site of the setting, else of this installation; "https://" stands unwritten; "" when none is known."""
    return chosen(str(value_of(SETTING)))


def chosen(written: str) -> str:
    """The site that is printed when this stands in the setting."""
    own = [one.lstrip(".") for one in settings.ALLOWED_HOSTS]
    candidates = (written, *settings.CSRF_TRUSTED_ORIGINS, *own)
    found = next((one for one in candidates if is_public(one)), "")
    return found.strip().rstrip("/").removeprefix("https://")


def is_public(site: str) -> bool:
    """Whether others can reach it: a name of several parts, or a number that is not this machine's own."""
    try:
        name = urlsplit(site.strip() if "://" in site else f"//{site.strip()}").hostname or ""
    except ValueError:
        return False
    try:
        number = ipaddress.ip_address(name)
    except ValueError:
        return (
            "." in name.strip(".") and "*" not in name and not name.endswith((".localhost", ".localdomain"))
        )
    return not (number.is_loopback or number.is_unspecified)


def of(site: str, reference: str) -> str:
    """What a QR code holds: an opaque reference, nothing about the pupil; the path alone where no site is known."""
    base = site if not site or "://" in site else f"https://{site}"
    return f"{base}{PATH}{reference}/"


def bare(site: str) -> str:
    """The site as people type it."""
    return site.partition("://")[2] or site


def warning(value: object) -> str:
    """What is wrong with the setting's value, for whoever sets it; "" when cards will bear an address."""
    written = str(value).strip()
    if written and not is_public(written):
        return _("Người ngoài không mở được “%(site)s”, nên học bạ không in địa chỉ này.") % {"site": written}
    if not chosen(written):
        return _(
            "Chưa biết tên miền của Khuê: học bạ in ra chỉ ghi đường dẫn /xac-minh/, mã QR không mở được trang."
            " Ghi tên miền ở đây trước khi cấp học bạ."
        )
    return ""
