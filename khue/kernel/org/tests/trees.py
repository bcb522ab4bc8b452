"""A small three-tier province for the tests of conversion."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.access.models import RoleAssignment
from khue.kernel.org.models import Unit
from tests.cast import START, Cast, make_unit


@dataclass
class OldTree:
    """Two offices, three schools under them, one cluster."""

    office: Unit
    other_office: Unit
    primary: Unit
    combined: Unit
    upper: Unit


def build_old_tree(cast: Cast) -> OldTree:
    office = make_unit("P-BA", "Phòng GD&ĐT Ba Chẽ", "office", cast.department)
    other = make_unit("P-TY", "Phòng GD&ĐT Tiên Yên", "office", cast.department)
    return OldTree(
        office,
        other,
        make_unit("TH-BC", "TH Ba Chẽ", "school", office, levels=["TH"], commune_code="06970"),
        make_unit(
            "THCS-TY", "TH và THCS Tiên Yên", "school", other, levels=["TH", "THCS"], commune_code="06862"
        ),
        make_unit("THPT-BC", "THCS và THPT Ba Chẽ", "school", office, levels=["THCS", "THPT"]),
    )


def make_officer_of(cast: Cast, unit: Unit) -> None:
    RoleAssignment.objects.create(
        person=cast.people["mai"], role="office_officer", unit=unit, starts_on=START
    )
