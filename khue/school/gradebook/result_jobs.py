"""The computing of a school's or the province's results behind the page: school after school, each kept."""

from __future__ import annotations

from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.org.models import Unit
from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.queries import results as facts


@background("gradebook.compute_results")
def compute_results(run: RunHandle, *, unit_id: int, year_id: int) -> None:
    """Compute every school at or below a unit; a school is one transaction, one entry of the record and one step.

    Killed at any moment it goes on after the last school that was kept; run again it writes nothing that stands.
    """
    choices = facts.all_choices()
    written = int(run.result.get("written", 0))

    def do(school: Unit) -> None:
        nonlocal written
        done = actions.compute_results(run.actor, school, year_id=year_id, choices=choices)
        written += done.written
        run.note(written=written)

    run.each(facts.all_schools(unit_id, year_id), do, label=lambda school: school.name)
