"""What report cards cost, signed all the way: one card, a class of 45, a school behind the page; the public page.

A card here is what rules/02 asks of a secondary school: a data file with the signatures of twelve subject teachers, the
homeroom teacher, the principal and the school (RSA 2048 of a test authority, each key opened once), the draft written
after each step, the paper printed and sealed, both files on disk, the line of the register, the record of signatures.
All of it happens in a transaction that is rolled back, with files in a folder that is thrown away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from khue.kernel import papers
from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.bench.browsers import host
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Cost, Result, leaving_nothing
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Certificate
from khue.kernel.signing.records import keep_certificate
from khue.kernel.statements import fetch
from khue.school.report_cards import bench_school, codes, datafile, keeping, rationing, register, verification
from khue.school.report_cards.issuing import issue
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.packing import packed
from khue.school.report_cards.printing import samples
from khue.school.report_cards.printing.bench import another_card
from khue.school.report_cards.printing.papers import CARD
from khue.school.report_cards.rules import State, default_policy

PUPILS: Final = 45
SCHOOL: Final = 1_537
PROVINCE: Final = 870_000
AT_ONCE: Final = 8  # cards issued in one transaction, as the job does
GROUP: Final = "report_cards"
FIELDS: Final = (
    "person_id", "enrolment_id", "year_id", "school_id", "classroom_id", "level", "grade", "sort_key", "edition",
    "state", "steps", "content", "fingerprint", "reference", "code", "composed_at",
)  # fmt: skip
# Pupils of one school, as many as are asked for.
_PUPILS: Final = """
select e.person_id, e.id, e.year_id, e.school_id, e.classroom_id, e.level, e.grade, e.sort_key from roster_enrolment e
where e.classroom_id is not null and e.school_id = (
  select school_id from roster_enrolment where level = 'THCS' and classroom_id is not null
  group by 1 order by count(*) desc limit 1)
order by e.id limit %s
"""
_editions: Final = count(1_000)


@dataclass(frozen=True)
class Hands:
    """Open keys: a teacher's, the homeroom teacher's, the principal's, the school's with its certificate."""

    teacher: engine.Signer
    homeroom: engine.Signer
    principal: engine.Signer
    school: engine.Signer
    seal: Certificate


@contextmanager
def _scene(pupils: int) -> Iterator[tuple[list[tuple[Any, ...]], Hands]]:
    """Pupils to make cards for, open keys, a folder for the files; nothing stays."""
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory(dir=settings.VAR))
        options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
        held.enter_context(override_settings(STORAGES={**settings.STORAGES, "default": options}))
        held.enter_context(leaving_nothing())
        rows = fetch(_PUPILS, [pupils])
        if not rows:
            raise CannotMeasureError("không có học sinh nào; chạy khue demo trước.")
        authority = installation.trial_authority() or engine.Authority.make("Phép đo")
        people = [
            authority.person(name, personal_id=f"02018500000{n}")
            for n, name in enumerate(("Một", "Hai", "Ba"))
        ]
        school = authority.institution("TRƯỜNG ĐO", organisation_id="4900000001")
        teacher, homeroom, principal, own = (held.enter_context(one.open()) for one in (*people, school))
        seal = keep_certificate(_work(), school.certificate, school.chain, source="trial", unit_id=rows[0][3])
        yield rows, Hands(teacher, homeroom, principal, own, seal)


def _work() -> Work:
    return Work(Actor.system("report_cards.bench"), "report_cards.bench", [])


def compose(rows: Sequence[tuple[Any, ...]]) -> list[Card]:
    """Cards of these pupils, each saying something else, as composing leaves them."""
    now, made, edition = timezone.now(), [], next(_editions)
    for number, row in enumerate(rows):
        card = replace(another_card(samples.SECONDARY, number + edition), signatures=(), proof=None)
        reference = codes.new_reference()
        made.append(
            (
                *row, edition, State.SUPERSEDED.value, default_policy("THCS").text, datafile.content_of(card),
                datafile.fingerprint(card, reference), reference, codes.new_code(), now,
            )
        )  # fmt: skip
    ids = _work().create_many(Card, FIELDS, made)
    return list(Card.objects.filter(pk__in=ids).order_by("pk"))


def sign(cards: Sequence[Card], hands: Hands, at: datetime) -> list[bytes]:
    """All signatures up to the principal's, in four steps, the drafts written after each; then the school's."""
    work = _work()
    files = [datafile.write(datafile.card_of(card.content), card.reference) for card in cards]
    steps = (
        ("GV", "Giáo viên môn học", hands.teacher),
        ("GVCN", "Giáo viên chủ nhiệm", hands.homeroom),
        ("HT", "Hiệu trưởng", hands.principal),
    )
    for place, (field, capacity, signer) in enumerate(steps):
        subjects = [line["code"] for line in cards[0].content["subjects"]] if place == 0 else [""]
        for code in subjects:
            name, part = (f"{field}_{code}", f"MON_{code}") if code else (field, "")
            files = _signed(files, signer, name, capacity, part, at)
        rows = [
            (card.pk, packed(data), engine.content_sha256(data))
            for card, data in zip(cards, files, strict=True)
        ]
        if place == 0:
            work.create_many(
                Draft, ("data", "sha256"), [row[1:] for row in rows], ids=[row[0] for row in rows]
            )
        else:
            work.change_many(
                Draft, ("data", "sha256"), {pk: ((b"", ""), (data, sha)) for pk, data, sha in rows}
            )
    return _signed(files, hands.school, "TRUONG", "Chữ ký số của trường", "", at)


def _signed(
    files: Sequence[bytes], signer: engine.Signer, field: str, capacity: str, part: str, at: datetime
) -> list[bytes]:
    ready = [
        engine.prepare_xml(
            data, signer.certificate, signer.chain, field=field, capacity=capacity, at=at, part=part
        )
        for data in files
    ]
    return engine.sign_many(signer, ready)


def whole(rows: Sequence[tuple[Any, ...]], hands: Hands) -> list[Card]:
    """Cards from nothing to issued, a handful in each step."""
    cards = compose(rows)
    at = timezone.now()
    for begin in range(0, len(cards), AT_ONCE):
        piece = cards[begin : begin + AT_ONCE]
        files = sign(piece, hands, at)
        issue(_work(), list(zip(piece, files, strict=True)), hands.school, hands.seal, at)
    return cards


@bench("card_one", group=GROUP)
def card_one(run: Run) -> Iterator[Result]:
    """One card whole, `n` its files in bytes; beside the printing of its paper alone."""
    with _scene(1) as (rows, hands):
        cost = run.meter.typical(lambda: whole(rows, hands), rounds=40 if run.full else 20, warm=4)
        files = register.files_of(whole(rows, hands)[0].pk)
        assert files is not None
        card = replace(samples.SECONDARY, signatures=samples.SIGNATURES)
        number = count()
        paper = run.meter.typical(
            lambda: papers.render(CARD, another_card(card, next(number))), rounds=20, warm=4
        )
        yield Result(
            "card_one", cost.cpu_ms, cost.wall_ms, files.data_size + files.paper_size, paper.cpu_ms,
            cost.cpu_ms / paper.cpu_ms, "in một bản không ký",
            f"byte: tệp dữ liệu {files.data_size}, bản in {files.paper_size}",
        )  # fmt: skip


@bench("card_class", group=GROUP)
def card_class(run: Run) -> Iterator[Result]:
    """A class of 45 whole; `n` counts its cards."""
    with _scene(PUPILS) as (rows, hands):
        _demand(len(rows), PUPILS)
        cost = run.meter.typical(lambda: whole(rows, hands), rounds=5 if run.full else 3, warm=1)
        yield Result("card_class", cost.cpu_ms, cost.wall_ms, len(rows), note="học bạ")


@bench("card_school", group=GROUP)
def card_school(run: Run) -> Iterator[Result]:
    """A school of 1,537: with `--full` all of it, by every signer's batch in the job; else by the rate of a tenth.

    A province by the same rate.
    """
    made, cost = _by_jobs(run) if run.full else _by_rate(run)
    each = cost.cpu_ms / made
    how = "học bạ, cả trường qua việc nền" if run.full else "học bạ, một lõi"
    yield Result("card_school", each * SCHOOL, cost.wall_ms / made * SCHOOL, SCHOOL, note=how)
    yield Result(
        "card_province", each * PROVINCE, cost.wall_ms / made * PROVINCE, PROVINCE,
        note="học bạ, theo tốc độ của trường, một lõi",
    )  # fmt: skip


def _by_rate(run: Run) -> tuple[int, Cost]:
    with _scene(SCHOOL // 10) as (rows, hands):
        whole(rows[:4], hands)
        pieces = [rows[begin : begin + PUPILS] for begin in range(0, len(rows), PUPILS)]

        def all_of_it() -> None:
            for piece in pieces:
                whole(piece, hands)

        return len(rows), run.meter.once(all_of_it)


def _by_jobs(run: Run) -> tuple[int, Cost]:
    with bench_school.waiting_school(SCHOOL) as school:
        cost = run.meter.once(lambda: bench_school.sign_all(school))
        issued = bench_school.sealed(school)
        if issued != SCHOOL:
            raise CannotMeasureError(f"chỉ {issued} trong {SCHOOL} học bạ được cấp.")
        return issued, cost


def _demand(found: int, wanted: int) -> None:
    if found < wanted:
        raise CannotMeasureError(f"cần {wanted} học sinh, chỉ có {found}; chạy khue demo trước.")


@bench("verify_page", group=GROUP)
def verify_page(run: Run) -> Iterator[Result]:
    """The public page by reference, and with every signature judged; `n` the bytes of the answer."""
    with _scene(1) as (rows, hands):
        card = whole(rows, hands)[0]
        Card.objects.filter(pk=card.pk).update(state=State.SEALED)
        address = f"/xac-minh/{card.reference}/"
        others = count()

        def ask(query: str) -> int:
            n = next(others)  # another visitor each time, as in life
            browser = Client(HTTP_HOST=host(), REMOTE_ADDR=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")
            return len(browser.get(address + query).content)

        files = register.files_of(card.pk)
        assert files is not None
        data_sha256 = files.data_sha256
        bytes_of = run.meter.typical(lambda: keeping.content(data_sha256), rounds=9)
        for name, query in (("verify_page", ""), ("verify_page_full", "?chu-ky=1")):
            cost = run.meter.typical(lambda query=query: ask(query), rounds=30, warm=5)  # type: ignore[misc]
            yield Result(
                name, cost.cpu_ms, cost.wall_ms, ask(query), bytes_of.cpu_ms, cost.cpu_ms / bytes_of.cpu_ms,
                "đọc tệp dữ liệu", "byte của trang",
            )  # fmt: skip
        found = verification.answer(card.reference)
        assert found is not None
        alone = run.meter.typical(lambda: verification.check(found), rounds=20, warm=3)
        yield Result(
            "verify_signatures", alone.cpu_ms, alone.wall_ms, len(found.signatures) + 1, note="chữ ký"
        )
        rationing.sweep()
