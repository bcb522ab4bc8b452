"""Forms and data to PDF/A-2b: typst in this process, our fonts, no network, equal bytes for equal data.

A compiler is made for a thread and a template and kept, for what it costs is reading fonts and templates; data comes as
one JSON text, so nothing in it can be taken for markup. After some papers the compiler is made anew and its memory is
given back. One paper occupies one core; more cores are used by more processes (the job queue's workers).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.utils.translation import gettext as _

from khue.kernel.papers.forms import Form
from khue.kernel.papers.text import FONTS, printable_tree

if TYPE_CHECKING:
    import typst  # comes with the first paper: most processes print none

STANDARD: Final = "a-2b"
MOST_BYTES: Final = 600_000
"""Data of one paper: a school life of twelve years with long comments takes about a sixth of this."""
MOST_PAGES: Final = 200
PAPERS_A_COMPILER: Final = 500
A4_HEIGHT: Final = 841.89
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")


class PaperError(RuntimeError):
    """A paper that cannot be printed; the text says which and why, in words for whoever asked for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature stands: page from 1, lower left corner and size in points, as PDF counts them."""

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed form: the file, its pages, the places for signatures (when asked), letters no font of ours has."""

    pdf: bytes
    pages: int
    places: tuple[Place, ...] = ()
    strange: tuple[str, ...] = ()


class _Compilers(threading.local):
    """The compilers of one thread, and how many papers each has made."""

    def __init__(self, papers: int) -> None:
        self.papers = papers
        self.made: dict[Path, tuple[typst.Compiler, int]] = {}

    def of(self, form: Form) -> typst.Compiler:
        """The compiler of a form, for one more paper."""
        import typst

        compiler, papers = self.made.get(form.path, (None, 0))
        if compiler is None or papers >= self.papers:
            compiler, papers = (
                typst.Compiler(
                    str(form.path),
                    root=str(form.root),
                    font_paths=_fonts(),
                    ignore_system_fonts=True,
                    package_path=str(FONTS),  # where no package lies
                    package_cache_path=str(FONTS),
                ),
                0,
            )
        self.made[form.path] = (compiler, papers + 1)
        return compiler


_compilers: Final = _Compilers(PAPERS_A_COMPILER)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def render(form: Form, data: Any) -> bytes:
    """The PDF/A-2b of a form with its data; the same data gives the same bytes."""
    return draw(form, data).pdf


def draw(form: Form, data: Any, *, places: bool = False) -> Paper:
    """The same with what can be known about it; `places` asks where signatures stand (costs about 2 ms more)."""
    strange: set[str] = set()
    words = {"across": "", "pages": 0, **printable_tree(form.words(data), strange), "places": places}
    compiler = _compilers.of(form)
    pdf, pages = _compile(compiler, form, words)
    if words["pages"] not in (0, pages):
        words["pages"] = 0
        pdf, pages = _compile(compiler, form, words)
    if pages > MOST_PAGES:
        raise PaperError(
            _("Chưa in được “{form}”: dài {pages} trang, nhiều nhất là {most} trang.").format(
                form=form.label, pages=pages, most=MOST_PAGES
            )
        )
    return Paper(pdf, pages, _places(compiler) if places else (), tuple(sorted(strange)))


def _compile(compiler: typst.Compiler, form: Form, words: dict[str, Any]) -> tuple[bytes, int]:
    """The file and how many pages it has."""
    import typst

    text = orjson.dumps(words)
    if len(text) > MOST_BYTES:
        raise PaperError(
            _("Chưa in được “{form}”: dữ liệu dài {size} KB, nhiều nhất là {most} KB.").format(
                form=form.label, size=len(text) // 1000, most=MOST_BYTES // 1000
            )
        )
    try:
        pdf = compiler.compile(format="pdf", sys_inputs={"data": text.decode()}, pdf_standards=STANDARD)
    except typst.TypstError as error:
        raise PaperError(
            _("Chưa in được “{form}”: {reason}").format(form=form.label, reason=error.message)
        ) from error
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf, len(_PAGE.findall(pdf))


def _places(compiler: typst.Compiler) -> tuple[Place, ...]:
    """Where signatures stand in what was printed last."""
    found = orjson.loads(compiler.query("<place>", field="value"))
    return tuple(
        Place(
            one["name"],
            one["page"],
            round(one["x"], 2),
            round(A4_HEIGHT - one["y"] - one["height"], 2),
            round(one["width"], 2),
            round(one["height"], 2),
        )
        for one in found
    )


def render_many(form: Form, many: Iterable[Any]) -> Iterator[Paper | PaperError]:
    """One paper after another, in order; what cannot be printed comes as its error and stops nothing."""
    for data in many:
        try:
            yield draw(form, data)
        except PaperError as error:
            yield error
