"""DER by hand: a signature needs about forty elements, and a general ASN.1 library takes 10 ms to write them."""

from __future__ import annotations

from datetime import UTC, datetime

SEQUENCE, SET, OCTETS, INTEGER, OID, NULL = 0x30, 0x31, 0x04, 0x02, 0x06, b"\x05\x00"


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element: tag, shortest length, contents."""
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*contents: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(SEQUENCE, *contents)


def set_of(*contents: bytes) -> bytes:
    """SET OF, its members in the order DER demands."""
    return tlv(SET, *sorted(contents))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTETS, content)


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        chunk = [number & 0x7F]
        while number := number >> 7:
            chunk.append(0x80 | number & 0x7F)
        out += bytes(reversed(chunk))
    return tlv(OID, bytes(out))


def time(moment: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime after, as RFC 5652 section 11.3 demands; to the second."""
    moment = moment.astimezone(UTC)
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def first_element(data: bytes) -> bytes:
    """The first whole element at the start of `data`, what follows cut off (the padding of a PDF's /Contents)."""
    if len(data) < 2:
        raise ValueError("no DER element")
    size, start = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("no definite length")
        size, start = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    if start + size > len(data):
        raise ValueError("DER element cut short")
    return data[: start + size]
