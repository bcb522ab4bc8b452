"""The connection budget (reliability I4): too many possible connections and Khuê does not start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.config import embedded
from khue.config.budget import Budget, BudgetError, check

counts = st.integers(min_value=1, max_value=200)


@given(workers=counts, threads=counts, jobs=counts, hosts=counts, allowed=st.integers(10, 5000))
def test_what_passes_leaves_a_fifth_of_the_connections_free(
    workers: int, threads: int, jobs: int, hosts: int, allowed: int
) -> None:
    at_once = hosts * workers * threads + hosts * jobs
    try:
        check(Budget(workers, threads, jobs, hosts), allowed)
    except BudgetError:
        return
    assert at_once * 5 <= allowed * 4


def test_one_connection_too_many_is_refused_in_words_that_name_the_switches() -> None:
    exact = Budget(workers=2, threads=35, jobs=6)
    assert exact.connections == 80
    check(exact, 100)
    with pytest.raises(BudgetError, match="KHUE_THREADS"):
        check(Budget(workers=2, threads=35, jobs=7), 100)


def test_the_budget_as_shipped_fits_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KHUE_WORKERS", "KHUE_THREADS", "KHUE_JOBS", "KHUE_HOST_COUNT"):
        monkeypatch.delenv(name, raising=False)
    check(Budget.from_environment(), embedded.MAX_CONNECTIONS)


@pytest.mark.parametrize("value", ["0", "-1", "nhiều", "2.5"])
def test_a_count_that_is_no_count_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KHUE_WORKERS", value)
    with pytest.raises(BudgetError, match="KHUE_WORKERS"):
        Budget.from_environment()
