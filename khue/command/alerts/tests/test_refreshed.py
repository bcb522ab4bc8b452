"""Figures that a refresh has just kept are looked at then and there; the clock that comes after finds nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.command.alerts import jobs
from khue.command.alerts.models import Alert, Change, Rule
from khue.command.alerts.tests.places import only, rule
from khue.kernel import registry
from khue.kernel.audit.models import Entry
from khue.kernel.indicators import computing
from khue.kernel.indicators.command import main
from khue.kernel.indicators.jobs import follow
from khue.kernel.indicators.models import Figure, Snapshot
from khue.kernel.notify.models import Message
from tests.cast import Cast

REFRESH = ("refresh", "--nice", "0")


@pytest.fixture
def empty_schools(cast: Cast, settings: Any, tmp_path: Path) -> Iterator[Cast]:
    """One rule speaks: a school with fewer than a hundred pupils is red."""
    settings.VAR = tmp_path
    rule("pupils_jump", figure="roster.pupils", compare="below", amber=None, red=100, window_days=0)
    Rule.objects.exclude(code="pupils_jump").update(is_on=False)
    yield cast
    computing.close()


def said() -> tuple[int, int, int, int]:
    """All that a look may leave behind."""
    return (
        Alert.objects.count(), Change.objects.count(), Message.objects.count(),
        Entry.objects.filter(action="alerts.evaluate").count(),
    )  # fmt: skip


def test_a_refresh_opens_what_its_figures_show_and_nothing_after_it_opens_it_again(
    empty_schools: Cast,
) -> None:
    assert main(REFRESH) == 0
    alert = only(unit=empty_schools.school)
    figure = Figure.objects.get(indicator="roster.pupils", unit=empty_schools.school)
    assert (alert.state, alert.step, alert.value) == ("open", "red", figure.top)
    assert list(Change.objects.filter(alert=alert).values_list("kind", flat=True)) == ["opened"]
    before = said()
    jobs.all_evaluated()
    assert main(REFRESH) == 0
    assert said()[:2] == before[:2]
    assert said()[3] == before[3] == 1


def test_a_refresh_without_figures_looks_at_nothing(empty_schools: Cast) -> None:
    assert main([*REFRESH, "--without-figures"]) == 0
    assert said() == (0, 0, 0, 0)


def test_what_follows_and_fails_takes_no_figures_back_and_stops_no_other(
    empty_schools: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(REFRESH) == 0
    kept, opened = Figure.objects.count(), Alert.objects.count()
    assert opened > 0
    Alert.objects.all().delete()
    follow(["khue.command.alerts.jobs.nothing_of_this_name", *registry.each("figures_kept")])
    assert "nothing_of_this_name could not follow" in caplog.text
    assert Alert.objects.count() == opened
    assert (Figure.objects.count(), Snapshot.objects.count()) == (kept, 1)
