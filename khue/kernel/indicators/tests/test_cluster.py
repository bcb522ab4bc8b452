"""The same questions asked of both engines, and of two provinces laid side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.indicators import catalogue, computing, copying, rehearsal
from khue.kernel.indicators.copying import CopyError, generations
from khue.kernel.indicators.copying.generations import Generation
from khue.kernel.indicators.declare import Question
from khue.kernel.indicators.engines import open_engine
from tests.cast import Cast


@pytest.fixture
def copied(cast: Cast, settings: Any, tmp_path: Path) -> Iterator[Generation]:
    """The cast's two schools, copied whole."""
    settings.VAR = tmp_path
    copying.refresh(whole=True)
    generation = generations.current()
    assert generation is not None
    yield generation
    computing.close()


def asked(cast: Cast) -> dict[str, Question]:
    names, year = tuple(catalogue.indicators()), cast.year.pk
    return {
        "the province": Question(names, year),
        "schools": Question(names, year, by=("unit",)),
        "one school": Question(names, year, by=("unit",), units=(cast.school.pk,)),
        "levels": Question(
            tuple(n for n, one in catalogue.indicators().items() if "level" in one.dimensions), year, by=("level",)
        ),
    }  # fmt: skip


def test_two_provinces_are_twice_one(cast: Cast, copied: Generation, tmp_path: Path) -> None:
    question = asked(cast)["the province"]
    both = rehearsal.nation(copied, 2, tmp_path / "nation")
    one, two = open_engine(copied, "embedded"), open_engine(both, "embedded")
    try:
        single = {cell.indicator: (cell.top, cell.bottom) for cell in computing.answer(question, over=one)}
        double = {cell.indicator: (cell.top, cell.bottom) for cell in computing.answer(question, over=two)}
        parted = computing.answer(Question(question.indicators, question.year, by=("department",)), over=two)
    finally:
        one.close()
        two.close()
    assert any(top for top, _bottom in single.values())
    assert double == {
        name: (top * 2, None if bottom is None else bottom * 2)
        for name, (top, bottom) in single.items()
        if top is not None
    }
    roots = {cell.at[0] for cell in parted}
    assert {root % rehearsal.APART for root in roots} == {cast.department.pk}
    assert len(roots) == 2


def test_a_cluster_that_is_not_installed_says_so(copied: Generation) -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        with pytest.raises(CopyError, match="chưa cài"):
            open_engine(copied, "cluster")


@pytest.mark.slow
def test_both_engines_answer_every_question_alike(cast: Cast, copied: Generation) -> None:
    if os.environ.get("KHUE_REQUIRE_CLUSTER") != "1":
        pytest.importorskip("pyspark", reason="no PySpark here: tools/ensure_cluster.sh installs it")
    here, there = open_engine(copied, "embedded"), open_engine(copied, "cluster")
    try:
        for words in ("schools", "levels", "one school"):
            question = asked(cast)[words]
            ours, theirs = (computing.answer(question, over=each) for each in (here, there))
            assert ours, words
            assert rehearsal.same({words: ours}, {words: theirs}), words
    finally:
        here.close()
        there.close()
