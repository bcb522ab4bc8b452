"""“Chữ ký số của tôi”: registering from a key file with its passphrase, trial keys, the school's seal, refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from khue.kernel.people.models import Person
from khue.kernel.signing import engine, installation
from khue.kernel.signing.models import Certificate
from tests.cast import Cast

NUMBER, WORDS = "020185001234", "mật khẩu riêng"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def trial(settings: Any, tmp_path: Path) -> None:
    """The test authority in a folder of its own."""
    settings.DEMO, settings.VAR = True, tmp_path


def key_file(name: str = "Nguyễn Thị Lan", **more: Any) -> SimpleUploadedFile:
    authority = installation.trial_authority()
    assert authority is not None
    issued: engine.Issued = authority.person(name, personal_id=NUMBER, kind="ec", **more)
    return SimpleUploadedFile("lan.p12", issued.pkcs12(WORDS))


def register(cast: Cast, upload: SimpleUploadedFile, secret: str = WORDS) -> Any:
    Person.objects.filter(pk=cast.people["lan"].pk).update(personal_id=NUMBER)
    return cast.client("lan").post(
        reverse("signing:register"), {"source": "file", "key_file": upload, "secret": secret}
    )


def test_lan_registers_her_key_file_and_withdraws_it(cast: Cast) -> None:
    assert register(cast, key_file()).status_code == 302
    row = Certificate.objects.get()
    assert (row.person_id, row.name, row.subject_number) == (cast.people["lan"].pk, "Nguyễn Thị Lan", NUMBER)
    page = cast.client("lan").get(reverse("signing:keys")).content.decode()
    assert "Nguyễn Thị Lan" in page
    assert NUMBER not in page
    assert cast.client("mai").post(reverse("signing:withdraw", args=[row.pk])).status_code == 404
    cast.client("lan").post(reverse("signing:withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert row.key_file is None


@pytest.mark.parametrize(
    ("upload", "secret", "words"),
    [
        (lambda: key_file(), "sai", "Mật khẩu của tệp khóa không đúng"),
        (lambda: key_file("Hoàng Thị Mai"), WORDS, "mang tên “Hoàng Thị Mai”"),
        (
            lambda: key_file(ends=datetime(2026, 1, 1, tzinfo=UTC), begins=datetime(2025, 1, 1, tzinfo=UTC)),
            WORDS,
            "hạn",
        ),
        (lambda: SimpleUploadedFile("x.p12", b"xin chao"), WORDS, "không đọc được"),
    ],
)
def test_a_key_that_may_not_sign_is_refused_in_words(
    cast: Cast, upload: Any, secret: str, words: str
) -> None:
    answer = register(cast, upload(), secret)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert secret not in answer.content.decode()
    assert not Certificate.objects.exists()


def test_a_trial_key_and_a_trial_seal_are_one_click_in_the_demo_and_none_elsewhere(
    cast: Cast, settings: Any
) -> None:
    cast.client("lan").post(reverse("signing:trial"))
    cast.client("hung").post(reverse("signing:trial_seal"))
    assert set(Certificate.objects.values_list("source", "unit_id")) == {
        ("trial", None),
        ("trial", cast.school.pk),
    }
    assert cast.client("tam").post(reverse("signing:trial_seal")).status_code == 404
    settings.DEMO = False
    answer = cast.client("lan").post(reverse("signing:trial"))
    assert answer.status_code == 422
    assert "chỉ có ở bản dùng thử" in answer.content.decode()


def test_the_seal_is_withdrawn_by_the_head_alone(cast: Cast) -> None:
    cast.client("hung").post(reverse("signing:trial_seal"))
    row = Certificate.objects.get()
    address = reverse("signing:withdraw_seal", args=[row.pk])
    assert cast.client("tam").post(address).status_code == 404
    assert cast.client("ha").post(address).status_code == 404
    assert cast.client("hung").post(address).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None
