"""What people type when they make a slip or a survey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.citizen.surveys import rules
from khue.citizen.surveys.models import Audience, Purpose, State, Survey
from khue.kernel.org.forms import DayInput

Choices = Sequence[tuple[str, str]]
_DAY = {"invalid": gettext_lazy("Ngày này không có. Ghi như 05/09/2026.")}
SHOWN_AT_FIRST, BLANK = 3, 1


def _day(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, input_formats=["%Y-%m-%d", "%d/%m/%Y"], error_messages=_DAY, widget=DayInput()
    )  # fmt: skip


class SlipForm(forms.Form):
    """A consent slip with everything the law wants said on it."""

    place = forms.ChoiceField(label=gettext_lazy("Gửi cho"))
    purpose = forms.ChoiceField(label=gettext_lazy("Xin đồng ý việc gì"))
    title = forms.CharField(label=gettext_lazy("Tên phiếu"), max_length=120)
    body = forms.CharField(
        label=gettext_lazy("Nội dung, để làm gì"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )
    data_kinds = forms.CharField(
        label=gettext_lazy("Dùng dữ liệu nào của em"), max_length=300,
        help_text=gettext_lazy("Ví dụ: ảnh chụp ở lớp, không ghi tên. Không dùng thì ghi “không dùng dữ liệu nào”."),
    )  # fmt: skip
    receivers = forms.CharField(
        label=gettext_lazy("Ai nhận, ai xem được"), max_length=300,
        help_text=gettext_lazy("Ví dụ: mọi người xem trang thông tin của trường."),
    )  # fmt: skip
    due_on = _day(gettext_lazy("Hạn trả lời"), gettext_lazy("Sau ngày này không nhận trả lời nữa."))
    until = _day(gettext_lazy("Đồng ý có hiệu lực đến"), gettext_lazy("Sau ngày này không dùng nữa."))

    def __init__(
        self, places: Choices | None, *args: Any, has_biometrics: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        left_out = () if has_biometrics else (Purpose.BIOMETRICS,)
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            ("", "…"), *((code, label) for code, label in Purpose.choices if code not in left_out)
        ]  # fmt: skip
        if places is None:
            del self.fields["place"]
        else:
            self.fields["place"].choices = places  # type: ignore[attr-defined]


class SurveyForm(forms.Form):
    """A survey without its questions."""

    place = forms.ChoiceField(label=gettext_lazy("Hỏi ở đâu"))
    audience = forms.ChoiceField(label=gettext_lazy("Ai trả lời"), choices=Audience.choices)
    title = forms.CharField(label=gettext_lazy("Tên phiếu"), max_length=120)
    intro = forms.CharField(
        label=gettext_lazy("Lời mời trả lời"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    is_anonymous = forms.TypedChoiceField(
        label=gettext_lazy("Tên người trả lời"), coerce=lambda text: text == "yes", widget=forms.RadioSelect,
        choices=[
            ("yes", gettext_lazy("Giấu tên: không ai xem được ai trả lời gì")),
            ("no", gettext_lazy("Có tên: người lập phiếu thấy ai trả lời gì")),
        ],
        help_text=gettext_lazy("Mở phiếu rồi thì không đổi được."),
    )  # fmt: skip
    opens_on = _day(gettext_lazy("Mở từ ngày"))
    closes_on = _day(gettext_lazy("Đóng hết ngày"))

    def __init__(
        self, places: Choices | None, *args: Any, survey: Survey | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if places is None:
            del self.fields["place"]
        else:
            self.fields["place"].choices = places  # type: ignore[attr-defined]
        if survey is not None and survey.state != State.DRAFT:
            for name in ("is_anonymous", "audience"):
                self.fields[name].disabled = True


@dataclass(slots=True)
class Block:
    """One question as it is typed."""

    number: int
    id: str
    text: str = ""
    kind: str = rules.ONE
    options: str = ""
    is_required: bool = False
    error: str = ""

    def question(self) -> rules.Question:
        """The question."""
        options = tuple(line.strip()[:120] for line in self.options.splitlines() if line.strip())
        has_choice = self.kind in (rules.ONE, rules.MANY)
        text = " ".join(self.text.split())[:300]
        return rules.Question(self.id, self.kind, text, options if has_choice else (), self.is_required)


def blocks_of(kept: Iterable[rules.Question], blank: int = BLANK) -> list[Block]:
    """Questions as blocks to type in, with empty ones at the end."""
    found = [
        Block(n, one.id, one.text, one.kind, "\n".join(one.options), one.is_required)
        for n, one in enumerate(kept, start=1)
    ]
    taken = {one.id for one in found}
    free = (f"q{n}" for n in range(1, 1000) if f"q{n}" not in taken)
    wanted = max(SHOWN_AT_FIRST, len(found) + blank)
    return found + [Block(n, next(free)) for n in range(len(found) + 1, min(wanted, rules.QUESTIONS) + 1)]


def read_blocks(data: QueryDict) -> tuple[list[Block], bool]:
    """The blocks a form sent, and whether those with text are all good; each fault is said in its block."""
    found: list[Block] = []
    is_good = True
    for number in range(1, rules.QUESTIONS + 1):
        pk = data.get(f"q{number}-id", "")
        if not pk.isascii() or not pk.isalnum() or len(pk) > 5 or any(one.id == pk for one in found):
            continue
        one = Block(
            number, pk, data.get(f"q{number}-text", ""), data.get(f"q{number}-kind", ""),
            data.get(f"q{number}-options", "")[:2000], f"q{number}-required" in data,
        )  # fmt: skip
        found.append(one)
        if not one.text.strip() and not one.options.strip():
            continue
        fault = rules.fault(one.question())
        one.error = {
            "text": _("Ghi lời hỏi."), "kind": _("Chọn cách trả lời."),
            "options": _("Ghi từ 2 đến 12 ý khác nhau, mỗi dòng một ý."),
        }.get(fault, "")  # fmt: skip
        is_good = is_good and not fault
    return found, is_good


def questions_in(blocks: Iterable[Block]) -> list[rules.Question]:
    """The questions of those blocks in which something was typed."""
    return [one.question() for one in blocks if one.text.strip()]
