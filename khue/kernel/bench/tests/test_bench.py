"""Benches: what is counted, what is printed, and that nothing stays behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from khue.kernel.bench import command, declared, measuring
from khue.kernel.bench.command import main
from khue.kernel.bench.measuring import Meter, Result, leaving_nothing
from khue.kernel.demo import loading
from khue.kernel.demo.plan import SIZES
from khue.kernel.people.models import Account, SignIn
from khue.kernel.statements import fetch, run


@pytest.mark.django_db
def test_work_done_by_the_database_is_counted():
    meter = Meter()
    if not meter.sees_database:
        pytest.skip("the database runs on another machine")

    def busy() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from generate_series(1, 3000000)")

    before = measuring.process_cpu(meter.backend)
    cost = meter.once(busy)
    after = measuring.process_cpu(meter.backend)
    assert before is not None
    assert after is not None
    assert after > before
    assert cost.cpu_ms >= (after - before) * 1000 * 0.9


def test_a_line_has_the_six_fields():
    line = Result("x", 1.23456, 2.0, 3, 4.0, 0.5, "something").as_line()
    assert line == {"name": "x", "cpu_ms": 1.235, "wall_ms": 2.0, "n": 3, "baseline": 4.0, "ratio": 0.5}


def test_a_note_says_what_n_counts_where_the_name_does_not():
    line = Result("login_rate", 1.0, 2.0, 44, note="n: số lần đăng nhập mỗi giây")
    assert line.as_line()["note"] == "n: số lần đăng nhập mỗi giây"
    assert command._text(line).endswith("n=44  (n: số lần đăng nhập mỗi giây)")


@pytest.mark.django_db
def test_what_a_round_writes_is_taken_back_and_its_plans_are_kept():
    meter, seen = Meter(), []
    with leaving_nothing():
        run("create temporary table bench_round (n bigint)")

        def write() -> None:
            run("insert into bench_round values (%s)", [7])
            seen.append(fetch("select count(*) from bench_round")[0][0])

        meter.typical(write, rounds=3, warm=2, undone=True)
        assert seen == [1] * 5
        assert fetch("select count(*) from bench_round") == [(0,)]
        plans = "select count(*) from pg_prepared_statements where statement like %s"
        assert fetch(plans, ["insert into bench_round%"]) == [(1,)]


def test_every_module_declares_benches_of_known_groups_with_names_of_their_own():
    found = declared.benches()
    assert {one.group for one in found} <= set(declared.GROUPS)
    assert len({one.name for one in found}) == len(found)
    wanted = {"import_roster", "load_province", "pupil_list", "search", "login"}
    assert wanted <= {one.name for one in declared.chosen("foundation")}


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="unknown group"):
        declared.bench("x", group="nowhere")


def test_an_unknown_name_ends_with_two(capsys: Any):
    assert main(["nothing-of-that-name"]) == 2
    assert "nothing-of-that-name" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_bench_without_data_says_what_is_missing(capsys: Any):
    assert main(["login"]) == 1
    assert "khue demo" in capsys.readouterr().err


@pytest.mark.django_db
def test_measuring_log_ins_leaves_no_session_and_no_password(capsys: Any):
    loading.load(SIZES["small"], 2026, fill=False)
    assert main(["login", "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["name"] == "login"
    assert line["cpu_ms"] > line["baseline"] > 0
    assert not SignIn.objects.exists()
    assert not Account.objects.exclude(password="!").exists()


@pytest.mark.django_db
def test_what_is_written_inside_is_gone_afterwards():
    with leaving_nothing(), connection.cursor() as cursor:
        cursor.execute("create table left_behind (a int)")
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('left_behind')")
        assert cursor.fetchone() == (None,)
