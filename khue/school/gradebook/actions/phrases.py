"""Sentences for comments: a teacher's own, a school's for its teachers, the department's for every school."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.school.gradebook import phrases
from khue.school.gradebook.models import Phrase

MOST: Final = 200  # sentences one owner keeps


@action("gradebook.add_phrase", own=True)
def add_phrase(work: Work, person: Person, *, text: str, group: str) -> Phrase:
    """Keep a sentence of one's own; raises DomainError when it is empty, too long or already kept."""
    text = _checked(Phrase.objects.filter(owner=person), text, group)
    return work.create(Phrase(owner=person, text=text, group=group))


@action("gradebook.remove_phrase", own=True)
def remove_phrase(work: Work, phrase: Phrase) -> None:
    """Keep a sentence of one's own no longer; comments written with it stay."""
    work.remove(phrase)


@action("gradebook.add_shared_phrase", permission="gradebook.set_phrases")
def add_shared_phrase(work: Work, unit: Unit, *, text: str, group: str) -> Phrase:
    """Keep a sentence for the teachers of a school, or of the whole province when the unit is the department.

    Raises DomainError when it is empty, too long, already kept, or the unit is neither.
    """
    if unit.parent_id is not None and unit.kind != UnitKind.SCHOOL:
        raise DomainError(_("Chỉ Sở và trường có câu nhận xét chung."))
    text = _checked(Phrase.objects.filter(unit=unit), text, group)
    return work.create(Phrase(unit=unit, text=text, group=group))


@action("gradebook.remove_shared_phrase", permission="gradebook.set_phrases")
def remove_shared_phrase(work: Work, phrase: Phrase) -> None:
    """Keep a shared sentence no longer; comments written with it stay. Raises NotVisible for a teacher's own."""
    if phrase.unit_id is None:
        raise NotVisible
    work.remove(phrase)


def _checked(kept: QuerySet[Phrase], text: str, group: str) -> str:
    """The sentence as it is kept."""
    text = " ".join(text.split())
    if not text:
        raise DomainError(_("Chưa ghi câu nào."), fields={"text": _("Ghi câu nhận xét.")})
    if len(text) > 200:
        raise DomainError(_("Câu dài quá."), fields={"text": _("Câu dài nhất 200 chữ.")})
    if group not in phrases.GROUPS:
        raise DomainError(_("Chọn câu này dùng cho mức nào."), fields={"group": _("Chọn một mức.")})
    if kept.filter(text=text).exists():
        raise DomainError(_("Câu này đã có."), fields={"text": _("Câu này đã có.")})
    if kept.count() >= MOST:
        raise DomainError(_("Đã giữ 200 câu. Bỏ bớt câu không dùng rồi thêm."))
    return text
