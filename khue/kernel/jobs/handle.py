"""What a piece of background work holds in its hand: steps that are kept, failures one by one, a way to stop.

A job is a function declared in a manifest and marked `@background`:

    @background("roster.roll_over")
    def roll_over(run: RunHandle, *, year: int) -> None:
        run.each(queries.all_enrolments(year), lambda e: actions.promote(run.actor, e), key=lambda e: e.pk)

Each step commits together with the place reached, so that a worker killed at any moment leaves nothing lost, doubled
or half done. A run taken over by another worker is fenced off: its former holder's next step is refused and undone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions.errors import DomainError
from khue.kernel.jobs.models import Run

P = ParamSpec("P")
T = TypeVar("T")
KEEP: Any = object()
FAILURES_KEPT = 10_000

log = logging.getLogger("khue.jobs")


class Stopped(Exception):
    """Somebody asked for a stop; everything up to the last step is kept."""


class Lost(Exception):
    """Another worker has taken the run over; whatever this one still wanted to write is rolled back."""


class RunHandle:
    """One run, held by one worker."""

    def __init__(self, run: Run, actor: Actor) -> None:
        self.pk = run.pk
        self.name = run.name
        self.unit_id = run.unit_id
        self.actor = actor
        self.total = run.total
        self.done = run.done
        self.cursor: Any = run.cursor
        self.only: list[Any] | None = run.only
        self.result: dict[str, Any] = dict(run.result)
        self._holder = run.worker
        self._stop_wanted = run.stop_wanted

    # --- steps --------------------------------------------------------------------------
    def step(
        self,
        *,
        done: int | None = None,
        total: int | None = None,
        cursor: Any = KEEP,
        failures: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Keep how far the run is. Call it inside the transaction that does the work of the step.

        `done` and `total` count items; `cursor` is anything JSON from which to go on after a crash. Raises Stopped
        when the step before it heard of a wish to stop, Lost when another worker holds the run.
        """
        if self._stop_wanted:
            raise Stopped
        if done is not None:
            self.done = done
        if total is not None:
            self.total = total
        if cursor is not KEEP:
            self.cursor = cursor
        with connection.cursor() as database:
            database.execute(
                "update jobs_run set done = %s, total = %s, cursor = %s::jsonb, result = %s::jsonb, "
                "failures = case when jsonb_array_length(failures) < %s then failures || %s::jsonb else failures end, "
                "beat_at = clock_timestamp(), attempts = 0 "
                "where id = %s and worker = %s and state = 'running' returning stop_wanted",
                [
                    self.done, self.total, _json(self.cursor), _json(self.result), FAILURES_KEPT,
                    _json(list(failures)), self.pk, self._holder,
                ],
            )  # fmt: skip
            row = database.fetchone()
        if row is None:
            raise Lost
        self._stop_wanted = row[0]

    @contextmanager
    def stepping(self, *, count: int = 1, cursor: Any = KEEP) -> Iterator[None]:
        """A step as a block: what is written in it and the place reached are one transaction."""
        with transaction.atomic():
            yield
            self.step(done=self.done + count, cursor=cursor)
        if self._stop_wanted:
            raise Stopped

    def each(
        self,
        items: Iterable[T],
        do: Callable[[T], object],
        *,
        key: Callable[[T], Any] = lambda item: item.pk,  # type: ignore[attr-defined]
        label: Callable[[T], str] = str,
    ) -> None:
        """Do something to every item, each in a transaction of its own, in the order of `key` (JSON: int or text).

        A rule's "no" undoes that item alone and is listed with its words; the rest goes on. Items before the cursor
        are done already; a retry takes only the failed ones.
        """
        todo = sorted(items, key=key)
        wanted = None if self.only is None else set(self.only)
        if wanted is not None:
            todo = [item for item in todo if key(item) in wanted]
        if self.cursor is None:
            self.step(done=0, total=len(todo))
        else:
            todo = [item for item in todo if key(item) > self.cursor]
        for item in todo:
            with transaction.atomic():
                failure = self._try(item, do, key, label)
                self.step(done=self.done + 1, cursor=key(item), failures=[failure] if failure else [])
            if self._stop_wanted:
                raise Stopped

    def _try(
        self, item: T, do: Callable[[T], object], key: Callable[[T], Any], label: Callable[[T], str]
    ) -> dict[str, Any] | None:
        try:
            with transaction.atomic():
                do(item)
        except (Stopped, Lost):
            raise
        except DomainError as problem:
            return {"key": key(item), "label": label(item)[:200], "message": problem.message}
        except Exception:
            log.exception("run %s %s: item %s failed", self.pk, self.name, key(item))
            message = _("Khuê gặp lỗi ở phần này và đã ghi lại để sửa. Thử lại sau.")
            return {"key": key(item), "label": label(item)[:200], "message": message}
        return None

    def note(self, **result: Any) -> None:
        """Keep words of the result (a file's id, counts); written with the next step or at the end."""
        self.result.update(result)


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


Background = Callable[Concatenate[RunHandle, P], None]
_marked: dict[str, Callable[..., None]] = {}


def marked() -> dict[str, Callable[..., None]]:
    """The bodies imported into this process, by job name."""
    return dict(_marked)


def background(name: str) -> Callable[[Background[P]], Background[P]]:
    """Mark a function as the body of the background job `module.job` of a manifest."""

    def wrap(function: Background[P]) -> Background[P]:
        _marked[name] = function
        return function

    return wrap
