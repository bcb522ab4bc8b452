"""Links from guardian to child (reliability F8): one slip, one person, once; a guess leads nowhere."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from khue.citizen.family import actions, queries
from khue.citizen.family.models import LinkCode
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.notify.models import Message
from khue.kernel.people import codes, throttle
from khue.kernel.people.models import SignInAttempt
from khue.registry.roster import actions as roster
from khue.registry.roster.models import Enrolment, Guardianship
from tests.cast import Cast, make_account, make_person

pytestmark = pytest.mark.django_db
BORN = "14/03/2013"


@pytest.fixture
def hoa(cast: Cast) -> Cast:
    """Hòa, An's mother, has an account and nothing else."""
    cast.people["hoa"] = make_person("Trần Thị Hòa", birth_date=date(1986, 2, 2), sex=2)
    make_account(cast.people["hoa"], "hoa")
    return cast


def slip(cast: Cast, who: str = "tam", relation: str = "mother") -> str:
    return actions.issue_codes(cast.actor(who), [cast.enrolments["an"]], relation=relation).slips[0].code


def link(cast: Cast, code: str, born: str = BORN, who: str = "hoa") -> bool:
    """Whether who showed a slip became a guardian."""
    row = actions.redeem(cast.actor(who), code, born)
    if row is None:
        return False
    actions.use_code(cast.actor(who), cast.people[who], code=row)
    return True


def children(cast: Cast, who: str = "hoa") -> list[str]:
    return [one.place.name for one in queries.children(cast.actor(who))]


def test_a_slip_and_the_birth_date_make_a_guardian_once(hoa: Cast) -> None:
    code = slip(hoa)
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", code)
    assert not LinkCode.objects.filter(code_hash__contains=code.replace("-", "")).exists()
    assert children(hoa) == []
    assert link(hoa, code.lower().replace("-", " "))
    assert children(hoa) == ["Lê Hoài An"]
    tie = Guardianship.objects.get(guardian=hoa.people["hoa"])
    assert (tie.relation, tie.may_view, tie.ends_on) == ("mother", True, None)
    assert not link(hoa, code, who="mai")
    assert Guardianship.objects.filter(pupil=hoa.people["an"]).count() == 2


def test_a_pupil_makes_no_guardian_of_the_slip_in_the_schoolbag(hoa: Cast) -> None:
    """Neither of a friend, nor of themselves; an adult who learns at an evening school may have children."""
    code = slip(hoa)
    hoa.people["khoi"] = khoi = hoa.enrolments["khoi"].person
    for who in ("khoi", "an"):
        with pytest.raises(DomainError):
            link(hoa, code, who=who)
    assert Guardianship.objects.filter(pupil=hoa.people["an"]).count() == 1
    type(khoi).objects.filter(pk=khoi.pk).update(birth_date=date(1990, 1, 1))
    assert link(hoa, code, who="khoi")


def test_those_who_would_know_a_stranger_are_told(hoa: Cast) -> None:
    link(hoa, slip(hoa))
    told = set(Message.objects.filter(kind="family.linked").values_list("person_id", flat=True))
    assert told == {hoa.people[who].pk for who in ("tam", "lan", "binh")}


def test_a_wrong_birth_date_makes_nobody_a_guardian_and_five_kill_the_slip(hoa: Cast) -> None:
    code = slip(hoa)
    for day in range(1, 6):
        assert not link(hoa, code, f"{day:02d}/01/2013")
    assert not link(hoa, code)
    assert children(hoa) == []
    assert link(hoa, slip(hoa))


def test_a_hundred_thousand_guesses_hit_no_slip(hoa: Cast) -> None:
    enrolments = [hoa.enrolments[who] for who in ("an",)]
    issued = {
        slip.code
        for _n in range(5)
        for slip in actions.issue_codes(hoa.tam, enrolments, relation="mother").slips
    }
    kept = set(LinkCode.objects.values_list("code_hash", flat=True))
    assert kept == {codes.hash_of(code) for code in issued}
    guesses = {codes.hash_of(codes.new_code()) for _n in range(100_000)}
    assert len(guesses) == 100_000
    assert not guesses & kept


def test_who_guesses_waits_after_ten_even_with_the_right_slip(hoa: Cast) -> None:
    code = slip(hoa)
    for _n in range(throttle.FREE):
        assert not link(hoa, codes.new_code())
    assert not link(hoa, code)
    assert children(hoa) == []
    SignInAttempt.objects.filter(key=actions.links.person_key(hoa.people["hoa"].pk)).delete()
    assert link(hoa, code)


def test_a_slip_dies_after_thirty_days_and_when_a_newer_is_printed(hoa: Cast) -> None:
    old = slip(hoa)
    new = slip(hoa)
    assert not link(hoa, old)
    LinkCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not link(hoa, new)


def test_what_a_court_has_closed_no_slip_opens(hoa: Cast) -> None:
    tie = Guardianship.objects.get(guardian=hoa.people["binh"])
    roster.restrict_guardian(
        hoa.tam, hoa.enrolments["an"], guardianship=tie, may_view=False, basis="Quyết định 12"
    )
    with pytest.raises(DomainError, match="hạn chế"):
        link(hoa, slip(hoa, relation="father"), who="binh")
    roster.end_guardianship(hoa.tam, hoa.enrolments["an"], guardianship=tie, on=timezone.localdate())
    with pytest.raises(DomainError, match="hạn chế"):
        link(hoa, slip(hoa, relation="other"), who="binh")
    assert children(hoa, "binh") == []


def test_who_was_sent_away_does_not_come_back_by_an_older_slip(hoa: Cast) -> None:
    first, second = slip(hoa, relation="mother"), slip(hoa, relation="other")
    assert link(hoa, first)
    tie = Guardianship.objects.get(guardian=hoa.people["hoa"])
    roster.end_guardianship(hoa.hung, hoa.enrolments["an"], guardianship=tie, on=timezone.localdate())
    with pytest.raises(DomainError, match="kết thúc"):
        link(hoa, second)


def test_who_is_a_guardian_already_is_told_so_and_the_slip_stays(hoa: Cast) -> None:
    code = slip(hoa, relation="father")
    with pytest.raises(DomainError, match="đã có trong hồ sơ"):
        link(hoa, code, who="binh")
    assert LinkCode.objects.get().used_at is None


def test_only_the_school_and_the_homeroom_teacher_hand_out_slips_and_prove_who_they_are(hoa: Cast) -> None:
    for who in ("tam", "hung", "lan"):
        assert slip(hoa, who)
    for who in ("mai", "ha"):
        with pytest.raises(NotVisible):
            slip(hoa, who)
    for who in ("binh", "an", "son"):
        with pytest.raises(DomainError):
            slip(hoa, who)
    with pytest.raises(ProofNeeded):
        actions.issue_codes(hoa.actor("tam", proved=False), [hoa.enrolments["an"]], relation="mother")


def test_a_child_without_a_birth_date_gets_no_slip(hoa: Cast) -> None:
    type(hoa.people["an"]).objects.filter(pk=hoa.people["an"].pk).update(birth_date=None)
    issued = actions.issue_codes(
        hoa.tam, [Enrolment.objects.get(pk=hoa.enrolments["an"].pk)], relation="mother"
    )
    assert not issued.slips
    assert issued.left_out[0][0] == "Lê Hoài An"


def test_the_head_sees_the_links_and_ends_one(hoa: Cast) -> None:
    code = slip(hoa)
    client, father = hoa.client("hoa"), hoa.client("hung")
    answer = client.post("/gia-dinh/gan/", {"code": code, "datum": BORN})
    assert answer.status_code == 302
    assert "Lê Hoài An" in client.get("/gia-dinh/").content.decode()
    page = father.get("/gia-dinh/da-gan/").content.decode()
    assert "Trần Thị Hòa" in page
    assert "Đỗ Thị Tâm" in page
    pk = LinkCode.objects.get(used_at__isnull=False).pk
    assert hoa.client("ha").post(f"/gia-dinh/da-gan/{pk}/thoi/", {"reason": "Nhầm"}).status_code == 404
    assert father.post(f"/gia-dinh/da-gan/{pk}/thoi/", {"reason": ""}).status_code == 422
    assert father.post(f"/gia-dinh/da-gan/{pk}/thoi/", {"reason": "Không đúng người"}).status_code == 302
    assert client.get("/gia-dinh/").status_code == 404
    assert children(hoa) == []


def test_who_has_an_account_and_no_child_yet_finds_the_page_of_slips(hoa: Cast) -> None:
    page = hoa.client("hoa").get("/").content.decode()
    assert 'href="/gia-dinh/gan/"' in page
    assert 'href="/gia-dinh/gan/"' not in hoa.client("an").get("/gia-dinh/them/").content.decode()


def test_the_page_says_the_same_to_every_slip_that_is_not_good(hoa: Cast) -> None:
    client, code = hoa.client("hoa"), slip(hoa)

    def said(typed: str, born: str) -> str:
        answer = client.post("/gia-dinh/gan/", {"code": typed, "datum": born})
        assert answer.status_code == 422
        return re.findall(r'role="alert" id="loi">.*?<div>(.*?)</div>', answer.content.decode(), re.S)[0]

    assert said(code, "01/01/2013") == said(codes.new_code(), BORN) == said("abc", "xyz")


def test_slips_are_printed_once_and_kept_by_nobody(hoa: Cast) -> None:
    client = hoa.client("tam")
    page = client.get(f"/gia-dinh/phieu/?lop={hoa.classroom.pk}").content.decode()
    assert "Lê Hoài An" in page
    answer = client.post("/gia-dinh/phieu/in/", {"row": [hoa.enrolments["an"].pk], "relation": "mother"})
    assert "no-store" in answer.headers["Cache-Control"]
    paper = b"".join(answer.streaming_content).decode()
    code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", paper)[0]
    assert link(hoa, code)
    for rows, status in (([], 422), ([hoa.enrolments["vy"].pk], 404)):
        assert client.post("/gia-dinh/phieu/in/", {"row": rows, "relation": "mother"}).status_code == status
