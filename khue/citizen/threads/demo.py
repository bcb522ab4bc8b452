"""Conversations and announcements of the demo: hand-written ones of the cast, drawn ones at every school.

The drawn ones are written by the database: which families write, on which of the last weekdays, and when they are
answered follows from hashes of ids and the seed. Figures look back thirty days, so the days count back from today.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from khue.kernel.demo import small
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.registry.calendar.demo import YEAR

ASKED: Final = (
    "Thưa cô, tối qua cháu sốt, hôm nay cháu đi học nhưng cô để ý giúp cháu ạ.",
    "Thưa thầy cô, cháu nói chưa hiểu bài hôm thứ Ba. Gia đình nên kèm thêm phần nào ạ?",
    "Cho gia đình hỏi tuần này lớp có lao động không ạ?",
    "Thưa thầy cô, cháu bỏ quên áo khoác ở lớp, nhờ thầy cô hỏi giúp ạ.",
    "Dạo này cháu ở lớp có tập trung không ạ? Ở nhà cháu hay thức khuya.",
    "Thưa thầy cô, mai gia đình đón cháu sớm 15 phút vì có hẹn khám răng.",
)
ANSWERED: Final = (
    "Dạ, tôi sẽ để ý cháu. Nếu cháu mệt tôi gọi gia đình ngay.",
    "Gia đình cho cháu làm lại các bài tập cuối chương, chỗ nào vướng cháu hỏi tôi đầu giờ.",
    "Tuần này lớp lao động chiều thứ Năm, từ 14 giờ đến 15 giờ 30.",
    "Áo của cháu ở tủ cuối lớp, mai cháu nhận lại nhé.",
    "Trên lớp cháu chăm, nhưng đầu giờ hay buồn ngủ. Gia đình cho cháu ngủ sớm hơn.",
    "Vâng, gia đình cứ đón cháu, tôi đã ghi vào sổ.",
)
OF_SCHOOL: Final = (
    "Họp phụ huynh giữa học kì I",
    "Trường mời phụ huynh họp giữa học kì I vào 8 giờ sáng Chủ nhật tới, tại phòng học của lớp con.\n\n"
    "Nội dung: kết quả nửa học kì, nề nếp, kế hoạch ôn tập. Gia đình xác nhận đã đọc để trường chuẩn bị chỗ ngồi.",
)
OF_CLASS: Final = (
    "Chuẩn bị đồ dùng tuần tới",
    "Tuần tới lớp học thực hành, các em mang thêm kéo, hồ dán và một hộp bìa cũ vào thứ Tư.",
)

# Families who write: the main contact of a pupil by a hash, to the homeroom teacher, on one of the last weekdays.
_CHATS: Final = """
create temp table demo_chat on commit drop as
select e.id as enrolment_id, e.person_id, e.school_id, e.classroom_id, h.teacher_id, g.guardian_id,
  d.day, d.next, x.h, (x.h >> 9) %% 4 = 0 as is_evening,
  (x.h >> 5) %% 20 = 0 or (h.teacher_id = %(lan)s and x.rank = 2) as is_waiting,
  1 + (x.rank + (x.h >> 16) %% 2) %% %(texts)s as n, (5 + (x.h >> 24) %% 290)::int as minutes
from roster_enrolment e
join roster_homeroom h on h.classroom_id = e.classroom_id and h.starts_on <= %(today)s and h.ends_on > %(today)s
join lateral (select g.guardian_id from roster_guardianship g where g.pupil_id = e.person_id and g.may_view
  and g.ends_on is null order by g.is_main_contact desc, g.id limit 1) g on true
join (
  select f.id, abs(hashint8extended(f.id, %(seed)s + 77)) as h,
    row_number() over (partition by f.classroom_id order by f.id) as rank
  from roster_enrolment f where f.year_id = %(year)s and f.is_current
    and abs(hashint8extended(f.id, %(seed)s + 77)) %% 100 < %(share)s) x on x.id = e.id
cross join lateral (select (%(days)s::date[])[1 + (x.h >> 12) %% %(many)s] as day,
  (%(nexts)s::date[])[1 + (x.h >> 12) %% %(many)s] as next) d
where e.year_id = %(year)s and e.is_current and e.status = 'studying'
  and e.person_id <> all(%(cast)s) and g.guardian_id <> h.teacher_id
"""
_THREADS: Final = """
insert into threads_thread (enrolment_id, pupil_id, school_id, classroom_id, teacher_id, opened_at, last_at)
select enrolment_id, person_id, school_id, classroom_id, teacher_id, sent,
  case when is_waiting then sent else answered end
from (select c.*, {sent} as sent, {answered} as answered from demo_chat c) c order by enrolment_id
"""
# Written at eleven and answered within the same afternoon, or in the evening and answered the next morning.
_SENT: Final = """
(c.day + case when c.is_evening then time '19:30' else time '11:00' end + make_interval(mins => (c.h %% 55)::int))
  at time zone 'Asia/Ho_Chi_Minh'
"""
_ANSWERED: Final = """
(case when c.is_evening then c.next + time '07:00' + make_interval(mins => c.minutes)
  else c.day + time '11:00' + make_interval(mins => (c.h %% 55)::int + c.minutes) end) at time zone 'Asia/Ho_Chi_Minh'
"""
_MESSAGES: Final = f"""
insert into threads_message (thread_id, side, writer_id, text, sent_at, due_at, seen_at, answered_at, answer_minutes)
select t.id, s.side, case when s.side = 'family' then c.guardian_id else c.teacher_id end,
  case when s.side = 'family' then (%(asked)s::text[])[c.n] else (%(answers)s::text[])[c.n] end,
  case when s.side = 'family' then c.sent else c.answered end,
  case when s.side = 'family' and c.is_evening then (c.next + time '07:00') at time zone 'Asia/Ho_Chi_Minh' end,
  case when s.side = 'family' then case when c.is_waiting then null else c.answered - interval '2 minutes' end
    when (c.h >> 30) %% 5 > 0 then c.answered + interval '17 minutes' end,
  case when s.side = 'family' and not c.is_waiting then c.answered end,
  case when s.side = 'family' and not c.is_waiting then c.minutes end
from (select c.*, {_SENT} as sent, {_ANSWERED} as answered from demo_chat c) c
join threads_thread t on t.enrolment_id = c.enrolment_id and t.teacher_id = c.teacher_id
cross join (values ('family'), ('teacher')) s(side)
where s.side = 'family' or not c.is_waiting order by t.id, s.side
"""  # noqa: S608 (our own SQL)
# Who has read so far: the teacher what families wrote, the pupil's main contact what the teacher did.
_READERS: Final = """
insert into threads_reader (thread_id, person_id, seen_to, seen_at)
select t.id, case when m.side = 'family' then t.teacher_id else g.guardian_id end, max(m.id), max(m.seen_at)
from threads_message m join threads_thread t on t.id = m.thread_id
join lateral (select g.guardian_id from roster_guardianship g where g.pupil_id = t.pupil_id and g.may_view
  and g.ends_on is null order by g.is_main_contact desc, g.id limit 1) g on true
where m.seen_at is not null group by 1, 2
"""
_ANNOUNCEMENTS: Final = """
insert into threads_announcement (unit_id, audience, classroom_id, title, text, needs_confirming, is_emergency,
  addressed, expires_on, written_by_id, written_at, version)
select * from (
  select u.id as unit_id, 'school', null::bigint, %(school_title)s::text, %(school_text)s::text, true, false,
    (select count(*)::int from roster_enrolment e where e.school_id = u.id and e.is_current
     and e.status in ('studying', 'suspended')), %(until)s::date, p.person_id, %(at)s::timestamptz, 1
  from org_unit u join staff_position p on p.unit_id = u.id and p.post = 'principal' and p.ends_on is null
  where u.kind = 'school' and abs(hashint8extended(u.id, %(seed)s)) %% 10 < 8 and u.code <> %(own)s
  union all
  select k.school_id, 'class', k.id, %(class_title)s::text, %(class_text)s::text, false, false,
    (select count(*)::int from roster_enrolment e where e.classroom_id = k.id and e.is_current
     and e.status in ('studying', 'suspended')), %(until)s::date, h.teacher_id, %(at)s::timestamptz, 1
  from roster_classroom k join roster_homeroom h on h.classroom_id = k.id and h.starts_on <= %(today)s
    and h.ends_on > %(today)s
  join org_unit u on u.id = k.school_id
  where k.year_id = %(year)s and k.closed_on is null and abs(hashint8extended(k.id, %(seed)s)) %% 10 < 3
    and u.code <> %(own)s
) x(unit_id) order by 1
"""
_RECEIPTS: Final = """
insert into threads_receipt (announcement_id, person_id, pupil_id, read_at, confirmed_at)
select a.id, g.guardian_id, e.person_id, a.written_at + make_interval(mins => (20 + x.h %% 2000)::int),
  case when a.needs_confirming and (x.h >> 20) %% 100 < 90
    then a.written_at + make_interval(mins => (21 + x.h %% 2000)::int) end
from threads_announcement a
join roster_enrolment e on e.school_id = a.unit_id and e.is_current and e.status in ('studying', 'suspended')
  and (a.classroom_id is null or a.classroom_id = e.classroom_id)
join lateral (select g.guardian_id from roster_guardianship g where g.pupil_id = e.person_id and g.may_view
  and g.ends_on is null order by g.is_main_contact desc, g.id limit 1) g on true
cross join lateral (select abs(hashint8extended(e.id * 64 + a.id, %(seed)s)) as h) x
where x.h %% 100 < %(readers)s and e.person_id <> all(%(cast)s)
"""


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Conversations, announcements and receipts of the last weeks."""
    today = timezone.localdate()
    days = _weekdays(today)
    values: dict[str, Any] = {
        "seed": seed, "year": YEAR, "today": today, "texts": len(ASKED), "days": days,
        "nexts": [one + timedelta(days=1) for one in days], "many": len(days), "share": 9 if size.has_cast else 3,
        "asked": list(ASKED), "answers": list(ANSWERED), "readers": 72 if size.has_cast else 12,
        "school_title": OF_SCHOOL[0], "school_text": OF_SCHOOL[1], "class_title": OF_CLASS[0],
        "class_text": OF_CLASS[1], "until": today + timedelta(days=21), "own": small.LE_QUY_DON,
        "at": _at(today - timedelta(days=4), 9, 30), "cast": _pupils_of_the_cast(), "lan": _lan(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CHATS, values)
    loader.run("threads_thread", _THREADS.format(sent=_SENT, answered=_ANSWERED), values)
    loader.run("threads_message", _MESSAGES, values)
    loader.run("threads_announcement", _ANNOUNCEMENTS, values)
    if size.has_cast:
        _cast(loader, values, today)
    loader.run("threads_reader", _READERS, values)
    loader.run("threads_receipt", _RECEIPTS, values)
    with connection.cursor() as cursor:
        cursor.execute("drop table demo_chat")  # a second province may be filled before anything is committed
    loader.end()


def _weekdays(today: date) -> list[date]:
    """Mondays to Thursdays of the last three weeks, so that the next day is a weekday as well."""
    back = (today - timedelta(days=n) for n in range(2, 22))
    return [day for day in back if day.weekday() < 4]


def _at(day: date, hour: int, minute: int) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001 (made aware)


def _pupils_of_the_cast() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select g.pupil_id from roster_guardianship g join people_account a on a.person_id = g.guardian_id "
            "where a.login_name = 'binh'"
        )
        return [pk for (pk,) in cursor.fetchall()]


def _lan() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select person_id from people_account where login_name = 'lan'")
        row = cursor.fetchone()
    return row[0] if row else 0


_OWN: Final = """
select e.id, e.person_id, e.school_id, e.classroom_id, l.person_id, b.person_id
from roster_enrolment e join people_account a on a.person_id = e.person_id and a.login_name = 'an'
cross join people_account l cross join people_account b
where e.is_current and l.login_name = 'lan' and b.login_name = 'binh'
"""
_OWN_THREAD: Final = """
insert into threads_thread (enrolment_id, pupil_id, school_id, classroom_id, teacher_id, opened_at, last_at)
values (%(enrolment)s, %(pupil)s, %(school_id)s, %(classroom)s, %(lan)s, %(first)s, %(last)s)
"""
_OWN_MESSAGES: Final = """
insert into threads_message (thread_id, side, writer_id, text, sent_at, due_at, seen_at, answered_at, answer_minutes)
select t.id, x.side, x.writer, x.text, x.sent, null, x.seen, x.answered, x.minutes
from threads_thread t,
  unnest(%(sides)s::text[], %(writers)s::bigint[], %(said)s::text[], %(sent)s::timestamptz[], %(seen)s::timestamptz[],
         %(answered)s::timestamptz[], %(taken)s::int[]) with ordinality
    as x(side, writer, text, sent, seen, answered, minutes, n)
where t.enrolment_id = %(enrolment)s and t.teacher_id = %(lan)s order by x.n
"""
_OWN_ANNOUNCEMENTS: Final = """
insert into threads_announcement (unit_id, audience, classroom_id, title, text, needs_confirming, is_emergency,
  addressed, expires_on, written_by_id, written_at, version)
select x.unit_id, x.audience, x.classroom_id, x.title, x.text, x.asks, false, x.addressed, %(until)s, x.writer, x.at, 1
from (
  select %(school_id)s::bigint as unit_id, 'school' as audience, null::bigint as classroom_id,
    %(school_title)s::text as title, %(school_text)s::text as text, true as asks, a.person_id as writer, %(at)s as at,
    (select count(*) from roster_enrolment e where e.school_id = %(school_id)s and e.is_current
     and e.status in ('studying', 'suspended')) as addressed
  from people_account a where a.login_name = 'hung'
  union all
  select %(school_id)s, 'class', %(classroom)s, %(class_title)s, %(class_text)s, false, %(lan)s, %(yesterday)s,
    (select count(*) from roster_enrolment e where e.classroom_id = %(classroom)s and e.is_current
     and e.status in ('studying', 'suspended'))
  union all
  select %(school_id)s, 'staff', null, 'Họp hội đồng chiều thứ Sáu',
    '15 giờ 30 tại phòng hội đồng. Mang sổ chủ nhiệm và kế hoạch ôn tập.', true, a.person_id, %(yesterday)s, 0
  from people_account a where a.login_name = 'hung'
) x
"""
_OWN_SEEN: Final = """
insert into threads_receipt (announcement_id, person_id, pupil_id, read_at)
select a.id, p.person_id, null, a.written_at + interval '25 minutes'
from threads_announcement a join people_account p on p.login_name = 'lan'
where a.audience = 'staff' and a.unit_id = %(school_id)s
"""
# One conversation of the head's own school was reported and looked into; both sides have their answer.
_OWN_COMPLAINT: Final = """
insert into threads_complaint (thread_id, side, reason, asked_by_id, asked_at, opened_by_id, opened_at, closed_by_id,
  closed_at, answer)
select m.thread_id, 'family', 'Gia đình nhắn hai lần chưa có trả lời, nhờ nhà trường xem giúp.', m.writer_id, %(asked)s,
  a.person_id, %(asked)s + interval '3 hours', a.person_id, %(asked)s + interval '1 day',
  'Nhà trường đã gặp giáo viên chủ nhiệm. Từ tuần này tin của gia đình được trả lời trong ngày.'
from threads_message m join threads_thread t on t.id = m.thread_id
join people_account a on a.login_name = 'hung'
where t.school_id = %(school_id)s and t.teacher_id not in (%(lan)s, a.person_id) and m.side = 'family'
order by m.answered_at is not null, m.id limit 1
"""


def _cast(loader: Loader, values: dict[str, Any], today: date) -> None:
    """What Bình and Lan wrote to each other about An, and what Hùng and Lan announced; the last words wait for Bình."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN)
        enrolment, pupil, school, classroom, lan, binh = cursor.fetchone()
    last, before = _weekdays(today)[0], _weekdays(today)[3]
    lines = [
        (binh, "Thưa cô, cháu An dạo này làm Toán chậm hơn. Cô xem giúp cháu vướng ở đâu ạ?", before, (12, 5), 40),
        (lan, "Cháu vướng hằng đẳng thức. Em cho cháu ngồi bàn đầu, ra thêm bài mỗi thứ Ba.", before, (12, 45), 0),
        (binh, "Vâng, gia đình sẽ nhắc cháu làm bài. Cảm ơn cô.", before, (13, 10), 0),
        (binh, "Thưa cô, chiều mai cháu có phải ở lại học bồi dưỡng không ạ?", last, (11, 20), 55),
        (lan, "Dạ có, từ 15 giờ đến 16 giờ 30. Anh đón cháu ở cổng sau nhé.", last, (12, 15), 0),
    ]  # fmt: skip
    sent = [_at(day, *clock) for _who, _text, day, clock, _wait in lines]
    answers = [sent[1], None, None, sent[4], None]
    own = {
        **values, "enrolment": enrolment, "pupil": pupil, "school_id": school, "classroom": classroom, "lan": lan,
        "binh": binh, "first": sent[0], "last": sent[-1], "yesterday": _at(today - timedelta(days=1), 16, 0),
        "sides": ["family" if line[0] == binh else "teacher" for line in lines],
        "writers": [line[0] for line in lines], "said": [line[1] for line in lines], "sent": sent,
        "seen": [*(one + timedelta(minutes=12) for one in sent[:-1]), None], "answered": answers,
        "taken": [line[4] if answer else None for line, answer in zip(lines, answers, strict=True)],
    }  # fmt: skip
    loader.run("threads_thread", _OWN_THREAD, own)
    loader.run("threads_message", _OWN_MESSAGES, own)
    loader.run("threads_announcement", _OWN_ANNOUNCEMENTS, own)
    loader.run("threads_receipt", _OWN_SEEN, own)
    loader.run("threads_complaint", _OWN_COMPLAINT, {**own, "asked": _at(today - timedelta(days=3), 8, 15)})
