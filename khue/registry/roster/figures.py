"""Figures of the roster: what is copied and counted of pupils and classes, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Dimension, Figures
from khue.kernel.indicators.places import STEP, Spot, address, may
from khue.registry.roster import facts, figures_classes, figures_data, figures_movement, figures_pupils
from khue.registry.roster.models import EventKind
from khue.registry.roster.queries.quality import CHECKS
from khue.registry.roster.rules import DROP_REASONS, TRANSFER_REASONS

Words = dict[object, str | Promise]


def age_words() -> Words:
    """How a pupil's age fits the grade."""
    return {
        "right": _("Đúng độ tuổi"), "late": _("Hơn tuổi từ 1 đến 3 năm"), "far": _("Hơn tuổi trên 3 năm"),
        "early": _("Học sớm"), "unknown": _("Chưa có ngày sinh"), "free": _("Không xét tuổi"),
    }  # fmt: skip


def fill_words() -> Words:
    """How full a class is."""
    return {
        "over": _("Quá sĩ số"), "near": _("Sắp đủ"), "room": _("Còn chỗ"), "empty": _("Chưa có học sinh"),
        "free": _("Không quy định"),
    }  # fmt: skip


def movement_words() -> Words:
    """Kinds of movements."""
    return dict(EventKind.choices)


def reason_words() -> Words:
    """Why somebody dropped out or moved."""
    found: Words = {"": _("Không ghi")}
    found.update(TRANSFER_REASONS)
    found.update(DROP_REASONS)
    return found


def fault_words() -> Words:
    """Kinds of faults in the records."""
    return {name: check.label for name, check in CHECKS.items()}


_HERE: Final = "khue.registry.roster.figures"
DIMENSIONS: Final = (
    Dimension("age_fit", "Độ tuổi so với khối", f"{_HERE}.age_words"),
    Dimension("fill", "Sĩ số so với mức", f"{_HERE}.fill_words"),
    Dimension("movement", "Loại biến động", f"{_HERE}.movement_words"),
    Dimension("reason", "Lý do", f"{_HERE}.reason_words"),
    Dimension("month", "Tháng"),
    Dimension("fault", "Loại lỗi", f"{_HERE}.fault_words"),
)

FIGURES: Final = Figures(
    facts=facts.FACTS,
    dimensions=DIMENSIONS,
    indicators=(
        *figures_pupils.INDICATORS,
        *figures_movement.INDICATORS,
        *figures_classes.INDICATORS,
        *figures_data.INDICATORS,
    ),
)


# --- the pages with the rows ------------------------------------------------------------------------------------------
def pupil_rows(actor: Actor, spot: Spot) -> str:
    """The list of pupils, of the class where one is meant."""
    if not may(actor, "roster.view_list", spot):
        return ""
    return address("roster:pupils", spot, lop=spot.class_id, diem_truong=spot.campus_id)


def class_rows(actor: Actor, spot: Spot) -> str:
    """The class, or the list of classes."""
    if not may(actor, "roster.view_classes", spot):
        return ""
    if spot.class_id:
        return reverse("roster:classroom", args=[spot.class_id])
    return address("roster:classes", spot, diem_truong=spot.campus_id)


def movement_rows(actor: Actor, spot: Spot) -> str:
    """The movements of the last thirty days and back to any day."""
    is_whole = may(actor, "roster.view_counts", Spot(spot.unit))
    return address("roster:movements", spot) if is_whole else ""


def transfer_rows(actor: Actor, spot: Spot) -> str:
    """The transfers of the school; they have no page above it."""
    is_here = spot.unit.is_school and may(actor, "roster.transfer", Spot(spot.unit))
    return f"{reverse('roster:transfers')}?{STEP}={spot.unit.code}" if is_here else ""


def staff_rows(actor: Actor, spot: Spot) -> str:
    """The list of staff."""
    return address("staff:list", spot) if may(actor, "staff.view", Spot(spot.unit)) else ""


def quality_rows(actor: Actor, spot: Spot) -> str:
    """The faults of the place by kind."""
    return address("roster:quality", spot) if may(actor, "roster.view_quality", Spot(spot.unit)) else ""
