"""Slips and surveys of the small demo: two slips at Lan's class, a survey that is over, one of the department."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any, Final

from django.utils import timezone

from khue.citizen.surveys import rules
from khue.citizen.surveys.actions.slips import hash_of
from khue.citizen.surveys.models import Audience, Box, Decision, Given, Receipt, Slip, State, Survey, Turnout
from khue.citizen.surveys.queries import audience
from khue.kernel.demo import small
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Classroom

CLASS: Final = "8A3"
UNASKED: Final = "binh"  # answers nothing by himself: the demo's visitor does
LUNCH: Final = (
    rules.Question("q1", rules.RATING, "Anh chị hài lòng với bữa trưa ở trường đến mức nào?", (), True),
    rules.Question("q2", rules.ONE, "Suất ăn của con", ("Vừa đủ", "Ít", "Nhiều, con bỏ lại"), True),
    rules.Question("q3", rules.MANY, "Nên thêm gì", ("Rau xanh", "Trái cây", "Sữa", "Món nước")),
    rules.Question("q4", rules.TEXT, "Góp ý khác"),
)
ROADS: Final = (
    rules.Question(
        "q1", rules.ONE, "Con đến trường bằng gì?", ("Đi bộ", "Xe đạp", "Cha mẹ chở", "Xe đưa đón"), True
    ),
    rules.Question("q2", rules.NUMBER, "Từ nhà đến trường mấy phút?", (), True),
    rules.Question(
        "q3",
        rules.MANY,
        "Đoạn đường nào đáng lo",
        ("Qua suối, ngầm tràn", "Quốc lộ", "Đường tối", "Không có"),
    ),
    rules.Question("q4", rules.RATING, "Anh chị yên tâm khi con tự đi đến mức nào?"),
)
TEXTS: Final = (
    "Nên báo thực đơn tuần cho phụ huynh.", "Cháu nói canh hơi nguội.", "Cảm ơn các cô nhà bếp.", "Bớt món chiên.",
    "Thêm cá.", "Cơm ngon, cháu ăn hết.", "Giờ ăn hơi muộn.", "Nên có suất cho cháu ăn chay.",
)  # fmt: skip


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Made as if families had answered for a week; the same seed answers the same."""
    if not size.has_cast:
        return
    loader.end()
    chance, today = random.Random(seed), timezone.localdate()  # noqa: S311 (a demo)
    school = Unit.objects.get(code=small.LE_QUY_DON)
    room = Classroom.objects.get(school=school, year_id=YEAR, name=CLASS)
    cast = Person.objects.filter(account__login_name__in=("lan", "hung", "son")).select_related("account")
    people = {one.account.login_name: one for one in cast}
    _slips(chance, today, school, room, people)
    _lunch(chance, today, school, people["hung"])
    _roads(chance, today, people["son"])


def _slips(
    chance: random.Random, today: date, school: Unit, room: Classroom, people: dict[str, Person]
) -> None:
    now = timezone.now()
    whose: dict[str, Any] = {
        "school": school,
        "campus_id": room.campus_id,
        "classroom": room,
        "state": State.OPEN,
        "told_at": now,
    }
    photos = Slip(
        **whose, purpose="photos", title="Đăng ảnh hoạt động của lớp", made_by=people["lan"], opened_at=now,
        body="Lớp chụp ảnh các buổi sinh hoạt, hội trại, giờ thực hành. Ảnh đẹp đăng trên trang thông tin của trường "
        "để giới thiệu hoạt động của lớp, không ghi tên em nào.",
        data_kinds="Ảnh chụp, phim ngắn có hình em ở trường", receivers="Mọi người xem trang thông tin của trường",
        due_on=today + timedelta(days=7), until=date(YEAR + 1, 5, 31),
    )  # fmt: skip
    trip = Slip(
        **whose, purpose="excursion", title="Tham quan bảo tàng tỉnh", made_by=people["lan"], opened_at=now,
        body="Lớp đi tham quan bảo tàng tỉnh một buổi sáng thứ bảy, đi xe do trường thuê, hai thầy cô đi cùng. Em nào "
        "không đi thì học nhóm ở thư viện.",
        data_kinds="Họ tên, số điện thoại của phụ huynh trong danh sách đoàn", receivers="Thầy cô đi cùng, nhà xe",
        due_on=today + timedelta(days=4), until=today + timedelta(days=20),
    )  # fmt: skip
    own = set(
        Person.objects.filter(guardianships__guardian__account__login_name=UNASKED).values_list(
            "pk", flat=True
        )
    )
    for slip, share in ((photos, 70), (trip, 55)):
        slip.text_hash = hash_of(slip)
        slip.save()
        rows = []
        for pk, person, born, guardians in audience.all_asked_by_slip(slip, today):
            if person in own or not guardians or chance.randrange(100) >= share:
                continue
            said = [Given.YES if chance.randrange(100) < 88 else Given.NO for _one in guardians[:2]]
            rows += [(pk, who, answer, False) for who, answer in zip(guardians, said, strict=False)]
            if rules.asks_child(slip.purpose, born, today) and chance.randrange(100) < 75:
                rows.append((pk, person, Given.YES if chance.randrange(100) < 92 else Given.NO, True))
        Decision.objects.bulk_create(
            Decision(slip=slip, enrolment_id=pk, by_id=who, answer=answer, is_own=is_own, text_hash=slip.text_hash)
            for pk, who, answer, is_own in rows
        )  # fmt: skip


def _lunch(chance: random.Random, today: date, school: Unit, principal: Person) -> None:
    """A survey of the principal that closed yesterday."""
    now = timezone.now()
    survey = Survey.objects.create(
        unit=school, audience=Audience.FAMILY, title="Bữa trưa bán trú ở trường", is_anonymous=True,
        intro="Nhà trường hỏi để ký lại hợp đồng nấu ăn học kì II.", questions=[one.packed() for one in LUNCH],
        opens_on=today - timedelta(days=12), closes_on=today - timedelta(days=1), state=State.CLOSED, made_by=principal,
        opened_at=now - timedelta(days=12), closed_at=now - timedelta(days=1), told_at=now, reminded_at=now,
    )  # fmt: skip
    _answered(chance, survey, [school.pk], today, 420, lambda: {
        "q1": chance.choice((2, 3, 3, 4, 4, 4, 5, 5)), "q2": chance.choice((0, 0, 0, 1, 2)),
        **({"q3": sorted(chance.sample(range(4), chance.randrange(1, 4)))} if chance.randrange(10) < 8 else {}),
        **({"q4": chance.choice(TEXTS)} if chance.randrange(10) < 4 else {}),
    })  # fmt: skip


def _roads(chance: random.Random, today: date, officer: Person) -> None:
    """An open survey of the department to the families of every school."""
    now = timezone.now()
    department = Unit.objects.get(parent=None)
    survey = Survey.objects.create(
        unit=department, audience=Audience.FAMILY, title="Đường đến trường của con", is_anonymous=True,
        intro="Sở hỏi để làm việc với các xã, phường về đường đi học an toàn.",
        questions=[one.packed() for one in ROADS], opens_on=today - timedelta(days=3),
        closes_on=today + timedelta(days=11), state=State.OPEN, made_by=officer, opened_at=now - timedelta(days=3),
        told_at=now,
    )  # fmt: skip
    _answered(chance, survey, audience.all_schools(department.pk), today, 60, lambda: {
        "q1": chance.randrange(4), "q2": float(chance.randrange(3, 45)), "q3": [chance.randrange(4)],
        "q4": chance.choice(rules.SCALE),
    })  # fmt: skip


def _answered(
    chance: random.Random, survey: Survey, schools: list[int], today: date, per_school: int, sheet: Any
) -> None:  # fmt: skip
    """Some families of each school answer: receipts here, sheets there, in no common order."""
    visitor = Person.objects.get(account__login_name=UNASKED).pk
    by_school: dict[int, dict[str, int]] = {}
    left_out: set[str] = set()
    for school, key, person in audience.all_asked_by_survey(survey, schools, today):
        if person == visitor:
            left_out.add(key)
        if person is not None:
            by_school.setdefault(school, {})[key] = person
    Turnout.objects.bulk_create(
        Turnout(survey=survey, unit_id=school, asked=len(keys)) for school, keys in sorted(by_school.items())
    )
    receipts, boxes = [], []
    for school, keys in sorted(by_school.items()):
        free = sorted(set(keys) - left_out)
        chosen = chance.sample(free, min(per_school, len(free)))
        receipts += [
            Receipt(survey=survey, key=key, person_id=keys[key], unit_id=school) for key in sorted(chosen)
        ]
        boxes.append(Box(survey=survey, unit_id=school, sheets=[sheet() for _key in chosen]))
    Receipt.objects.bulk_create(receipts)
    Box.objects.bulk_create(boxes)
