"""The gate for uploaded tables: nothing is parsed before it has passed here, and nothing is ever run."""

from __future__ import annotations

from hashlib import sha256

from .csv_text import inspect_csv
from .filenames import check_name, safe_name
from .kinds import ALL_KINDS, LIMITS, MIB, FileKind, Limits, Profile, UploadProblem
from .xls_guard import inspect_xls
from .xlsx_guard import inspect_xlsx

__all__ = ["FileKind", "UploadProblem", "check_content", "check_upload", "safe_name"]

_ZIP, _OLE = "tệp nén hoặc Excel đời mới", "Excel đời cũ"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"%PDF", "tệp PDF"),
    (b"GIF8", "ảnh GIF"),
    (b"\x89PNG", "ảnh PNG"),
    (b"\xff\xd8\xff", "ảnh JPEG"),
    (b"RIFF", "ảnh hoặc âm thanh"),
    (b"BM", "ảnh BMP"),
    (b"MZ", "chương trình Windows"),
    (b"\x7fELF", "chương trình Linux"),
    (b"#!", "lệnh chạy máy"),
    (b"Rar!", "tệp nén RAR"),
    (b"7z\xbc\xaf", "tệp nén 7z"),
    (b"\x1f\x8b", "tệp nén gzip"),
    (b"BZh", "tệp nén bzip2"),
    (b"\xfd7zXZ", "tệp nén xz"),
    (b"{\\rtf", "văn bản RTF"),
    (b"\xca\xfe\xba\xbe", "chương trình Java"),
    (b"\x00asm", "chương trình web"),
    (b"SQLite format 3", "cơ sở dữ liệu"),
)
_WEB_STARTS = tuple(
    b"<" + mark
    for mark in (
        b"!doctype",
        b"html",
        b"head",
        b"body",
        b"table",
        b"script",
        b"svg",
        b"?xml",
        b"meta",
        b"style",
    )
)
_EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


def check_upload(
    name: str,
    data: bytes,
    *,
    kinds: frozenset[FileKind] = ALL_KINDS,
    max_bytes: int = 10 * MIB,
    limits: Limits = LIMITS,
) -> FileKind:
    """The kind of an uploaded table, its name and content proved; raises UploadProblem with the reason."""
    kind = check_name(name, kinds)
    if len(data) > max_bytes:
        raise UploadProblem("too_large", size=-(-len(data) // MIB), limit=max_bytes // MIB)
    check_content(data, kind, limits)
    return kind


def check_content(data: bytes, kind: FileKind, limits: Limits = LIMITS) -> Profile:
    """What the bytes hold, proved to be of the kind and harmless to parse; raises UploadProblem.

    The same bytes come by several times (upload, preview, writing): what was proved of them is remembered.
    """
    key = (sha256(data).digest(), kind, limits)
    profile = _PROVED.get(key)
    if profile is None:
        profile = _prove(data, kind, limits)
        while len(_PROVED) >= _REMEMBERED:
            _PROVED.pop(next(iter(_PROVED)), None)
        _PROVED[key] = profile
    return profile


_PROVED: dict[tuple[bytes, FileKind, Limits], Profile] = {}
_REMEMBERED = 16


def _prove(data: bytes, kind: FileKind, limits: Limits) -> Profile:
    if not data or not data.strip(b"\0\t\r\n "):
        raise UploadProblem("empty")
    if len(data) > limits.max_bytes:
        raise UploadProblem("too_large", size=-(-len(data) // MIB), limit=limits.max_bytes // MIB)
    if _EICAR in data:
        raise UploadProblem("malware")
    actual = _actual(data, kind)
    if kind is FileKind.CSV:
        if actual:
            raise UploadProblem("mismatch", extension=kind.value, actual=actual)
        return inspect_csv(data)
    head = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(_WEB_STARTS):
        raise UploadProblem("web_page", extension=kind.value)
    if kind is FileKind.XLSX:
        if actual == _OLE:
            # A password-protected .xlsx is an OLE2 file; say so rather than speak of a wrong kind.
            inspect_xls(data, limits)
        if actual != _ZIP:
            raise UploadProblem("mismatch", extension=kind.value, actual=actual or "chữ thường")
        return inspect_xlsx(data, limits)
    if actual != _OLE:
        raise UploadProblem("mismatch", extension=kind.value, actual=actual or "chữ thường")
    return inspect_xls(data, limits)


def _actual(data: bytes, kind: FileKind) -> str:
    """What the first bytes say; two-letter marks count only where text is not expected."""
    for magic, label in _MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or kind is not FileKind.CSV or b"\0" in data[:512]):
            return label
    return ""
