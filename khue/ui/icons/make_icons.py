"""Make the icons of the installed app from the sign of Khuê (favicon.svg): a star window on a red seal.

The same circles and spokes as in the SVG, drawn by their distances, so that no drawing library is needed. The maskable
one has no rounded corners and keeps the window inside the middle four fifths, which every phone shows.

Use: python make_icons.py     (needs numpy; writes ../static/ui/app/)
"""
# mypy: ignore-errors

import struct
import zlib
from pathlib import Path

import numpy as np

SEAL, WHITE = np.array([0xB0, 0x32, 0x1F]), np.array([255, 255, 255])
FOLDER = Path(__file__).resolve().parents[1] / "static" / "ui" / "app"
STROKE = 1.9
SPOKES = (
    (16, 5, 16, 12.4), (16, 19.6, 16, 27), (5, 16, 12.4, 16), (19.6, 16, 27, 16), (8.2, 8.2, 13.4, 13.4),
    (18.6, 18.6, 23.8, 23.8), (23.8, 8.2, 18.6, 13.4), (13.4, 18.6, 8.2, 23.8),
)  # fmt: skip


def ink(x, y):
    """How far a point of the 32 by 32 sign lies from the nearest line of the window."""
    away = np.abs(np.hypot(x - 16, y - 16) - 11)
    away = np.minimum(away, np.abs(np.hypot(x - 16, y - 16) - 3.6))
    for x1, y1, x2, y2 in SPOKES:
        along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2)
        along = np.clip(along, 0, 1)
        away = np.minimum(away, np.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)))
    return away - STROKE / 2


def drawn(size, *, is_maskable=False):
    """The pixels of a square icon: red, green, blue and how opaque."""
    scale = 32 / size * (1.3 if is_maskable else 1)
    middle = (np.arange(size) + 0.5 - size / 2) * scale + 16
    x, y = np.meshgrid(middle, middle)
    white = np.clip(0.5 - ink(x, y) / scale, 0, 1)[..., None]
    colour = SEAL * (1 - white) + WHITE * white
    if is_maskable:
        solid = np.ones((size, size))
    else:
        corner = np.hypot(np.maximum(np.abs(x - 16) - 13, 0), np.maximum(np.abs(y - 16) - 13, 0)) - 3
        solid = np.clip(0.5 - corner / scale, 0, 1)
    return np.dstack([colour, solid * 255]).round().astype(np.uint8)


def png(pixels):
    """The bytes of a PNG."""
    height, width, depth = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[depth], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def main():
    """Write the four icons."""
    FOLDER.mkdir(exist_ok=True)
    for size in (192, 512):
        (FOLDER / f"khue-{size}.png").write_bytes(png(drawn(size)))
        (FOLDER / f"khue-maskable-{size}.png").write_bytes(png(drawn(size, is_maskable=True)[..., :3].copy()))


if __name__ == "__main__":
    main()
