"""The life of a card as people live it: signed by a class with soft tokens and sealed, checked by a stranger and by
other people's programs, one byte is enough; a mark put right and a second edition; the book at another school.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator
from pytest_django.live_server_helper import LiveServer

import khue.kernel.signing
from khue.kernel.people.models import Account, Person
from khue.kernel.signing import installation
from khue.kernel.signing.tests import softhsm
from khue.registry.roster.models import Classroom, Enrolment, Homeroom
from khue.registry.staff.models import Position
from khue.school.gradebook.models import MarkRow
from khue.school.report_cards import demo, packages
from khue.school.report_cards.actions import packages as moving
from khue.school.report_cards.models import Batch, Card
from khue.school.report_cards.tests import flow
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor
from tests.signatures.tools import SOFTHSM, pdfsig_accepts

HERE, THERE = "THCS Lê Quý Đôn", "THCS Mường Khoa"
FORMER = "8A7"  # the class whose homeroom teacher Lan was
PASSWORD = "khue"
ALONE = Path(khue.kernel.signing.__file__).parent / "standalone" / "verify_khue.py"


@pytest.fixture(scope="module")
def lam_giang(signed_lam_giang: LiveServer) -> LiveServer:
    """Where cards are signed."""
    return signed_lam_giang


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bool]:
    """Whether this machine has soft tokens; if so, a store of them."""
    if not SOFTHSM or not shutil.which("softhsm2-util"):
        yield False
        return
    with softhsm.store(tmp_path_factory.mktemp("tokens")), pytest.MonkeyPatch.context() as patch:
        patch.setenv("KHUE_PKCS11_LIBRARY", SOFTHSM)
        yield True


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


def test_lan_registers_her_token_and_signs_as_homeroom_teacher_with_it(
    visitor: Visitor, tokens: bool
) -> None:
    visitor.enter("lan")
    secret = register_token(visitor, "lan") if tokens else PASSWORD
    visitor.go("/hoc-ba/ky/")
    if tokens:
        choose(visitor, "Ký bằng", "Thiết bị ký")
    visitor.page.locator('input[type="password"]').first.fill(secret)
    sign(visitor, "Ký 37 học bạ")
    visitor.go("/hoc-ba/ky/")
    assert visitor.sees("Không còn học bạ nào chờ thầy cô ký")


def register_token(visitor: Visitor, name: str) -> str:
    """Plug in a new token of somebody's and register it on their page; gives its PIN."""
    authority, person = installation.trial_authority(), Person.objects.get(account__login_name=name)
    assert authority is not None
    token = softhsm.put(authority.person(person.full_name, personal_id=person.personal_id or ""))
    visitor.go("/chu-ky-so/")
    page = visitor.page
    page.locator("details summary", has_text="Đăng ký chứng thư số").click()
    page.get_by_label("Khóa ở đâu").first.select_option("token")
    page.get_by_label("Tên thiết bị, hoặc mã chứng thư ở dịch vụ").first.fill(token.label)
    page.get_by_label("Mật khẩu tệp hoặc mã PIN").first.fill(token.pin)
    page.get_by_role("button", name="Đăng ký chứng thư số").first.click()
    page.wait_for_load_state()
    visitor.prove()
    assert visitor.sees("Thiết bị ký"), "registered, told apart from the test key"
    return token.pin


def choose(visitor: Visitor, label: str, words: str) -> None:
    """Choose the option of a list that begins with these words."""
    field = visitor.page.get_by_label(label).first
    found = next(text for text in field.locator("option").all_inner_texts() if text.startswith(words))
    field.select_option(label=found)


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


# --- one mark is put right ------------------------------------------------------------------------------------------


def corrected() -> Card:
    """The newest card of the first pupil of 8A7."""
    cards = Card.objects.filter(classroom__name=FORMER, year_id=2025, school__name=HERE)
    first = cards.exclude(issued_at=None).order_by("sort_key", "pk")[0]
    return cards.select_related("person").filter(person_id=first.person_id).order_by("-edition")[0]


def test_one_mark_is_put_right_by_the_proper_way(visitor: Visitor) -> None:
    card = corrected()
    visitor.enter("tam")
    visitor.go(f"/hoc-ba/em/{card.person_id}/")
    visitor.page.locator("main").get_by_role("link", name="Đề nghị sửa").first.click()
    visitor.page.get_by_label("Sai ở đâu, đúng là gì").fill(
        "Điểm cuối kì II môn Toán ghi thấp hơn bài kiểm tra."
    )
    visitor.press("Gửi đề nghị")
    assert visitor.sees("Chờ hiệu trưởng")
    request = visitor.page.url.removeprefix(visitor.address)
    assert visitor.status(f"{request}diem/?so=1") in (403, 404), "the clerk asks, the head decides"

    visitor.enter("hung")
    visitor.go("/hoc-ba/de-nghi-sua/")
    visitor.press(card.person.full_name)
    visitor.page.get_by_label("Số, ngày quyết định").fill("45/QĐ-THCS ngày 22/11/2026")
    visitor.press("Quyết định sửa")
    visitor.prove()
    assert visitor.sees("Sổ điểm, hồ sơ vẫn như trên học bạ cũ")
    visitor.page.get_by_role("link", name=re.compile(r"^Toán\s*, học kì II$")).click()
    visitor.page.wait_for_load_state()
    field = visitor.page.get_by_label("Cuối kì", exact=True)
    was = field.input_value()
    field.fill("95")
    visitor.press("Sửa điểm của em")
    assert visitor.sees("Ghi đủ dấu phẩy"), "95 is no mark, and nobody guesses"
    field.fill("9,5" if was != "9,5" else "9,0")
    visitor.press("Sửa điểm của em")
    visitor.prove()
    assert visitor.sees("Toán, học kì II")
    assert re.search(r"\d,\d\s*→?\s*\d,\d", visitor.page.locator("main").inner_text()), (
        "what will be different"
    )
    row = MarkRow.objects.get(
        enrolment_id=card.enrolment_id, sheet__term=2, sheet__course__subject_id="TOAN", sheet__kind="subject"
    )
    assert row.marks[demo.END_OF_TERM] in (95, 90)
    visitor.press("Lập bản mới, chờ ký")
    visitor.page.get_by_role("link", name="Bản 2").click()
    visitor.page.wait_for_load_state()
    assert visitor.sees("Chờ giáo viên môn học")
    assert visitor.sees("Còn chờ ký")
    assert corrected().edition == 2


def test_the_second_edition_is_signed_by_all_again_and_other_programs_believe_it(
    visitor: Visitor, another: NewVisitor, tmp_path: Path
) -> None:
    card = corrected()
    authority = installation.trial_authority()
    assert authority is not None
    with ExitStack() as stack:  # the other teachers, each with a key made for this alone
        keys = demo.Keys(authority, stack, card.school)
        demo.sign_subjects(keys, card.classroom, [card], with_lan=False)
    for who, count in (("lan", 2), ("hung", 1)):
        visitor.enter(who)
        for _step in range(count):
            visitor.go("/hoc-ba/ky/")
            form = visitor.page.locator(
                "form", has=visitor.page.get_by_role("button", name="Ký 1 học bạ")
            ).first
            for field in form.locator("select").all():
                use_test_key(field)
            if who == "hung":
                form.get_by_label("Đóng luôn con dấu số của trường và cấp học bạ").check()
            for place in form.locator('input[type="password"]').all():
                place.fill(PASSWORD)
            sign(visitor, "Ký 1 học bạ")
            assert visitor.sees("Đã ký 1 trong 1")
    card = corrected()
    assert (card.state, card.edition) == ("sealed", 2)

    visitor.enter("tam")
    visitor.go(f"/hoc-ba/{card.pk}/")
    assert visitor.sees("Thay bản 1")
    files = taken(visitor, tmp_path, {"pdf": "Tải bản in (PDF)", "xml": "Tải tệp dữ liệu (XML)"})
    assert "KHÔNG ĐÚNG" not in alone(files["xml"])
    judges: dict[str, Callable[[Path], bool]] = {
        "pdf": believed_by_poppler,
        "xml": partial(believed_by_xmlsec, root=tmp_path / "root.crt"),
    }
    (tmp_path / "root.crt").write_bytes((installation.folder() / "trial" / "root.crt").read_bytes())
    for kind, file in files.items():
        assert judges[kind](file), f"the {kind} as it was taken"
        data = file.read_bytes()
        at = len(data) // 3 if kind == "pdf" else data.index(b'CN="') + 4
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert not judges[kind](file), f"one bit of the {kind} is another"

    stranger = another(width=360)
    old = Card.objects.get(person_id=card.person_id, edition=1, year_id=2025)
    stranger.go(f"/xac-minh/{old.reference}/")
    assert "Đã thay bằng bản 2" in stranger.page.locator("body").inner_text()


def use_test_key(field: Locator) -> None:
    """Choose the newest test key of a list of keys."""
    texts = field.locator("option").all_inner_texts()
    field.select_option(index=max(at for at, text in enumerate(texts) if "hiết bị ký" not in text))


def taken(visitor: Visitor, folder: Path, wanted: dict[str, str]) -> dict[str, Path]:
    """Files taken by pressing what says so, by kind."""
    files = {}
    for kind, words in wanted.items():
        with visitor.page.expect_download() as download:
            visitor.page.locator("main").get_by_text(words, exact=True).first.click()
        files[kind] = folder / f"taken.{kind}"
        download.value.save_as(files[kind])
    return files


def believed_by_poppler(file: Path) -> bool:
    """What poppler says of a paper; where it is missing, what Khuê's own script says."""
    return pdfsig_accepts(file) if shutil.which("pdfsig") else "KHÔNG ĐÚNG" not in alone(file)


def believed_by_xmlsec(file: Path, root: Path) -> bool:
    """What xmlsec1 says of the school's signature over a whole card; where it is missing, what our own script says."""
    if not shutil.which("xmlsec1"):
        return "KHÔNG ĐÚNG" not in alone(file)
    words = ["xmlsec1", "--verify", "--trusted-pem", str(root)]
    for name in (
        "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "http://www.w3.org/2000/09/xmldsig#:Signature",
        "urn:hbs:1:MonHoc",
    ):  # fmt: skip
        words += ["--id-attr:Id", name]
    words += ["--node-xpath", "/*/*[local-name()='Signature'][last()]", str(file)]
    return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0


# --- the pupil goes elsewhere ---------------------------------------------------------------------------------------


def clerk_of(school: str) -> str:
    """The log-in name of a school's clerk."""
    person = Position.objects.filter(unit__name=school, post="clerk").order_by("pk")[0].person_id
    return str(Account.objects.get(person_id=person).login_name)


def test_the_card_goes_to_another_province_as_one_signed_package(visitor: Visitor, tmp_path: Path) -> None:
    an = Person.objects.get(account__login_name="an")
    visitor.enter("tam")
    visitor.go(f"/hoc-ba/em/{an.pk}/")
    visitor.press("Đóng gói gửi tỉnh khác")
    visitor.page.get_by_label("Trường, tỉnh nhận").fill("Trường THCS Kim Đồng, tỉnh Thái Nguyên")
    visitor.page.get_by_label("Mật khẩu hoặc PIN của khóa").fill(PASSWORD)
    visitor.press("Ký và đóng gói")
    visitor.prove()
    assert visitor.sees("Gói học bạ gửi đi")
    assert visitor.sees("Trường THCS Kim Đồng, tỉnh Thái Nguyên")
    data = taken(visitor, tmp_path, {"zip": "Tải gói (.zip)"})["zip"].read_bytes()
    assert packages.unpack(data).about.full_name == an.full_name
    found = moving.judge_package(data)
    assert (found.verdict, [one.year for one in found.cards]) == ("valid", [2025])
    visitor.page.get_by_label("Giấy tiếp nhận của trường kia").fill("15/TN ngày 23/11/2026")
    visitor.press("Ghi giấy tiếp nhận")
    assert "15/TN ngày 23/11/2026" in visitor.page.locator("dl.facts").inner_text()


def test_the_book_goes_with_the_pupil_and_the_sheet_of_this_year_is_signed(
    visitor: Visitor, another: NewVisitor, tmp_path: Path
) -> None:
    card = corrected()
    name, pupil = card.person.full_name, f"/hoc-ba/em/{card.person_id}/"
    here = Enrolment.objects.get(person_id=card.person_id, is_current=True)
    visitor.enter("tam")
    visitor.go(f"/chuyen-truong/moi/?em={here.pk}")
    visitor.page.locator("[name=to_school]").fill(THERE)
    visitor.page.locator("[name=reason_code]").select_option(index=1)
    visitor.press("Gửi đến trường mới")
    assert visitor.sees("Chờ trường mới trả lời")
    transfer = visitor.page.url.removeprefix(visitor.address)
    sheet = f"/hoc-ba{transfer}"

    clerk = another()
    clerk.enter_as(clerk_of(THERE))
    clerk.go(transfer)
    clerk.press("Nhận em này")
    assert clerk.status(sheet) == 404, "nothing to read before the old school has signed"
    assert clerk.status(pupil) == 404

    visitor.enter("hung")
    visitor.go("/")
    visitor.press(f"Ký phiếu kết quả chuyển trường của em {name}")
    visitor.page.get_by_label("Số phiếu").fill("12/PKQ")
    visitor.press("Lập phiếu từ sổ điểm")
    main = visitor.page.locator("main")
    assert "Chưa ai ký" in main.inner_text()
    assert re.search(r"\d,\d", main.locator("table").inner_text()), "marks as a school writes them"
    for button, said in (("Ký phiếu", "chờ ký số của trường"), ("Đóng dấu số", "Phiếu đã ký và đóng dấu số")):
        use_test_key(visitor.page.get_by_label("Khóa ký"))
        visitor.page.get_by_label("Mật khẩu hoặc PIN của khóa").fill(PASSWORD)
        visitor.press(button)
        visitor.prove()
        assert said in visitor.page.locator("body").inner_text()

    clerk.go(sheet)
    assert clerk.sees("Hiệu trưởng")
    assert believed_by_poppler(taken(clerk, tmp_path, {"pdf": "Tải phiếu (PDF)"})["pdf"])
    visitor.enter("tam")
    visitor.go(transfer)
    visitor.press("Bàn giao hồ sơ")
    clerk.go(transfer)
    room = Classroom.objects.filter(school__name=THERE, year_id=here.year_id, grade=here.grade).order_by(
        "sort_key"
    )[0]
    clerk.page.locator("[name=classroom]").select_option(str(room.pk))
    clerk.press("Xếp lớp, vào sổ")
    assert clerk.sees("Đã chuyển xong")

    teacher = another(width=360)
    homeroom = Homeroom.objects.filter(classroom=room).order_by("-ends_on")[0].teacher_id
    teacher.enter_as(str(Account.objects.get(person_id=homeroom).login_name))
    teacher.go(pupil)
    for words in ("Năm học 2025-2026, bản 2", "Đã cấp", HERE, "Phiếu kết quả ngày"):
        assert teacher.sees(words), words
    book = taken(teacher, tmp_path, {"pdf": "Cả quyển (PDF)"})["pdf"]
    assert book.read_bytes().startswith(b"%PDF")
    teacher.go(f"/hoc-ba/{card.pk}/")
    assert teacher.sees("Toán")
    for words in ("Thu hồi", "Trả về", "Lập lại"):
        assert teacher.lacks(words), "another school's card is read, not changed"
    for link in teacher.page.locator("main a[href^='/hoc-ba/'], nav[aria-label] a[href^='/hoc-ba/']").all():
        href = link.get_attribute("href") or ""
        assert teacher.status(href) == 200, href
    assert teacher.page.evaluate("document.documentElement.scrollWidth") <= 360

    for path in (pupil, f"/hoc-ba/{card.pk}/", sheet):
        assert visitor.status(path) == 404, "custody went with the pupil"
    visitor.go(f"/hoc-ba/lop/{card.classroom_id}/")
    assert visitor.sees(name), "the old school still sees whom it gave a card"
    assert visitor.page.get_by_role("link", name=name).count() == 0


def alone(file: Path) -> str:
    """What the verifier without Khuê says of a file."""
    done = subprocess.run(
        [sys.executable, str(ALONE), str(file)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
