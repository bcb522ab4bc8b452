"""The paper of a report signed by a key: the head's, the office's, the department's; kept, judged again when taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error, transaction
from django.utils import timezone

from khue.command.reports import actions, sealing
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.models import Period, Report
from khue.command.reports.tests.places import explained, opened, report_of, signed
from khue.kernel.actions import DomainError, ProofNeeded
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import place_of
from khue.kernel.people.models import Person
from khue.kernel.signing import actions as room
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Certificate, Signature
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    """Test keys and files in a folder of their own."""
    settings.DEMO, settings.VAR, settings.MEDIA_ROOT = True, tmp_path, str(tmp_path / "files")


@pytest.fixture
def period(cast: Cast) -> Period:
    return opened(cast)


def key_of(cast: Cast, who: str) -> Certificate:
    person = cast.people[who]
    Person.objects.filter(pk=person.pk).update(personal_id=f"0200750{person.pk:05}"[:12].ljust(12, "0"))
    person.refresh_from_db()
    return room.issue_trial(cast.actor(who), person)


def ready(cast: Cast, period: Period) -> tuple[Report, str]:
    report = report_of(period, cast.school.pk)
    return report, digest_of(explained(cast.hung, report)).hex()


def at(period: Period, name: str = "", unit: str = "") -> str:
    return f"/bao-cao/{period.pk}/{name}" + (f"?don-vi={unit}" if unit else "")


def judged(data: bytes) -> engine.Finding:
    verdict = engine.validate_pdf(data, installation.policy(), timezone.now())
    assert verdict.outcome == "valid", verdict.sentences
    (found,) = verdict.signatures
    return found


def test_the_head_signs_the_paper_with_their_key_by_the_page(cast: Cast, period: Period) -> None:
    key = key_of(cast, "hung")
    report, shown = ready(cast, period)
    browser = cast.client("hung")
    page = browser.get(at(period)).content.decode()
    assert "Ký số tệp PDF" in page
    body = {"so": shown, "khoa": str(key.pk), "mat-khau": room.TRIAL_PASSPHRASE}
    assert "Đã ký số và gửi báo cáo." in browser.post(at(period, "ky/"), body, follow=True).content.decode()
    report = report_of(period, cast.school.pk)
    assert (report.state, report.paper is not None) == ("signed", True)
    found = judged(browser.get(at(period, "tep/pdf/")).content)
    assert found.identity.name == cast.hung.name
    assert found.capacity == cast.hung.capacity_label[:100]
    row = Signature.objects.get(document_kind=sealing.KIND, document_id=report.pk)
    assert (row.signer_id, row.certificate_id, row.signed_at) == (
        cast.hung.person_id,
        key.pk,
        report.signed_at,
    )
    assert (
        cast.client("thanh").get(at(period, "tep/pdf/", cast.school.code)).content
        == browser.get(at(period, "tep/pdf/")).content
    )  # the same file for everybody, whenever it is taken
    assert "có chữ ký số" in browser.get(at(period)).content.decode()
    assert StoredFile.objects.get(purpose="reports.paper").unit_id == cast.school.pk


def test_a_wrong_passphrase_signs_nothing(cast: Cast, period: Period) -> None:
    key = key_of(cast, "hung")
    _report, shown = ready(cast, period)
    body = {"so": shown, "khoa": str(key.pk), "mat-khau": "sai rồi"}
    answer = cast.client("hung").post(at(period, "ky/"), body, follow=True).content.decode()
    assert "Đã ký" not in answer
    assert "mật khẩu" in answer.lower()
    report = report_of(period, cast.school.pk)
    assert (report.state, report.paper_id) == ("draft", None)
    assert not Signature.objects.exists()


def test_without_a_certificate_it_stays_as_it_was(cast: Cast, period: Period) -> None:
    _report, shown = ready(cast, period)
    browser = cast.client("hung")
    assert "Ký số tệp PDF" not in browser.get(at(period)).content.decode()
    assert (
        "Đã ký gửi báo cáo." in browser.post(at(period, "ky/"), {"so": shown}, follow=True).content.decode()
    )
    data = browser.get(at(period, "tep/pdf/")).content
    assert not engine.validate_pdf(data, installation.policy(), timezone.now()).signatures
    assert not Signature.objects.exists()


def test_who_has_one_may_still_sign_on_khue_alone(cast: Cast, period: Period) -> None:
    key_of(cast, "hung")
    _report, shown = ready(cast, period)
    cast.client("hung").post(at(period, "ky/"), {"so": shown, "khoa": "", "mat-khau": ""})
    report = report_of(period, cast.school.pk)
    assert (report.state, report.paper_id) == ("signed", None)


def test_a_key_of_somebody_else_is_refused(cast: Cast, period: Period) -> None:
    key = key_of(cast, "thanh")
    report, shown = ready(cast, period)
    body = {"so": shown, "khoa": str(key.pk), "mat-khau": room.TRIAL_PASSPHRASE}
    answer = cast.client("hung").post(at(period, "ky/"), body, follow=True).content.decode()
    assert "không còn dùng được" in answer
    with (
        sealing.hand_of(cast.thanh, key, room.TRIAL_PASSPHRASE) as hand,
        pytest.raises(DomainError, match="không phải của"),
    ):
        actions.sign(cast.hung, report, shown=shown, hand=hand)
    assert report_of(period, cast.school.pk).state == "draft"


def test_a_passphrase_is_asked_for_only_after_a_proof_of_identity(cast: Cast, period: Period) -> None:
    key = key_of(cast, "hung")
    with pytest.raises(ProofNeeded), sealing.hand_of(cast.actor("hung", proved=False), key, "x"):
        raise AssertionError("never opened")


def test_the_sums_of_office_and_department_are_signed_by_their_officers(cast: Cast, period: Period) -> None:
    thanh, son = key_of(cast, "thanh"), key_of(cast, "son")
    signed(cast.hung, report_of(period, cast.school.pk))
    office, department = cast.client("thanh"), cast.client("son")
    office.post(at(period, "dong-y/"), {"all": "1"})
    assert "Ký số tệp PDF" in office.get(at(period, "tien-do/")).content.decode()
    given = {"mat-khau": room.TRIAL_PASSPHRASE, "ly-do": "Một trường chưa nộp"}
    office.post(at(period, "chot/"), {**given, "khoa": str(thanh.pk)})
    department.post(at(period, "nhan/"), {"all": "1"})
    department.post(at(period, "khoa/"), {**given, "khoa": str(son.pk)})
    for who, browser in (("thanh", office), ("son", department)):
        found = judged(browser.get(at(period, "tep/pdf/")).content)
        assert found.identity.name == cast.people[who].full_name
    assert Signature.objects.filter(document_kind=sealing.KIND).count() == 2


def test_a_paper_that_is_not_what_was_signed_is_not_given_out(cast: Cast, period: Period) -> None:
    key = key_of(cast, "hung")
    report, shown = ready(cast, period)
    with sealing.hand_of(cast.hung, key, room.TRIAL_PASSPHRASE) as hand:
        actions.sign(cast.hung, report, shown=shown, hand=hand)
    report = report_of(period, cast.school.pk)
    assert report.paper is not None
    spot = place_of(report.paper.sha256)
    with default_storage.open(spot) as source:
        data = source.read()
    default_storage.delete(spot)
    default_storage.save(spot, ContentFile(data.replace(b"%%EOF", b"%%EOG", 1)))
    answer = cast.client("hung").get(at(period, "tep/pdf/"))
    assert answer.status_code == 422
    assert "không còn đúng như khi ký" in answer.content.decode()
    with pytest.raises(Error, match="kept for ever"), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(paper=None)


def test_the_next_edition_bears_no_key_until_it_is_signed(cast: Cast, period: Period) -> None:
    key = key_of(cast, "hung")
    report, shown = ready(cast, period)
    with sealing.hand_of(cast.hung, key, room.TRIAL_PASSPHRASE) as hand:
        actions.sign(cast.hung, report, shown=shown, hand=hand)
    actions.correct(cast.hung, report_of(period, cast.school.pk), reason="Đếm sót một lớp")
    browser = cast.client("hung")
    old = browser.get(f"{at(period, 'tep/pdf/')}?ban=1").content
    assert judged(old).identity.name == cast.hung.name
    draft = browser.get(at(period, "tep/pdf/")).content
    assert not engine.validate_pdf(draft, installation.policy(), timezone.now()).signatures
