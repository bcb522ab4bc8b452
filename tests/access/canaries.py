"""A unique word in every free-text field of the four places, with markup in it that must never be markup."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

from django.db import models

from khue.lib.names import search_key
from khue.registry.roster.models import EnrolmentEvent, PupilProfile
from khue.registry.staff.models import StaffMember
from khue.school.gradebook.actions.marks import open_the_wall
from tests.access.world import World

MARKUP = "\"'><xss-x>&"
WORD = re.compile(r"zq(own|class|school|commune)(pupil|staff|unit)n(\d+)z", re.I)
# Text that is not free: codes, keys and addresses the code itself reads, by field, or by table and field. What a report
# card says is sown when the world is made (world.SAID), for nothing changes it once it is issued.
NOT_FREE = {
    "code", "path", "search_key", "sort_key", "level", "ethnicity", "nationality", "commune_code", "url", "sha256",
    "purpose", "permission", "subject", "capacity", "worker", "dedupe_key", "session_hash", "password", "login_name",
    "reason_code", "title_code", "personal_id", "phone", "birth_precision", "religion", "query", "kind", "table",
    "ip", "method", "second_factor", "disability", "disability_severity", "jobs.run.name", "audit.entry.action",
    "audit.entry.target", "rule_set", "learning", "learning_raw", "conduct", "award", "outcome", "retest_learning",
    "summer_conduct", "sources", "gradebook.phrase.group", "steps", "step", "fingerprint", "reference", "verdict",
    "key_kind", "serial", "locator", "code_hash", "text_hash",
}  # fmt: skip
PUPILS = {"pupil", "person", "guardian", "guardianship", "enrolment", "transfer", "twin", "incoming", "duplicate",
          "pupil_account", "guardian_account", "mark_row", "result", "unlock", "finding", "card",
          "stored_card", "correction", "granted", "package", "badge", "wish", "talk", "said", "complaint"}  # fmt: skip
UNITS = {"unit", "classroom", "special_day", "closure", "reader", "course", "seal", "slip", "survey", "pupil_survey",
         "staff_survey", "area_survey", "class_news", "staff_news"}  # fmt: skip


def text_fields(model: type[models.Model]) -> Iterator[models.CharField | models.TextField]:
    """The free-text columns of a table."""
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField)
        if not is_text or field.choices or field.is_relation or field.primary_key:
            continue
        if field.name in NOT_FREE or f"{model._meta.label_lower}.{field.name}" in NOT_FREE:
            continue
        yield field  # type: ignore[misc]


def sow(world: World) -> dict[str, str]:
    """Write the words; gives word -> table and column."""
    sown: dict[str, str] = {}
    done: set[tuple[type[models.Model], object]] = set()
    open_the_wall()
    for name, place in world.places.items():
        rows = dict(place.rows)
        for kind, extra in (
            ("pupil", PupilProfile.objects.filter(person=rows["pupil"]).first()),
            ("staff", StaffMember.objects.filter(person=rows["staff"]).first()),
            ("enrolment", EnrolmentEvent.objects.filter(enrolment=rows["enrolment"]).first()),
        ):
            rows[f"{kind} more"] = extra
        for kind, row in rows.items():
            if not isinstance(row, models.Model) or kind == "other_unit" or (type(row), row.pk) in done:
                continue
            done.add((type(row), row.pk))
            base = kind.removesuffix(" more")
            whose = "pupil" if base in PUPILS else "unit" if base in UNITS else "staff"
            values = {}
            for field in text_fields(type(row)):
                word = f"zq{name}{whose}n{len(sown)}z"
                sown[word] = f"{type(row)._meta.label}.{field.name}"
                room = field.max_length or 100
                values[field.name] = f"{word}{MARKUP}"[: max(room, len(word))]
                if len(word) > room:
                    sown.pop(word)
                    values.pop(field.name)
            if "full_name" in values:
                values["search_key"] = search_key(values["full_name"])
            if values:
                type(row)._base_manager.filter(pk=row.pk).update(**values)
    return sown


def words_in(data: bytes, kind: str) -> set[tuple[str, str]]:
    """The words in an answer (a workbook is opened), as (place, whose)."""
    if "spreadsheetml" in kind:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist())
    text = unescape(data.decode("utf-8", "replace"))
    return {(match[1].lower(), match[2].lower()) for match in WORD.finditer(text)}
