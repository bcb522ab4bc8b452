from __future__ import annotations

import pytest

from khue.kernel import registry
from khue.kernel.actions.work import Work
from khue.kernel.manifest import Module, NoticeKind
from khue.kernel.notify import notices
from tests.cast import Cast


def test_every_kind_speaks_vietnamese_and_names_no_one() -> None:
    kinds = registry.notice_kinds()
    assert len(kinds) > 20
    assert [kind.name for kind in kinds.values() if "%" in kind.title or kind.title.endswith(".")] == []


@pytest.mark.parametrize(
    "kind",
    [
        NoticeKind("other.late", "Chậm"),
        NoticeKind("meals.late", "Chậm", urgency="soon"),
        NoticeKind("meals.late", ""),
        NoticeKind("meals.late", "x" * 61),
        NoticeKind("meals.late", "Chậm", may_cost=True),
    ],
)
def test_a_kind_that_contradicts_itself_stops_the_start(kind: NoticeKind) -> None:
    with pytest.raises(registry.ManifestError):
        registry._check([Module(name="meals", label="Bữa ăn", notices=(kind,))])


def test_a_kind_declared_twice_stops_the_start() -> None:
    kind = NoticeKind("meals.late", "Chậm", urgency="pressing", may_cost=True)
    registry._check([Module(name="meals", label="Bữa ăn", notices=(kind,))])
    with pytest.raises(registry.ManifestError):
        registry._check([Module(name="meals", label="Bữa ăn", notices=(kind, kind))])


def test_a_kind_of_a_module_that_declares_it_not_is_refused(cast: Cast) -> None:
    with pytest.raises(registry.ManifestError, match=r"roster\.nonsense"):
        notices.tell(
            Work(cast.tam, "x", []), people=[cast.people["lan"].pk], kind="roster.nonsense", title="x"
        )
