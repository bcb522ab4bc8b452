"""A teacher's own sentences for comments."""

from __future__ import annotations

from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.people.models import Person
from khue.school.gradebook import phrases
from khue.school.gradebook.models import Phrase

MOST_OWN = 200


@action("gradebook.add_phrase", own=True)
def add_phrase(work: Work, person: Person, *, text: str, group: str) -> Phrase:
    """Keep a sentence of one's own; raises DomainError when it is empty, too long or already kept."""
    text = " ".join(text.split())
    if not text:
        raise DomainError(_("Chưa ghi câu nào."), fields={"text": _("Ghi câu nhận xét.")})
    if len(text) > 200:
        raise DomainError(_("Câu dài quá."), fields={"text": _("Câu dài nhất 200 chữ.")})
    if group not in phrases.GROUPS:
        raise DomainError(_("Chọn câu này dùng cho mức nào."), fields={"group": _("Chọn một mức.")})
    own = Phrase.objects.filter(owner=person)
    if own.filter(text=text).exists():
        raise DomainError(_("Câu này đã có."), fields={"text": _("Câu này đã có.")})
    if own.count() >= MOST_OWN:
        raise DomainError(_("Đã giữ 200 câu. Bỏ bớt câu không dùng rồi thêm."))
    return work.create(Phrase(owner=person, text=text, group=group))


@action("gradebook.remove_phrase", own=True)
def remove_phrase(work: Work, phrase: Phrase) -> None:
    """Keep a sentence of one's own no longer; comments written with it stay."""
    work.remove(phrase)
