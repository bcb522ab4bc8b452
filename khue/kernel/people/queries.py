"""Every read of people and their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Window
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.people.account_states import state_of
from khue.kernel.people.models import Account, KnownDevice, OneTimeCode, Person, SignIn
from khue.kernel.people.reach import ids_reached, module_of, people_reached, scopes
from khue.lib.names import search_key
from khue.lib.phones import PhoneProblem, normalise_phone

VIEW = "people.view_accounts"
CODES = "people.hand_out_codes"


@dataclass(frozen=True)
class Slice:
    """One page of the list; `total` is None when counting would be dear."""

    rows: Sequence[dict[str, Any]]
    total: int | None
    has_more: bool


def people(
    actor: Actor, *, search: str = "", kind: str = "", group: str = "", state: str = "", may: str = VIEW
) -> QuerySet[Person]:
    """People whose account the actor may see, with or without one."""
    condition = people_reached(actor, may, kind=kind, group=group)
    if condition is None:
        return Person.objects.none()
    found: QuerySet[Person] = Person.objects.filter(condition, merged_into__isnull=True)
    if search:
        found = found.filter(_matching(search))
    match state:
        case "none":
            return found.filter(account__isnull=True)
        case "waiting":
            return found.filter(account__activated_at__isnull=True, account__is_active=True)
        case "active":
            return found.filter(account__activated_at__isnull=False, account__is_active=True)
        case "disabled":
            return found.filter(account__is_active=False)
    return found


def _matching(text: str) -> Q:
    found = Q(ministry_code=text.upper()) | Q(code=text.upper()) | Q(account__login_name=text.lower())
    try:
        found |= Q(phone=normalise_phone(text))
    except PhoneProblem:
        words = search_key(text).split()
        if words:
            query = SearchQuery(
                " & ".join(f"{word}:*" for word in words if word.isalnum()),
                search_type="raw",
                config="simple",
            )
            by_name = Person.objects.annotate(words=SearchVector("search_key", config="simple")).filter(
                words=query
            )
            found |= Q(pk__in=by_name.values("pk")[:2000])
    return found


FIELDS = (
    "id", "full_name", "sort_key", "code", "ministry_code", "birth_date", "phone", "account__id", "account__login_name",
    "account__is_active", "account__activated_at", "account__last_login",
)  # fmt: skip


def account_rows(
    actor: Actor,
    *,
    search: str,
    filters: Mapping[str, str],
    order_by: Sequence[str],
    offset: int,
    limit: int | None,
) -> Slice:
    """Rows of the account list; one or two queries and one for each kind of people on the page."""
    wanted = {"search": search, **{key: filters.get(key, "") for key in ("kind", "group", "state")}}
    rows: list[dict[str, Any]]
    total: int | None = None
    if is_ordered(actor, search=search, filters=filters):
        rows, total = _ordered(people(actor, **wanted), order_by, offset, limit)
        has_more = total > offset + len(rows)
    else:
        rows = _as_they_come(actor, wanted, offset, limit)
        has_more = limit is not None and len(rows) > limit
        rows = rows[:limit]
    described = all_descriptions([row["id"] for row in rows])
    for row in rows:
        row["kind_label"], row["where"] = described.get(row["id"], ("", ""))
        row["state"] = state_of(row["account__id"], row["account__is_active"], row["account__activated_at"])
    return Slice(rows, total, has_more)


def is_ordered(actor: Actor, *, search: str, filters: Mapping[str, str]) -> bool:
    """Whether the list is sorted and counted: not for a whole province or commune, where both would read everybody."""
    reach = actor.reach(VIEW)
    if reach.everything:
        return bool(search or filters.get("group"))
    return not reach.unit_paths or bool(search or any(filters.values()))


def _ordered(
    found: QuerySet[Person], order_by: Sequence[str], offset: int, limit: int | None
) -> tuple[list[dict[str, Any]], int]:
    counted = found.order_by(*order_by).annotate(matches=Window(Count("*")))
    rows: list[dict[str, Any]] = list(
        counted.values(*FIELDS, "matches")[offset : None if limit is None else offset + limit]
    )
    return rows, rows[0]["matches"] if rows else (found.count() if offset else 0)


def _as_they_come(
    actor: Actor, wanted: Mapping[str, str], offset: int, limit: int | None
) -> list[dict[str, Any]]:
    """A page and one more: newest first, or for whoever sees several schools module by module."""
    end = None if limit is None else offset + limit + 1
    if actor.reach(VIEW).everything:
        return list(people(actor, **wanted).order_by("-pk").values(*FIELDS)[offset:end])
    ids = [next(iter(row.values())) for row in ids_reached(actor, VIEW)[offset:end]]
    found = Person.objects.filter(pk__in=ids, merged_into__isnull=True).values(*FIELDS)
    known = {row["id"]: row for row in found}
    return [known[pk] for pk in dict.fromkeys(ids) if pk in known]


def all_descriptions(person_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """What people are and where (`Học sinh`, `8A3, THCS Lê Quý Đôn`); the first module that knows somebody speaks."""
    left = set(person_ids)
    found: dict[int, tuple[str, str]] = {}
    for scope in scopes():
        if not left:
            break
        known: dict[int, tuple[str, str]] = registry.load(scope.describe)(sorted(left))
        found |= known
        left -= known.keys()
    return found


def all_kinds() -> list[tuple[str, str]]:
    """The kinds of people the modules know."""
    return [(kind, _(label)) for kind, label in {scope.kind: scope.label for scope in scopes()}.items()]


def all_kinds_of(person_ids: Iterable[int]) -> dict[int, str]:
    """'pupil', 'guardian' or 'staff' for each person; somebody who is several is what comes first."""
    left = set(person_ids)
    found: dict[int, str] = {}
    for scope in scopes():
        known = registry.load(scope.describe)(sorted(left)) if left else {}
        found |= dict.fromkeys(known, scope.kind)
        left -= known.keys()
    return found


def groups(actor: Actor) -> list[tuple[str, str]]:
    """Classes and units to choose from, as the modules offer them."""
    found = []
    for scope in scopes():
        if scope.groups:
            found += [
                (f"{module_of(scope)}:{value}", label)
                for value, label in registry.load(scope.groups)(actor, VIEW)
            ]
    return found


def accounts(actor: Actor, may: str = VIEW) -> QuerySet[Account]:
    """The accounts the actor may see."""
    return Account.objects.visible_to(actor, may).select_related("person")


def accounts_with_code(actor: Actor) -> QuerySet[Account]:
    """The accounts the actor may see, each with the code it could use now: `code_until`, `code_tries` or None."""
    living = OneTimeCode.objects.filter(
        account=OuterRef("pk"), used_at__isnull=True, expires_at__gt=timezone.now()
    ).order_by("-issued_at")
    return accounts(actor).annotate(
        code_until=Subquery(living.values("expires_at")[:1]), code_tries=Subquery(living.values("tries")[:1])
    )


def all_accounts_of(people: Sequence[Person]) -> list[Account]:
    """The accounts of people already narrowed to one's reach, in their order; those without one are left out."""
    found = {one.person_id: one for one in Account.objects.filter(person__in=people).select_related("person")}
    return [found[person.pk] for person in people if person.pk in found]


def sign_ins(account: Account) -> QuerySet[SignIn]:
    """The open sign-ins of an account, newest first."""
    return SignIn.objects.filter(account=account, ended_at__isnull=True).order_by("-seen_at")


def own_sign_ins(actor: Actor) -> QuerySet[SignIn]:
    """One's own sign-ins."""
    return SignIn.objects.filter(account_id=actor.account_id or 0, ended_at__isnull=True).order_by("-seen_at")


def past_sign_ins(account: Account) -> QuerySet[SignIn]:
    """All sign-ins of an account, newest first."""
    return SignIn.objects.filter(account=account).order_by("-started_at")


def devices(account: Account) -> QuerySet[KnownDevice]:
    """The browsers an account is known in."""
    return KnownDevice.objects.filter(account=account).order_by("-last_at")


def all_codes() -> QuerySet[OneTimeCode]:
    """Every one-time code with its account and person, for whoever holds one."""
    return OneTimeCode.objects.select_related("account__person")


def words_of(account: Account) -> list[str]:
    """Names around a person that a guesser would try first: their units and classes."""
    what, where = all_descriptions([account.person_id]).get(account.person_id, ("", ""))
    return [what, where, _("Khuê")]
