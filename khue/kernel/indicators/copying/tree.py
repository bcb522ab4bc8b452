"""Units in the order of the tree, and how they are parted: files of facts hold neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SCHOOLS_A_GROUP: Final = 32
LEVELS: Final = ("MN", "TH", "THCS", "THPT", "GDTX")
MIDDLE: Final = ("office", "commune", "cluster")

SQL: Final = """
select id, kind, parent_id, path, levels, region, is_public, commune_code, closed_on is null from org_unit
"""


@dataclass(frozen=True)
class Place:
    """A unit and where it stands today; nought where there is no such unit above it."""

    id: int
    kind: str
    parent: int
    school: int  # the school it is or belongs to
    office: int  # the office or commune it is or belongs to; the department, where none is between
    department: int
    levels: tuple[str, ...]
    region: int
    is_public: bool
    commune_code: str
    is_open: bool
    path: str

    @property
    def above(self) -> tuple[int, ...]:
        """Ids from the root down to the unit itself."""
        return tuple(int(part) for part in self.path.strip("/").split("/"))


def places(rows: Iterable[tuple[Any, ...]]) -> list[Place]:
    """The rows of SQL as places, a unit before those below it and neighbours beside each other."""
    found = list(rows)
    kinds = {row[0]: row[1] for row in found}
    made = []
    for pk, kind, parent, path, levels, region, public, commune, is_open in found:
        above = [int(part) for part in path.strip("/").split("/")]
        nearest = {"school": 0, "office": 0, "department": above[0]}
        for one in above:
            what = kinds.get(one, "")
            nearest["office" if what in MIDDLE else what] = one
        nearest["office"] = nearest["office"] or nearest["department"]
        made.append(
            Place(
                pk, kind, parent or 0, nearest["school"], nearest["office"], nearest["department"],
                tuple(levels or ()), region, public, commune, is_open, path,
            )
        )  # fmt: skip
    return sorted(made, key=lambda place: place.above)


def groups(places: list[Place]) -> list[tuple[int, ...]]:
    """The units in their order, cut after every so many schools."""
    cut: list[tuple[int, ...]] = []
    group: list[int] = []
    schools = 0
    for place in places:
        group.append(place.id)
        schools += place.kind == "school"
        if schools == SCHOOLS_A_GROUP:
            cut.append(tuple(group))
            group, schools = [], 0
    if group:
        cut.append(tuple(group))
    return cut


def write(places: list[Place], path: str) -> None:
    """The tree as the small table `units` that facts are joined with."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        "id": pa.array([p.id for p in places], pa.int64()),
        "kind": pa.array([p.kind for p in places], pa.string()),
        "parent": pa.array([p.parent for p in places], pa.int64()),
        "school": pa.array([p.school for p in places], pa.int64()),
        "office": pa.array([p.office for p in places], pa.int64()),
        "department": pa.array([p.department for p in places], pa.int64()),
        "region": pa.array([p.region for p in places], pa.int16()),
        "is_public": pa.array([p.is_public for p in places], pa.bool_()),
        "is_open": pa.array([p.is_open for p in places], pa.bool_()),
        "commune_code": pa.array([p.commune_code for p in places], pa.string()),
        "path": pa.array([p.path for p in places], pa.string()),
    }
    for level in LEVELS:
        columns[f"has_{level.lower()}"] = pa.array([level in p.levels for p in places], pa.bool_())
    pq.write_table(pa.table(columns), path)


def read(path: str) -> list[Place]:
    """The tree of a generation."""
    import pyarrow.parquet as pq

    return [
        Place(
            row["id"], row["kind"], row["parent"], row["school"], row["office"], row["department"],
            tuple(level for level in LEVELS if row[f"has_{level.lower()}"]),
            row["region"], row["is_public"], row["commune_code"], row["is_open"], row["path"],
        )
        for row in pq.read_table(path).to_pylist()
    ]  # fmt: skip
