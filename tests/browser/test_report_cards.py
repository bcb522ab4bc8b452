"""From Lan's signature to a stranger's phone: a class is signed and sealed, a card is checked, one byte is enough."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

import khue.kernel.signing
from khue.school.report_cards.models import Batch, Card
from khue.school.report_cards.tests import flow
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

PASSWORD = "khue"
ALONE = Path(khue.kernel.signing.__file__).parent / "standalone" / "verify_khue.py"


@pytest.fixture(scope="module")
def lam_giang(signed_lam_giang: LiveServer) -> LiveServer:
    """Where cards are signed."""
    return signed_lam_giang


def sign(visitor: Visitor, button: str) -> Batch:
    """Press the button of a batch whose passwords are filled in, and let the worker do it."""
    visitor.page.get_by_role("button", name=button).click()
    visitor.page.wait_for_load_state()
    visitor.prove()
    made = Batch.objects.latest("pk")
    flow.run(made)
    visitor.page.reload()
    return made


def waiting(state: str) -> int:
    return Card.objects.filter(school__name="THCS Lê Quý Đôn", year_id=2025, state=state).count()


def test_lan_signs_her_subject_for_two_classes_with_one_password(visitor: Visitor) -> None:
    visitor.enter("lan")
    visitor.go("/")
    assert visitor.sees("59 học bạ chờ thầy cô ký")
    visitor.go("/hoc-ba/ky/")
    visitor.page.locator('input[type="password"]').first.fill(PASSWORD)
    sign(visitor, "Ký 59 học bạ")
    assert visitor.sees("Đã ký 59 trong 59")
    assert not Card.objects.filter(classroom__name="9A2", year_id=2025, unsigned__contains=["TOAN"]).exists()
    visitor.go("/hoc-ba/ky/")
    assert visitor.sees("37 học bạ chờ thầy cô ký"), (
        "the last subject of 8A7 was hers; now it is the homeroom's turn"
    )
    visitor.page.locator('input[type="password"]').first.fill(PASSWORD)
    sign(visitor, "Ký 37 học bạ")
    visitor.go("/hoc-ba/ky/")
    assert visitor.sees("Không còn học bạ nào chờ thầy cô ký")


def test_a_wrong_password_signs_nothing_and_says_so(visitor: Visitor) -> None:
    before, ready = Batch.objects.count(), waiting("homeroom_signed")
    visitor.enter("hung")
    visitor.go("/hoc-ba/ky/")
    visitor.page.locator('input[type="password"]').first.fill("sai mật khẩu")
    visitor.page.get_by_role("button", name=f"Ký {ready} học bạ").click()
    visitor.page.wait_for_load_state()
    visitor.prove()
    assert visitor.sees("Mật khẩu của tệp khóa không đúng")
    assert Batch.objects.count() == before
    assert waiting("homeroom_signed") == ready > 0


def test_hung_signs_and_seals_a_class_in_one_go(visitor: Visitor) -> None:
    ready = waiting("homeroom_signed")
    visitor.enter("hung")
    visitor.go("/hoc-ba/ky/")
    form = visitor.page.locator("form", has=visitor.page.get_by_role("button", name=f"Ký {ready} học bạ"))
    passwords = form.locator('input[type="password"]')
    form.get_by_label("Đóng luôn con dấu số của trường và cấp học bạ").check()
    for place in range(passwords.count()):
        passwords.nth(place).fill(PASSWORD)
    issued = waiting("sealed")
    sign(visitor, f"Ký {ready} học bạ")
    assert waiting("sealed") == issued + ready
    assert waiting("homeroom_signed") == 0


def test_a_father_reads_the_card_and_a_stranger_checks_it_on_a_phone(
    visitor: Visitor, another: NewVisitor, tmp_path: Path
) -> None:
    visitor.enter("binh")
    visitor.go("/hoc-ba/cua-em/")
    assert visitor.sees("bản 2")
    assert visitor.sees("Đã thay bằng bản mới")
    files = {}
    for kind, words in (("pdf", "Tải học bạ (PDF)"), ("xml", "Tệp dữ liệu (XML)")):
        with visitor.page.expect_download() as download:
            visitor.page.get_by_text(words).first.click()
        files[kind] = tmp_path / f"an.{kind}"
        download.value.save_as(files[kind])
    checked = alone(files["xml"])
    assert "Trần Quốc Hùng" in checked
    assert "KHÔNG ĐÚNG" not in checked
    data = files["xml"].read_bytes()
    files["xml"].write_bytes(data.replace(b'CN="7.9"', b'CN="9.7"', 1))
    assert data != files["xml"].read_bytes()
    assert "KHÔNG ĐÚNG" in alone(files["xml"])

    new = Card.objects.get(person__full_name="Lê Hoài An", edition=2)
    stranger = another(width=360)
    stranger.go("/xac-minh/")
    stranger.page.get_by_label("Mã trên học bạ").fill(new.code.lower().replace("-", " "))
    stranger.page.get_by_role("button", name="Xem học bạ còn giá trị không").click()
    stranger.page.wait_for_load_state()
    body = stranger.page.locator("body").inner_text()
    assert "Lê Hoài An" in body
    assert "không có giá trị pháp lý" in body, "a test key never looks like a real one"
    assert "7,9" not in body, "no mark on the public page"
    assert stranger.page.evaluate("document.documentElement.scrollWidth") <= 360
    old = Card.objects.get(person__full_name="Lê Hoài An", edition=1)
    stranger.go(f"/xac-minh/{old.reference}/")
    assert "Đã thay bằng bản 2" in stranger.page.locator("body").inner_text()


def alone(file: Path) -> str:
    """What the verifier without Khuê says of a file."""
    done = subprocess.run(
        [sys.executable, str(ALONE), str(file)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
