"""The department keeps sentences for all schools, a school for its teachers, a teacher her own."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, Work
from khue.kernel.audit.models import Entry
from khue.kernel.org.events import UnitsMerged
from khue.school.gradebook import actions, reactions
from khue.school.gradebook.models import Phrase
from khue.school.gradebook.phrases import PROVINCE
from khue.school.gradebook.queries.phrases import bank
from tests.cast import Cast

SHARED = "/so-diem/cau-nhan-xet/chung/"
OWN = "/so-diem/cau-nhan-xet/"


@pytest.fixture
def officer(cast: Cast) -> Actor:
    """Sơn, an officer of the department."""
    return cast.son


def texts(actor: Actor) -> list[tuple[str, str]]:
    """The sentences an actor finds that do not come with Khuê, and whose they are."""
    return [(one.text, one.whose) for one in bank(actor) if one.whose != "usual"]


def test_the_departments_sentences_reach_every_school_and_a_schools_its_own_teachers(
    cast: Cast, officer: Actor
) -> None:
    actions.add_shared_phrase(officer, cast.department, text="Đọc  trôi chảy.", group="good")
    actions.add_shared_phrase(cast.hung, cast.school, text="Giữ trật tự hơn.", group="weak")
    actions.add_shared_phrase(officer, cast.other_school, text="Tự giác hơn.", group="any")
    actions.add_phrase(cast.lan, cast.people["lan"], text="Vẽ hình rất đẹp.", group="good")
    assert texts(cast.lan) == [
        ("Vẽ hình rất đẹp.", "own"), ("Giữ trật tự hơn.", "school"), ("Đọc trôi chảy.", "province"),
    ]  # fmt: skip
    assert texts(cast.hung) == [("Giữ trật tự hơn.", "school"), ("Đọc trôi chảy.", "province")]
    assert texts(cast.mai) == [("Tự giác hơn.", "school"), ("Đọc trôi chảy.", "province")]
    entry = Entry.objects.filter(action="gradebook.add_shared_phrase").order_by("pk")[0]
    assert entry.chain == cast.department.pk


def test_the_officer_keeps_the_provinces_sentences_on_one_page(cast: Cast, officer: Actor) -> None:
    client = cast.client("son")
    page = client.get(SHARED).content.decode()
    assert "Câu của Sở" in page
    assert client.post(SHARED, {"text": "Đọc trôi chảy.", "group": "good"}).status_code == 302
    page = client.get(SHARED).content.decode()
    phrase = Phrase.objects.get()
    assert (phrase.unit, phrase.owner) == (cast.department, None)
    assert f'name="drop" value="{phrase.pk}"' in page
    seen = cast.client("lan").get(OWN).content.decode()
    assert "của Sở" in seen
    assert 'name="drop"' not in seen
    assert "Đọc trôi chảy." in cast.client("lan").get(f"{OWN}?manh=1").content.decode()
    assert client.post(SHARED, {"text": "Đọc trôi chảy.", "group": "good"}).status_code == 422
    assert client.post(SHARED, {"drop": phrase.pk}).status_code == 302
    assert not Phrase.objects.exists()


def test_the_head_keeps_the_schools_and_only_reads_the_provinces(cast: Cast, officer: Actor) -> None:
    above = actions.add_shared_phrase(officer, cast.department, text="Đọc trôi chảy.", group="good")
    client = cast.client("hung")
    client.post(SHARED, {"text": "Giữ trật tự hơn.", "group": "weak"})
    own = Phrase.objects.get(unit=cast.school)
    page = client.get(SHARED).content.decode()
    assert "Câu của trường" in page
    assert f'value="{own.pk}"' in page
    assert f'name="drop" value="{above.pk}"' not in page
    assert client.post(SHARED, {"drop": above.pk}).status_code == 404
    assert client.post(SHARED, {"drop": "x"}).status_code == 404
    with pytest.raises(NotVisible):
        actions.remove_shared_phrase(cast.hung, above)
    with pytest.raises(NotVisible):
        actions.add_shared_phrase(cast.hung, cast.department, text="Cho cả tỉnh.", group="any")
    with pytest.raises(NotVisible):
        actions.add_shared_phrase(cast.hung, cast.other_school, text="Sang trường khác.", group="any")
    actions.remove_shared_phrase(cast.hung, own)


def test_teachers_clerks_and_families_keep_no_shared_sentences(cast: Cast) -> None:
    for who in ("lan", "mai", "tam", "binh", "an"):
        assert cast.client(who).get(SHARED).status_code == 404
        with pytest.raises((NotAllowed, NotVisible)):
            actions.add_shared_phrase(cast.actor(who), cast.school, text="Không được.", group="any")
    assert cast.client("hung").get(f"{SHARED}?don-vi={cast.other_school.code}").status_code == 404


def test_a_commune_keeps_none_and_a_teachers_own_is_not_shared(cast: Cast, officer: Actor) -> None:
    with pytest.raises(DomainError, match="Sở và trường"):
        actions.add_shared_phrase(officer, cast.commune, text="Của xã.", group="any")
    mine = actions.add_phrase(cast.lan, cast.people["lan"], text="Của tôi.", group="any")
    with pytest.raises(NotVisible):
        actions.remove_shared_phrase(officer, mine)
    shared = actions.add_shared_phrase(cast.hung, cast.school, text="Của trường.", group="any")
    with pytest.raises(NotVisible):
        actions.remove_phrase(cast.lan, shared)


def test_a_text_stands_once_and_the_nearest_owner_keeps_it(cast: Cast, officer: Actor) -> None:
    usual = PROVINCE["good"][0]
    actions.add_shared_phrase(officer, cast.department, text=usual, group="good")
    actions.add_phrase(cast.lan, cast.people["lan"], text=usual, group="good")
    assert [one.whose for one in bank(cast.lan) if one.text == usual] == ["own"]
    assert [one.whose for one in bank(cast.mai) if one.text == usual] == ["province"]


def test_a_sentence_is_a_persons_or_a_units_never_both_or_nobodys(cast: Cast) -> None:
    for owner, unit in ((None, None), (cast.people["lan"], cast.school)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Phrase.objects.create(owner=owner, unit=unit, group="any", text="Của ai?")


def test_schools_that_become_one_share_their_sentences(cast: Cast, officer: Actor) -> None:
    for unit, text in (
        (cast.school, "Chung."), (cast.other_school, "Chung."), (cast.other_school, "Của trường cũ."),
    ):  # fmt: skip
        actions.add_shared_phrase(officer, unit, text=text, group="any")
    event = UnitsMerged((cast.other_school.pk,), cast.school.pk, cast.year.starts_on)
    reactions.units_merged(Work(Actor.system("gradebook.test"), "gradebook.test", []), event)
    kept = Phrase.objects.filter(unit=cast.school).values_list("text", flat=True)
    assert sorted(kept) == ["Chung.", "Của trường cũ."]


def test_the_bank_is_one_query(cast: Cast) -> None:
    actor = cast.lan
    actor.reach("gradebook.view")
    with CaptureQueriesContext(connection) as asked:
        bank(actor)
    assert len(asked) == 1
