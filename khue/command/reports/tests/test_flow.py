"""A report's way: made, explained, signed, checked, given back, taken in, corrected, closed, locked, reminded of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from khue.command.reports import actions, jobs
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.models import Period, Remark, Report, Sheet, Step
from khue.command.reports.queries import progress
from khue.command.reports.queries import reports as queries
from khue.command.reports.tests.places import DAY, DUE, explained, opened, report_of, signed
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
from khue.kernel.notify.models import Message
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.queries import open_tasks
from khue.registry.roster.models import Enrolment, EnrolmentEvent, HeadCount
from tests.cast import Cast, make_enrolment, make_person

pytestmark = pytest.mark.django_db


def last_entry(action: str) -> Entry:
    return Entry.objects.filter(action=action).order_by("-pk")[0]


def test_the_department_opens_a_period_and_a_job_makes_the_reports(cast: Cast) -> None:
    period = actions.open_period(
        cast.son,
        cast.department,
        year=cast.year,
        kind="start",
        as_of=date(2026, 9, 30),
        due_on=date(2026, 10, 15),
    )
    assert period.form_version == "2024-1"
    assert Run.objects.get(name="reports.fill").arguments == {"period_id": period.pk}
    assert last_entry("reports.open").actor_id == cast.people["son"].pk
    assert [task.kind for task in open_tasks(cast.son)] == ["reports.lock"]
    with pytest.raises(DomainError, match="đã mở rồi"):
        actions.open_period(
            cast.son, cast.department, year=cast.year, kind="start", as_of=period.as_of, due_on=period.due_on
        )
    for other in (cast.hung, cast.mai, cast.thanh):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.open_period(other, cast.department, year=cast.year, kind="mid", as_of=DAY, due_on=DUE)


def test_the_job_makes_every_school_s_report_with_the_rights_of_whoever_opened(cast: Cast) -> None:
    period = actions.open_period(cast.son, cast.department, year=cast.year, kind="mid", as_of=DAY, due_on=DUE)
    run = Run.objects.get(name="reports.fill")
    assert engine.work(run.pk, "w") == "done"
    run.refresh_from_db()
    assert (run.done, run.total, run.failures) == (2, 2, [])
    assert Report.objects.filter(period=period, unit=cast.school, state="draft").count() == 1


def test_days_must_make_sense_and_the_figures_day_stays_once_somebody_has_signed(cast: Cast) -> None:
    with pytest.raises(DomainError, match="năm học"):
        opened(cast, as_of=date(2025, 9, 30))
    period = opened(cast)
    with pytest.raises(DomainError, match="trước ngày lấy số liệu"):
        actions.set_days(cast.son, period, as_of=DAY, due_on=DAY - timedelta(days=1))
    actions.set_days(cast.son, period, as_of=DAY - timedelta(days=1), due_on=DUE, note="Nộp sớm")
    period.refresh_from_db()
    assert (period.as_of, period.note) == (DAY - timedelta(days=1), "Nộp sớm")
    actions.prepare_many(cast.son, period, schools=[cast.school.pk])
    signed(cast.hung, report_of(period, cast.school.pk))
    with pytest.raises(DomainError, match="ký gửi theo ngày cũ"):
        actions.set_days(cast.son, period, as_of=DAY, due_on=DUE)
    with pytest.raises(NotAllowed):
        actions.set_days(cast.mai, period, as_of=DAY, due_on=DUE)
    assert last_entry("reports.set_days").reason == ""


def test_making_reports_asks_the_heads_and_nobody_else(cast: Cast) -> None:
    period = opened(cast)
    assert Report.objects.filter(period=period, state="draft").count() == 2
    assert [task.kind for task in open_tasks(cast.hung)] == ["reports.sign"]
    assert not open_tasks(cast.tam).filter(kind="reports.sign").exists()
    new, moved = actions.prepare_many(cast.son, period, schools=[cast.school.pk, cast.other_school.pk])
    assert (new, moved) == (0, 0)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.prepare_many(cast.hung, period, schools=[cast.school.pk])


def test_a_school_takes_its_figures_anew_and_what_was_typed_stays(cast: Cast) -> None:
    period = opened(cast, "start", date(2026, 9, 30), date(2026, 10, 15))
    report = report_of(period, cast.school.pk)
    changed = actions.enter(
        cast.tam, report, cells={"chung.phong.kien_co.tong": 12}, source="Kiểm kê tài sản 30/9"
    )
    assert changed >= 1
    make_enrolment(
        make_person("Lò Thị Mỵ", birth_date=date(2013, 1, 1), sex=2, ethnicity="02"), cast.classroom
    )
    HeadCount.objects.filter(classroom=cast.classroom).update(pupils=2, girls=2, minority=1)
    assert actions.fill(cast.tam, cast.school, period=period) > 0
    seen = queries.seen(report_of(period, cast.school.pk))
    assert seen.values["THCS.hs"]["tong.k8"] == 3
    assert seen.values["chung.phong"]["kien_co.tong"] == 12
    assert seen.typed["chung.phong"]["kien_co.tong"][1] == "Kiểm kê tài sản 30/9"
    with pytest.raises((NotAllowed, NotVisible)):
        actions.fill(cast.mai, cast.school, period=period)
    assert last_entry("reports.fill").actor_id == cast.people["tam"].pk


def test_only_cells_the_school_types_take_numbers_and_only_with_a_source(cast: Cast) -> None:
    report = report_of(opened(cast, "start", date(2026, 9, 30), date(2026, 10, 15)), cast.school.pk)
    with pytest.raises(DomainError, match="trường tự khai"):
        actions.enter(cast.tam, report, cells={"THCS.hs.tong.k8": 900}, source="Tôi biết vậy")
    with pytest.raises(DomainError) as refused:
        actions.enter(cast.tam, report, cells={"chung.phong.tam.tong": -1}, source="")
    assert set(refused.value.fields) == {"chung.phong.tam.tong", "can-cu"}
    with pytest.raises((NotAllowed, NotVisible)):
        actions.enter(cast.ha, report, cells={"chung.phong.tam.tong": 1}, source="Kiểm kê tài sản")


def test_a_warning_wants_an_explanation_and_an_error_keeps_the_head_from_signing(cast: Cast) -> None:
    report = report_of(opened(cast), cast.school.pk)
    seen = queries.seen(report)
    shown = digest_of(seen).hex()
    with pytest.raises(DomainError, match="2 chỗ cần giải thích"):
        actions.sign(cast.hung, report, shown=shown)
    with pytest.raises(DomainError, match="lời giải thích"):
        actions.explain(cast.tam, report, key=queries.findings_of(seen)[0].key, text=" ")
    with pytest.raises((NotAllowed, NotVisible)):
        actions.explain(cast.mai, report, key=queries.findings_of(seen)[0].key, text="Chưa hết học kì")
    explained(cast.tam, report)
    assert Remark.objects.filter(report=report).count() == 2
    HeadCount.objects.filter(classroom=cast.classroom).update(pupils=5)
    actions.fill(cast.tam, cast.school, period=report.period)
    seen = queries.seen(report_of(report.period, cast.school.pk))
    wrong = [one for one in queries.findings_of(seen) if one.is_error]
    assert any("danh sách" in one.text and "lệch 4" in one.text for one in wrong)
    with pytest.raises(DomainError, match="chỗ phải sửa"):
        actions.sign(cast.hung, report, shown=digest_of(seen).hex())


def test_the_head_signs_what_was_shown_with_a_fresh_proof(cast: Cast) -> None:
    period = opened(cast)
    report = report_of(period, cast.school.pk)
    seen = explained(cast.tam, report)
    shown = digest_of(seen).hex()
    with pytest.raises(Conflict):
        actions.sign(cast.hung, report, shown="00")
    with pytest.raises(ProofNeeded):
        actions.sign(cast.actor("hung", proved=False), report, shown=shown)
    for other in (cast.tam, cast.mai, cast.ha, cast.son):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.sign(other, report, shown=shown)
    actions.sign(cast.hung, report, shown=shown)
    report.refresh_from_db()
    step = Step.objects.get(report=report)
    assert (report.state, bytes(report.digest or b"").hex(), step.name) == ("signed", shown, "Trần Quốc Hùng")
    assert [one["why"] for one in report.findings] == ["Đã đối chiếu hồ sơ."] * 2
    assert not open_tasks(cast.hung).filter(kind="reports.sign").exists()
    assert [task.kind for task in open_tasks(cast.thanh)] == ["reports.check"]
    assert last_entry("reports.sign").chain == cast.school.pk


@pytest.mark.parametrize(
    "statement",
    [
        "update reports_sheet set cells = '{}' where report_id = %s",
        "delete from reports_sheet where report_id = %s",
        "insert into reports_sheet (report_id, \"table\", cells, typed) values (%s, 'x', '{}', '{}')",
        "update reports_report set digest = '\\x00' where id = %s",
        "update reports_report set state = 'draft', signed_at = null where id = %s",
        "delete from reports_report where id = %s",
        "update reports_remark set text = 'khác' where report_id = %s",
        "update reports_step set name = 'khác' where report_id = %s",
        "delete from reports_step where report_id = %s",
    ],
)
def test_what_was_signed_does_not_move_even_past_khue(cast: Cast, statement: str) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    with pytest.raises(Error, match="report"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [report.pk])


def test_a_draft_is_no_stone(cast: Cast) -> None:
    report = report_of(opened(cast), cast.school.pk)
    assert Sheet.objects.filter(report=report).update(cells={}) == 6
    with pytest.raises(DomainError, match="chờ kiểm tra"):
        actions.check(cast.thanh, [report])


def test_the_office_checks_its_schools_and_only_its_own(cast: Cast) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    other = report_of(report.period, cast.other_school.pk)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.check(cast.thanh, [report, other])
    for nobody in (cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.check(nobody, [report])
    assert actions.check(cast.thanh, [report]) == 1
    report.refresh_from_db()
    assert report.state == "checked"
    assert not Task.objects.filter(kind="reports.check", closed_at__isnull=True).exists()
    assert Step.objects.filter(report=report, verb="checked", name="Quách Thị Thanh").exists()
    assert last_entry("reports.check").actor_id == cast.people["thanh"].pk


def test_what_is_given_back_stays_and_the_school_goes_on_with_its_next_edition(cast: Cast) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    with pytest.raises(DomainError, match="Ghi lý do"):
        actions.give_back(cast.thanh, report, reason="")
    for nobody in (cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.give_back(nobody, report, reason="Sai số học sinh khối 8")
    made = actions.give_back(cast.thanh, report, reason="Sai số học sinh khối 8")
    report.refresh_from_db()
    assert (report.state, report.is_latest, made.edition, made.state) == ("returned", False, 2, "draft")
    assert made.reason == "Sai số học sinh khối 8"
    assert Message.objects.filter(person=cast.people["hung"], kind="reports.returned").count() == 1
    assert open_tasks(cast.hung).get(kind="reports.sign").detail == "Sai số học sinh khối 8"
    assert queries.all_sum(report.period, cast.department.path)[1]["chung.truong"]["so_truong.tong"] == 0
    signed(cast.hung, made)
    assert queries.all_sum(report.period, cast.department.path)[1]["chung.truong"]["so_truong.tong"] == 1
    assert last_entry("reports.return").reason == "Sai số học sinh khối 8"


def test_the_department_takes_in_what_is_checked(cast: Cast) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    with pytest.raises(DomainError, match="đã kiểm tra"):
        actions.accept(cast.son, [report])
    actions.check(cast.thanh, [report])
    for nobody in (cast.thanh, cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.accept(nobody, [report])
    assert actions.accept(cast.son, [report]) == 1
    report.refresh_from_db()
    assert report.state == "accepted"
    assert '"accepted":1' in last_entry("reports.accept").payload.body


def test_what_the_department_has_taken_in_only_the_department_gives_back(cast: Cast) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    actions.check(cast.thanh, [report])
    actions.accept(cast.son, [report])
    report.refresh_from_db()
    with pytest.raises(DomainError, match="chỉ Sở trả lại được"):
        actions.give_back(cast.thanh, report, reason="Sai số học sinh khối 8")
    report.refresh_from_db()
    assert (report.state, report.is_latest) == ("accepted", True)
    made = actions.give_back(cast.son, report, reason="Sai số học sinh khối 8")
    report.refresh_from_db()
    assert (report.state, made.edition) == ("returned", 2)


def test_a_change_after_the_signature_shows_and_leads_to_the_next_edition(cast: Cast) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    assert queries.moved_since(queries.seen(report)) == {}
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(left_on=DAY, status="dropped", status_on=DAY)
    EnrolmentEvent.objects.create(
        enrolment=cast.enrolments["an"], school=cast.school, classroom=cast.classroom, kind="dropped", on=DAY,
        reason_code="work",
    )  # fmt: skip
    HeadCount.objects.filter(classroom=cast.classroom).update(valid_to=DAY)
    moved = queries.moved_since(queries.seen(report))
    assert moved["THCS.si_so.hien_co.k8"] == (2, 1)
    assert moved["THCS.bo_hoc.work.nu"] == (0, 1)
    with pytest.raises(DomainError, match="Ghi lý do"):
        actions.correct(cast.hung, report, reason="")
    for nobody in (cast.tam, cast.mai, cast.thanh):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.correct(nobody, report, reason="Một em nghỉ học ghi muộn")
    made = actions.correct(cast.hung, report, reason="Một em nghỉ học ghi muộn")
    report.refresh_from_db()
    assert (report.state, made.edition) == ("signed", 2)
    assert queries.all_sum(report.period, cast.school.path)[1]["THCS.si_so"]["hien_co.tong"] == 2, (
        "the old one counts"
    )
    signed(cast.hung, made)
    report.refresh_from_db()
    assert report.state == "superseded"
    assert queries.all_sum(report.period, cast.school.path)[1]["THCS.si_so"]["hien_co.tong"] == 1
    assert last_entry("reports.correct").reason == "Một em nghỉ học ghi muộn"


def test_an_office_closes_its_sum_when_every_school_is_checked_and_again_only_with_a_reason(
    cast: Cast,
) -> None:
    report = signed(cast.hung, report_of(opened(cast), cast.school.pk))
    with pytest.raises(DomainError, match="0 trong 1"):
        actions.close(cast.thanh, cast.commune, period=report.period)
    actions.check(cast.thanh, [report])
    for nobody in (cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.close(nobody, cast.commune, period=report.period)
    closed = actions.close(cast.thanh, cast.commune, period=report.period)
    assert (closed.state, closed.is_school) == ("signed", False)
    assert queries.seen(closed).values["THCS.si_so"]["hien_co.tong"] == 2
    with pytest.raises(DomainError, match="không đổi"):
        actions.close(cast.thanh, cast.commune, period=report.period, reason="Làm lại cho chắc")
    with pytest.raises((NotAllowed, NotVisible)):
        actions.close(cast.thanh, cast.other_commune, period=report.period)
    assert last_entry("reports.close").chain == cast.commune.pk


def test_the_province_is_locked_with_a_reason_when_a_school_is_missing(cast: Cast) -> None:
    period = opened(cast)
    report = signed(cast.hung, report_of(period, cast.school.pk))
    actions.check(cast.thanh, [report])
    actions.accept(cast.son, [report])
    with pytest.raises(DomainError, match="1 trong 2"):
        actions.lock(cast.son, period)
    for nobody in (cast.thanh, cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.lock(nobody, period, reason="Một trường chưa nộp")
    locked = actions.lock(cast.son, period, reason="Một trường chưa nộp")
    period.refresh_from_db()
    assert period.is_locked
    assert queries.seen(locked).values["chung.truong"]["so_truong.tong"] == 1
    assert actions.prepare_many(cast.son, period, schools=[cast.other_school.pk]) == (0, 0)
    with pytest.raises(DomainError, match="đã khóa"):
        actions.set_days(cast.son, period, as_of=DAY, due_on=DUE)
    assert last_entry("reports.lock").reason == "Một trường chưa nộp"


def test_reminders_reach_heads_of_schools_that_owe_once_a_stage(cast: Cast) -> None:
    period = opened(cast)
    assert actions.remind(cast.son, [cast.school, cast.other_school], period=period) == 1
    assert actions.remind(cast.son, [cast.school], period=period) == 0
    assert Message.objects.filter(kind="reports.owed", person=cast.people["hung"]).count() == 1
    with pytest.raises((NotAllowed, NotVisible)):
        actions.remind(cast.thanh, [cast.other_school], period=period)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.remind(cast.hung, [cast.school], period=period)
    signed(cast.hung, report_of(period, cast.school.pk))
    with pytest.raises(DomainError, match="đã gửi"):
        actions.remind(cast.thanh, [cast.school], period=period)
    assert '"schools":1' in last_entry("reports.remind").payload.body


def test_the_night_job_fills_and_the_morning_job_reminds(cast: Cast) -> None:
    today = timezone.localdate()
    period = actions.open_period(
        cast.son, cast.department, year=cast.year, kind="mid", as_of=DAY, due_on=today, fills=False
    )
    assert jobs.refresh() == 2
    assert Report.objects.filter(period=period).count() == 2
    assert jobs.remind() == 1
    assert jobs.remind() == 0
    Period.objects.update(locked_at=timezone.now())
    assert jobs.refresh() == 0


def test_progress_counts_by_office_and_stays_within_reach(cast: Cast) -> None:
    period = opened(cast)
    report = signed(cast.hung, report_of(period, cast.school.pk))
    found = progress.progress(cast.son, period, cast.department)
    assert (found.schools, found.sent, found.waiting, found.missing) == (2, 1, 1, 1)
    assert {group.name for group in found.groups} == {"Phường Đông Kinh", "Xã Mường Khoa"}
    reached = progress.chosen(cast.thanh, "reports.check", period, cast.department, None)
    assert [row.pk for row in reached] == [report.pk]
    assert [unit.pk for unit in progress.owing(cast.son, period, cast.department)] == [cast.other_school.pk]
    assert queries.latest(cast.mai, period.pk, cast.school) is None
    assert queries.sum_of(cast.thanh, period, cast.other_commune) == ((), {})
