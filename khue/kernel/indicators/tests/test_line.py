"""The analytics process: asked over a private socket, started by the first question, gone when idle, never silent."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import asking, line, serving
from khue.kernel.indicators.declare import Cell, Question
from khue.lib import private_line

ASKED = Question(("a.b",), 2026, by=("unit", "sex"), where={"grade": (6, 7)}, units=(3, 5))
CELLS = [Cell("a.b", (3, "Nữ"), 12.0, 40.0), Cell("a.b", (5, None), 0.0, None)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return private_line.place_of(tmp_path, "analytics")


class Engine:
    """Stands where figures are computed."""

    def __init__(self) -> None:
        self.says: Callable[[Question], list[Cell]] = lambda question: CELLS

    def __call__(self, question: Question) -> list[Cell]:
        return self.says(question)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def server(place: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[serving.Server]:
    """A server on a thread."""
    door = private_line.listen(place)
    running = serving.Server(door, idle=60, answer=engine)
    thread = threading.Thread(target=running.run)
    thread.start()
    monkeypatch.setenv(line.VARIABLE, str(place))
    yield running
    running.ask_to_stop()
    thread.join(10)
    assert not thread.is_alive()
    door.close()


def test_a_question_goes_over_whole_and_its_answer_comes_back_whole(
    server: serving.Server, engine: Engine
) -> None:
    heard: list[Question] = []

    def answer(question: Question) -> list[Cell]:
        heard.append(question)
        return CELLS

    engine.says = answer
    assert asking.ask(ASKED) == CELLS
    assert heard == [ASKED]


def test_a_refusal_comes_back_in_its_words(server: serving.Server, engine: Engine) -> None:
    def refuse(question: Question) -> list[Cell]:
        raise DomainError("Chưa có bản chép số liệu.", code="no_copy")

    engine.says = refuse
    with pytest.raises(DomainError, match="Chưa có bản chép") as caught:
        asking.ask(ASKED)
    assert caught.value.code == "no_copy"


def test_an_engine_that_breaks_silences_no_later_question(server: serving.Server, engine: Engine) -> None:
    def break_once(question: Question) -> list[Cell]:
        engine.says = lambda question: CELLS
        raise RuntimeError("the engine is gone")

    engine.says = break_once
    with pytest.raises(DomainError, match="Thử lại"):
        asking.ask(ASKED)
    assert asking.ask(ASKED) == CELLS


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00",
        struct.pack(">I", 3) + b"{}x",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 2**31),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_question_harms_nobody(
    server: serving.Server, place: Path, engine: Engine, message: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(place))
        stranger.sendall(message)
        stranger.shutdown(socket.SHUT_WR)
        stranger.settimeout(10)
        with suppress(ConnectionResetError):
            assert stranger.recv(10) == b""
    engine.says = lambda question: CELLS
    assert asking.ask(ASKED) == CELLS


def test_a_message_that_is_no_question_is_answered_in_words(server: serving.Server, place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(place))
        private_line.send(caller, {"indicators": 3})
        caller.settimeout(10)
        assert private_line.receive(caller)["code"] == "question"


def test_many_at_once_are_all_answered(server: serving.Server, engine: Engine) -> None:
    engine.says = lambda question: [Cell(question.indicators[0], (question.year,), 1.0)]
    found: list[list[Cell]] = []
    callers = [
        threading.Thread(target=lambda n=n: found.append(asking.ask(Question((f"a.{n}",), n))))
        for n in range(40)
    ]
    for one in callers:
        one.start()
    for one in callers:
        one.join(20)
    assert sorted(cells[0].at[0] for cells in found) == list(range(40))
    assert all(cells[0].indicator == f"a.{cells[0].at[0]}" for cells in found)


def test_when_nobody_answers_the_page_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(line.VARIABLE, str(place))
    with pytest.raises(line.LineError, match="khởi động lại") as caught:
        asking.ask(ASKED)
    assert caught.value.status == 503


def test_when_nobody_asks_it_goes(place: Path) -> None:
    with private_line.listen(place) as door:
        running = serving.Server(door, idle=0.05)
        began = time.monotonic()
        running.run()
        assert time.monotonic() - began < 30


def test_only_our_own_user_reaches_the_line(place: Path) -> None:
    place.parent.mkdir(parents=True, mode=0o755)
    with private_line.listen(place):
        assert place.parent.stat().st_mode & 0o077 == 0
        assert place.stat().st_mode & 0o177 == 0
        with private_line.listen(place):  # one left by a killed process
            pass


def test_a_long_path_still_gets_a_line(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    place = private_line.place_of(deep, "analytics")
    assert len(str(place)) <= private_line.LONGEST_PATH
    assert place == private_line.place_of(deep, "analytics")
    assert place != private_line.place_of(tmp_path / ("y" * 120), "analytics")
