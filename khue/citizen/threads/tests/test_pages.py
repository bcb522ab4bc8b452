"""The pages, from the browser's side: what is shown to whom, what is noted by opening, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from khue.citizen.threads import actions, facts
from khue.citizen.threads.hours import WEEK, Hours
from khue.citizen.threads.models import Announcement, Complaint, Message, OfficeHours, Receipt, Thread
from khue.kernel.statements import fetch
from tests.cast import Cast

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_a_family_and_a_teacher_talk(cast: Cast) -> None:
    family, teacher = cast.client("binh"), cast.client("lan")
    OfficeHours.objects.create(
        person=cast.people["lan"], school=cast.school, start=420, until=660,
        days=WEEK[(timezone.localtime().weekday() + 2) % 7],
    )  # fmt: skip
    assert "Nguyễn Thị Lan" in text(family, "/tin-nhan/viet/")
    path = f"/tin-nhan/viet/{cast.enrolments['an'].pk}/{cast.people['lan'].pk}/"
    assert "tin gửi bây giờ sẽ đến cô Lan lúc 7 giờ" in text(family, path)
    assert family.post(path, {"text": " "}).status_code == 422
    response = family.post(path, {"text": "Thưa cô <b>An</b> ốm"})
    thread = Thread.objects.get()
    assert response.headers["Location"] == f"/tin-nhan/{thread.pk}/#moi"
    page = text(family, f"/tin-nhan/{thread.pk}/")
    assert "Thưa cô &lt;b&gt;An&lt;/b&gt; ốm" in page
    assert "Sẽ đến cô Lan lúc 7 giờ" in page
    assert "Đã xem" not in page
    assert 'class="count">1<' in text(teacher, "/tin-nhan/?q=hoai")
    assert "Thưa cô" not in text(teacher, "/tin-nhan/?q=khong-co")
    assert teacher.head(f"/tin-nhan/{thread.pk}/").status_code == 200
    assert Message.objects.get().seen_at is None, "asking for the head of a page is not reading"
    assert "Thưa cô" in text(teacher, f"/tin-nhan/{thread.pk}/")
    assert "Đã xem" in text(family, f"/tin-nhan/{thread.pk}/")
    assert teacher.post(f"/tin-nhan/{thread.pk}/", {"text": "Cô biết rồi ạ."}).status_code == 302
    assert "Cô biết rồi" in text(family, "/tin-nhan/")
    assert family.get(f"/tin-nhan/{thread.pk}/").headers["X-Khue-Keep"] == "1"
    assert "X-Khue-Keep" not in teacher.get(f"/tin-nhan/{thread.pk}/").headers
    message = Message.objects.filter(side="family").get()
    assert family.post(f"/tin-nhan/{thread.pk}/thu-hoi/{message.pk}/").status_code == 302
    message.refresh_from_db()
    assert message.withdrawn_at is None, "it had been seen"


def test_a_picture_or_paper_goes_with_a_message_to_its_sides_only(cast: Cast) -> None:
    family, path = cast.client("binh"), f"/tin-nhan/viet/{cast.enrolments['an'].pk}/{cast.people['lan'].pk}/"
    family.post(path, {"text": "Giấy khám", "file": SimpleUploadedFile("giay.pdf", PDF, "application/pdf")})
    message = Message.objects.get()
    file = f"/tin-nhan/{message.thread_id}/tep/{message.pk}/"
    assert cast.client("lan").get(file).content == PDF
    for stranger in ("mai", "hung", "an"):
        assert cast.client(stranger).get(file).status_code == 404
    wrong = {"text": "Xem", "file": SimpleUploadedFile("x.exe", b"MZ", "application/octet-stream")}
    assert family.post(f"/tin-nhan/{message.thread_id}/", wrong).status_code == 422
    family.post(f"/tin-nhan/{message.thread_id}/thu-hoi/{message.pk}/")
    assert cast.client("lan").get(file).status_code in (200, 404)
    assert family.get(file).status_code == 404 if Message.objects.get().withdrawn_at else True


def test_a_teacher_writes_to_a_class_and_sets_hours(cast: Cast) -> None:
    teacher = cast.client("lan")
    assert "Lớp 8A3" in text(teacher, "/tin-nhan/viet/")
    path = f"/tin-nhan/viet/lop/{cast.classroom.pk}/"
    assert "Lê Văn Bình" in text(teacher, path)
    assert teacher.post(path, {"text": "Mai lao động"}).status_code == 422
    assert teacher.post(path, {"text": "Mai lao động", "em": "ca-lop"}).status_code == 302
    assert [one.text for one in Message.objects.all()] == ["Mai lao động"]
    assert cast.client("mai").get(path).status_code == 404
    assert (
        teacher.post(
            "/tin-nhan/gio-tra-loi/", {"days": ["2", "4"], "start": "08:00", "until": "11:30"}
        ).status_code
        == 302
    )
    row = OfficeHours.objects.get()
    assert Hours(row.days, row.start, row.until) == Hours("24", 480, 690)
    assert "8 giờ đến 11 giờ 30 các ngày thứ Hai, thứ Tư" in text(teacher, "/tin-nhan/gio-tra-loi/")
    for wrong in (
        {"days": [], "start": "08:00", "until": "11:30"},
        {"days": ["2"], "start": "x", "until": "11:30"},
    ):
        assert teacher.post("/tin-nhan/gio-tra-loi/", wrong).status_code == 422
    assert teacher.post("/tin-nhan/gio-tra-loi/", {"verb": "school"}).status_code == 302
    assert not OfficeHours.objects.exists()


def test_a_report_opens_the_conversation_to_the_head(cast: Cast) -> None:
    thread = actions.write_to_teacher(
        cast.binh, cast.enrolments["an"], teacher_id=cast.people["lan"].pk, text="Chuyện riêng"
    )
    family, head = cast.client("binh"), cast.client("hung")
    assert family.post(f"/tin-nhan/{thread.pk}/bao/", {"reason": ""}).status_code == 422
    assert family.post(f"/tin-nhan/{thread.pk}/bao/", {"reason": "Cô nặng lời với cháu"}).status_code == 302
    assert "đã được báo" in text(cast.client("lan"), f"/tin-nhan/{thread.pk}/")
    path = f"/tin-nhan/phan-anh/{Complaint.objects.get().pk}/"
    assert "Cô nặng lời" in text(head, "/tin-nhan/phan-anh/")
    assert "Chuyện riêng" not in text(head, path)
    assert head.post(path, {"verb": "open"}).status_code == 302
    assert "Chuyện riêng" in text(head, path)
    assert head.post(path, {"verb": "close", "answer": ""}).status_code == 422
    assert head.post(path, {"verb": "close", "answer": "Đã gặp hai bên"}).status_code == 302
    assert "Chuyện riêng" not in text(head, path)


@pytest.fixture
def announced(cast: Cast) -> Announcement:
    """A school-wide announcement to be confirmed, sent by its head from the page."""
    day = timezone.localdate() + timedelta(days=5)
    response = cast.client("hung").post(
        "/tin-nhan/thong-bao/gui/",
        {
            "to": "school", "title": "Họp phụ huynh", "text": "8 giờ Chủ nhật", "expires_on": f"{day:%d/%m/%Y}",
            "needs_confirming": "on", "file": SimpleUploadedFile("moi.pdf", PDF, "application/pdf"),
        },
    )  # fmt: skip
    assert response.status_code == 302
    return Announcement.objects.get()


def test_an_announcement_is_read_and_confirmed_by_a_family(cast: Cast, announced: Announcement) -> None:
    family, head, path = cast.client("binh"), cast.client("hung"), f"/tin-nhan/thong-bao/{announced.pk}/"
    assert "cần xác nhận" in text(family, "/tin-nhan/thong-bao/")
    assert family.head(path).status_code == 200
    assert not Receipt.objects.exists()
    assert "Xác nhận đã đọc" in text(family, path)
    assert Receipt.objects.get().confirmed_at is None
    assert family.post(path).status_code == 302
    assert "Đã xác nhận đã đọc" in text(family, path)
    assert "Lê Hoài An" in text(head, f"{path}ai-da-doc/?loc=confirmed")
    assert "Phạm Minh Khôi" in text(head, f"{path}ai-da-doc/")
    assert family.get(f"{path}tep/").content == PDF
    assert "Xác nhận đã đọc" not in text(cast.client("an"), path)
    assert cast.client("an").post(path).status_code == 403
    assert text(cast.client("lan"), path)
    for stranger in ("mai", "ha", "son", "thanh"):
        assert cast.client(stranger).get(path).status_code == 404
        assert cast.client(stranger).get(f"{path}ai-da-doc/").status_code == 404


def test_it_is_edited_withdrawn_and_followed_up_from_the_page(cast: Cast, announced: Announcement) -> None:
    head, path = cast.client("hung"), f"/tin-nhan/thong-bao/{announced.pk}/"
    day = f"{timezone.localdate():%d/%m/%Y}"
    said = {"title": "Họp lúc 9 giờ", "text": "9 giờ", "expires_on": day, "version": announced.version}
    assert head.post(f"{path}sua/", {**said, "title": ""}).status_code == 422
    assert head.post(f"{path}sua/", said).status_code == 302
    assert head.post(f"{path}sua/", said).status_code == 422, "somebody has changed it meanwhile"
    page = text(cast.client("binh"), path)
    assert "Đã sửa" in page
    assert "8 giờ Chủ nhật" in page, "what it said before stays readable"
    assert head.post(f"{path}nhac/").status_code == 302
    assert "Mỗi ngày nhắc một lần" in text(head, f"{path}ai-da-doc/")
    assert head.post(f"{path}rut/").status_code == 302
    assert cast.client("binh").get(path).status_code == 404
    assert "Đã rút" in text(head, path)
    assert "đã rút" in text(head, "/tin-nhan/thong-bao/da-gui/")


def test_only_heads_are_offered_an_alarm(cast: Cast) -> None:
    assert "Khẩn cấp" in text(cast.client("hung"), "/tin-nhan/thong-bao/gui/")
    assert "Khẩn cấp" not in text(cast.client("tam"), "/tin-nhan/thong-bao/gui/")
    page = text(cast.client("lan"), "/tin-nhan/thong-bao/gui/")
    assert "Gia đình lớp 8A3" in page
    assert "Gia đình lớp 8A5, môn Toán" in page
    assert "cả trường" not in page
    assert "phó hiệu trưởng các trường" in text(cast.client("son"), "/tin-nhan/thong-bao/gui/")
    assert cast.client("binh").get("/tin-nhan/thong-bao/gui/").status_code == 404


def test_the_figures_of_a_school_are_sums_counted_by_hand(cast: Cast, announced: Announcement) -> None:
    actions.set_hours(cast.lan, cast.people["lan"], hours=Hours(WEEK, 0, 1440))
    thread = actions.write_to_teacher(
        cast.binh, cast.enrolments["an"], teacher_id=cast.people["lan"].pk, text="Nhanh"
    )
    hour = timedelta(hours=1)
    Message.objects.update(sent_at=timezone.now() - 2 * hour)
    actions.send(cast.lan, thread, text="Trả lời nhanh")
    actions.send(cast.binh, thread, text="Chậm")
    Message.objects.filter(text="Chậm").update(sent_at=timezone.now() - 20 * hour)
    actions.send(cast.lan, thread, text="Trả lời chậm")
    for words, back in (("Chưa ai trả lời", 80 * hour), ("Mới gửi", hour), ("Từ năm ngoái", 800 * hour)):
        actions.send(cast.binh, thread, text=words)
        Message.objects.filter(text=words).update(sent_at=timezone.now() - back)
    actions.confirm_announcement(cast.binh, announced)
    columns = list(facts.SCHOOLS.columns)
    rows = {row[1]: dict(zip(columns, row, strict=True)) for row in fetch(facts.SCHOOLS.sql.format(only=""))}
    own, other = rows[cast.school.pk], rows[cast.other_school.pk]
    assert (own["asked"], own["in_time"], own["answered"]) == (3, 1, 2)
    assert own["minutes"] in range(22 * 60, 22 * 60 + 60)
    assert (own["told"], own["confirmed"], own["writes"]) == (2, 1, True)
    assert (other["asked"], other["told"], other["writes"]) == (0, 0, False)
