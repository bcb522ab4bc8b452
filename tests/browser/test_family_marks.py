"""Bình reads An's marks on a phone after Lan has published them, and no longer once she has taken them back."""

from __future__ import annotations

import re

from django.urls import reverse
from playwright.sync_api import expect

from khue.kernel.people.models import Person
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Enrolment
from khue.school.gradebook import actions
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.models import MarkRow, Sheet
from tests.browser.conftest import NewVisitor
from tests.browser.pages import acting
from tests.browser.province import Visitor

SLOT = 3  # TX4, which nobody has entered yet
NEWEST = 93


def test_binh_reads_an_s_marks_on_a_phone_after_lan_publishes_and_not_after_she_takes_them_back(
    visitor: Visitor, another: NewVisitor
) -> None:
    an = Enrolment.objects.select_related("person").get(person__full_name="Lê Hoài An", year_id=YEAR)
    sheet = Sheet.objects.get(classroom=an.classroom_id, course__subject_id="TOAN", term=1)
    lan = acting("lan")
    seen = MarkRow.objects.get(sheet=sheet, enrolment=an).marks
    before = seen[SLOT] if len(seen) > SLOT else None
    actions.enter_marks(lan, sheet, cells=[Cell(an.pk, SLOT, before, NEWEST)])
    Sheet.objects.filter(pk=sheet.pk).update(published=0, published_at=None)

    father = another(width=360)
    father.enter("binh")
    father.go("/so-diem/cua-em/")
    page = father.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Kết quả học kì I")
    expect(page.get_by_text("9,3")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/cong-bo/")
    visitor.page.get_by_role("checkbox", name=re.compile("TX4|Thường xuyên 4")).check()
    visitor.page.get_by_role("button", name=re.compile("^Công bố")).last.click()
    visitor.page.wait_for_load_state()

    page.reload()
    maths = page.locator("article.sub", has=page.get_by_role("heading", name="Toán", exact=True))
    expect(maths).to_contain_text("9,3")
    expect(maths).to_contain_text("chưa đủ điểm")
    strangers = Person.objects.exclude(pk=an.person_id).filter(
        pk__in=Enrolment.objects.filter(classroom=an.classroom_id).values("person_id")[:5]
    )
    for stranger in strangers:
        assert stranger.full_name not in page.content()

    page.goto(father.address + reverse("notify:inbox"))
    expect(page.get_by_text("Có điểm mới, lớp 8A3").first).to_be_visible()

    visitor.go(f"/so-diem/{sheet.pk}/cong-bo/")
    visitor.page.get_by_role("checkbox", name=re.compile("TX4|Thường xuyên 4")).uncheck()
    visitor.page.locator("input[name=reason]").fill("Chấm lại câu 3")
    visitor.page.get_by_role("button", name=re.compile("^Công bố")).last.click()
    visitor.page.wait_for_load_state()
    page.goto(father.address + "/so-diem/cua-em/")
    expect(page.get_by_text("9,3")).to_have_count(0)
