"""A sentence is a text like any other, and remembers how it was said."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import orjson
import pytest

from khue.lib import codes, dates, enrolment_rules, names, personal_id, phones, school_years
from khue.lib.dates import DateProblem, parse_date
from khue.lib.personal_id import personal_id_problems
from khue.lib.sexes import Sex
from khue.lib.wording import Wording, said

TRANSLATED = (codes, dates, enrolment_rules, names, personal_id, phones, school_years)


def test_a_sentence_is_its_text_and_remembers_what_was_put_into_it() -> None:
    told = said("Tháng %(month)s không có ngày %(day)s.", month=2, day=30)
    assert told == "Tháng 2 không có ngày 30."
    assert (told.sentence, told.values) == ("Tháng %(month)s không có ngày %(day)s.", {"month": 2, "day": 30})
    assert json.loads(json.dumps(told)) == orjson.loads(orjson.dumps(told)) == told


def test_what_somebody_typed_is_never_taken_for_a_place_in_the_sentence() -> None:
    with pytest.raises(DateProblem) as refused:
        parse_date("50%(x)s")
    assert refused.value.message == "“50%(x)s” không phải là ngày. Ghi như 05/09/2013."


def test_labels_in_a_sentence_are_wordings_too() -> None:
    found = personal_id_problems("014313000001", sex=Sex.MALE)[0].message
    assert isinstance(found, Wording)
    assert {name: type(value) for name, value in found.values.items()} == {
        "digit": int, "sex": Wording, "told": Wording,
    }  # fmt: skip


@pytest.mark.parametrize("module", TRANSLATED, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_problem_beside_a_form_field_is_said_in_vietnamese_alone(module: object) -> None:
    """Every text handed to a problem of these modules goes through `said`."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    plain = [
        ast.unparse(call)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith("Problem")
        and call.args
        and (
            isinstance(call.args[0], ast.JoinedStr)
            or (isinstance(call.args[0], ast.Constant) and not str(call.args[0].value).isascii())
        )
    ]
    assert plain == []


@pytest.mark.parametrize("name", ["", "Lê 2", "L" * 200, "Lê @ An", "...", "Leâ Vaên Bình"])
def test_what_is_wrong_with_a_name_is_a_sentence_that_can_be_translated(name: str) -> None:
    assert isinstance(names.name_problem(name), Wording)
