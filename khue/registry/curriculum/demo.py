"""Courses and teaching assignments of a demo province: what the 2018 programme gives each class, shared out fairly."""

from __future__ import annotations

from typing import Final

from khue.kernel.demo import plan
from khue.kernel.demo.engine import Demo
from khue.kernel.demo.plan import Room, School, Teacher
from khue.registry.calendar.demo import RETURN, YEAR, YEAR_ENDS

WEEKS: Final = 35

# code, Vietnamese, English, short, assessed by, periods a year by grade of each level (TT 32/2018)
_SUBJECTS: Final = (
    ("TIENGVIET", "Tiếng Việt", "Vietnamese", "Tiếng Việt", "marks", {1: 420, 2: 350, 3: 245, 4: 245, 5: 245}),
    ("VAN", "Ngữ văn", "Literature", "Ngữ văn", "marks", dict.fromkeys(range(6, 10), 140) | dict.fromkeys((10, 11, 12), 105)),
    ("TOAN", "Toán", "Mathematics", "Toán", "marks",
     {1: 105} | dict.fromkeys(range(2, 6), 175) | dict.fromkeys(range(6, 10), 140) | dict.fromkeys((10, 11, 12), 105)),
    ("NN1", "Ngoại ngữ 1", "Foreign language 1", "Tiếng Anh", "marks",
     dict.fromkeys(range(3, 6), 140) | dict.fromkeys(range(6, 13), 105)),
    ("DAODUC", "Đạo đức", "Ethics", "Đạo đức", "comments", dict.fromkeys(range(1, 6), 35)),
    ("GDCD", "Giáo dục công dân", "Civics", "GDCD", "marks", dict.fromkeys(range(6, 10), 35)),
    ("TNXH", "Tự nhiên và Xã hội", "Nature and society", "TN và XH", "comments", dict.fromkeys(range(1, 4), 70)),
    ("LSDL", "Lịch sử và Địa lí", "History and geography", "LS và ĐL", "marks",
     dict.fromkeys((4, 5), 70) | dict.fromkeys(range(6, 10), 105)),
    ("KHOAHOC", "Khoa học", "Science", "Khoa học", "marks", dict.fromkeys((4, 5), 70)),
    ("KHTN", "Khoa học tự nhiên", "Natural sciences", "KHTN", "marks", dict.fromkeys(range(6, 10), 140)),
)  # fmt: skip


def make(demo: Demo) -> None:
    """Nothing yet."""
