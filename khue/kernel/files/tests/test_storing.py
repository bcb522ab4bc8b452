from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from khue.kernel.actions import DomainError
from khue.kernel.audit.models import Entry
from khue.kernel.files import queries
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import content_of, place_of, store
from khue.kernel.files.tests.pictures import pdf
from tests.cast import Cast


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path},
        },
    }  # fmt: skip


def give(cast: Cast, name: str = "tam") -> StoredFile:
    upload = SimpleUploadedFile("Đơn xin học.pdf", pdf())
    return store(cast.actor(name), upload, purpose="test", unit=cast.school, kinds={"pdf"})


def test_a_file_is_kept_byte_for_byte_under_its_hash(cast: Cast) -> None:
    stored = give(cast)
    assert content_of(stored) == pdf()
    assert default_storage.exists(place_of(stored.sha256))
    assert Entry.objects.get(action="files.store").target == f"people.person:{cast.people['tam'].pk}"


def test_the_same_content_is_stored_once(cast: Cast, tmp_path: Any) -> None:
    assert give(cast).sha256 == give(cast, "hung").sha256
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_content_that_changed_on_the_disk_is_not_given_out(cast: Cast, tmp_path: Any) -> None:
    stored = give(cast)
    (tmp_path / place_of(stored.sha256)).write_bytes(b"%PDF-other")
    with pytest.raises(OSError, match="does not match"):
        content_of(stored)


def test_a_refused_upload_leaves_nothing(cast: Cast, tmp_path: Any) -> None:
    with pytest.raises(DomainError):
        store(cast.tam, ("a.pdf", b"MZ"), purpose="test")
    assert StoredFile.objects.count() == 0
    assert list(tmp_path.rglob("*")) == []


def test_a_download_is_a_download_and_nothing_else(cast: Cast) -> None:
    stored = give(cast)
    answer = cast.client("tam").get(f"/tep/{stored.pk}/")
    assert answer.content == pdf()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_the_giver_and_the_schools_office_get_it_and_nobody_else(cast: Cast) -> None:
    stored = give(cast, "lan")
    seen = {name for name in cast.people if queries.files(cast.actor(name)).filter(pk=stored.pk).exists()}
    assert seen == {"lan", "hung", "tam"}
    assert cast.client("mai").get(f"/tep/{stored.pk}/").status_code == 404
    assert (
        cast.client("mai").get("/tep/999999/").content == cast.client("mai").get(f"/tep/{stored.pk}/").content
    )
