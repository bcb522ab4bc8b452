"""Pictures without a picture library: proved from their own structure, and freed from what they tell besides.

A picture is read segment by segment and written again from the parts that make the image. Place, camera, comments,
thumbnails, whatever hangs behind its end (a zip, a script) are gone; which way is up is kept.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from khue.kernel.files.problems import FileProblem

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 16_000
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset((
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs",
))  # fmt: skip
WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))


@dataclass(frozen=True)
class Picture:
    """A proved picture: its size and the bytes to keep."""

    width: int
    height: int
    data: bytes


def _measure(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise FileProblem("damaged")
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise FileProblem("too_many_pixels", width=width, height=height)


def clean_jpeg(data: bytes) -> Picture:
    """A JPEG rebuilt from its image segments; raises FileProblem."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise FileProblem("mismatch", kind="JPEG")
    kept = [b"\xff\xd8"]
    at, size, turned = 2, (0, 0), 1
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise FileProblem("damaged")
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark == 0xD9 or 0xD0 <= mark <= 0xD8:
            raise FileProblem("damaged")
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        segment = data[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise FileProblem("damaged")
        if mark in (0xC0, 0xC1, 0xC2):
            size = _jpeg_size(segment)
        elif 0xC3 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            raise FileProblem("unusual")
        if mark == 0xE1 and segment[4:10] == b"Exif\0\0":
            turned = _orientation(segment[10:]) or turned
        elif mark == 0xDA:
            return _jpeg_end(kept, data, at, size, turned)
        elif not (0xE0 < mark <= 0xEF and mark not in (0xE2, 0xEE)) and mark != 0xFE:
            kept.append(segment)
        at += 2 + length


def _jpeg_size(segment: bytes) -> tuple[int, int]:
    if len(segment) < 9:
        raise FileProblem("damaged")
    height, width = struct.unpack(">HH", segment[5:9])
    _measure(width, height)
    return width, height


def _jpeg_end(kept: list[bytes], data: bytes, at: int, size: tuple[int, int], turned: int) -> Picture:
    """From the first scan to the end of the image; progressive pictures have several scans."""
    if size == (0, 0):
        raise FileProblem("damaged")
    here = at
    while True:
        here = data.find(b"\xff", here + 1)
        if here < 0 or here + 1 >= len(data):
            raise FileProblem("damaged")
        mark = data[here + 1]
        if mark == 0xD9:
            break
        if mark in (0xC4, 0xDA, 0xDB, 0xDD):  # tables and further scans: step over their declared length
            if here + 4 > len(data):
                raise FileProblem("damaged")
            here += 1 + struct.unpack(">H", data[here + 2 : here + 4])[0]
        elif mark not in (0x00, 0xFF) and not 0xD0 <= mark <= 0xD7:
            raise FileProblem("unusual")
    if turned != 1:
        kept.insert(1, _exif(turned))
    return Picture(*size, b"".join(kept) + data[at : here + 2])


def _orientation(tiff: bytes) -> int:
    """Which way is up (1 to 8), from the first directory of an Exif block; 0 when it does not say."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 14:
        return 0
    start = struct.unpack(order + "I", tiff[4:8])[0]
    if start + 2 > len(tiff):
        return 0
    count = struct.unpack(order + "H", tiff[start : start + 2])[0]
    for number in range(min(count, 64)):
        line = tiff[start + 2 + 12 * number : start + 14 + 12 * number]
        if len(line) < 12:
            return 0
        tag, kind = struct.unpack(order + "HH", line[:4])
        if tag == 0x0112 and kind == 3:
            value: int = struct.unpack(order + "H", line[8:10])[0]
            return value if 1 <= value <= 8 else 0
    return 0


def _exif(turned: int) -> bytes:
    """An Exif block that says which way is up and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def clean_png(data: bytes) -> Picture:
    """A PNG rebuilt from its image chunks; raises FileProblem."""
    if not data.startswith(PNG_START):
        raise FileProblem("mismatch", kind="PNG")
    kept, at, size = [PNG_START], len(PNG_START), (0, 0)
    has_image = False
    while True:
        if at + 12 > len(data):
            raise FileProblem("damaged")
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack(">I", data[end - 4 : end])[0]
        ):
            raise FileProblem("damaged")
        if (at == len(PNG_START)) != (name == b"IHDR"):
            raise FileProblem("damaged")
        if name == b"IHDR":
            if length != 13:
                raise FileProblem("damaged")
            size = struct.unpack(">II", data[at + 8 : at + 16])
            _measure(*size)
        elif name == b"acTL":
            raise FileProblem("animated")
        has_image = has_image or name == b"IDAT"
        if name in PNG_KEPT:
            kept.append(data[at:end])
        at = end
        if name == b"IEND":
            break
    if not has_image:
        raise FileProblem("damaged")
    return Picture(*size, b"".join(kept))


def clean_webp(data: bytes) -> Picture:
    """A still WebP rebuilt from its image chunks; raises FileProblem."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise FileProblem("mismatch", kind="WebP")
    length = struct.unpack("<I", data[4:8])[0]
    if length < 4 or 8 + length > len(data):
        raise FileProblem("damaged")
    at, end, size = 12, 8 + length, (0, 0)
    kept: list[bytes] = []
    while at + 8 <= end:
        name, weight = struct.unpack("<4sI", data[at : at + 8])
        chunk = data[at : at + 8 + weight + (weight & 1)]
        if at + 8 + weight > end:
            raise FileProblem("damaged")
        if name in (b"ANIM", b"ANMF"):
            raise FileProblem("animated")
        if name in (b"VP8 ", b"VP8L", b"VP8X"):
            size = _webp_size(name, chunk[8:])
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]  # no longer holds Exif or XMP
        if name in WEBP_KEPT:
            kept.append(chunk if len(chunk) % 2 == 0 else chunk + b"\0")
        at += 8 + weight + (weight & 1)
    if size == (0, 0) or not any(part[:4] in (b"VP8 ", b"VP8L") for part in kept):
        raise FileProblem("damaged")
    body = b"WEBP" + b"".join(kept)
    return Picture(*size, b"RIFF" + struct.pack("<I", len(body)) + body)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if (len(body) < 10 and name != b"VP8L") or len(body) < 5:
        raise FileProblem("damaged")
    if name == b"VP8X":
        width = 1 + int.from_bytes(body[4:7], "little")
        height = 1 + int.from_bytes(body[7:10], "little")
    elif name == b"VP8L":
        if body[0] != 0x2F:
            raise FileProblem("damaged")
        bits = int.from_bytes(body[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        if body[3:6] != b"\x9d\x01\x2a":
            raise FileProblem("damaged")
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", body[6:10]))
    _measure(width, height)
    return width, height
