"""Contact data are put right by asking: nothing changes before the office says yes, and both sides hear of it."""

from __future__ import annotations

from datetime import date

import pytest

from khue.citizen.family import actions
from khue.citizen.family.models import Correction
from khue.kernel.actions import Conflict, DomainError, NotVisible
from khue.kernel.notify.models import Message
from khue.kernel.people.models import Person
from khue.kernel.workflow.queries import open_tasks
from khue.registry.roster.models import Guardianship
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NEW = {"phone": "+84912345678", "email": "binh@example.vn", "address": "Tổ 3"}


def ask(cast: Cast, *, is_self: bool = True, **wanted: str) -> Correction:
    return actions.ask_correction(cast.binh, cast.enrolments["an"], is_self=is_self, wanted=wanted or NEW)


def test_a_wish_waits_for_the_office_and_is_written_when_it_says_yes(cast: Cast) -> None:
    row = ask(cast)
    assert Person.objects.get(pk=cast.people["binh"].pk).phone == ""
    assert [task.kind for task in open_tasks(cast.tam)] == ["family.decide_correction"]
    actions.accept_correction(cast.tam, row, version=row.version)
    kept = Person.objects.get(pk=cast.people["binh"].pk)
    assert (kept.phone, kept.email, kept.address) == tuple(NEW.values())
    assert not open_tasks(cast.tam)
    told = Message.objects.get(kind="family.correction_answered")
    assert told.person_id == cast.people["binh"].pk
    with pytest.raises(DomainError, match="đã được trả lời"):
        actions.accept_correction(cast.tam, row, version=row.version)


def test_a_no_has_a_reason_and_changes_nothing(cast: Cast) -> None:
    row = ask(cast, is_self=False, address="Bản Mới")
    with pytest.raises(DomainError, match="lý do"):
        actions.refuse_correction(cast.hung, row, version=row.version, reason=" ")
    actions.refuse_correction(cast.hung, row, version=row.version, reason="Cần giấy xác nhận cư trú")
    assert Person.objects.get(pk=cast.people["an"].pk).address == ""
    assert Message.objects.get(kind="family.correction_answered").body == "Cần giấy xác nhận cư trú"


def test_asked_twice_it_is_one_wish_and_the_office_answers_what_it_has_seen(cast: Cast) -> None:
    row = ask(cast)
    seen = row.version
    again = ask(cast, phone="+84987654321")
    assert again.pk == row.pk
    assert again.after == {"phone": "+84987654321"}
    with pytest.raises(Conflict):
        actions.accept_correction(cast.tam, row, version=seen)


def test_a_record_changed_meanwhile_is_not_overwritten(cast: Cast) -> None:
    row = ask(cast)
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone="+84900000001")
    with pytest.raises(Conflict):
        actions.accept_correction(cast.tam, row, version=row.version)
    page = cast.client("tam").get("/gia-dinh/de-nghi/").content.decode()
    assert "vừa đổi" in page


def test_nothing_new_is_no_wish(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Chưa có gì khác"):
        ask(cast, phone="", address=" ")


def test_only_own_children_and_only_while_one_may_see_them(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        actions.ask_correction(cast.binh, cast.enrolments["khoi"], is_self=False, wanted=NEW)
    row = ask(cast)
    Guardianship.objects.update(may_view=False)
    with pytest.raises(DomainError, match="không còn là người giám hộ"):
        actions.accept_correction(cast.tam, row, version=row.version)


def test_a_wish_shows_nothing_of_a_child_the_asker_may_no_longer_see(cast: Cast) -> None:
    ask(cast, is_self=False, address="Bản Cũ")
    Guardianship.objects.filter(pupil=cast.people["an"]).update(may_view=False)
    Guardianship.objects.create(
        pupil=cast.people["khoi"], guardian=cast.people["binh"], relation="father", starts_on=date(2026, 9, 5)
    )
    Person.objects.filter(pk=cast.people["an"].pk).update(address="Nơi ở mới của mẹ con An")
    father = cast.client("binh")
    page = father.get("/gia-dinh/lien-he/").content.decode()
    assert "Phạm Minh Khôi" in page
    assert "Nơi ở mới" not in page
    assert "Lê Hoài An" not in page
    assert father.post(f"/gia-dinh/lien-he/{Correction.objects.get().pk}/rut/").status_code == 404


def test_another_school_does_not_see_it_and_a_teacher_does_not_decide(cast: Cast) -> None:
    row = ask(cast)
    with pytest.raises(NotVisible):
        actions.accept_correction(cast.ha, row, version=row.version)
    with pytest.raises(DomainError):
        actions.accept_correction(cast.lan, row, version=row.version)
    for who, status in (("ha", 404), ("lan", 404), ("mai", 404), ("binh", 404)):
        answer = cast.client(who).post(
            f"/gia-dinh/de-nghi/{row.pk}/", {"answer": "accept", "version": row.version}
        )
        assert answer.status_code == status


def test_a_guardian_takes_a_wish_back(cast: Cast) -> None:
    row = ask(cast)
    with pytest.raises(NotVisible):
        actions.withdraw_correction(cast.an, row)
    actions.withdraw_correction(cast.binh, row)
    assert Correction.objects.get().state == "withdrawn"
    assert not open_tasks(cast.tam)


def test_the_pages_of_both_sides(cast: Cast) -> None:
    father, clerk = cast.client("binh"), cast.client("tam")
    me = cast.people["binh"].pk
    form = {"phone": "0912 345 678", "email": "", "address": "Tổ 3, Đông Kinh", "note": "Mới chuyển nhà"}
    assert father.post(f"/gia-dinh/lien-he/?ai={me}", {**form, "phone": "12"}).status_code == 422
    assert father.post(f"/gia-dinh/lien-he/?ai={cast.people['khoi'].pk}", form).status_code == 404
    assert father.post(f"/gia-dinh/lien-he/?ai={me}", form).status_code == 302
    page = father.get("/gia-dinh/lien-he/").content.decode()
    assert "Chờ nhà trường xem" in page
    row = Correction.objects.get()
    assert row.after == {"phone": "+84912345678", "address": "Tổ 3, Đông Kinh"}
    queue = clerk.get("/gia-dinh/de-nghi/").content.decode()
    assert "Mới chuyển nhà" in queue
    answer = clerk.post(f"/gia-dinh/de-nghi/{row.pk}/", {"answer": "accept", "version": row.version})
    assert answer.status_code == 302
    assert "Đã sửa" in father.get("/gia-dinh/lien-he/").content.decode()
