"""Things to be copied: a table of the test's own in a small tree of units, with facts and indicators over it."""

from __future__ import annotations

import random
from typing import Any

from django.db import connection

from khue.kernel.indicators.declare import Fact, Indicator, Measure
from khue.kernel.org.models import Unit
from tests.cast import make_unit

YEAR = 2026
COLUMNS = {
    "year": "int16", "unit_id": "int32", "class_id": "int64", "sheet_id": "int64", "thing_id": "int64",
    "kind": "text", "amount": "int32", "share": "float64", "is_good": "bool", "on_day": "date", "at": "time",
}  # fmt: skip
SELECT = f"select {', '.join(COLUMNS)} from thing where true{{only}}"
CHANGED = (
    "select sheet_id from thing where at >= %(since)s union select sheet_id from gone where at >= %(since)s"
)
THINGS = Fact("test.things", "Đồ vật", COLUMNS, SELECT, key="sheet_id", changed=CHANGED)  # type: ignore[arg-type]
SUMS = Fact(
    "test.sums", "Tổng", {"year": "int16", "unit_id": "int64", "amount": "int64"},
    "select year, unit_id, sum(amount) as amount from thing group by 1, 2",
)  # fmt: skip
FACTS = {fact.name: fact for fact in (THINGS, SUMS)}
OLD = "2020-01-01"


def indicator(name: str, top: Measure, bottom: Measure | None = None, **more: Any) -> Indicator:
    return Indicator(f"test.{name}", name, "cái", "Thử", "", top, bottom, **more)


AMOUNT = Measure("test.things", lambda t: t.amount.sum())
COUNT = Measure("test.things", lambda t: t.count())
GOOD = Measure("test.things", lambda t: t.count(), lambda t: t.is_good)
INDICATORS = {
    one.name: one
    for one in (
        indicator("amount", AMOUNT),
        indicator("good", GOOD, COUNT, scale=100),
        indicator("secondary", GOOD, levels=("THCS", "THPT")),
        indicator("per_sum", COUNT, Measure("test.sums", lambda t: t.amount.sum())),
        indicator(
            "net", Measure("test.things", lambda t: t.amount.sum() - t.count() * 2, lambda t: t.kind == "a")
        ),
    )
}


class Ground:
    """A department with two communes, six schools (one of the department's own), a campus, and some things."""

    def __init__(self, seed: int = 1, things: int = 200) -> None:
        self.chance = random.Random(seed)
        self.department = make_unit("D", "Sở", "department", None)
        self.communes = [make_unit(f"C{n}", f"Xã {n}", "commune", self.department) for n in range(2)]
        self.schools = [
            make_unit(f"S{n}", f"Trường {n}", "school", self.communes[n % 2], levels=[("TH", "THCS")[n // 3]])
            for n in range(5)
        ]
        self.schools.append(make_unit("S5", "Trường 5", "school", self.department, levels=["THCS", "THPT"]))
        self.campus = make_unit("K", "Điểm", "campus", self.schools[0])
        run(
            "create table thing (thing_id bigserial primary key, year int, unit_id bigint, class_id bigint, "
            "sheet_id bigint, kind text, amount int, share float8, is_good bool, on_day date, at timestamptz)"
        )
        run("create table gone (sheet_id bigint, at timestamptz)")
        for _ in range(things):
            self.add(OLD)

    def school(self) -> Unit:
        return self.chance.choice(self.schools[:5])  # the last one has nothing

    def add(self, at: str = "now") -> None:
        chance = self.chance
        kind = chance.choice(["a", "b", "", None, 'c "quoted"\nand, cut', "back\\slash"])
        run(
            "insert into thing (year, unit_id, class_id, sheet_id, kind, amount, share, is_good, on_day, at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                chance.choice([YEAR, YEAR, 0, YEAR - 1]), self.school().pk, chance.choice([None, 1, 2, 3]),
                chance.randrange(40), kind, chance.randrange(100), chance.choice([None, chance.random()]),
                chance.choice([True, False, None]), chance.choice([None, "2026-09-05"]), at,
            ],
        )  # fmt: skip

    def change(self, times: int) -> None:
        """Add, move, alter and remove things at random, as modules do: each leaves a sign of its sheet."""
        for _ in range(times):
            what = self.chance.choice(["add", "alter", "move", "remove", "clear"])
            found = rows(
                "select thing_id, sheet_id from thing order by md5(thing_id::text || %s) limit 1", [what]
            )
            if what == "add" or not found:
                self.add()
                continue
            thing, sheet = found[0]
            if what == "alter":
                run("update thing set amount = amount + 1, at = now() where thing_id = %s", [thing])
            elif what == "move":  # a whole sheet goes to another school
                run(
                    "update thing set unit_id = %s, at = now() where sheet_id = %s", [self.school().pk, sheet]
                )
            elif what == "remove":
                run("delete from thing where thing_id = %s", [thing])
                run("insert into gone values (%s, now())", [sheet])
            else:
                run("delete from thing where sheet_id = %s", [sheet])
                run("insert into gone values (%s, now())", [sheet])


def run(sql: str, values: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rows(sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
