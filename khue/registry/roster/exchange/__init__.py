"""Pupils from a school's own file, in and back out (see planning for whose record a row is)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from khue.kernel.exchange.table import Table
from khue.kernel.org.models import Unit
from khue.registry.roster.exchange.planning import current_year, plan
from khue.registry.roster.exchange.shape import SHAPE
from khue.registry.roster.exchange.writing import undo, write


def options(school: Unit) -> dict[str, Any]:
    """A file is taken for the school year of today unless another is chosen."""
    return {"year": current_year().pk}


TABLE = Table(
    name="roster",
    label=gettext_lazy("Học sinh"),
    noun=gettext_lazy("em"),
    permission="roster.admit",
    shape=SHAPE,
    shown=("full_name", "birth_date", "sex", "code", "personal_id", "class_name", "ethnicity", "status"),
    plan=plan,
    write=write,
    undo=undo,
    options=options,
    list_url="roster:pupils",
    help=gettext_lazy(
        "Tệp C1-HocSinh của cơ sở dữ liệu ngành, hoặc danh sách của trường. Mã để trống thì Khuê cấp mã tạm."
    ),
)
