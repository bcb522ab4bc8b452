"""K1, K2, K3: a changed byte is found at its row; what hides from a chain does not hide from kept checkpoints."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.audit.ledgers import StatementError
from khue.kernel.statements import run
from khue.school.report_cards import checkpoints, command, extracting, register, verifying
from khue.school.report_cards.models import Card, Checkpoint, Entry, EntryKind
from khue.school.report_cards.rules import State
from khue.school.report_cards.tests import places
from tests.cast import Cast, make_enrolment, make_person

SCRIPT = Path(verifying.__file__).parent / "standalone" / "register_check.py"


@pytest.fixture
def cards(cast: Cast) -> list[Card]:
    """Four cards of Lan's school, one of Mai's; one of them revoked; a checkpoint over all."""
    others = [make_enrolment(make_person(name), cast.classroom) for name in ("Lý A Páo", "Vàng Thị Mỷ")]
    made = [places.composed(one) for one in (cast.enrolments["an"], cast.enrolments["khoi"], *others)]
    places.issue_all([(one, places.waiting(one)) for one in made])
    made.append(places.issued(cast.enrolments["vy"]))
    files = register.files_of(made[3].pk)
    assert files is not None
    with transaction.atomic():
        line = register.Line(made[3], EntryKind.REVOKED, files)
        register.enter(places.work(), made[3].school_id, [line], timezone.now())
    Card.objects.filter(pk=made[3].pk).update(state=State.REVOKED)
    checkpoints.make()
    return made


def as_owner(statement: str, values: list[Any] | None = None) -> None:
    """As somebody who owns the server: no wall stands before them."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values or [])
        cursor.execute("set local session_replication_role = origin")


def faults() -> list[verifying.Fault]:
    return verifying.verify().faults


def test_what_nobody_touched_is_sound(cards: list[Card]) -> None:
    report = verifying.verify()
    assert report.faults == []
    assert (report.entries, report.schools, report.files, report.checkpoints) == (6, 2, 10, 1)


# --- K1 ---------------------------------------------------------------------------------------------------------------
BOUND = (
    "reference", "code", "edition", "fingerprint", "enrolment_id", "year_id", "classroom_id", "level", "grade", "steps",
    "is_test", "content", "issued_at", "state",
)  # fmt: skip


def other(value: Any, chance: random.Random) -> Any:
    """The same value with one byte or bit otherwise."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(6))
    if isinstance(value, bytes | memoryview):
        data = bytearray(value)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    if isinstance(value, str):
        place = chance.randrange(len(value))
        return value[:place] + ("x" if value[place] != "x" else "y") + value[place + 1 :]
    return value.replace(microsecond=(value.microsecond + (1 << chance.randrange(15))) % 1_000_000)


def flipped_content(content: dict[str, Any], chance: random.Random) -> str | None:
    """The content with one letter of a name or a value otherwise; None when the database could not hold it."""
    text = orjson.dumps(content).decode()
    places_of = [n for n, letter in enumerate(text) if letter.isalnum()]
    changed = text
    place = chance.choice(places_of)
    new = "7" if text[place].isdigit() and text[place] != "7" else "8" if text[place].isdigit() else "q"
    changed = text[:place] + (new if text[place] != new else "z") + text[place + 1 :]
    try:
        return changed if orjson.loads(changed) != content else None
    except orjson.JSONDecodeError:
        return None


def test_a_thousand_changed_bytes_in_register_cards_and_files_are_all_found_at_their_row(
    cards: list[Card], own_files: Path
) -> None:
    chance = random.Random(20261122)
    entries = list(Entry.objects.order_by("pk").values())
    rows = {card["id"]: card for card in Card.objects.values()}
    columns = [name for name in entries[0] if name not in ("id", "school_id", "card_id")]
    found = tried = 0
    while tried < 1_000:
        kind = chance.choice(("entry", "card", "file"))
        entry = chance.choice(entries)
        if kind == "entry":
            name = chance.choice(columns)
            sql = f"update report_cards_entry set {name} = %s where id = %s"
            new = (
                entry[name] + 64 if name == "seq" else other(entry[name], chance)
            )  # no two lines of one number
            old, key = entry[name], entry["id"]
        elif kind == "card":
            name = chance.choice(BOUND)
            card = rows[entry["card_id"]]
            new = flipped_content(card[name], chance) if name == "content" else other(card[name], chance)
            new = (
                card[name] + (1 << chance.randrange(10, 20)) if name == "enrolment_id" else new
            )  # no two of one
            old = orjson.dumps(card[name]).decode() if name == "content" else card[name]
            cast_to = "::jsonb" if name == "content" else ""
            sql, key = f"update report_cards_card set {name} = %s{cast_to} where id = %s", card["id"]
        else:
            sha256 = entry[chance.choice(("data_sha256", "paper_sha256"))]
            place = own_files / sha256[:2] / sha256
            whole = place.read_bytes()
            place.chmod(0o600)
            place.write_bytes(other(whole, chance))
            seen = verifying.verify()
            place.write_bytes(whole)
            tried += 1
            found += any(one.card == entry["card_id"] for one in seen.faults)
            continue
        if new is None or (kind == "entry" and name == "kind" and len(new) > 12):
            continue
        tried += 1
        as_owner(sql, [new, key])
        seen = verifying.verify()
        named = {(one.entry, one.card) for one in seen.faults}
        found += any(one == entry["id"] or card_id == entry["card_id"] for one, card_id in named)
        as_owner(sql, [old, key])
    assert (tried, found) == (1_000, 1_000)
    assert verifying.verify().is_sound


# --- K2: what an owner of the server may try -----------------------------------------------------------------------
def reseal(school_id: int) -> None:
    """Compute every hash of a school's register anew, as a forger with the program would."""
    previous = register.START
    entries = Entry.objects.filter(school_id=school_id).order_by("seq").select_related("card")
    for number, entry in enumerate(entries, 1):
        files = register.Files(entry.data_sha256, entry.data_size, entry.paper_sha256, entry.paper_size)
        fields = register.fields_of(
            school_id, number, entry.kind, entry.at, register.said_of(entry.card), files
        )
        made = register.digest(previous, fields)
        as_owner(
            "update report_cards_entry set seq = %s, previous = %s, hash = %s where id = %s",
            [number, previous, made, entry.pk],
        )
        previous = made


def back_date(cards: list[Card]) -> None:
    as_owner("update report_cards_entry set at = at - interval '400 days' where card_id = %s", [cards[1].pk])
    as_owner(
        "update report_cards_card set issued_at = issued_at - interval '400 days' where id = %s",
        [cards[1].pk],
    )
    reseal(cards[1].school_id)


def unrevoke(cards: list[Card]) -> None:
    as_owner("delete from report_cards_entry where kind = 'revoked'")
    as_owner("update report_cards_card set state = 'sealed' where id = %s", [cards[3].pk])


def remove_last(cards: list[Card]) -> None:
    as_owner("delete from report_cards_entry where card_id = %s", [cards[4].pk])
    as_owner("delete from report_cards_card where id = %s", [cards[4].pk])


def remove_first(cards: list[Card]) -> None:
    as_owner("delete from report_cards_entry where card_id = %s", [cards[0].pk])
    as_owner("delete from signing_signature where document_id = %s", [cards[0].pk])
    as_owner("delete from report_cards_card where id = %s", [cards[0].pk])
    reseal(cards[1].school_id)


def swap(cards: list[Card]) -> None:
    one, two = (Entry.objects.get(card=card, kind="issued") for card in cards[:2])
    as_owner("update report_cards_entry set seq = -seq where id in (%s, %s)", [one.pk, two.pk])
    as_owner("update report_cards_entry set seq = %s where id = %s", [two.seq, one.pk])
    as_owner("update report_cards_entry set seq = %s where id = %s", [one.seq, two.pk])
    reseal(cards[0].school_id)


def rewrite(cards: list[Card]) -> None:
    as_owner("update report_cards_card set edition = 3 where id = %s", [cards[2].pk])
    reseal(cards[2].school_id)


def insert(cards: list[Card]) -> None:
    school = cards[0].school_id
    forged = places.composed(make_enrolment(make_person("Người Thêm"), cards[0].classroom))
    places.issue_all([(forged, places.waiting(forged))])
    as_owner("update report_cards_entry set seq = seq + 100 where school_id = %s and seq > 1", [school])
    as_owner("update report_cards_entry set seq = 2 where card_id = %s", [forged.pk])
    reseal(school)


MUSEUM: list[Callable[[list[Card]], None]] = [
    back_date,
    unrevoke,
    remove_last,
    remove_first,
    swap,
    rewrite,
    insert,
]


@pytest.mark.parametrize("attack", MUSEUM, ids=lambda one: one.__name__)
def test_a_history_rewritten_with_all_hashes_is_found_by_the_checkpoints(
    cards: list[Card], attack: Callable[[list[Card]], None]
) -> None:
    attack(cards)
    seen = faults()
    assert any(one.checkpoint is not None for one in seen), [str(one) for one in seen]


def test_a_state_changed_behind_the_registers_back_is_found(cards: list[Card]) -> None:
    Card.objects.filter(pk=cards[3].pk).update(state=State.SEALED)
    assert [(one.card, one.what) for one in faults()] == [(cards[3].pk, "trạng thái không khớp sổ")]


def test_a_card_given_to_another_pupil_is_found(cards: list[Card], cast: Cast) -> None:
    as_owner(
        "update report_cards_card set person_id = %s where id = %s", [cast.people["khoi"].pk, cards[0].pk]
    )
    assert {one.card for one in faults()} == {cards[0].pk}


def test_a_card_said_to_be_issued_that_no_register_knows_is_found(cards: list[Card]) -> None:
    as_owner("delete from report_cards_entry where card_id = %s", [cards[4].pk])
    assert any(one.card == cards[4].pk for one in faults())


def test_a_checkpoint_kept_outside_finds_an_old_copy_put_back(cards: list[Card], tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    row = checkpoints.newest()
    assert row is not None
    kept.write_text(checkpoints.export(row))
    remove_last(cards)
    as_owner("delete from report_cards_checkpoint")
    checkpoints.make()
    assert verifying.verify().is_sound, "by itself the old copy agrees with itself"
    assert not verifying.verify(checkpoints.read(kept.read_text())).is_sound
    assert command.main(["verify", "--against", str(kept)]) == 1


def test_checkpoints_cannot_be_changed_by_the_program(cards: list[Card]) -> None:
    from django.db import DatabaseError

    for change in (lambda: Checkpoint.objects.update(entries=1), lambda: Checkpoint.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("entries = entries + 1", "chữ ký không đúng"),
        ("at = at - interval '1 day'", "chữ ký không đúng"),
        ("heads = replace(heads, '1', '2')", "chữ ký không đúng"),
        ("root = sha256(root)", "chữ ký không đúng"),
        ("key_id = 'aaaaaaaaaaaaaaaa'", "không có khóa công khai"),
    ],
)
def test_a_changed_checkpoint_is_found(cards: list[Card], change: str, what: str) -> None:
    as_owner(f"update report_cards_checkpoint set {change}")
    assert any(what in one.what for one in faults())


def test_nothing_new_makes_no_checkpoint_and_only_what_moved_is_in_the_next(
    cards: list[Card], cast: Cast
) -> None:
    assert checkpoints.make() is None
    places.issued(make_enrolment(make_person("Giàng A Sử"), cast.classroom))
    row = checkpoints.make()
    assert row is not None
    assert [line[0] for line in orjson.loads(row.heads)] == [cast.school.pk]
    assert verifying.verify().is_sound


# --- the nightly share ------------------------------------------------------------------------------------------------
def test_seven_nights_read_every_file_and_each_night_the_newest(cards: list[Card]) -> None:
    now = timezone.now()
    later = now + timezone.timedelta(days=30)
    assert verifying.verify(share=verifying.tonight(now)).files == 10
    nights = [
        verifying.verify(share=verifying.tonight(later + timezone.timedelta(days=day))).files
        for day in range(7)
    ]
    assert sum(nights) == 10
    assert max(nights) < 10


# --- K3: the stand-alone check ----------------------------------------------------------------------------------------
def check_alone(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def turned(text: str) -> str:
    """A text in hexadecimal with its first digit otherwise."""
    return format(int(text[0], 16) ^ 1, "x") + text[1:]


@pytest.fixture
def outside(cards: list[Card], cast: Cast, tmp_path: Path) -> dict[str, Path]:
    """Two checkpoints and an extract, as another body keeps them."""
    paths = {name: tmp_path / f"{name}.txt" for name in ("first", "second", "extract")}
    for name in ("first", "second"):
        if name == "second":
            places.issued(make_enrolment(make_person("Giàng A Sử"), cast.classroom))
            checkpoints.make()
        row = checkpoints.newest()
        assert row is not None
        paths[name].write_text(checkpoints.export(row))
    paths["extract"].write_text("".join(extracting.lines(cast.school.pk)))
    return paths


def test_the_stand_alone_script_agrees_and_has_at_most_300_lines(outside: dict[str, Path]) -> None:
    code, words = check_alone(
        *(str(outside[name]) for name in ("first", "second")), "--extract", str(outside["extract"])
    )
    assert (code, words) == (0, "sound: 2 checkpoints, 7 entries of 2 schools\n")
    assert len(SCRIPT.read_text().splitlines()) <= 300
    assert "khue" not in "".join(line for line in SCRIPT.read_text().splitlines() if "import" in line)


def test_an_extract_names_no_pupil(outside: dict[str, Path], cast: Cast) -> None:
    text = outside["extract"].read_text()
    assert cast.people["an"].full_name not in text
    assert cast.people["an"].code not in text


def test_every_bad_file_is_refused_by_the_script_and_by_the_reader(
    outside: dict[str, Path], tmp_path: Path
) -> None:
    good = outside["first"].read_text()
    lines = good.split("\n")
    bad = {
        "another title": good.replace("report card", "diploma", 1),
        "another number": "\n".join([lines[0], "99", *lines[2:]]),
        "another time": "\n".join([*lines[:2], lines[2].replace("2026", "2025"), *lines[3:]]),
        "another count": "\n".join([*lines[:3], str(int(lines[3]) + 1), *lines[4:]]),
        "another root": "\n".join([*lines[:4], "00" * 32, *lines[5:]]),
        "another key": "\n".join([*lines[:7], "11" * 32, *lines[8:]]),
        "another signature": "\n".join([*lines[:8], turned(lines[8]), *lines[9:]]),
        "no signature": "\n".join([*lines[:8], "", *lines[9:]]),
        "a school less": "\n".join([*lines[:9], *lines[10:]]),
        "a line of a school changed": "\n".join(
            [*lines[:9], lines[9][:-64] + turned(lines[9][-64:]), *lines[10:]]
        ),
        "words": "\n".join([*lines[:9], "not a line"]),
        "cut": "\n".join(lines[:6]),
    }
    for name, text in bad.items():
        place = tmp_path / "bad.txt"
        place.write_text(text)
        assert check_alone(str(place))[0] == 1, name
        with pytest.raises(StatementError):
            checkpoints.read(text)


def test_the_script_names_the_line_of_an_extract_that_was_changed(
    outside: dict[str, Path], cards: list[Card]
) -> None:
    lines = outside["extract"].read_text().split("\n")
    changed = [*lines[:2], lines[2].replace('"issued"', '"revoked"'), *lines[3:]]
    outside["extract"].write_text("\n".join(changed))
    code, words = check_alone(str(outside["second"]), "--extract", str(outside["extract"]))
    assert code == 1
    assert "line 2" in words


def test_the_script_finds_two_views_of_one_history(outside: dict[str, Path], cards: list[Card]) -> None:
    rewrite(cards)
    as_owner("delete from report_cards_checkpoint")
    run("select setval(pg_get_serial_sequence('report_cards_checkpoint', 'id'), 50)")
    row = checkpoints.make()
    assert row is not None
    fork = outside["first"].with_name("fork.txt")
    fork.write_text(checkpoints.export(row))
    assert check_alone(str(fork))[0] == 0
    code, words = check_alone(str(outside["second"]), str(fork))
    assert code == 1
    assert "is another than" in words


def test_the_command_says_what_it_saw(
    cards: list[Card], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["verify"]) == 0
    assert "6 dòng của 2 trường, 10 tệp" in capsys.readouterr().out
    assert command.main(["verify", "--quick", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["files"] == 0
    assert command.main(["checkpoint"]) == 0
    place = tmp_path / "out.txt"
    assert command.main(["export", str(place)]) == 0
    assert place.read_text().startswith(checkpoints.TITLE)
    assert command.main(["extract", "THCS-LQD", str(place)]) == 0
    assert len(place.read_text().splitlines()) == 6
    assert command.main(["extract", "KHONG-CO"]) == 1
    assert command.main(["nothing"]) == 2
