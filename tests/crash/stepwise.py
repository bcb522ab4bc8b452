"""Work killed by SIGKILL at every statement in turn, in a child of this process; what was kept is judged in between."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
from django.db import connections, transaction

MOST = 400  # statements; more is a loop


def killed_at_every_step(work: Callable[[], Any]) -> Iterator[int]:
    """Do some work that commits: killed before its first statement, its second, … and right after its last commit.

    Gives after each death how far it had come; the last time it was let through. The child has a connection of its
    own; ours are closed meanwhile, and what the dead one held is free as soon as the server sees that it is gone.
    """
    with transaction.atomic():  # whatever is imported at its first use is so before the first child
        work()
        transaction.set_rollback(True)
    for step in count(1):
        assert step < MOST, "without end"
        connections.close_all()
        if _died(work, step):
            yield step
            continue
        yield 0
        return


def _died(work: Callable[[], Any], step: int) -> bool:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _die_before(step)
            work()
        except BaseException:
            os.write(writing, traceback.format_exc()[-4000:].encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        problem = said.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, problem
    return False


def _die_before(step: int) -> None:
    """Let this process die before its so-manieth statement; a commit is a statement and has a moment after it."""
    left = [step]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

    def counted_execute(self: Any, *words: Any, **more: Any) -> Any:
        tick()
        return execute(self, *words, **more)

    def counted_commit(self: Any) -> None:
        tick()
        commit(self)
        tick()

    psycopg.Cursor.execute = counted_execute  # type: ignore[method-assign]
    psycopg.Connection.commit = counted_commit  # type: ignore[method-assign]
