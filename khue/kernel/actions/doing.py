"""The decorator behind every write, and the announcing of events."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import get_language, override

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import capacities_of
from khue.kernel.access.scope import Scope
from khue.kernel.actions.errors import NotAllowed, NotVisible, ProofNeeded
from khue.kernel.actions.work import Work, reference
from khue.kernel.audit import chain as audit_chain
from khue.kernel.statements import fetch

PROOF_LASTS = timedelta(minutes=5)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense; subclasses carry ids only."""


@dataclass(frozen=True)
class Declared:
    """An action as the architecture tests see it."""

    name: str
    permission: str
    function: Callable[..., Any]


_actions: dict[str, Declared] = {}


def registered_actions() -> dict[str, Declared]:
    """Every action by name."""
    return dict(_actions)


def action(
    name: str, *, permission: str | None = None, own: bool = False
) -> Callable[[Callable[Concatenate[Work, Any, P], R]], Callable[Concatenate[Actor, Any, P], R]]:
    """Declare a write. The function takes (work, target, ...) and is called with (actor, target, ...).

    `target` is a saved row or a list of rows of one model: they are read again and locked before anything else.
    `permission` defaults to `name`. `own` marks what everybody may do to themselves (target: their own Person or
    Account); then no permission is asked. Raises NotVisible when the actor may not see the target, NotAllowed when
    seeing is all they may, ProofNeeded when the permission is dangerous and the last proof of identity is old.
    """
    needed = permission or name

    def wrap(function: Callable[Concatenate[Work, Any, P], R]) -> Callable[Concatenate[Actor, Any, P], R]:
        if name in _actions:
            raise RuntimeError(f"action {name} declared twice")

        @functools.wraps(function)
        def run(actor: Actor, target: Any, *args: P.args, **kwargs: P.kwargs) -> R:
            with transaction.atomic():
                many = isinstance(target, Sequence)
                rows = _lock(list(target) if many else [target])
                if own:
                    _check_own(actor, rows)
                else:
                    _check(actor, needed, rows)
                work = Work(actor, name, rows)
                result = function(work, rows if many else rows[0], *args, **kwargs)
                _react(work)
                _record(work, rows)
            return result

        _actions[name] = Declared(name, "" if own else needed, run)
        run.action_name = name  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[Actor, Any, P], R], run)

    return wrap


def _lock(rows: list[models.Model]) -> list[models.Model]:
    if not rows:
        raise NotVisible
    model, ids = type(rows[0]), [row.pk for row in rows]
    statement = _locking(model)
    locked: dict[Any, models.Model]
    if statement:
        attributes = [field.attname for field in model._meta.concrete_fields]
        found = [model.from_db(connection.alias, attributes, row) for row in fetch(statement, [ids])]
        locked = {row.pk: row for row in found}
    else:
        locked = model._base_manager.select_for_update(of=("self",)).order_by("pk").in_bulk(ids)
    if len(locked) != len({row.pk for row in rows}):
        raise NotVisible
    return [locked[row.pk] for row in rows]


@cache
def _locking(model: type[models.Model]) -> str:
    """The statement that reads rows by id and locks them; empty where the model must make its values from columns."""
    about = model._meta
    if about.parents or any(field.get_db_converters(connection) for field in about.concrete_fields):
        return ""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in about.concrete_fields)
    key = quote(str(about.pk.column))  # type: ignore[union-attr]
    return f"select {columns} from {quote(about.db_table)} where {key} = any(%s) order by {key} for update"  # noqa: S608


def _check(actor: Actor, permission: str, rows: list[models.Model]) -> None:
    if not actor.can_all_as_read(permission, rows):
        if actor.holds(permission):
            raise NotVisible
        raise NotAllowed
    if registry.permissions()[permission].dangerous and not actor.is_system:
        require_proof(actor)


def require_proof(actor: Actor) -> None:
    """Demand that the actor proved who they are within the last five minutes; raises ProofNeeded."""
    if not has_proof(actor):
        raise ProofNeeded


def has_proof(actor: Actor) -> bool:
    """Whether the actor proved who they are within the last five minutes."""
    return actor.proved_at is not None and timezone.now() - actor.proved_at <= PROOF_LASTS


def _check_own(actor: Actor, rows: list[models.Model]) -> None:
    for row in rows:
        scope: Scope = row.scope  # type: ignore[attr-defined]
        owner: Any = row
        for part in scope.person.split("__"):
            owner = getattr(owner, part)
        if not actor.is_system and owner != actor.person_id:
            raise NotVisible


def _chain_of(row: models.Model) -> int:
    scope: Scope | None = getattr(row, "scope", None)
    if scope is None or not scope.unit:
        return 0
    value: Any = row
    for part in scope.unit.split("__"):
        value = getattr(value, part)
        if value is None:
            return 0
    return int(value)


def _record(work: Work, rows: list[models.Model]) -> None:
    for row in rows:
        work.touch(row)
    actor = work.actor
    audit_chain.append(
        chain=work.chain if work.chain is not None else _chain_of(rows[0]),
        action=work.action,
        actor_id=actor.person_id,
        capacity=_capacity(actor),
        target=reference(rows[0]),
        touched=work.touched,
        payload=work.payload,
        reason=work.reason,
        ip=actor.ip,
        device=actor.device,
    )


def _capacity(actor: Actor) -> str:
    """Who acts as what, in the words of the record: `Đỗ Thị Tâm · Văn thư · THCS Lê Quý Đôn`."""
    label = actor.capacity_label
    if label and actor.grants and get_language() != settings.LANGUAGE_CODE:
        with override(settings.LANGUAGE_CODE):
            label = capacities_of(list(actor.grants))[0].full_label
    return f"{actor.name} · {label}" if label else actor.name


@cache
def _reactions() -> dict[type[Event], tuple[Callable[[Work, Event], None], ...]]:
    found: dict[type[Event], list[Callable[[Work, Event], None]]] = {}
    for reaction in registry.each("reactions"):
        found.setdefault(registry.load(reaction.event), []).append(registry.load(reaction.react))
    return {event: tuple(reacts) for event, reacts in found.items()}


def announced_to(event: type[Event]) -> tuple[Callable[[Work, Event], None], ...]:
    """Who reacts to an event, in order."""
    return _reactions().get(event, ())


def _react(work: Work) -> None:
    done = 0
    while done < len(work.events):
        event = work.events[done]
        done += 1
        for react in announced_to(type(event)):
            react(work, event)
