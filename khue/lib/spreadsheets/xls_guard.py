"""What an .xls (OLE2, BIFF) may hold: its directory of streams and its records, looked through before parsing."""

from __future__ import annotations

import struct

from .kinds import FileKind, Limits, Profile, UploadProblem, check_box

_MAX_REGULAR = 0xFFFFFFFA
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MACRO_NAMES = ("_vba_project_cur", "vba", "_vba_project", "macros", "_xmlsignatures_vba")
_EMBEDDED_NAMES = ("\x01ole10native", "objectpool")
_BIFF_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
# Records that carry one cell: row and column come first in all of them.
_NUMBER, _LABEL, _STRING_CELL, _RK, _FORMULA, _BOOLERR, _RSTRING, _MULRK = (
    0x0203, 0x0204, 0x00FD, 0x027E, 0x0006, 0x0205, 0x00D6, 0x00BD,
)  # fmt: skip
_SST, _CONTINUE = 0x00FC, 0x003C
_CELL_RECORDS = frozenset({_NUMBER, _LABEL, _STRING_CELL, _RK, _FORMULA, _BOOLERR, _RSTRING, _MULRK})


class _Compound:
    """The OLE2 container: sector chains, walked with a bound so that no loop holds us."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if len(data) < 512:
            raise UploadProblem("damaged")
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise UploadProblem("damaged")
        self.sector = 1 << shift
        self.cutoff = struct.unpack_from("<L", data, 56)[0]
        self.fat = self._fat()
        self.entries = self._entries(struct.unpack_from("<L", data, 48)[0])

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self.sector
        piece = self.data[start : start + self.sector]
        if sector > _MAX_REGULAR or not piece:
            raise UploadProblem("damaged")
        return piece

    def _fat(self) -> list[int]:
        wanted = struct.unpack_from("<L", self.data, 44)[0]
        listed = list(struct.unpack_from("<109L", self.data, 76))
        next_difat, difats = struct.unpack_from("<LL", self.data, 68)
        per = self.sector // 4 - 1
        for _ in range(min(difats, len(self.data) // self.sector + 1)):
            if next_difat >= _MAX_REGULAR:
                break
            numbers = struct.unpack_from(f"<{per + 1}L", self._at(next_difat).ljust(self.sector, b"\xff"))
            listed.extend(numbers[:per])
            next_difat = numbers[per]
        used = [sector for sector in listed if sector < _MAX_REGULAR][:wanted]
        if not used or len(used) > len(self.data) // self.sector + 1:
            raise UploadProblem("damaged")
        fat: list[int] = []
        for sector in used:
            piece = self._at(sector).ljust(self.sector, b"\xff")
            fat.extend(struct.unpack(f"<{self.sector // 4}L", piece))
        return fat

    def _chain(self, first: int) -> bytes:
        pieces: list[bytes] = []
        seen = 0
        sector = first
        while sector < _MAX_REGULAR:
            seen += 1
            if sector >= len(self.fat) or seen > len(self.fat):
                raise UploadProblem("damaged")
            pieces.append(self._at(sector))
            sector = self.fat[sector]
        return b"".join(pieces)

    def _entries(self, first: int) -> list[tuple[str, int, int, int]]:
        directory = self._chain(first)
        found: list[tuple[str, int, int, int]] = []
        for at in range(0, len(directory) - 127, 128):
            length = struct.unpack_from("<H", directory, at + 64)[0]
            kind = directory[at + 66]
            if kind not in (_STORAGE, _STREAM, _ROOT) or not 2 <= length <= 64:
                continue
            name = directory[at : at + length - 2].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<LL", directory, at + 116)
            found.append((name, kind, start, size))
        return found

    def stream(self, start: int, size: int) -> bytes:
        """The bytes of a stream; small streams live in a container of their own."""
        if size >= self.cutoff:
            return self._chain(start)[:size]
        root = next((entry for entry in self.entries if entry[1] == _ROOT), None)
        if root is None:
            raise UploadProblem("damaged")
        container = self._chain(root[2])
        mini_fat_start = struct.unpack_from("<L", self.data, 60)[0]
        raw = self._chain(mini_fat_start) if mini_fat_start < _MAX_REGULAR else b""
        mini_fat = struct.unpack(f"<{len(raw) // 4}L", raw[: len(raw) // 4 * 4])
        pieces: list[bytes] = []
        sector = start
        while sector < _MAX_REGULAR:
            if sector >= len(mini_fat) or len(pieces) > len(mini_fat):
                raise UploadProblem("damaged")
            pieces.append(container[sector * 64 : sector * 64 + 64])
            sector = mini_fat[sector]
        return b"".join(pieces)[:size]


def inspect_xls(data: bytes, limits: Limits) -> Profile:
    """Prove an .xls harmless to parse and tell its size; raises UploadProblem with the reason."""
    compound = _Compound(data)
    names = [entry[0].lower() for entry in compound.entries]
    if "encryptedpackage" in names or "encryptioninfo" in names:
        raise UploadProblem("encrypted")
    if any(name in _MACRO_NAMES for name in names):
        raise UploadProblem("macros")
    if any(name in _EMBEDDED_NAMES or name.startswith("mbd") for name in names):
        raise UploadProblem("embedded")
    book = next((entry for entry in compound.entries if entry[0].lower() in ("workbook", "book")), None)
    if book is None or book[1] != _STREAM:
        raise UploadProblem("not_workbook")
    return _inspect_records(compound.stream(book[2], book[3]), limits)


def _inspect_records(stream: bytes, limits: Limits) -> Profile:
    sheets: dict[int, str] = {}
    boxes: dict[int, tuple[int, int]] = {}
    errors: dict[int, list[tuple[int, int, str]]] = {}
    substream, depth, cells, string_bytes = 0, 0, 0, 0
    date1904, in_strings = False, False
    at, end = 0, len(stream)
    if end < 8 or struct.unpack_from("<H", stream)[0] not in (0x0809, 0x0409, 0x0209, 0x0009):
        raise UploadProblem("not_workbook")
    while at + 4 <= end:
        record, length = struct.unpack_from("<HH", stream, at)
        body = at + 4
        if record in _CELL_RECORDS and length >= 6:
            if body + length > end:
                raise UploadProblem("damaged")
            row, column = struct.unpack_from("<HH", stream, body)
            if record == _MULRK:
                column = struct.unpack_from("<H", stream, body + length - 2)[0]
            rows, columns = boxes.get(substream, (0, 0))
            boxes[substream] = (max(rows, row + 1), max(columns, column + 1))
            cells += 1
            _note_error(record, stream[body : body + length], (row, column), errors.setdefault(substream, []))
        elif record in (0x0809, 0x0409, 0x0209, 0x0009):
            depth += 1
            if depth == 1:
                substream = at
        elif record == 0x000A:
            depth = max(depth - 1, 0)
        elif record == 0x002F:
            raise UploadProblem("encrypted")
        elif record == 0x00D3:
            raise UploadProblem("macros")
        elif record == 0x0085 and length >= 7:
            _bound_sheet(stream[body : body + length], sheets)
        elif record == 0x01AE and not _is_own_book(stream[body : body + length]):
            raise UploadProblem("external")
        elif record == 0x0022 and length >= 2:
            date1904 = struct.unpack_from("<H", stream, body)[0] == 1
        in_strings = record == _SST or (in_strings and record == _CONTINUE)
        if in_strings:
            string_bytes += length
        at = body + length
    if len(sheets) > limits.max_sheets:
        raise UploadProblem("too_many_sheets", count=len(sheets), limit=limits.max_sheets)
    area = 0
    for rows, columns in boxes.values():
        check_box(rows, columns, rows * columns, limits)
        area += rows * columns
    check_box(0, 0, area, limits)
    return Profile(
        kind=FileKind.XLS,
        unpacked=end,
        cells=area,
        # The worst case, one string as long as all strings together in every cell, is eight times this.
        text_bytes=string_bytes * cells // 8,
        date1904=date1904,
        error_cells={sheets[start]: noted for start, noted in errors.items() if noted and start in sheets},
    )


def _bound_sheet(body: bytes, sheets: dict[int, str]) -> None:
    start = struct.unpack_from("<L", body)[0]
    if body[5] in (1, 6):
        raise UploadProblem("macros")
    length, wide = body[6], len(body) > 7 and body[7] & 1
    raw = body[8 : 8 + length * (2 if wide else 1)]
    sheets[start] = raw.decode("utf-16-le" if wide else "latin-1", "replace")


def _is_own_book(body: bytes) -> bool:
    """A SUPBOOK record that names this workbook itself, or the add-in functions, not another file."""
    return len(body) == 4 and body[2:4] in (b"\x01\x04", b"\x01\x3a")


def _note_error(record: int, body: bytes, place: tuple[int, int], noted: list[tuple[int, int, str]]) -> None:
    code: int | None = None
    if record == _BOOLERR and len(body) >= 8 and body[7] == 1:
        code = body[6]
    elif record == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
        code = body[8]
    if code is not None and len(noted) < 10_000:
        noted.append((*place, _BIFF_ERRORS.get(code, "#N/A")))
