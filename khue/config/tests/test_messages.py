"""Texts are gathered from code and templates without the gettext programs, and checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy, override

from khue.config import messages
from khue.ui.words import counted

CODE = """
from django.utils.translation import gettext as _, ngettext
def said(n):
    return _("Đã lưu %(name)s"), ngettext("%(n)d lớp", "%(n)d lớp", n)
"""
TEMPLATE = """{% extends "ui/page.html" %}{# Lan (giáo viên) #}
{% block title %}{% translate "Danh sách (lớp)" %}{% endblock %}
{% include "ui/_x.html" with title=_("Học sinh") %}
{% blocktranslate trimmed count n=total %}{{ n }} học sinh{% plural %}{{ n }} học sinh{% endblocktranslate %}
{% translate "Lớp" context "cấp" %} it's plain
"""


MANIFEST = """
from django.utils.translation import gettext_lazy as _
from khue.kernel.manifest import Job, Module, NavLink, Permission, Setting
MODULE = Module(
    name="meals", label="Bữa ăn",
    permissions=(Permission("meals.view", "Xem bữa ăn"), Permission("meals.edit", label="Sửa bữa ăn")),
    navigation=(NavLink("Thực đơn", "meals:list", "soup", "meals.view", "Nhà bếp"),),
    settings=(Setting("meals.kind", "Cách nấu", "choice", "a", choices=(("a", "Tại trường"),), help="Hỏi bếp."),),
    jobs=(Job("meals.count", "Đếm suất ăn", "khue.x.y"),),
    task_kinds={"meals.order": "Đặt món"},
)
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "khue"
    (source / "school" / "templates").mkdir(parents=True)
    (source / "school" / "views.py").write_text(CODE)
    (source / "school" / "templates" / "page.html").write_text(TEMPLATE)
    (source / "school" / "tests").mkdir()
    (source / "school" / "tests" / "test_x.py").write_text('_("không phải lời giao diện")')
    monkeypatch.setattr(messages, "SOURCE", source)
    monkeypatch.setattr(messages, "LOCALE", source / "locale")
    monkeypatch.setattr(messages, "CATALOG", source / "locale" / "en" / "LC_MESSAGES" / "django.po")
    return source


def translate(**english: str) -> None:
    catalog = messages.gathered()
    for message in catalog:
        if isinstance(message.id, tuple):
            message.string = tuple(english.get(message.id[0], message.id[0]) for _ in range(2))
        elif message.id:
            message.string = english.get(message.id, message.id)
    messages.write_catalog(catalog)


def test_every_marked_text_is_found_and_only_those(house: Path) -> None:
    found = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in messages.gathered() if m.id}
    assert found == {
        (None, "Đã lưu %(name)s"),
        (None, "%(n)d lớp"),
        (None, "Danh sách (lớp)"),
        (None, "Học sinh"),
        (None, "%(n)s học sinh"),
        ("cấp", "Lớp"),
    }


def test_what_a_manifest_says_to_users_is_found_too(house: Path) -> None:
    (house / "school" / "module.py").write_text(MANIFEST)
    said = {m.id for m in messages.gathered() if m.id and m.locations[0][0].endswith("module.py")}
    assert said == {
        "Bữa ăn", "Xem bữa ăn", "Sửa bữa ăn", "Thực đơn", "Nhà bếp", "Cách nấu", "Tại trường", "Hỏi bếp.",
        "Đếm suất ăn", "Đặt món",
    }  # fmt: skip


def test_a_text_without_english_is_a_fault(house: Path) -> None:
    messages.write_catalog(messages.gathered())
    assert len(messages.faults()) == 6
    translate()
    assert messages.faults() == []


def test_a_lost_placeholder_is_a_fault(house: Path) -> None:
    translate(**{"Đã lưu %(name)s": "Saved"})
    assert [fault for fault in messages.faults() if "placeholders" in fault]


def test_a_text_nobody_says_any_more_is_a_fault_until_gathered_again(house: Path) -> None:
    translate()
    (house / "school" / "views.py").write_text("")
    assert len(messages.faults()) == 2
    messages.write_catalog(messages.gathered())
    assert messages.faults() == []


def test_what_was_translated_is_kept_when_gathering_again(house: Path) -> None:
    translate(**{"Học sinh": "Pupils"})
    messages.write_catalog(messages.gathered())
    assert messages.read_catalog()["Học sinh"].string == "Pupils"


def test_building_is_done_once_and_again_after_a_change(house: Path) -> None:
    translate()
    assert messages.compile_stale() == 1
    assert messages.compile_stale() == 0
    built = messages.CATALOG.with_suffix(".mo")
    newer = built.stat().st_mtime + 5
    import os

    os.utime(messages.CATALOG, (newer, newer))
    assert messages.compile_stale() == 1


def test_words_of_code_without_django_and_names_in_the_audit_log_are_gathered(house: Path) -> None:
    (house / "lib").mkdir()
    (house / "lib" / "disabilities.py").write_text(
        '_LABELS: dict = {1: "Nghe, nói"}\nOTHER = {1: "Không dịch"}\n'
    )
    (house / "school" / "models.py").write_text(
        'class Sheet:\n    audit_name = "Sổ điểm danh"\n    code = "Mã"\n'
    )
    found = {message.id for message in messages.gathered()}
    assert {"Nghe, nói", "Sổ điểm danh"} <= found
    assert not {"Không dịch", "Mã"} & found


def test_english_counts_one_and_many_where_vietnamese_has_one_form() -> None:
    messages.compile_stale()
    with override("en"):
        assert [counted("em", 1), counted(gettext_lazy("em"), 1), counted(gettext_lazy("em"), 2)] == [
            "pupil", "pupil", "pupils",
        ]  # fmt: skip
    with override("vi"):
        assert [counted(gettext_lazy("em"), 1), counted("em", 2)] == ["em", "em"]


def test_what_is_said_inside_an_f_string_is_gathered(house: Path) -> None:
    (house / "school" / "forms.py").write_text("def said(n):\n    return f\"{_('còn lại')}; {n}\"\n")
    assert "còn lại" in {message.id for message in messages.gathered()}
