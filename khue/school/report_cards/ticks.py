"""What happens every few minutes, apart from the jobs that sign: an idle worker carries no engine for it."""

from __future__ import annotations

from khue.school.report_cards import checkpoints, counting


def count() -> int:
    """Count anew how far schools have come."""
    return counting.count()


def checkpoint() -> int | None:
    """Sign the heads of all registers; gives its number, None when nothing was entered."""
    row = checkpoints.make()
    return row.pk if row is not None else None


def forget_secrets() -> int:
    """Wipe passphrases held too long; gives how many."""
    from khue.school.report_cards import holding

    return holding.forget_old()
