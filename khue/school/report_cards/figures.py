"""Figures of report cards: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Dimension, Figures, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, is_one_of, total, true
from khue.kernel.indicators.places import Spot, address, may
from khue.school.report_cards import facts
from khue.school.report_cards.facts import CARDS, CORRECTIONS, LAST_YEAR
from khue.school.report_cards.models import CardState


def state_words() -> dict[object, str | Promise]:
    """States of a card, and of a pupil who has none yet."""
    return {"none": _("Chưa lập"), **dict(CardState.choices)}


DIMENSIONS: Final = (
    Dimension("card_state", "Tình trạng học bạ", "khue.school.report_cards.figures.state_words"),
)

_GROUP: Final = "Học bạ số"
_RULE: Final = "TT 70/2026/TT-BGDĐT; NĐ 88/2026/NĐ-CP"
_BY: Final = ("level", "grade", "ownership", "region", "school_level")
_ALL: Final = Measure(CARDS.name, count)
_OPEN: Final = ("none", "draft", "complete", "teacher_signed", "homeroom_signed", "principal_signed")
_SENT: Final = ("submitted", "accepted")


def _share(
    name: str, label: str, short: str, code: str, words: str, formula: str, where: object, *, red: float
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="%", group=_GROUP, scale=100, decimals=1, short=short, code=code, source=_RULE,
        definition=f"{words} Năm học chưa lập học bạ nào thì chưa có số.", formula=formula, direction="up", target=100,
        amber=98, red=red, dimensions=_BY, bottom=_ALL, top=Measure(CARDS.name, count, where),  # type: ignore[arg-type]
    )  # fmt: skip


INDICATORS: Final = (
    Indicator(
        name="report_cards.due", label="Học bạ phải lập", unit="học bạ", group=_GROUP, short="Học bạ phải lập",
        definition="Số học sinh phổ thông, học viên GDTX của năm học đã bắt đầu lập học bạ: mỗi em một học bạ.",
        formula="Đếm học sinh khối 1 đến 12 của năm học", code="DP-190", source=_RULE,
        dimensions=(*_BY, "card_state"), top=_ALL,
    ),
    _share(
        "report_cards.composed", "Tỷ lệ học bạ đã lập đủ dữ liệu", "Học bạ đã lập", "DP-191",
        "Trong số học bạ phải lập, bao nhiêu phần trăm đã lập và đủ dữ liệu để ký.",
        "Số học bạ đủ dữ liệu ÷ số học bạ phải lập × 100", lambda t: ~t.card_state.isin(["none", "draft"]), red=80,
    ),
    _share(
        "report_cards.head_signed", "Tỷ lệ học bạ hiệu trưởng đã ký", "Hiệu trưởng đã ký", "DP-192",
        "Trong số học bạ phải lập, bao nhiêu phần trăm đã có chữ ký của hiệu trưởng.",
        "Số học bạ hiệu trưởng đã ký ÷ số học bạ phải lập × 100",
        lambda t: t.is_issued | (t.card_state == "principal_signed"), red=70,
    ),
    _share(
        "report_cards.issued", "Tỷ lệ học bạ đã cấp", "Học bạ đã cấp", "DP-193",
        "Trong số học bạ phải lập, bao nhiêu phần trăm đã có chữ ký số của trường và còn giá trị.",
        "Số học bạ đã cấp ÷ số học bạ phải lập × 100", true("is_issued"), red=70,
    ),
    _share(
        "report_cards.submitted", "Tỷ lệ học bạ đã nộp Sở", "Học bạ đã nộp", "DP-194",
        "Trong số học bạ phải lập, bao nhiêu phần trăm đã nộp về kho học bạ của Sở, kể cả đã được nhận.",
        "Số học bạ đã nộp ÷ số học bạ phải lập × 100", is_one_of("card_state", *_SENT), red=60,
    ),
    _share(
        "report_cards.accepted", "Tỷ lệ học bạ Sở đã nhận", "Sở đã nhận", "DP-195",
        "Trong số học bạ phải lập, bao nhiêu phần trăm Sở đã kiểm tra và nhận vào kho.",
        "Số học bạ Sở đã nhận ÷ số học bạ phải lập × 100", is_one_of("card_state", "accepted"), red=50,
    ),
    Indicator(
        name="report_cards.problems", label="Học bạ thiếu dữ liệu", unit="học bạ", group=_GROUP, short="Thiếu dữ liệu",
        definition="Số học bạ đã lập mà chưa ký được vì thiếu số định danh, thiếu kết quả môn học hoặc lý do khác.",
        formula="Đếm học bạ ở tình trạng chưa đủ dữ liệu", code="DP-196", source=_RULE, direction="down", target=0,
        amber=1, red=50, dimensions=_BY, top=Measure(CARDS.name, count, is_one_of("card_state", "draft")),
    ),
    Indicator(
        name="report_cards.waiting", label="Học bạ đang chờ ký", unit="học bạ", group=_GROUP, short="Chờ ký",
        definition="Số học bạ đủ dữ liệu mà còn thiếu chữ ký của giáo viên, chủ nhiệm, hiệu trưởng hoặc của trường.",
        formula="Đếm học bạ ở các bước ký", code="DP-197", source=_RULE, direction="down",
        dimensions=(*_BY, "card_state"),
        top=Measure(CARDS.name, count, is_one_of("card_state", *_OPEN[2:])),
    ),
    Indicator(
        name="report_cards.returned", label="Học bạ Sở trả lại", unit="học bạ", group=_GROUP, short="Sở trả lại",
        definition="Số học bạ Sở đã trả lại và trường chưa nộp lại.", formula="Đếm học bạ bị trả lại", code="DP-198",
        source=_RULE, direction="down", target=0, amber=1, red=20, dimensions=_BY,
        top=Measure(CARDS.name, count, is_one_of("card_state", "returned")),
    ),
    Indicator(
        name="report_cards.trial", label="Học bạ ký bằng chứng thư thử nghiệm", unit="học bạ", group=_GROUP,
        short="Ký thử nghiệm", code="DP-199", source="Luật Giao dịch điện tử 20/2023/QH15", direction="down", target=0,
        definition="Số học bạ đã cấp bằng chữ ký thử nghiệm, không có giá trị pháp lý.", dimensions=_BY,
        formula="Đếm học bạ đã cấp có dấu thử nghiệm",
        top=Measure(CARDS.name, count, both(true("is_issued"), true("is_test"))),
    ),
    Indicator(
        name="report_cards.last_year_issued", label="Tỷ lệ học bạ năm trước đã cấp", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Học bạ năm trước", code="DP-200", source=_RULE, direction="up", target=100, amber=99, red=90,
        definition="Trong số học bạ của năm học liền trước, bao nhiêu phần trăm đã được trường cấp và còn giá trị.",
        formula="Số học bạ năm trước đã cấp ÷ số học bạ năm trước phải lập × 100", dimensions=_BY,
        top=Measure(LAST_YEAR.name, total("pupils"), true("is_issued")),
        bottom=Measure(LAST_YEAR.name, total("pupils")),
    ),
    Indicator(
        name="report_cards.last_year_open", label="Học bạ năm trước chưa cấp", unit="học bạ", group=_GROUP,
        short="Năm trước chưa cấp", code="DP-201", source=_RULE, direction="down", target=0, amber=1, red=100,
        definition="Số học bạ của năm học liền trước mà trường chưa cấp: chưa lập, chưa đủ dữ liệu hoặc còn thiếu chữ "
        "ký.",
        formula="Đếm học bạ năm trước chưa cấp", dimensions=(*_BY, "card_state"),
        top=Measure(LAST_YEAR.name, total("pupils"), false("is_issued")),
    ),
    Indicator(
        name="report_cards.last_year_accepted", label="Tỷ lệ học bạ năm trước Sở đã nhận", unit="%", group=_GROUP,
        scale=100, decimals=1, short="Năm trước đã nhận", code="DP-202", source=_RULE, direction="up", target=100,
        amber=99, red=80, dimensions=_BY,
        definition="Trong số học bạ của năm học liền trước, bao nhiêu phần trăm đã nằm trong kho của Sở.",
        formula="Số học bạ năm trước Sở đã nhận ÷ số học bạ năm trước phải lập × 100",
        top=Measure(LAST_YEAR.name, total("pupils"), is_one_of("card_state", "accepted")),
        bottom=Measure(LAST_YEAR.name, total("pupils")),
    ),
    Indicator(
        name="report_cards.corrections", label="Đề nghị sửa học bạ chưa xong", unit="đề nghị", group=_GROUP,
        short="Đề nghị sửa học bạ", code="DP-203", source=_RULE, direction="down", dimensions=("level", "grade"),
        definition="Số đề nghị sửa học bạ đã cấp đang chờ hiệu trưởng hoặc đang sửa.",
        formula="Đếm đề nghị chưa xong",
        top=Measure(CORRECTIONS.name, count, is_one_of("state", "asked", "granted")),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=facts.FACTS, dimensions=DIMENSIONS, indicators=INDICATORS)


def card_rows(actor: Actor, spot: Spot) -> str:
    """The cards of the class, or how far the signing has come."""
    if spot.class_id and spot.unit.is_school and may(actor, "report_cards.view", spot):
        return reverse("report_cards:class_cards", args=[spot.class_id])
    is_whole = may(actor, "report_cards.view_progress", Spot(spot.unit))
    return address("report_cards:progress", spot) if is_whole else ""


def correction_rows(actor: Actor, spot: Spot) -> str:
    """The requests to correct cards at the school."""
    is_here = spot.unit.is_school and may(actor, "report_cards.decide_correction", Spot(spot.unit))
    return reverse("report_cards:corrections") if is_here else ""
