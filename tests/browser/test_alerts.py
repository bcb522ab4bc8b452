"""A commune turns amber for late marks; Sơn steps down to the teacher and reminds her; it turns green."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from khue.command.alerts import jobs as alerts
from khue.command.alerts.models import Alert
from khue.kernel.indicators import copying
from khue.kernel.indicators import jobs as indicators
from khue.kernel.notify.models import Message
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook.actions import figures
from khue.school.gradebook.actions.marks import open_the_wall
from khue.school.gradebook.models import MarkRow, Sheet
from tests.browser.province import Visitor
from tests.browser.test_progress import SCHOOL, TX3, make_late, maths

COMMUNE = "Phường Đông Kinh"
RULE = "Xã, phường vào điểm chậm"
LAN = "Nguyễn Thị Lan"


@pytest.fixture
def copied(settings: Any, tmp_path: Path) -> None:
    """The columnar copy of this journey lies in a folder of its own."""
    settings.VAR = tmp_path


def time_passes() -> None:
    """The jobs of the next quarter of an hour: schools counted, figures refreshed, alerts looked at."""
    figures.refresh([maths().school_id], YEAR, 1)
    copying.refresh(whole=True)
    indicators.figures_of_today()
    alerts.evaluate()


def fill(there: int, grades: Sequence[int] = (8,)) -> None:
    """How many cells of TX3 are filled in each sheet of these grades of the school, but Lan's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update gradebook_sheet s set filled[%s] = %s from roster_classroom k "
            "where k.id = s.classroom_id and k.grade = any(%s) and s.school_id = %s and s.year_id = %s and s.term = 1 "
            "and s.kind = 'subject' and s.id <> %s",
            [TX3 + 1, there, list(grades), maths().school_id, YEAR, maths().pk],
        )


def empty_lans_column() -> Sheet:
    """Lan has entered nothing of TX3 in 8A3."""
    sheet = maths()
    with transaction.atomic():
        open_the_wall()
        for row in MarkRow.objects.filter(sheet=sheet):
            row.marks[TX3] = None
            row.save(update_fields=["marks"])
    Sheet.objects.filter(pk=sheet.pk).update(
        filled=[0 if n == TX3 else was for n, was in enumerate(sheet.filled)]
    )
    return sheet


def open_for(commune: str) -> bool:
    return Alert.objects.filter(
        state="open", unit__name=commune, rule__name=RULE, opened_at__date=timezone.localdate()
    ).exists()


def shade(visitor: Visitor) -> int:
    """How dark the commune's tile is on the wall's map of marks: 0 is paper."""
    tile = visitor.page.locator("a.tile", has_text=COMMUNE.removeprefix("Phường ")).first
    return next(int(one[1:]) for one in str(tile.get_attribute("class")).split() if one[1:].isdigit())


def enter_column(visitor: Visitor, sheet: Sheet) -> None:
    """Lan types an eight for everybody, Enter going down."""
    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/")
    fields = visitor.page.locator(f'#gb tbody input[name$="-{TX3}"]')
    fields.first.click()
    for _pupil in range(fields.count()):
        visitor.page.keyboard.type("8")
        visitor.page.keyboard.press("Enter")
    for _time in range(100):
        sheet.refresh_from_db()
        if sheet.filled[TX3] >= fields.count():
            return
        visitor.page.wait_for_timeout(100)
    raise AssertionError(f"never saved: {sheet.filled[TX3]} of {fields.count()}")


@pytest.mark.usefixtures("copied")
def test_a_commune_turns_amber_a_teacher_is_reminded_and_it_turns_green(visitor: Visitor) -> None:
    sheet = empty_lans_column()
    time_passes()
    assert not open_for(COMMUNE)
    visitor.enter("son")
    visitor.go("/dieu-hanh/man-hinh/")
    before = shade(visitor)
    make_late()
    fill(99, (6, 7, 9))
    fill(0)
    time_passes()
    assert open_for(COMMUNE)

    visitor.go("/dieu-hanh/man-hinh/")
    assert shade(visitor) > before
    visitor.go("/canh-bao/?quy-tac=late_marks_area")
    visitor.press(COMMUNE)
    assert visitor.sees("từ 90 % trở xuống")
    assert visitor.sees("Cần chú ý", "Báo động")
    visitor.press(SCHOOL)
    assert visitor.sees(LAN)
    assert visitor.sees("Toán 8A3: TX3")
    visitor.press(f"Nhắc {LAN}")
    assert visitor.sees("Đã nhắc 1 người")
    assert visitor.sees("đã nhắc")
    assert "Toán 8A3: TX3" in Message.objects.get(kind="gradebook.late").body

    enter_column(visitor, sheet)
    fill(99)
    time_passes()
    visitor.enter("son")
    visitor.go("/canh-bao/?quy-tac=late_marks_area&tinh-trang=dong")
    visitor.press(COMMUNE)
    assert visitor.sees("Tự đóng, số liệu đã ổn")
    assert visitor.sees("1 giáo viên")
    visitor.go("/canh-bao/?quy-tac=late_marks_area")
    assert visitor.page.get_by_role("link", name=COMMUNE).count() == 0
    visitor.go("/dieu-hanh/man-hinh/")
    assert shade(visitor) <= before
