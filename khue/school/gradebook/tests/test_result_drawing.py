"""The rows of a class's results as text: everything a row may say, and nothing of it as markup."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from khue.school.gradebook import result_drawing
from khue.school.gradebook.judging import Course, Pupil, Room, Verdict, rules_of
from khue.school.gradebook.queries.result_pages import ClassTable, ResultRow, Reviewed
from khue.school.gradebook.rules.rule_sets import DEFAULT_CHOICES


def table(period: int, level: str = "THCS", grade: int = 8, **about: Any) -> ClassTable:
    rules = rules_of(level, grade, 2026, DEFAULT_CHOICES)
    assert rules is not None
    room = Room(7, "8A3", level, grade, 2026, 3, rules, (Course("TOAN", "Toán", "Toán", True, 1, 2),))
    pupil = Pupil(41, 5, "Lò <Thị> Ánh", "studying", about.pop("has_plan", False), "", "", {})
    given: dict[str, Any] = {
        "cells": ["7,9"], "missing": [], "moved": [], "learning": "Khá", "retest_learning": "", "conduct": "Tốt",
        "award": "", "outcome": "",
    }  # fmt: skip
    verdict = Verdict("TT22_2021", {}, learning="KHA", learning_raw=about.pop("raw", "KHA"), absences=0)
    return ClassTable(
        room, period, "THCS", "", Reviewed(), [ResultRow(pupil, verdict, None, **given | about)]
    )


def drawn(found: ClassTable) -> str:
    return result_drawing.body(found, "/so-diem/ket-qua/em/{}/", "?ky=1&a=2")


def test_a_term_shows_level_conduct_absences_and_each_subject() -> None:
    assert drawn(table(1)) == (
        '<tr><td class="num faint hide-s">1</td><th scope="row">'
        '<a class="name" href="/so-diem/ket-qua/em/41/?ky=1&amp;a=2">Lò &lt;Thị&gt; Ánh</a></th>'
        '<td>Khá</td><td>Tốt</td><td class="num hide-s">0</td>'
        '<td class="hide-s"><span class="faint">đủ</span></td><td class="num hide-s">7,9</td></tr>\n'
    )


def test_the_year_adds_title_and_outcome_also_for_phones() -> None:
    page = drawn(table(0, outcome="Được lên lớp", award="Học sinh Giỏi", has_plan=True, raw="DAT"))
    assert '<small class="only-s muted">Được lên lớp, Học sinh Giỏi</small>' in page
    assert '<td class="hide-s nowrap">Học sinh Giỏi</td><td class="hide-s nowrap">Được lên lớp</td>' in page
    assert '<small class="muted">kế hoạch cá nhân</small>' in page
    assert '<td>Khá <small class="muted">điều chỉnh</small></td>' in page


def test_what_is_missing_is_named_up_to_three() -> None:
    page = drawn(table(1, missing=["Toán", "A & B"], learning="", conduct="", cells=[""]))
    assert '<small class="c-wait" title="Toán, A &amp; B">Toán, A &amp; B</small>' in page
    assert '<td><span class="faint">–</span></td><td>–</td>' in page
    assert '<td class="num hide-s">–</td></tr>' in page
    page = drawn(table(1, missing=["Toán", "Văn", "Anh", "Sử"]))
    assert '<small class="only-s c-wait">thiếu 4 kết quả</small>' in page
    assert 'title="Toán, Văn, Anh, Sử">4 kết quả</small>' in page


def test_a_level_after_the_re_test_stands_beside_the_first() -> None:
    page = drawn(table(0, retest_learning="Đạt"))
    assert '<td>Khá<small class="c-ok">đánh giá lại: Đạt</small></td>' in page


def test_a_primary_class_has_no_conduct_and_a_level_only_in_the_year() -> None:
    assert "Tốt" not in drawn(table(1, "TH", 4))
    assert "Khá" not in drawn(table(1, "TH", 4))
    assert "Khá" in drawn(table(0, "TH", 4))


def test_the_words_follow_the_readers_language() -> None:
    with override("en"):
        assert ">đủ<" not in drawn(table(1))
