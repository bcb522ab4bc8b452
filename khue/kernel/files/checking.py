"""The gate: name and content of an upload are proved before anything is kept, and nothing is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from khue.kernel.actions.errors import DomainError
from khue.kernel.files.images import clean_jpeg, clean_png, clean_webp
from khue.kernel.files.problems import FileProblem
from khue.lib.spreadsheets.filenames import MAX_NAME, safe_name
from khue.lib.spreadsheets.guard import FileKind, UploadProblem, check_upload

MIB = 1024 * 1024
MOST_BYTES = {"pdf": 20 * MIB, "jpeg": 10 * MIB, "png": 10 * MIB, "webp": 10 * MIB}
TABLES = frozenset(kind.value for kind in FileKind)
PICTURES = frozenset(("jpeg", "png", "webp"))
ALL_KINDS = TABLES | PICTURES | {"pdf"}
EXTENSIONS = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp", "pdf": "pdf"}

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_RUNS = re.compile(
    r"\.(exe|com|bat|cmd|scr|js|jse|vbs|ps1|sh|php|html?|svg|jar|msi|hta|lnk|zip|rar|xlsm|docm)\.", re.I
)
_EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
# Without /JS: by chance it stands in nearly every second scan of ten megabytes, and a script's action has a name too.
_PDF_ACTIVE = re.compile(
    rb"/(JavaScript|Rendition|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm|XFA|GoToE|GoToR)(?![A-Za-z0-9])"
)
_PDF_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MARKUP = re.compile(rb"<(!doctype|html|script|svg|body|\?php)", re.I)


@dataclass(frozen=True)
class Checked:
    """A proved upload: a name safe for any disk, its kind, and the bytes to keep."""

    name: str
    kind: str
    data: bytes


def check(name: str, data: bytes, kinds: Iterable[str] = ALL_KINDS) -> Checked:
    """Prove an upload to be of one of the kinds and harmless; raises DomainError with the reason."""
    wanted = frozenset(kinds)
    if not data:
        raise FileProblem("empty")
    extension = name.rpartition(".")[2].strip().lower()
    if extension in TABLES & wanted:
        return _table(name, data, wanted)
    kind = EXTENSIONS.get(extension, "")
    if kind not in wanted:
        raise FileProblem("kind", extension=extension[:20], kinds=", ".join(sorted(wanted)))
    if (
        len(name) > MAX_NAME
        or _HIDDEN.search(name)
        or _RUNS.search(name)
        or any(m in name for m in ("/", "\\", ".."))
    ):
        raise FileProblem("name")
    limit = MOST_BYTES[kind]
    if len(data) > limit:
        raise FileProblem("too_large", size=-(-len(data) // MIB), limit=limit // MIB)
    if _EICAR in data:
        raise FileProblem("malware")
    clean = {"jpeg": clean_jpeg, "png": clean_png, "webp": clean_webp}
    kept = clean[kind](data).data if kind in clean else _pdf(data)
    return Checked(safe_name(name), kind, kept)


def _table(name: str, data: bytes, wanted: frozenset[str]) -> Checked:
    kinds = frozenset(kind for kind in FileKind if kind.value in wanted)
    try:
        kind = check_upload(name, data, kinds=kinds)
    except UploadProblem as problem:
        raise DomainError(problem.message_vi, code=problem.code) from problem
    return Checked(safe_name(name), kind.value, data)


def _pdf(data: bytes) -> bytes:
    """A PDF is kept byte for byte (it may be signed), so what is not plain is refused."""
    if not re.match(rb"%PDF-[12]\.\d", data):
        raise FileProblem("mismatch", kind="PDF")
    tail = data[-2048:]
    end = tail.rfind(b"%%EOF")
    if end < 0:
        raise FileProblem("damaged")
    if tail[end + 5 :].strip(b"\r\n \t\0"):
        raise FileProblem("polyglot")
    if b"PK\x05\x06" in data[-65_600:] or _MARKUP.search(data[:1024]):
        raise FileProblem("polyglot")
    names = _PDF_NAME_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data)
    if _PDF_ACTIVE.search(names):
        raise FileProblem("active")
    return data
