"""What families are told and shown without asking: a notice when marks are published, the newest on the first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work, written
from khue.kernel.home.context import address
from khue.kernel.manifest import FamilyChild, FamilyLine, PanelLine
from khue.kernel.notify.notices import tell
from khue.registry.roster.models import Enrolment
from khue.school.gradebook import cards
from khue.school.gradebook.events import MarksPublished
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.publishing import COMMENT_SLOT
from khue.school.gradebook.queries import pupils as queries

SHOWN_FOR = timedelta(days=14)
MARKS = 2  # subjects a child on the first page; the others are one tap away
NOTICE = "gradebook.published"

_READERS = """
select s.kind, k.id, k.name, k.level, coalesce(j.name, ''), array_remove(array_agg(distinct f.person_id), null)
from gradebook_sheet s
join roster_classroom k on k.id = s.classroom_id
left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
left join lateral (
  select r.person_id from gradebook_mark_row r join roster_enrolment e on e.id = r.enrolment_id
  where r.sheet_id = s.id and e.is_current and e.classroom_id = s.classroom_id
    and e.status in ('studying', 'suspended')
    and exists (select from unnest(%s::int[]) as slot where r.marks[slot + 1] is not null
      or (slot = %s and r.comment <> ''))
) p on true
left join lateral (
  select p.person_id union all
  select g.guardian_id from roster_guardianship g where g.pupil_id = p.person_id and g.may_view
    and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s)
) f on true
where s.id = %s
group by s.id, k.id, j.name
"""


def marks_published(work: Work, event: MarksPublished) -> None:
    """Pupils who have something in what was published, and whoever may see them, are told once an hour and class.

    The notice names no mark: what is withdrawn later is gone from everywhere. Five statements for a whole class.
    """
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(_READERS, [list(event.slots), COMMENT_SLOT, today, today, event.sheet_id])
        found = cursor.fetchone()
    if found is None or found[0] == SheetKind.CONDUCT:
        return
    _kind, room, name, level, subject, people = found
    is_marked = level not in ("MN", "TH")
    title = (
        gettext_noop("Có điểm mới, lớp %(name)s")
        if is_marked
        else gettext_noop("Có đánh giá mới, lớp %(name)s")
    )
    body = gettext_noop("Thầy cô vừa công bố: %(subject)s. Mở trang kết quả để xem cả các môn khác.")
    tell(
        work,
        people=people,
        kind=NOTICE,
        title=written(title, name=name),
        body=written(body, subject=subject or gettext_noop("Phẩm chất, năng lực")),
        url=f"{reverse('gradebook:my_marks')}?lop={room}",
        dedupe_key=f"{NOTICE}:{room}:{timezone.localtime():%Y%m%d%H}",
    )


def day_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """Of each child what was published of late, newest first, and the newest comment; one query."""
    if not actor.holds("gradebook.view_own"):
        return []
    now = timezone.now()
    url = address("gradebook:my_marks")
    shown: Counter[tuple[int, str]] = Counter()
    lines = []
    for one in queries.latest(actor, now - SHOWN_FOR):
        wants_marks = shown[one.person_id, "marks"] < MARKS
        wants_comment = bool(one.sheet.comment) and not shown[one.person_id, "comment"]
        if not (wants_marks or wants_comment):
            continue
        card = next(iter(cards.cards_of([one.sheet], one.sheet.term, is_open=False, now=now)), None)
        if card is None or card.is_empty:
            continue
        link = f"{url}?em={one.person_id}&ky={one.sheet.term}"
        day = f"{timezone.localtime(one.sheet.published_at):%d/%m}" if one.sheet.published_at else ""
        by = ", ".join(part for part in (card.teacher, day) if part)
        if (card.parts or card.groups) and wants_marks:
            shown[one.person_id, "marks"] += 1
            lines.append(_marks_line(card, one.person_id, link, by))
        if card.comment and wants_comment:
            shown[one.person_id, "comment"] += 1
            lines.append(
                FamilyLine(
                    _("Nhận xét: %(subject)s") % {"subject": card.title}, f"“{card.comment}” {by}", link, "message",
                    person_id=one.person_id, order=32,
                )
            )  # fmt: skip
    return lines


def _marks_line(card: cards.Card, person_id: int, url: str, by: str) -> FamilyLine:
    texts = [f"{part.label} {' '.join(s.text for s in part.shown)}" for part in card.parts]
    only = card.parts[0].shown[0].text if len(card.parts) == 1 and len(card.parts[0].shown) == 1 else ""
    title = _("Điểm mới: %(subject)s") if card.parts else _("Đánh giá mới: %(subject)s")
    if only and len(only) <= len("10,0"):
        texts = [card.parts[0].label]
    else:
        only = ""
    detail = ". ".join(part for part in (", ".join(texts), by) if part)
    return FamilyLine(
        title % {"subject": card.title}, detail, url, "chart-bar", only, person_id=person_id, order=30
    )


def pupil_link(actor: Actor, enrolment: Enrolment) -> PanelLine | None:
    """From a pupil's record to the marks: the family's page, or the school's; asks the database nothing."""
    if enrolment.person_id in actor.reach("gradebook.view_own").person_ids:
        return PanelLine(_("Kết quả học tập"), f"{address('gradebook:my_marks')}?em={enrolment.person_id}")
    reach = actor.reach("gradebook.view_results")
    is_seen = (
        reach.everything
        or bool({enrolment.school_id, enrolment.campus_id} & set(reach.unit_ids))
        or enrolment.classroom_id in reach.class_ids
    )
    if enrolment.classroom_id is None or not is_seen:
        return None
    return PanelLine(_("Điểm của em"), reverse("gradebook:pupil_marks", args=[enrolment.pk]))
