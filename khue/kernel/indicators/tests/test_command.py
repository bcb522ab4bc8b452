"""`khue indicators` and the jobs: a copy with the figures of the day, said in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.indicators import catalogue, computing, jobs
from khue.kernel.indicators.command import main
from khue.kernel.indicators.copying import generations
from khue.kernel.indicators.models import Copy, CopyState, Figure, Snapshot
from khue.kernel.settings_store.actions import change_setting
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Any:
    settings.VAR = tmp_path
    yield
    computing.close()


def test_before_the_first_copy_the_status_says_so(capsys: Any) -> None:
    assert main(["status"]) == 1
    assert "Chưa có bản chép số liệu." in capsys.readouterr().out


def test_a_refresh_copies_what_is_declared_and_keeps_the_figures_of_the_day(cast: Cast, capsys: Any) -> None:
    change_setting(
        cast.son, cast.department, name=jobs.EVERY, value=20
    )  # the record has begun: the copy knows it by that
    assert main(["refresh", "--nice", "0"]) == 0
    assert "Đã chép toàn bộ" in capsys.readouterr().out
    now = generations.current()
    assert now is not None
    assert now.manifest.facts.keys() == catalogue.facts().keys()
    day = Snapshot.objects.get()
    assert (day.day, day.year, day.is_closed) == (timezone.localdate(), cast.classroom.year_id, False)
    assert day.copied_at == now.manifest.copied_at
    found = computing.all_figures(day.year)
    for name in catalogue.indicators():
        kept = {f.unit_id: (f.top, f.bottom) for f in Figure.objects.filter(indicator=name)}
        assert kept == found[name]
    assert main(["refresh", "--nice", "0"]) == 0
    assert "Đã chép phần thay đổi" in capsys.readouterr().out
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert generations.current_name() in said
    assert "Đã xong" in said


def test_a_refresh_that_cannot_be_says_why(capsys: Any) -> None:
    generations.root().parent.joinpath("indicators").write_text("a file where a directory should be")
    with pytest.raises(OSError, match="indicators"):
        main(["refresh", "--nice", "0"])
    copy = Copy.objects.get()
    assert copy.state == CopyState.FAILED
    assert copy.fault


def test_words_nobody_knows_are_refused() -> None:
    assert main(["burn"]) == 2
    assert main([]) == 2


def test_it_is_not_refreshed_before_its_time() -> None:
    Copy.objects.create(started_at=timezone.now() - timedelta(minutes=14), state=CopyState.DONE)
    assert jobs.refresh_due() is None
