"""The roster's tables as demo data fills them: which columns vary, in which order."""

from __future__ import annotations

from khue.kernel.demo.engine import Demo, Table


def rooms(demo: Demo) -> Table:
    """Classes."""
    return demo.table(
        "roster.Classroom",
        "id", "year_id", "school_id", "campus_id", "name", "level", "grade", "sessions_a_week", "sort_key",
    )  # fmt: skip


def homerooms(demo: Demo) -> Table:
    """Homeroom teachers."""
    return demo.table("roster.Homeroom", "id", "classroom_id", "teacher_id", "starts_on", "ends_on")


def profiles(demo: Demo) -> Table:
    """What schools keep about pupils."""
    return demo.table(
        "roster.PupilProfile",
        "person_id", "disability", "disability_severity", "has_individual_plan", "policy", "birth_certificate",
    )  # fmt: skip


def guardianships(demo: Demo) -> Table:
    """Who answers for whom."""
    return demo.table(
        "roster.Guardianship", "id", "pupil_id", "guardian_id", "relation", "is_main_contact", "starts_on"
    )


def enrolments(demo: Demo) -> Table:
    """Pupils at schools."""
    return demo.table(
        "roster.Enrolment",
        "id", "person_id", "year_id", "school_id", "campus_id", "classroom_id", "level", "grade", "status",
        "status_on", "joined_on", "left_on", "is_repeat", "is_current", "sort_key",
    )  # fmt: skip


def events(demo: Demo) -> Table:
    """Movements."""
    return demo.table(
        "roster.EnrolmentEvent",
        "id", "enrolment_id", "school_id", "classroom_id", "kind", "on", "reason_code", "reason", "other_school",
    )  # fmt: skip


def counts(demo: Demo) -> Table:
    """Head counts."""
    return demo.table(
        "roster.HeadCount",
        "id", "school_id", "campus_id", "classroom_id", "year_id", "level", "grade", "valid_from", "valid_to",
        "pupils", "girls", "minority",
    )  # fmt: skip
