"""Reading PDF files back in tests: text, fonts, metadata."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any

import pypdfium2
from pyhanko.pdf_utils.reader import PdfFileReader


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, as a reader program gives it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_bounded())
            text_page.close()
            page.close()
        return texts
    finally:
        document.close()


def flat(text: str) -> str:
    """Text without any white space, so that lines broken elsewhere are equal."""
    return re.sub(r"[\s\ufffe\u00ad]+", "", text)


def text_of(pdf: bytes) -> str:
    """All text of a file, flat; refuses text that is not composed."""
    text = "".join(page_texts(pdf))
    assert text == unicodedata.normalize("NFC", text)
    return flat(text)


def ink(pdf: bytes, page: int, box: tuple[float, float, float, float]) -> int:
    """How many pixels of a part of a page (x, y, width, height in points, from below left) are not white."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        opened = document[page - 1]
        bitmap = opened.render(scale=1, grayscale=True)
        x, y, width, height = box
        top = bitmap.height - y - height
        rows = [
            bytes(bitmap.buffer[row * bitmap.stride : row * bitmap.stride + bitmap.width])
            for row in range(bitmap.height)
        ]
        opened.close()
        part = [row[int(x) : int(x + width)] for row in rows[int(top) : int(top + height)]]
        return sum(1 for row in part for dot in row if dot < 250)
    finally:
        document.close()


class Facts:
    """What a file says about itself."""

    def __init__(self, pdf: bytes) -> None:
        reader = PdfFileReader(io.BytesIO(pdf))
        self.root: Any = reader.root
        self.metadata = self.root["/Metadata"].data.decode()
        self.language = str(self.root["/Lang"])
        self.is_tagged = bool(self.root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in self.root
        self.title = str(reader.trailer["/Info"]["/Title"]) if "/Info" in reader.trailer else ""
        self.fonts: dict[str, bool] = {}
        self._walk(self.root["/Pages"])

    def _walk(self, node: Any) -> None:
        node = node.get_object()
        if node["/Type"] == "/Pages":
            for kid in node["/Kids"]:
                self._walk(kid)
            return
        for font in dict(node["/Resources"].get("/Font", {})).values():
            descendant = font.get_object()["/DescendantFonts"][0]
            descriptor = descendant["/FontDescriptor"]
            self.fonts[str(descendant["/BaseFont"])] = (
                "/FontFile2" in descriptor or "/FontFile3" in descriptor
            )
