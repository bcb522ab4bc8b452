"""Small pictures and PDFs built by hand, good ones and wicked ones."""

from __future__ import annotations

import struct
import zlib


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 3, height: int = 2, *extra: bytes) -> bytes:
    rows = b"".join(b"\0" + bytes(3 * min(width, 10)) for _row in range(min(height, 10)))
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), *extra,
         chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )  # fmt: skip


def segment(mark: int, body: bytes) -> bytes:
    return bytes((0xFF, mark)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int = 6) -> bytes:
    line = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    gps = struct.pack("<HHII", 0x8825, 4, 1, 99)
    tiff = b"II*\0" + struct.pack("<IH", 8, 2) + line + gps + struct.pack("<I", 0) + b"21.0285,105.8542"
    return segment(0xE1, b"Exif\0\0" + tiff)


def jpeg(width: int = 16, height: int = 16, *extra: bytes, sof: int = 0xC0) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        (b"\xff\xd8", segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), *extra, segment(0xDB, b"\0" + bytes(64)),
         segment(sof, frame), segment(0xC4, b"\0" + bytes(16)), segment(0xDA, b"\x01\x01\0\0\x3f\0"),
         b"\x12\x34\xff\x00\x56\xff\xd0\x78", b"\xff\xd9")
    )  # fmt: skip


def webp(width: int = 16, height: int = 16, *extra: bytes) -> bytes:
    body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(4)
    parts = b"WEBP" + b"VP8 " + struct.pack("<I", len(body)) + body + b"".join(extra)
    return b"RIFF" + struct.pack("<I", len(parts)) + parts


def pdf(inside: bytes = b"", after: bytes = b"\n") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog "
        + inside
        + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"
        + after
    )
