"""The benches of the gradebook run on a tiny province, give their seven lines and leave nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from khue.kernel.bench.command import main
from khue.kernel.demo import loading
from khue.kernel.demo.plan import SIZES
from khue.school.gradebook.models import Deadline, Result, Sheet

NAMES = [
    "grid_open",
    "grid_save_45",
    "grid_save_360",
    "class_results",
    "pupil_marks",
    "progress_map",
    "year_results",
]


def marks() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), sum(hashtext(marks::text)::bigint), sum(version) from gradebook_mark_row"
        )
        return cursor.fetchone()


@pytest.mark.slow
@pytest.mark.django_db
def test_every_bench_of_the_gradebook_gives_its_line_and_leaves_nothing_behind(capsys: Any):
    loading.load(SIZES["province"].scaled(0.01), 5)
    before = marks(), Deadline.objects.count(), Sheet.objects.filter(regular=5).count()
    assert main(["gradebook", "--json"]) == 0, capsys.readouterr().err
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == NAMES
    for line in lines:
        assert line["cpu_ms"] > line["baseline"] > 0, line
        assert line["n"] > 0
    by_name = {line["name"]: line["n"] for line in lines}
    assert by_name["grid_save_360"] == by_name["grid_open"] == 8 * by_name["grid_save_45"]
    assert (marks(), Deadline.objects.count(), Sheet.objects.filter(regular=5).count()) == before
    assert not Result.objects.exists()


@pytest.mark.django_db
def test_without_marks_a_bench_says_what_is_missing(capsys: Any):
    assert main(["grid_open"]) == 1
    assert "khue demo" in capsys.readouterr().err
