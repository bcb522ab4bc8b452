"""The directory of a zip archive, read and checked byte by byte before any parser opens the archive.

An .xlsx is a zip. Everything that makes zips dangerous shows in its central directory: too many entries, sizes
that lie, paths that climb, links, encryption, overlapping or hidden data. The checks cost well under a
millisecond and hold no more of the archive in memory than its own bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from .kinds import MIB, Limits, UploadProblem

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_SYMLINK = 0xA000
_MASK32 = 0xFFFFFFFF
_MAX_COMMENT = 200
# Data descriptors and alignment leave a few bytes between entries; more than this hides something.
_MAX_GAP = 64
CHUNK = MIB
_FEED = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    name: str
    method: int
    crc: int
    packed: int
    unpacked: int
    start: int


def entries(data: bytes, limits: Limits) -> list[Entry]:
    """The checked directory of the archive; sizes are as declared, `chunks` proves them."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _END.size > len(data):
        raise UploadProblem("damaged")
    _, disk, first_disk, count_here, count, size, offset, comment = _END.unpack_from(data, end)
    if end + _END.size + comment != len(data) or comment > _MAX_COMMENT:
        raise UploadProblem("archive_hidden")
    if count > limits.max_entries:
        raise UploadProblem("archive_entries", count=count, limit=limits.max_entries)
    if disk or first_disk or count_here != count or offset == _MASK32 or offset + size != end:
        raise UploadProblem("archive_hidden" if offset + size < end else "damaged")
    found: list[Entry] = []
    spans: list[tuple[int, int]] = []
    position = offset
    for _ in range(count):
        entry, span, position = _entry(data, position, end)
        found.append(entry)
        spans.append(span)
    if position != end:
        raise UploadProblem("archive_lies")
    _check_layout(spans, offset)
    _check_sizes(found, limits)
    lowered = [entry.name.lower() for entry in found]
    if len(set(lowered)) != len(lowered):
        raise UploadProblem("archive_duplicate")
    return found


def _entry(data: bytes, position: int, end: int) -> tuple[Entry, tuple[int, int], int]:
    if position + _CENTRAL.size > end:
        raise UploadProblem("archive_lies")
    (
        signature, made_by, _, flags, method, _, _, crc, packed, unpacked,
        name_length, extra_length, comment_length, _, _, attributes, start,
    ) = _CENTRAL.unpack_from(data, position)  # fmt: skip
    if signature != b"PK\x01\x02":
        raise UploadProblem("damaged")
    name_at = position + _CENTRAL.size
    raw_name = data[name_at : name_at + name_length]
    extra = data[name_at + name_length : name_at + name_length + extra_length]
    unpacked, packed, start = _zip64(extra, unpacked, packed, start)
    if flags & 0x2041:
        raise UploadProblem("encrypted")
    if method not in (_STORED, _DEFLATED):
        raise UploadProblem("archive_method")
    if made_by >> 8 == 3 and (attributes >> 16) & 0xF000 == _SYMLINK:
        raise UploadProblem("archive_symlink")
    name = _checked_path(raw_name)
    if start + _LOCAL.size > len(data):
        raise UploadProblem("damaged")
    local = _LOCAL.unpack_from(data, start)
    local_name_length, local_extra_length = local[9], local[10]
    body = start + _LOCAL.size + local_name_length + local_extra_length
    if local[0] != b"PK\x03\x04" or body + packed > len(data):
        raise UploadProblem("archive_lies")
    local_name = data[start + _LOCAL.size : start + _LOCAL.size + local_name_length]
    if local_name != raw_name or local[3] != method:
        raise UploadProblem("archive_lies")
    if local[2] & 0x2041:
        raise UploadProblem("encrypted")
    if not flags & 0x8:
        for declared, here in ((packed, local[7]), (unpacked, local[8])):
            if here not in (declared, _MASK32):
                raise UploadProblem("archive_lies")
    following = name_at + name_length + extra_length + comment_length
    return Entry(name, method, crc, packed, unpacked, body), (start, body + packed), following


def _zip64(extra: bytes, unpacked: int, packed: int, start: int) -> tuple[int, int, int]:
    """Sizes moved into the extra field by writers that always use the 64-bit form."""
    if _MASK32 not in (unpacked, packed, start):
        return unpacked, packed, start
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == 1:
            numbers = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            try:
                unpacked = next(numbers) if unpacked == _MASK32 else unpacked
                packed = next(numbers) if packed == _MASK32 else packed
                start = next(numbers) if start == _MASK32 else start
            except StopIteration:
                raise UploadProblem("damaged") from None
            return unpacked, packed, start
        at += 4 + length
    raise UploadProblem("archive_lies")


def _checked_path(raw: bytes) -> str:
    name = raw.decode("utf-8", "replace").replace("\\", "/")
    parts = name.split("/")
    if not name or "\0" in name or name.startswith("/") or ".." in parts or ":" in name:
        raise UploadProblem("archive_path")
    return name


def _check_layout(spans: list[tuple[int, int]], directory: int) -> None:
    """Entries must follow one another from byte 0 to the directory: no overlap, nothing hidden between."""
    at = 0
    for start, end in sorted(spans):
        if start < at:
            raise UploadProblem("archive_lies")
        if start - at > _MAX_GAP:
            raise UploadProblem("archive_hidden")
        at = end
    if at > directory or directory - at > _MAX_GAP:
        raise UploadProblem("archive_hidden")


def _check_sizes(found: list[Entry], limits: Limits) -> None:
    for entry in found:
        if entry.unpacked > limits.ratio_from and entry.unpacked > limits.max_ratio * max(entry.packed, 1):
            raise UploadProblem("archive_ratio", ratio=entry.unpacked // max(entry.packed, 1))
    total = sum(entry.unpacked for entry in found)
    if total > limits.max_unpacked:
        raise UploadProblem("archive_size", size=total // MIB, limit=limits.max_unpacked // MIB)


def chunks(data: bytes, entry: Entry) -> Iterator[bytes]:
    """The content of an entry, a mebibyte at a time; refuses content that is not as long as declared."""
    view = memoryview(data)[entry.start : entry.start + entry.packed]
    seen, crc = 0, 0
    if entry.method == _STORED:
        if entry.packed != entry.unpacked:
            raise UploadProblem("archive_lies")
        for at in range(0, entry.packed, CHUNK):
            piece = bytes(view[at : at + CHUNK])
            crc = zlib.crc32(piece, crc)
            yield piece
    else:
        inflater = zlib.decompressobj(-15)
        for at in range(0, entry.packed, _FEED):
            rest = bytes(view[at : at + _FEED])
            while rest and not inflater.eof:
                try:
                    piece = inflater.decompress(rest, CHUNK)
                except zlib.error:
                    raise UploadProblem("damaged") from None
                rest = inflater.unconsumed_tail
                seen += len(piece)
                if seen > entry.unpacked:
                    raise UploadProblem("archive_lies")
                crc = zlib.crc32(piece, crc)
                yield piece
            if inflater.eof and (inflater.unused_data or at + _FEED < entry.packed):
                raise UploadProblem("archive_lies")
        if seen != entry.unpacked or not inflater.eof:
            raise UploadProblem("archive_lies")
    if crc != entry.crc:
        raise UploadProblem("damaged")
