"""What the cards of a whole school cost as the school does them: every signer's batch, by the job behind the page.

Each subject teacher signs the own rows in all classes, each homeroom teacher the class, the principal everything, with
the school's seal at once: the tries of the keys, the lists of what waits, the runs, a transaction a handful, the files
on disk, the register. Composing is not in it. All of it is rolled back; files and keys lie in a folder thrown away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.test.utils import override_settings
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.actions import Work
from khue.kernel.bench.measuring import CannotMeasureError, leaving_nothing
from khue.kernel.jobs import engine as jobs
from khue.kernel.jobs.models import Run
from khue.kernel.people.models import Account
from khue.kernel.signing import installation
from khue.kernel.signing.engine import Authority, Issued
from khue.kernel.signing.models import Certificate, Source
from khue.kernel.signing.records import keep_certificate
from khue.kernel.statements import TODAY, fetch
from khue.school.report_cards import codes, datafile
from khue.school.report_cards.actions import batches
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.models import Card, Entry, EntryKind
from khue.school.report_cards.printing import samples
from khue.school.report_cards.printing.bench import another_card
from khue.school.report_cards.queries import groups
from khue.school.report_cards.rules import State, Step, default_policy

SECRET: Final = "phép đo"  # noqa: S105 (keys that are thrown away)
FIELDS: Final = (
    "person_id", "enrolment_id", "year_id", "school_id", "classroom_id", "level", "grade", "sort_key", "edition",
    "state", "steps", "unsigned", "content", "fingerprint", "reference", "code", "composed_at",
)  # fmt: skip
# The newest year's pupils of the largest school, with the subjects of their class that somebody teaches today.
_PUPILS: Final = f"""
with s as (
  select school_id, year_id from roster_enrolment where level = 'THCS' and classroom_id is not null
  group by 1, 2 order by year_id desc, count(*) desc limit 1
), t as (
  select c.classroom_id, array_agg(distinct c.subject_id) as subjects from curriculum_course c
  join curriculum_teaching_assignment a on a.course_id = c.id and a.role = 'main'
    and {TODAY} >= a.starts_on and {TODAY} < a.ends_on
  group by 1
)
select e.person_id, e.id, e.year_id, e.school_id, e.classroom_id, e.level, e.grade, e.sort_key, t.subjects
from roster_enrolment e join s using (school_id, year_id) join t using (classroom_id)
order by e.classroom_id, e.id
"""  # noqa: S608
_SIGNERS: Final = f"""
select distinct 1, a.teacher_id, 'subject' from curriculum_teaching_assignment a
join curriculum_course c on c.id = a.course_id
where a.role = 'main' and {TODAY} >= a.starts_on and {TODAY} < a.ends_on and c.classroom_id = any(%s)
union all
select distinct 2, h.teacher_id, 'homeroom' from roster_homeroom h
where {TODAY} >= h.starts_on and {TODAY} < h.ends_on and h.classroom_id = any(%s)
union all
select 3, person_id, 'principal' from staff_position where post = 'principal' and ends_on is null and unit_id = %s
order by 1, 2
"""  # noqa: S608


@dataclass(frozen=True)
class Signer:
    """Who signs which step, with which key."""

    account: Account
    step: Step
    key: KeyGiven

    @property
    def actor(self) -> Actor:
        """Who has just shown who they are, with the rights of now."""
        return actor_for(self.account, proved_at=timezone.now())[0]


@dataclass(frozen=True)
class School:
    """Cards that wait, and everybody who is to sign them, in order."""

    school_id: int
    cards: Sequence[int]
    signers: Sequence[Signer]
    seal: KeyGiven


def _work() -> Work:
    return Work(Actor.system("report_cards.bench"), "report_cards.bench", [])


@contextmanager
def waiting_school(pupils: int) -> Iterator[School]:
    """Cards of a school that nobody has signed, and keys for all who will; nothing stays."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(dir=settings.VAR)))
        files = {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder / "files"},
        }  # fmt: skip
        storages = {**settings.STORAGES, "default": files}
        held.enter_context(override_settings(DEMO=True, VAR=folder, STORAGES=storages))
        held.enter_context(leaving_nothing())
        rows = fetch(_PUPILS)[:pupils]
        if len(rows) < pupils:
            raise CannotMeasureError(f"cần {pupils} học sinh, chỉ có {len(rows)}; chạy khue demo trước.")
        yield _school(rows, _compose(rows))


def _compose(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    now, made = timezone.now(), []
    for number, (*about, subjects) in enumerate(rows):
        card = replace(another_card(samples.SECONDARY, number), signatures=(), proof=None)
        card = replace(card, subjects=tuple(line for line in card.subjects if line.code in subjects))
        reference = codes.new_reference()
        made.append(
            (
                *about, 1, State.COMPLETE.value, default_policy("THCS").text, [line.code for line in card.subjects],
                datafile.content_of(card), datafile.fingerprint(card, reference), reference, codes.new_code(), now,
            )
        )  # fmt: skip
    return _work().create_many(Card, FIELDS, made)


def _school(rows: Sequence[tuple[Any, ...]], cards: Sequence[int]) -> School:
    authority = installation.trial_authority()
    assert authority is not None
    school_id, rooms = rows[0][3], sorted({row[4] for row in rows})
    keys: dict[int, KeyGiven] = {}
    signers = []
    for _order, person_id, step in fetch(_SIGNERS, [rooms, rooms, school_id]):
        account = Account.objects.select_related("person").get(person_id=person_id)
        if person_id not in keys:
            keys[person_id] = _key(authority, account)
        signers.append(Signer(account, Step(step), keys[person_id]))
    seal = authority.institution("TRƯỜNG ĐO", organisation_id="4900000001")
    return School(school_id, cards, signers, _kept(seal, unit_id=school_id))


def _key(authority: Authority, account: Account) -> KeyGiven:
    person = account.person
    return _kept(
        authority.person(person.full_name, personal_id=person.personal_id or ""), person_id=person.pk
    )


def _kept(issued: Issued, *, person_id: int | None = None, unit_id: int | None = None) -> KeyGiven:
    row: Certificate = keep_certificate(
        _work(), issued.certificate, issued.chain, source=Source.TRIAL, key_file=issued.pkcs12(SECRET),
        person_id=person_id, unit_id=unit_id,
    )  # fmt: skip
    return KeyGiven(row, SECRET)


def sign_all(school: School) -> None:
    """Every signer begins a batch of what waits for them, and the job does it; the principal seals at once."""
    ours = set(school.cards)
    for one in school.signers:
        actor = one.actor
        waiting = groups.groups(actor, one.step)
        cards = {card.card_id: card for group in waiting for card in group.cards if card.card_id in ours}
        seal = school.seal if one.step == Step.PRINCIPAL else None
        batch = batches.begin(
            actor,
            step=one.step,
            school_id=school.school_id,
            cards=list(cards.values()),
            key=one.key,
            seal=seal,
        )
        assert batch.run_id is not None
        jobs.work(batch.run_id, "bench")
        run = Run.objects.get(pk=batch.run_id)
        if run.state != "done" or run.failures:
            raise CannotMeasureError(f"đợt ký {one.step} dừng: {run.problem} {run.failures[:1]}")


def sealed(school: School) -> int:
    """How many of the cards are issued, with their lines in the register."""
    return Entry.objects.filter(
        card_id__in=school.cards, kind=EntryKind.ISSUED, card__state=State.SEALED
    ).count()
