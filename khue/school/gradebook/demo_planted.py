"""What is odd in the small demo province's gradebook on purpose, so that the pages for it have something to show.

`PLANTED` is the whole list: tests and people can check that each is found. All lie in this year's first term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from khue.kernel.demo import small
from khue.school.gradebook.rules.suspicious import Suspicion

TX1, TX2, GK = 0, 1, 5


@dataclass(frozen=True)
class Planted:
    """One oddity: what kind of finding it should give, and in which column of which sheet."""

    kind: Suspicion
    room: str
    subject: str
    slot: int
    what: str
    school: str = small.LE_QUY_DON


PLANTED: Final = (
    Planted(Suspicion.SAME, "6A4", "CONG_NGHE", TX2, "cả lớp cùng 9,0"),
    Planted(Suspicion.SAME, "7A9", "TIN_HOC", TX1, "cả lớp cùng 8,0"),
    Planted(Suspicion.SAME, "7B", "GDCD", TX2, "cả lớp cùng 8,5", "THCS-TRANPHU"),
    Planted(Suspicion.COPIED, "7A2", "LS_DL", TX2, "TX2 chép nguyên TX1"),
    Planted(Suspicion.BURST, "9A5", "KHTN", TX2, "cả lớp vào điểm trong 25 phút trước khi khóa"),
    Planted(Suspicion.AFTER_LOCK, "8A1", "NGU_VAN", TX1, "ba em được sửa sau khi khóa, có duyệt"),
    Planted(Suspicion.JUMP, "9A7", "TOAN", GK, "giữa kì cả lớp cao hơn thường xuyên chừng 2,5"),
    Planted(Suspicion.JUMP, "8A2", "NGOAI_NGU_1", GK, "một em yếu được 9,5 giữa kì"),
    Planted(Suspicion.JUMP, "9A3", "NGOAI_NGU_1", GK, "cột giữa kì bị vào ngược thứ tự danh sách"),
)
SHEETS: Final = frozenset((one.school, one.room, one.subject) for one in PLANTED)
