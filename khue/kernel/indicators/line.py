"""What goes over the line between pages and the analytics process: one question, one answer.

The socket lies in a folder that only Khuê's own user may enter, so whoever can ask has the house's rights already; the
reach of a question has been worked out before it comes here.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators.declare import Cell, Question
from khue.lib import private_line

VARIABLE: Final = (
    "KHUE_ANALYTICS"  # where the process listens; where it is not set, questions are answered in-process
)
PATIENCE_SECONDS: Final = 60.0


class LineError(DomainError):
    """The analytics process is not there or does not answer; the text says what the asker may do."""

    status = 503


def ask(place: str, question: Question) -> list[Cell]:
    """Ask the process at the other end; DomainErrors come back as they were raised, LineError when it is away."""
    asked = asdict(question) | {"language": get_language() or "vi"}
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(place)
            private_line.send(line, asked)
            said = private_line.receive(line)
    except (OSError, ValueError) as problem:
        raise LineError(
            _("Phần phân tích số liệu đang khởi động lại. Mở lại trang sau ít phút.")
        ) from problem
    if "problem" in said:
        raise DomainError(str(said["problem"]), code=str(said.get("code", "refused")))
    return [Cell(name, tuple(at), top, bottom) for name, at, top, bottom in said["cells"]]


def question_of(asked: Mapping[str, Any]) -> Question:
    """The question in a message; ValueError, KeyError or TypeError when it is none."""
    units = asked["units"]
    return Question(
        indicators=tuple(str(name) for name in asked["indicators"]),
        year=int(asked["year"]),
        by=tuple(str(word) for word in asked["by"]),
        where={str(word): tuple(values) for word, values in asked["where"].items()},
        units=None if units is None else tuple(int(unit) for unit in units),
    )
