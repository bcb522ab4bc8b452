"""What an .xlsx may hold: a look through every part before a parser opens the file.

The reader (calamine) lays each sheet out as a full rectangle: two cells, A1 and XFD1048576, are a file of one
kilobyte and an allocation of hundreds of gigabytes that ends the process. So the cells are found here first, by
a strict pattern; whatever does not fit the pattern is not refused, but read in a process of its own.
"""

from __future__ import annotations

import re

from .archive import CHUNK, Entry, chunks, entries
from .kinds import FileKind, Limits, Profile, UploadProblem, check_box

_CELL = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"((?: \w+="[^"<>]*")*)\s*(?:/>|>\s*<(/|(?:\w+:)?[fvi]))'
)
_ANY_CELL = re.compile(rb"<(?:[^\s<>/:!?]{1,40}:)?c[\s/>]")
# A count such as uniqueCount="4294967295" makes the parser reserve as much; it is left to the child to try.
_LONG_NUMBER = re.compile(rb"""(?:ount|max|min|ize)\s*=\s*["']\+?[0-9]{7,}["']|ount\s{4,}|ount\s*=\s{4,}""")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0[DE]\0|\0<\0!\0[DE]", re.IGNORECASE)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_DATE1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true)["']""")
_STRING_ITEM = re.compile(rb"<(?:\w+:)?si[\s>]")
_SCRIPT = re.compile(rb"<script[\s>]|javascript:", re.IGNORECASE)
_NESTED_MAGIC = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MZ\x90\x00", b"\x7fELF", b"%PDF")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_CARRY = 4_096

_MACRO_PARTS = ("vbaproject", "vbadata", "macrosheets/", "dialogsheets/", "intlmacrosheets/")
_EXTERNAL_PARTS = ("externallinks/", "xl/connections.xml", "querytables/", "xl/model/")
_EMBEDDED_PARTS = ("embeddings/", "activex/", "oleobject")
_ACTIVE_PARTS = ("webextensions/", "customui")


class _Scan:
    """What is gathered while the parts go by."""

    def __init__(self) -> None:
        self.box: dict[str, tuple[int, int]] = {}
        self.cells = 0
        self.string_cells = 0
        self.unusual = False
        self.longest_text = 0
        self.errors: dict[str, list[tuple[int, int, str]]] = {}
        self.workbook = b""
        self.relations = b""


def inspect_xlsx(data: bytes, limits: Limits) -> Profile:
    """Prove an .xlsx harmless to parse and tell its size; raises UploadProblem with the reason."""
    found = entries(data, limits)
    names = {entry.name.lower() for entry in found}
    _check_parts(names)
    scan = _Scan()
    for entry in found:
        _scan_entry(data, entry, scan)
    sheets = _SHEET.findall(scan.workbook)
    if not sheets:
        raise UploadProblem("not_workbook")
    if len(sheets) > limits.max_sheets:
        raise UploadProblem("too_many_sheets", count=len(sheets), limit=limits.max_sheets)
    area = 0
    for rows, columns in scan.box.values():
        check_box(rows, columns, rows * columns, limits)
        area += rows * columns
    check_box(0, 0, area, limits)
    targets = _sheet_parts(scan)
    if len(set(targets.values())) < len(sheets):
        # Sheets that share one part, or that the pattern did not see, may multiply the work.
        scan.unusual = True
    return Profile(
        kind=FileKind.XLSX,
        unpacked=sum(entry.unpacked for entry in found),
        cells=area,
        text_bytes=scan.longest_text * scan.string_cells,
        unusual=scan.unusual,
        date1904=bool(_DATE1904.search(scan.workbook)),
        error_cells={sheet: scan.errors[part] for sheet, part in targets.items() if part in scan.errors},
    )


def _check_parts(names: set[str]) -> None:
    if "[content_types].xml" not in names or not any(name.endswith("workbook.xml") for name in names):
        if any(name.endswith("workbook.bin") for name in names):
            raise UploadProblem("extension", extension="xlsb")
        raise UploadProblem("not_workbook")
    for code, marks in (
        ("macros", _MACRO_PARTS),
        ("external", _EXTERNAL_PARTS),
        ("embedded", _EMBEDDED_PARTS),
        ("active", _ACTIVE_PARTS),
    ):
        if any(mark in name for name in names for mark in marks):
            raise UploadProblem(code)


def _scan_entry(data: bytes, entry: Entry, scan: _Scan) -> None:
    name = entry.name.lower()
    keep = name.endswith(("workbook.xml", ".rels", "[content_types].xml"))
    markup = name.endswith((".svg", ".vml", ".html", ".htm"))
    kept: list[bytes] = []
    strings = _LongestText()
    uncounted = b""
    tail: bytes | None = None
    for piece in chunks(data, entry):
        if tail is None:
            _check_start(name, piece)
            tail = b""
        window = tail + piece
        tail = piece[-64:]
        if _DTD.search(window):
            raise UploadProblem("xml_dtd")
        if _EICAR in window:
            raise UploadProblem("malware")
        if _LONG_NUMBER.search(window):
            scan.unusual = True
        if markup and _SCRIPT.search(window):
            raise UploadProblem("active")
        if keep:
            kept.append(piece)
        strings.feed(piece)
        uncounted += piece
        cut = _between_cells(uncounted)
        _count_cells(name, uncounted[:cut], scan)
        uncounted = uncounted[cut:]
    _count_cells(name, uncounted, scan)
    scan.longest_text = max(scan.longest_text, strings.longest)
    if keep:
        _keep(name, b"".join(kept), scan)


class _LongestText:
    """The longest shared string, in bytes of markup, found without holding the part in memory."""

    def __init__(self) -> None:
        self.longest = 0
        self._open = False
        self._since = 0

    def feed(self, piece: bytes) -> None:
        if not self._open and not _STRING_ITEM.search(piece):
            return
        self._open = True
        for index, part in enumerate(_STRING_ITEM.split(piece)):
            self._since = len(part) if index else self._since + len(part)
            self.longest = max(self.longest, self._since)


def _between_cells(buffer: bytes) -> int:
    """Where to cut so that no cell's opening tag and what follows it are torn apart."""
    last = max(buffer.rfind(b"<c "), buffer.rfind(b":c "))
    if last < 0:
        return max(len(buffer) - _CARRY, 0)
    cut = buffer.rfind(b"<", 0, last + 1)
    return cut if cut >= 0 and len(buffer) - cut <= CHUNK else len(buffer)


def _check_start(name: str, head: bytes) -> None:
    if head.startswith(_NESTED_MAGIC) or head.startswith(_OLE_MAGIC):
        raise UploadProblem("embedded")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") and not name.endswith(".bin"):
        raise UploadProblem("xml_encoding")
    if name.endswith((".xml", ".rels", ".vml")):
        encoding = _ENCODING.match(head.removeprefix(b"\xef\xbb\xbf")[:300])
        if encoding and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
            raise UploadProblem("xml_encoding")
        if b"\0" in head[:4_096]:
            raise UploadProblem("xml_encoding")


def _count_cells(name: str, part: bytes, scan: _Scan) -> None:
    if b"<c" not in part and b":c" not in part:
        return
    cells = _CELL.findall(part)
    if len(cells) != len(_ANY_CELL.findall(part)):
        scan.unusual = True
    valued = [cell for cell in cells if cell[3] not in (b"", b"/")]
    if not valued:
        return
    rows, columns = scan.box.get(name, (0, 0))
    rows = max(rows, max(map(int, {cell[1] for cell in valued})))
    columns = max(columns, max(map(_column_number, {cell[0] for cell in valued})))
    scan.box[name] = (rows, columns)
    scan.cells += len(valued)
    scan.string_cells += part.count(b't="s"')
    if b't="e"' in part:
        _note_errors(name, part, scan)


def _note_errors(name: str, part: bytes, scan: _Scan) -> None:
    noted = scan.errors.setdefault(name, [])
    for match in _CELL.finditer(part):
        if b't="e"' in match.group(3) and match.group(4) not in (b"", b"/", None) and len(noted) < 10_000:
            following = part[match.end() - 3 : match.end() + 2_000].split(b"</c>", 1)[0]
            value = _VALUE.search(following)
            text = value.group(1).decode("ascii", "replace") if value else "#N/A"
            noted.append((int(match.group(2)) - 1, _column_number(match.group(1)) - 1, text[:20]))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _keep(name: str, content: bytes, scan: _Scan) -> None:
    if name == "[content_types].xml":
        lowered = content.lower()
        if b"macroenabled" in lowered or b"vbaproject" in lowered:
            raise UploadProblem("macros")
    elif name.endswith(".rels"):
        for relation in _RELATION.findall(content):
            attributes = dict(_ATTRIBUTE.findall(relation))
            kind = attributes.get(b"Type", b"").rsplit(b"/", 1)[-1].lower()
            if kind in (b"vbaproject", b"xlmacrosheet", b"xlintlmacrosheet"):
                raise UploadProblem("macros")
            if attributes.get(b"TargetMode", b"").lower() == b"external" and kind != b"hyperlink":
                raise UploadProblem("external")
            if kind in (b"oleobject", b"package"):
                raise UploadProblem("embedded")
        if name.endswith("workbook.xml.rels"):
            scan.relations = content
    else:
        scan.workbook = content


def _sheet_parts(scan: _Scan) -> dict[str, str]:
    """The part that holds each sheet, by the sheet's name."""
    parts: dict[bytes, str] = {}
    for relation in _RELATION.findall(scan.relations):
        attributes = dict(_ATTRIBUTE.findall(relation))
        target = attributes.get(b"Target", b"").decode("utf-8", "replace")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        parts[attributes.get(b"Id", b"")] = path.replace("\\", "/").lower()
    sheets: dict[str, str] = {}
    for sheet in _SHEET.findall(scan.workbook):
        attributes = dict(_ATTRIBUTE.findall(sheet))
        identity = next((value for key, value in attributes.items() if key.endswith(b":id")), b"")
        name = attributes.get(b"name", b"").decode("utf-8", "replace")
        sheets[_unescape(name)] = parts.get(identity, "")
    return sheets


def _unescape(text: str) -> str:
    for mark, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(mark, character)
    return text
