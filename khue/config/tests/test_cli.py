"""The command `khue`: every word in its table leads somewhere, unknown words are refused."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types

import pytest

from khue import cli


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_leads_to_a_function(name: str) -> None:
    module, function = cli.COMMANDS[name].main.split(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_help_names_every_command_and_loads_no_django() -> None:
    code = "import sys; from khue.cli import main; main(['--help']); sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert all(name in done.stdout for name in [*cli.COMMANDS, *cli.DJANGO])


def test_a_word_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dance"]) == 2
    assert "dance" in capsys.readouterr().err


LOUD = """
import sys, types
from khue import cli
loud = types.ModuleType("loud")
loud.main = lambda words: print("x" * int(words[0]), flush=True) or print("y")
sys.modules["loud"] = loud
cli.COMMANDS["loud"] = cli.Command("loud:main", "", needs_django=False)
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("words", [["--help"], ["loud", "1000000"], ["loud", "0"]])
def test_a_reader_who_has_seen_enough_ends_it_quietly(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-c", LOUD, *words]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(writing)
    assert (done.stderr, done.returncode) == ("", cli.CLOSED)


def test_a_broken_line_elsewhere_is_not_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def main(_words: list[str]) -> int:
        raise BrokenPipeError("the database's")

    loud = types.ModuleType("loud")
    loud.main = main  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "loud", loud)
    monkeypatch.setitem(cli.COMMANDS, "loud", cli.Command("loud:main", "", needs_django=False))
    with pytest.raises(BrokenPipeError, match="the database's"):
        cli.main(["loud"])


def test_the_demo_is_a_demo_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHUE_DEMO", "0")
    with pytest.raises(SystemExit):
        cli.main(["demo", "--help"])
    assert os.environ["KHUE_DEMO"] == "1"
