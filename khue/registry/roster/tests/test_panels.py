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
