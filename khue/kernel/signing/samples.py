"""Files to try signing on: a small data file, and a plain PDF without fonts or pictures, written by hand."""

from __future__ import annotations


def sample_xml(subjects: int = 13) -> bytes:
    """A data file of the usual size: one row a subject, each with an `Id` that a part signature can name."""
    rows = "".join(
        f'  <Mon Id="MON-{place}" ten="Môn học {place}"><HK1>7.9</HK1><HK2>8.1</HK2><CN>8.0</CN></Mon>\n'
        for place in range(1, subjects + 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<HocBa xmlns="urn:khue:thu" ma="3812345678" namHoc="2026-2027">\n{rows}'
        "  <KetQua>Được lên lớp</KetQua>\n</HocBa>\n"
    ).encode()


def sample_pdf(pages: int = 1, text: str = "Mau thu") -> bytes:
    """A PDF of some pages with one line of text each, with an ordinary cross-reference table."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for page in range(pages):
        content = f"BT /F1 18 Tf 72 740 Td ({text} {page + 1}) Tj ET"
        objects += [
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * page} 0 R>>",
            f"<</Length {len(content)}>>\nstream\n{content}\nendstream",
        ]
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = len(out)
    entries = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}".encode()
    out += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
