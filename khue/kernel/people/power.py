"""Nobody gets at an account that is more powerful than their own, or that answers to somebody else.

A code lets its holder choose a password. So codes, locks and lost factors of an account are in the hands of those above
its owner: each of the owner's roles must weigh less than the strongest role by which the actor holds the permission,
and each staff role must lie at a unit within the actor's reach. A clerk helps a teacher, a homeroom teacher helps the
parents of her class, but not the parent who is principal of another school.

Schools write themselves who is whose guardian. So whoever has a password and cares for a child of another school as
well is helped only by those who reach every such child: else a tie of one's own making would open a stranger's account.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor, Grant
from khue.kernel.access.grants import grants_of_people
from khue.kernel.access.roles import FAMILY, GUARDIAN, ROLES
from khue.kernel.org.models import Unit
from khue.kernel.people import options
from khue.kernel.people.models import Account, Person


def beyond(actor: Actor, permission: str, accounts: Sequence[Account]) -> dict[int, str]:
    """Accounts (by id) the actor may not get at, with the reason; five queries however many."""
    if actor.is_system:
        return {}
    grants: dict[int, list[Grant]] = {}
    today = timezone.localdate()
    for day in (
        today,
        today + options.code_life(),
    ):  # a code given now still opens what begins within its life
        for grant in grants_of_people({account.person_id for account in accounts}, day):
            grants.setdefault(grant.person_id, []).append(grant)
    carriers = registry.roles_with(permission)
    rank = min((ROLES[grant.role].order for grant in actor.grants if grant.role in carriers), default=10_000)
    reached = _units_reached(
        actor, permission, {g.unit_id for every in grants.values() for g in every if g.unit_id}
    )
    wards = _wards_reached(actor, permission, [one for every in grants.values() for one in every])
    found = {}
    for account in accounts:
        if account.person_id == actor.person_id:
            found[account.pk] = _("Không tự làm việc này cho chính mình.")
            continue
        for grant in grants.get(account.person_id, ()):
            if grant.role in FAMILY:
                if grant.role == GUARDIAN and account.is_activated and grant.scope_id not in wards:
                    found[account.pk] = _(
                        "Người này còn là phụ huynh học sinh nơi khác và đã có mật khẩu: nhờ Sở, "
                        "hoặc tự đặt lại bằng thư điện tử."
                    )
                continue
            if ROLES[grant.role].order <= rank:
                found[account.pk] = _("Người này giữ vai %(role)s: nhờ cấp trên của họ.") % {
                    "role": ROLES[grant.role].label
                }
            elif grant.unit_id and grant.unit_id not in reached:
                found[account.pk] = _("Người này còn là %(role)s ở %(unit)s: nhờ nơi đó.") % {
                    "role": ROLES[grant.role].label, "unit": grant.unit_name,
                }  # fmt: skip
    return found


def _wards_reached(actor: Actor, permission: str, grants: Sequence[Grant]) -> set[int]:
    """Of the children in the care of these people, those within the actor's reach."""
    wards = {grant.scope_id for grant in grants if grant.role == GUARDIAN}
    if not wards:
        return set()
    return set(Person.objects.visible_to(actor, permission).filter(pk__in=wards).values_list("pk", flat=True))


def _units_reached(actor: Actor, permission: str, unit_ids: set[int | None]) -> set[int]:
    ids = {pk for pk in unit_ids if pk}
    reach = actor.reach(permission)
    if reach.everything:
        return ids
    found = ids & set(reach.unit_ids)
    if reach.unit_paths and ids - found:
        paths = Unit.objects.filter(pk__in=ids - found).values_list("pk", "path")
        found |= {pk for pk, path in paths if path.startswith(reach.unit_paths)}
    return found
