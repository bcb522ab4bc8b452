"""Lan's phone in the small demo: one conflict to choose, one mark that came after its column was locked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

from khue.kernel.demo import small
from khue.kernel.offline.models import Carry, Device, Held, Kind, Replica
from khue.kernel.offline.tokens import hash_of, new_half, new_token
from khue.kernel.people.models import Person
from khue.kernel.workflow.models import Task
from khue.school.gradebook.demo_planted import GK, TX1
from khue.school.gradebook.demo_plants import page_of, rows_of

JOINED: Final = datetime(2026, 11, 20, 0, 42, tzinfo=UTC)  # 07:42 of the province


def plant() -> None:
    """A phone that joined on Friday morning with two things nobody could decide but a person."""
    page = page_of(small.LE_QUY_DON, "8A3", "TOAN")
    rows = [row for row in rows_of(page) if all((row.marks[slot] or -1) >= 0 for slot in (TX1, GK))]
    lan = Person.objects.get(pk=page.teacher_id)
    with connection.cursor() as cursor:
        cursor.execute("select course_id, school_id from demo_sheet where id = %s", [page.id])
        course_id, school_id = cursor.fetchone()
    phone = Device.objects.create(
        person=lan, unit_id=school_id, name="Điện thoại của Lan", agent="Chrome, Android",
        token_hash=hash_of(new_token()),
        half=new_half(), joined_at=JOINED, carries=1, waiting=0,
    )  # fmt: skip
    Device.objects.create(
        person=lan, unit_id=school_id, name="Máy tính ở điểm Nà Hoi", agent="Firefox, Windows",
        token_hash=hash_of(new_token()), half=new_half(), joined_at=JOINED - timedelta(days=9), carries=1, waiting=12,
    )  # fmt: skip
    replica = Replica.objects.create(device=phone, name="demo" + "0" * 18, next=3)
    Carry.objects.create(
        device=phone, number=1, capacity=f"teacher:{school_id}", rights={"gradebook.marks": [page.id]}
    )
    for seq, (row, slot, kind) in enumerate(((rows[3], GK, Kind.CLASH), (rows[5], TX1, Kind.LATE)), 1):
        now = row.marks[slot]
        mine = 75 if now != 75 else 80
        held = Held.objects.create(
            replica=replica, seq=seq, person=lan, device_name=phone.name, kind=kind, collection="gradebook.marks",
            key=f"{page.id}.{row.enrolment_id}.{slot}", unit_id=school_id, course_id=course_id,
            entering="gradebook.enter", mine=mine, theirs=now, seen=None, theirs_by=lan.full_name,
            theirs_at=JOINED - timedelta(days=5), said_at=f"2026-11-1{6 + seq}T07:1{seq}:00+07:00",
        )  # fmt: skip
        Held.objects.filter(pk=held.pk).update(received_at=JOINED)
    Task.objects.create(
        kind="offline.clash", person=lan, subject=f"offline.clash:gradebook.marks:{page.id}:{lan.pk}",
        title="Sổ điểm: hai giá trị khác nhau, chọn một", url="/ngoai-tuyen/cho-venh/", action_label="Chọn giá trị",
        detail="Ghi lúc không có mạng, trong khi ô đó đã có người khác ghi.",
    )  # fmt: skip
    Task.objects.create(
        kind="offline.review", unit_id=school_id, permission="offline.review", subject=f"offline.review:{school_id}",
        title="Xét những gì ghi lúc không có mạng mà tới sau khi khóa", url="/ngoai-tuyen/cho-xet/", action_label="Xét",
    )  # fmt: skip
