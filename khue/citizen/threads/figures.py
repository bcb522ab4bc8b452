"""Figures of messages and announcements: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from khue.citizen.threads import facts
from khue.citizen.threads.facts import SCHOOLS
from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Figures, Indicator, Measure
from khue.kernel.indicators.expressions import count, total, true
from khue.kernel.indicators.places import Spot, may

_GROUP: Final = "Gia đình và nhà trường"
_SOURCE: Final = "Luật Giáo dục 43/2019/QH14; Điều lệ trường học"
_OF: Final = ("ownership", "region", "school_level")

INDICATORS: Final = (
    Indicator(
        name="threads.answered_in_time", label="Tin nhắn phụ huynh được trả lời trong 8 giờ làm việc", unit="%",
        group=_GROUP, scale=100, decimals=1, short="Trả lời trong 8 giờ", code="DP-240", source=_SOURCE,
        definition="Trong số tin phụ huynh gửi giáo viên trong 30 ngày qua, bao nhiêu phần trăm được trả lời trong 8 "
        "giờ thuộc giờ trả lời của giáo viên. Tin chưa trả lời được tính sau 3 ngày; tin đã thu hồi không tính.",
        formula="Số tin được trả lời trong 8 giờ ÷ số tin đã trả lời hoặc chờ quá 3 ngày × 100", direction="up",
        target=95, amber=85, red=60, dimensions=_OF, top=Measure(SCHOOLS.name, total("in_time")),
        bottom=Measure(SCHOOLS.name, total("asked")),
    ),
    Indicator(
        name="threads.hours_to_answer", label="Giờ làm việc đến khi trả lời phụ huynh, bình quân", unit="giờ",
        group=_GROUP, scale=1 / 60, decimals=1, short="Giờ chờ trả lời", code="DP-241", source=_SOURCE,
        definition="Bình quân bao nhiêu giờ, chỉ tính trong giờ trả lời của giáo viên, từ lúc phụ huynh gửi đến lúc "
        "giáo viên trả lời, với tin gửi trong 30 ngày qua đã có trả lời.",
        formula="Tổng số phút chờ ÷ 60 ÷ số tin đã trả lời", direction="down", target=4, amber=8, red=16,
        dimensions=_OF, top=Measure(SCHOOLS.name, total("minutes")), bottom=Measure(SCHOOLS.name, total("answered")),
    ),
    Indicator(
        name="threads.confirmed", label="Gia đình đã xác nhận thông báo", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Xác nhận thông báo", code="DP-242", source=_SOURCE,
        definition="Trong số lượt gia đình được hỏi xác nhận đã đọc thông báo của lớp, của trường trong 30 ngày qua, "
        "bao nhiêu phần trăm đã xác nhận. Mỗi học sinh là một gia đình; thông báo đã rút không tính.",
        formula="Số lượt đã xác nhận ÷ số lượt được hỏi × 100", direction="up", target=95, amber=80, red=50,
        dimensions=_OF, top=Measure(SCHOOLS.name, total("confirmed")), bottom=Measure(SCHOOLS.name, total("told")),
    ),
    Indicator(
        name="threads.writing", label="Trường có nhắn, có thông báo cho gia đình", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Trường có báo gia đình", code="DP-243", source=_SOURCE,
        definition="Trong số trường có lớp của năm học đang chạy, bao nhiêu phần trăm có giáo viên nhắn hoặc có thông "
        "báo cho gia đình trên Khuê trong 30 ngày qua.",
        formula="Số trường có nhắn hoặc thông báo trong 30 ngày ÷ số trường có lớp × 100", direction="up", target=100,
        amber=80, red=40, dimensions=_OF, top=Measure(SCHOOLS.name, count, true("writes")),
        bottom=Measure(SCHOOLS.name, count),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=facts.FACTS, indicators=INDICATORS)


def school_rows(actor: Actor, spot: Spot) -> str:
    """What the actor's own school has announced; messages are nobody's but their sides'."""
    own = {one.scope_id for one in actor.grants if one.scope_kind == "unit"}
    if spot.unit.is_school and spot.unit.pk in own and may(actor, "threads.announce", spot):
        return reverse("threads:sent")
    return ""
