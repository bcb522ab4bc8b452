"""Alerts for a reader of English: the rules that came with Khuê, their figures; what is kept stays Vietnamese."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from khue.command.alerts import actions
from khue.command.alerts.actions.handling import HANDLE
from khue.command.alerts.models import Rule
from khue.command.alerts.tests.places import late, look, only, rule
from khue.config import messages
from khue.kernel.workflow.models import Task
from tests.cast import Cast


def in_english(client: Client) -> Client:
    messages.compile_stale()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_rules_and_figures_are_said_in_english(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    son = in_english(cast.client("son"))
    for address in ("/canh-bao/", f"/canh-bao/{only().pk}/", "/canh-bao/quy-tac/"):
        page = son.get(address).content.decode()
        assert "Schools late with marks" in page, address
        assert "Trường vào điểm chậm" not in page, address
    page = son.get(f"/canh-bao/{only().pk}/").content.decode()
    assert "Marks entered on time" in page
    assert "See which teachers have empty cells" in page


def test_a_rule_the_department_has_renamed_is_said_as_it_is(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    Rule.objects.filter(code="late_marks").update(name="Trường chậm điểm của tỉnh ta")
    page = in_english(cast.client("son")).get("/canh-bao/").content.decode()
    assert "Trường chậm điểm của tỉnh ta" in page


def test_the_form_of_a_rule_shows_what_is_kept_and_a_task_is_kept_in_vietnamese(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    son = in_english(cast.client("son"))
    assert 'value="Trường vào điểm chậm"' in son.get("/canh-bao/quy-tac/late_marks/").content.decode()
    actions.assign(cast.son, only(), person_id=cast.hung.person_id)
    assert Task.objects.get(kind=HANDLE).title.startswith("Trường vào điểm chậm")
