"""Pages of results: what they show, what they refuse, in how many questions; nobody is placed above another."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khue.kernel.jobs.models import Run
from khue.registry.calendar.models import Term
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gradebook import explaining, judging, result_panels
from khue.school.gradebook.actions import after_year
from khue.school.gradebook.actions import results as actions
from khue.school.gradebook.models import Result, Review
from khue.school.gradebook.queries import result_pages as queries
from khue.school.gradebook.tests import judged
from khue.school.gradebook.tests.test_results import primary_class
from tests.cast import Cast

BUDGET = 12


@pytest.fixture
def room(cast: Cast) -> Classroom:
    judged.add_courses(cast.classroom, judged.SCORED, judged.COMMENTS)
    judged.open_days(cast)
    one, two = judged.pupils(cast.classroom, 2)
    judged.complete(
        cast.classroom, {cast.enrolments["an"].pk: [85] * 7 + [49], one: [60] * 5 + [49, 48, 32], two: [90] * 8}
    )  # fmt: skip
    return cast.classroom


def read(cast: Cast, who: str, name: str, *args: int, **query: str) -> tuple[int, str]:
    response = cast.client(who).get(reverse(f"gradebook:{name}", args=args), query)
    return response.status_code, re.sub(r"\s+", " ", response.content.decode())


def send(cast: Cast, who: str, name: str, *args: int, **data: object) -> tuple[int, str]:
    response = cast.client(who).post(reverse(f"gradebook:{name}", args=args), data, follow=True)
    return response.status_code, re.sub(r"\s+", " ", response.content.decode())


def approve_year(cast: Cast, room: Classroom) -> None:
    for period in (1, 2, 0):
        actions.submit_results(cast.hung, room, period=period)
        actions.approve_results(cast.hung, [room], period=period)


def test_lan_sees_her_class_and_submits_it(cast: Cast, room: Classroom) -> None:
    status, page = read(cast, "lan", "class_results", room.pk, ky="1")
    assert status == 200
    assert "Trình kết quả học kì I" in page
    assert "điều chỉnh" in page
    status, page = send(cast, "lan", "submit_results", room.pk, ky="1")
    assert "Đã trình kết quả học kì I, lớp 8A3" in page
    assert "Chờ hiệu trưởng duyệt" in page
    assert Review.objects.get(classroom=room, term=1).state == "submitted"


def test_rows_stand_in_the_order_of_names_not_of_marks(cast: Cast, room: Classroom) -> None:
    table = queries.class_table(cast.hung, room.pk, 0)
    assert table is not None
    order = list(
        Enrolment.objects.filter(classroom=room).order_by("sort_key", "pk").values_list("pk", flat=True)
    )
    assert [row.pupil.enrolment_id for row in table.rows] == order
    _status, page = read(cast, "hung", "class_results", room.pk, ky="ca-nam")
    assert "hạng" not in page.lower()


def test_the_button_says_why_it_does_not_work(cast: Cast, room: Classroom) -> None:
    judged.pupils(room, 1, 9)
    _status, page = read(cast, "lan", "class_results", room.pk, ky="2")
    assert "Chưa trình được: 1 em chưa đủ kết quả." in page
    status, page = send(cast, "lan", "submit_results", room.pk, ky="2")
    assert status == 422
    assert "còn 1 em chưa đủ kết quả" in page


def test_hung_approves_what_is_ready_and_reads_what_is_not(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    status, page = read(cast, "hung", "results", ky="1")
    assert status == 200
    assert "1 lớp đã trình" in page
    status, page = send(cast, "hung", "approve_results", lop=[room.pk, cast.second_classroom.pk], ky="1")
    assert "Đã duyệt kết quả học kì I của 1 lớp" in page
    assert "8A5: chủ nhiệm chưa trình." in page
    status, page = send(cast, "hung", "approve_results", ky="1")
    assert (status, "Chọn ít nhất một lớp." in page) == (422, True)


def test_approving_asks_for_a_fresh_proof(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    client = cast.client("hung", proved=False)
    response = client.post(reverse("gradebook:approve_results"), {"lop": room.pk, "ky": "1"})
    assert response.status_code == 302
    assert "/xac-nhan/" in response.headers["Location"]
    assert Review.objects.get(classroom=room, term=1).state == "submitted"


def test_returned_words_and_reopening_on_the_page(cast: Cast, room: Classroom) -> None:
    actions.submit_results(cast.lan, room, period=1)
    _status, page = send(cast, "hung", "return_results", room.pk, ky="1", loi="Xem lại môn Toán")
    assert "Hiệu trưởng trả lại: Xem lại môn Toán" in page
    actions.submit_results(cast.lan, room, period=1)
    actions.approve_results(cast.hung, [room], period=1)
    status, page = send(cast, "hung", "reopen_results", room.pk, ky="1", loi="")
    assert (status, "Ghi lý do mở lại." in page) == (422, True)
    _status, page = send(cast, "hung", "reopen_results", room.pk, ky="1", loi="Vào nhầm")
    assert "Đã mở lại kết quả học kì I" in page


def test_the_page_says_why_kha_and_names_the_article(cast: Cast, room: Classroom) -> None:
    status, page = read(cast, "lan", "pupil_result", cast.enrolments["an"].pk, ky="ca-nam")
    assert status == 200
    for words in (
        "Vì sao Khá", "khoản 2 Điều 9 Thông tư 22/2021", "Chỉ vì môn Tin học (4,9)", "khoản 3 Điều 9",
        "Chưa được mức Tốt: dưới 6,5 có môn Tin học (4,9).", "Rèn luyện học kì I Tốt, học kì II Tốt",
        "đủ điều kiện lên lớp", "Điều 12 Thông tư 22/2021", "TX1",
    ):  # fmt: skip
        assert words in page, words


def test_the_page_says_what_is_missing(cast: Cast, room: Classroom) -> None:
    pk = judged.pupils(room, 1, 9)[0]
    _status, page = read(cast, "lan", "pupil_result", pk, ky="1")
    assert "Vì sao chưa xếp được" in page
    assert "rèn luyện, số buổi vắng" in page


def test_a_retest_on_the_pages_from_choosing_to_the_outcome(cast: Cast, room: Classroom) -> None:
    approve_year(cast, room)
    one = Result.objects.get(term=0, outcome="KIEM_TRA_LAI").enrolment
    _status, page = read(cast, "hung", "after_year")
    assert "Kiểm tra, đánh giá lại" in page

    def version() -> int:
        return Result.objects.get(enrolment=one, term=0).version

    send(cast, "hung", "enter_retest", one.pk, version=version(), buoc="mon", mon=["TIN_HOC"])
    sent = {"mon-TIN_HOC": "50", "nguon": "Biên bản 3"}
    status, page = send(cast, "hung", "enter_retest", one.pk, version=version(), **sent)
    assert (status, "Đã gõ “50”. Ghi 5,0 phải không?" in page) == (422, True)
    sent["mon-TIN_HOC"] = "5,0"
    _status, page = send(cast, "hung", "enter_retest", one.pk, version=version(), **sent)
    assert "Được lên lớp" in page
    assert "kết quả kiểm tra lại 5,0 thay cho 3,2" in page
    assert Result.objects.get(enrolment=one, term=0).outcome == "LEN_LOP"


def test_a_primary_class_recognises_and_the_titles_are_listed_by_name(cast: Cast) -> None:
    room, ids = primary_class(cast)
    _status, page = read(cast, "hung", "class_results", room.pk, ky="ca-nam")
    assert "Học sinh tiêu biểu" in page
    send(cast, "hung", "recognise", room.pk, **{f"em-{ids['B-2']}": "Tiến bộ ở Nhân ái"})
    _status, page = read(cast, "hung", "awards")
    assert "Học sinh Tiêu biểu" in page
    assert "Tiến bộ ở Nhân ái" in page
    approve_year(cast, room)
    _status, page = read(cast, "hung", "pupil_result", ids["B-4"], ky="ca-nam")
    assert "Đánh giá bổ sung" in page
    assert "Điều 11 Thông tư 27/2020" in page
    assert after_year.recognise.__name__ == "recognise"


def test_every_page_keeps_its_budget_whatever_the_class(cast: Cast, room: Classroom) -> None:
    approve_year(cast, room)
    an = cast.enrolments["an"].pk
    pages = [
        ("results", ()),
        ("class_results", (room.pk,)),
        ("pupil_result", (an,)),
        ("awards", ()),
        ("after_year", ()),
    ]

    def asked() -> dict[str, int]:
        found = {}
        for name, args in pages:
            client = cast.client("hung")
            client.get(reverse("gradebook:results"))
            with CaptureQueriesContext(connection) as heard:
                assert (
                    client.get(reverse(f"gradebook:{name}", args=args), {"ky": "ca-nam"}).status_code == 200
                )
            found[name] = len(heard)
        return found

    few = asked()
    judged.pupils(room, 10, 30)
    actions.compute_results(cast.hung, cast.school, year_id=cast.year.pk)
    assert asked() == few
    assert max(few.values()) <= BUDGET, few


@pytest.mark.parametrize("who", ["mai", "binh", "an", "son", "thanh"])
def test_mai_and_families_find_no_such_page(cast: Cast, room: Classroom, who: str) -> None:
    assert read(cast, who, "class_results", room.pk)[0] == 404
    assert read(cast, who, "pupil_result", cast.enrolments["an"].pk)[0] == 404
    assert send(cast, who, "submit_results", room.pk, ky="1")[0] == 404


def test_the_head_and_the_department_start_the_computing(cast: Cast, room: Classroom) -> None:
    for who in ("hung", "son"):
        status, page = read(cast, who, "compute_results")
        assert (status, "Kết quả đã duyệt giữ nguyên" in page) == (200, True)
        send(cast, who, "compute_results")
    runs = Run.objects.filter(name="gradebook.compute_results")
    assert [run.arguments["unit_id"] for run in runs.order_by("pk")] == [cast.school.pk, cast.department.pk]


def test_panels_tell_lan_what_is_missing_and_hung_what_waits(cast: Cast, room: Classroom) -> None:
    Term.objects.filter(year=cast.year, number=1).update(starts_on=date(2020, 1, 1))
    Term.objects.filter(year=cast.year, number=2).update(starts_on=date(2098, 1, 1), ends_on=date(2099, 1, 1))
    panel = result_panels.my_class_results(cast.lan)
    assert panel is not None
    assert [line.end for line in panel.lines] == ["đủ kết quả môn, trình được"]
    judged.pupils(room, 1, 9)
    panel = result_panels.my_class_results(cast.lan)
    assert panel is not None
    assert [line.end for line in panel.lines] == ["còn thiếu 12 kết quả môn"]
    assert result_panels.classes_waiting(cast.hung) is None
    Review.objects.create(classroom=room, school=cast.school, year=cast.year, term=1, state="submitted")
    waiting = result_panels.classes_waiting(cast.hung)
    assert waiting is not None
    assert [(figure.label, figure.value) for figure in waiting.figures] == [("Chờ duyệt học kì I", 1)]
    assert result_panels.classes_waiting(cast.lan) is None
    assert result_panels.my_class_results(cast.hung) is None


def test_every_stored_code_has_words() -> None:
    for code in judging.YEAR_RESULTS:
        assert judging.learning_label("TT27_2020", code) is not None
    for code in (*judging.PENDING, *judging.FINAL, "CHUA_DU"):
        assert judging.outcome_label(code, 5) is not None
    assert explaining.told(judging.outcome_label("HOAN_THANH", 5)) == "Hoàn thành chương trình tiểu học"  # type: ignore[arg-type]
