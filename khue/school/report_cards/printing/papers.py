"""The printed forms of report cards, as the manifest names them."""

from __future__ import annotations

from typing import Final

from khue.kernel.papers import Form
from khue.school.report_cards.printing.wording import book_words, card_words, transfer_words

_FORMS: Final = "school/report_cards/printing/forms/"

CARD: Final = Form("report_cards.card", "Học bạ một năm học", _FORMS + "year.typ", card_words)
BOOK: Final = Form("report_cards.book", "Học bạ cả cấp học", _FORMS + "book.typ", book_words)
TRANSFER: Final = Form(
    "report_cards.transfer", "Phiếu kết quả khi chuyển trường", _FORMS + "transfer.typ", transfer_words
)
