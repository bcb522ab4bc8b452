"""Loading a province: what it leaves in the database, and what it refuses to touch."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from khue.kernel.access.capacities import actor_for
from khue.kernel.audit.models import Entry
from khue.kernel.demo import loading
from khue.kernel.demo.command import main
from khue.kernel.demo.plan import SIZES
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.registry.roster.models import Enrolment
from tests.cast import Cast

TINY = SIZES["province"].scaled(0.01)


def definitions() -> list[Any]:
    """Every index and constraint of the database, with its definition."""
    with connection.cursor() as cursor:
        cursor.execute("select indexdef from pg_indexes where schemaname = 'public' order by 1")
        indexes = cursor.fetchall()
        cursor.execute(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated from pg_constraint "
            "where connamespace = 'public'::regnamespace order by 1, 2"
        )
        return [*indexes, *cursor.fetchall()]


@pytest.mark.django_db
def test_a_load_rebuilds_every_index_and_constraint_and_leaves_one_audit_entry_and_a_second_process_makes_the_same():
    before = definitions()
    loader = loading.load(TINY, 5)
    assert definitions() == before
    assert Enrolment.objects.filter(is_current=True).count() == TINY.pupils
    entry = Entry.objects.get(chain=0)
    assert (entry.seq, entry.action, entry.actor_id) == (1, "demo.make", None)
    assert loader.counts["people_person"] == Person.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('people_person', 'id'))")
        assert cursor.fetchone()[0] == Person.objects.count() + 1, "ids go on after those of the demo"
    here = list(Person.objects.order_by("pk").values_list("full_name", "personal_id", "code")[:500])
    loading.load(TINY, 5, fresh=True, apart=True)
    assert list(Person.objects.order_by("pk").values_list("full_name", "personal_id", "code")[:500]) == here


@pytest.mark.django_db
def test_the_cast_of_the_small_province_holds_its_capacities():
    loading.load(SIZES["small"], 2026, fill=False)

    def held(login: str) -> list[str]:
        return [
            c.full_label for c in actor_for(Account.objects.select_related("person").get(login_name=login))[1]
        ]

    tam = held("tam")
    assert tam[0] == "Văn thư · THCS Lê Quý Đôn"
    assert len([label for label in tam if label.startswith("Văn thư")]) == 4
    assert held("lan")[0] == "GVCN 8A3, dạy HĐTN, HN, Toán · THCS Lê Quý Đôn"
    assert held("hung") == ["Hiệu trưởng · THCS Lê Quý Đôn"]
    assert held("mai")[0].endswith("THCS Mường Khoa")
    assert held("binh") == ["Phụ huynh của em An, Khôi"]
    assert held("an") == ["Học sinh lớp 8A3"]
    assert held("son") == ["Chuyên viên Sở · Sở GD&ĐT Lam Giang"]
    assert held("hoa") == ["Cán bộ phụ trách giáo dục · Xã Mường Khoa"]


@pytest.mark.django_db
def test_data_that_no_demo_made_is_never_touched(cast: Cast, capsys: Any):
    count = Unit.objects.count()
    assert main(["--size", "small", "--fresh"]) == 1
    assert "không động đến" in capsys.readouterr().err
    assert Unit.objects.count() == count


@pytest.mark.django_db
def test_a_second_demo_wants_the_word_fresh(capsys: Any):
    assert main(["--size", "province", "--scale", "0.004"]) == 0
    assert main(["--size", "small"]) == 1
    assert "--fresh" in capsys.readouterr().err
    assert main(["--size", "small", "--fresh"]) == 0
    assert Account.objects.filter(login_name="lan").exists()
