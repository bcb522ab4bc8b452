"""`@action`: the one door for writes.

One transaction; the target rows locked; the permission checked at their scope; the changes collected; one audit
entry; reactions to announced events run before the commit. See `work.Work` for how an action writes.
"""

from khue.kernel.actions.doing import Event, action, announced_to, registered_actions
from khue.kernel.actions.errors import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.actions.work import Work
from khue.kernel.actions.written import written

__all__ = [
    "Conflict",
    "DomainError",
    "Event",
    "NotAllowed",
    "NotVisible",
    "ProofNeeded",
    "Work",
    "action",
    "announced_to",
    "registered_actions",
    "written",
]
