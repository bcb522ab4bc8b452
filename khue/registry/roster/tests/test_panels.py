"""What the roster shows each role on the first page."""

from __future__ import annotations

from khue.registry.roster import panels
from tests.cast import Cast


def test_heads_and_officers_see_how_many_pupils_are_in_their_reach(cast: Cast):
    def pupils(who: str) -> object:
        panel = panels.head_counts(cast.actor(who))
        return panel and panel.figures[0].value

    assert (pupils("son"), pupils("thanh"), pupils("hung"), pupils("tam")) == ("3", "2", "2", "2")
    assert pupils("lan") is None


def test_lan_sees_her_classes_and_which_is_her_own(cast: Cast, django_assert_num_queries):
    lan = cast.lan
    with django_assert_num_queries(1):
        panel = panels.my_classes(lan)
    assert panel is not None
    assert [(line.label, line.detail, line.end) for line in panel.lines] == [
        ("Lớp 8A3", "chủ nhiệm", "1 em"),
        ("Lớp 8A5", "", "1 em"),
    ]
    assert panels.my_classes(cast.binh) is None


def test_binh_sees_his_child_and_an_her_class(cast: Cast):
    for panel in (panels.my_children(cast.binh), panels.my_class(cast.an)):
        assert panel is not None
        assert [(line.label, line.detail, line.end) for line in panel.lines] == [
            ("Lê Hoài An", "THCS Lê Quý Đôn", "lớp 8A3")
        ]
    assert panels.my_children(cast.an) is None
    assert panels.my_class(cast.mai) is None
