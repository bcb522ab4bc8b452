"""Bad uploads made by code: each with the name it comes under and the reason it must be refused for."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import xlwt

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
WORKBOOK = (
    f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Lớp 6A" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
TABLE = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã học sinh</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Họ tên</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>3800000001</t></is></c>'
    '<c r="B2" t="inlineStr"><is><t>Lê Thị An</t></is></c></row>'
)


def relation(kind: str, target: str, *, external: bool = False, number: int = 1) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def relations(*inside: str) -> str:
    return f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">{"".join(inside)}</Relationships>'


def sheet_xml(
    rows: str = TABLE, before: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>'
) -> str:
    return f'{head}{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def parts(**changed: str | bytes) -> dict[str, str | bytes]:
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(relation("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": relations(relation("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet_xml(),
    }
    names = {
        "types": "[Content_Types].xml",
        "workbook": "xl/workbook.xml",
        "sheet": "xl/worksheets/sheet1.xml",
    }
    for key, content in changed.items():
        whole[names[key]] = content
    return whole


def zipped(content: dict[str, str | bytes], *, stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def xlsx(extra: dict[str, str | bytes] | None = None, **changed: str | bytes) -> bytes:
    return zipped({**parts(**changed), **(extra or {})})


def xls(*, wide: tuple[int, int] | None = None) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("Lớp 6A")
    for column, text in enumerate(("Mã học sinh", "Họ tên")):
        page.write(0, column, text)
    page.write(1, 0, "3800000001")
    page.write(1, 1, "Lê Thị An")
    if wide:
        page.write(*wide, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ole(streams: dict[str, bytes]) -> bytes:
    """A small compound file with the given streams, each as long as it is, padded to the regular stream size."""
    sector = 512
    names = list(streams)
    bodies = [body.ljust(max(4096, -(-len(body) // sector) * sector), b"\0") for body in streams.values()]
    directory_sectors = -(-(len(names) + 1) * 128 // sector)
    fat: list[int] = [0xFFFFFFFD] + [0] * directory_sectors
    for number in range(directory_sectors):
        fat[1 + number] = 2 + number if number + 1 < directory_sectors else 0xFFFFFFFE
    starts = []
    for body in bodies:
        starts.append(len(fat))
        count = len(body) // sector
        fat.extend(range(len(fat) + 1, len(fat) + count))
        fat.append(0xFFFFFFFE)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6sLLLLLLLLL", 62, 3, 0xFFFE, 9, 6, bytes(6), 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    header += struct.pack("<109L", 0, *([0xFFFFFFFF] * 108))
    entries = []
    for name, kind, start, size in [("Root Entry", 5, 0xFFFFFFFE, 0)] + [
        (name, 2, start, len(body)) for name, start, body in zip(names, starts, bodies, strict=True)
    ]:
        raw = name.encode("utf-16-le")
        entries.append(
            raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1) + b"\xff" * 12 + bytes(36)
            + struct.pack("<LLL", start, size, 0)
        )  # fmt: skip
    directory = b"".join(entries).ljust(directory_sectors * sector, b"\0")
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(sector, b"\xff")
    assert len(table) == sector
    return header + table + directory + b"".join(bodies)


def record(code: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(body)) + body


def biff(*inside: bytes) -> bytes:
    start = record(0x0809, struct.pack("<HHHHLL", 0x0600, 5, 0, 0, 0, 0))
    return ole({"Workbook": start + b"".join(inside) + record(0x000A)})


def central(data: bytes, name: str) -> int:
    """Where the directory entry of a part begins."""
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", data, at + 28)[0]
        if data[at + 46 : at + 46 + length] == name.encode():
            return at
        at = data.find(b"PK\x01\x02", at + 4)
    raise AssertionError(name)


def patched(data: bytes, at: int, packed: bytes) -> bytes:
    return data[:at] + packed + data[at + len(packed) :]


SHEET = "xl/worksheets/sheet1.xml"


def lying_smaller() -> bytes:
    """Says 100 bytes in directory and header, unpacks to far more."""
    data = xlsx()
    at = central(data, SHEET)
    local = struct.unpack_from("<L", data, at + 42)[0]
    return patched(patched(data, at + 24, struct.pack("<L", 100)), local + 22, struct.pack("<L", 100))


def directory_only_lie() -> bytes:
    data = xlsx()
    return patched(data, central(data, SHEET) + 24, struct.pack("<L", 100))


def renamed(data: bytes, old: str, new: str) -> bytes:
    assert len(old) == len(new)
    return data.replace(old.encode(), new.encode())


def symlink() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in parts().items():
            archive.writestr(name, body)
        link = zipfile.ZipInfo("xl/media/image1.png")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def encrypted_entry() -> bytes:
    data = xlsx()
    at = central(data, SHEET)
    local = struct.unpack_from("<L", data, at + 42)[0]
    return patched(patched(data, at + 8, b"\x01\x00"), local + 6, b"\x01\x00")


def odd_method(method: int) -> bytes:
    data = xlsx()
    at = central(data, SHEET)
    local = struct.unpack_from("<L", data, at + 42)[0]
    return patched(patched(data, at + 10, struct.pack("<H", method)), local + 8, struct.pack("<H", method))


def overlapping() -> bytes:
    """Two directory entries on the same bytes, as in bombs that unpack one part many times."""
    data = xlsx({"xl/worksheets/sheet2.xml": sheet_xml()})
    first = struct.unpack_from("<L", data, central(data, SHEET) + 42)[0]
    at = central(data, "xl/worksheets/sheet2.xml")
    return patched(data, at + 42, struct.pack("<L", first))


def shared_bytes() -> bytes:
    """The same, with names that agree: the directory lists one part twice."""
    data = xlsx()
    end = data.rfind(b"PK\x05\x06")
    at = central(data, SHEET)
    length = struct.unpack_from("<H", data, at + 28)[0]
    entry = data[at : at + 46 + length]
    count, size = struct.unpack_from("<H", data, end + 10)[0], struct.unpack_from("<L", data, end + 12)[0]
    tail = patched(data[end:], 8, struct.pack("<HHL", count + 1, count + 1, size + len(entry)))
    return data[:end] + entry + tail


def hidden_gap() -> bytes:
    """A kilobyte between the last part and the directory that no entry accounts for."""
    data = xlsx()
    end = data.rfind(b"PK\x05\x06")
    offset = struct.unpack_from("<L", data, end + 16)[0]
    tail = patched(data[end:], 16, struct.pack("<L", offset + 1024))
    return data[:offset] + b"MZ" + bytes(1022) + data[offset:end] + tail


def broken_crc() -> bytes:
    data = xlsx()
    at = central(data, SHEET)
    local = struct.unpack_from("<L", data, at + 42)[0]
    return patched(patched(data, at + 16, b"\1\2\3\4"), local + 14, b"\1\2\3\4")


def duplicate_parts() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in parts().items():
            archive.writestr(name, body)
        archive.writestr("XL/Worksheets/sheet1.xml", sheet_xml("<row r='1'/>"))
    return buffer.getvalue()


def bomb(mebibytes: int) -> bytes:
    return xlsx(sheet=sheet_xml("<row>" + " " * (mebibytes * 1024 * 1024) + "</row>"))


def many_bombs() -> bytes:
    """Each part under the ratio's floor, together far over the total."""
    body = sheet_xml(" " * (3 * 1024 * 1024))
    return xlsx({f"xl/worksheets/sheet{number}.xml": body for number in range(2, 40)})


def laughs() -> str:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{lines}]>'


def two_cells(far: str, row: int) -> str:
    return f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{far}{row}"><v>2</v></c></row>'


EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PNG = (
    b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">LL", 12_000, 12_000) + b"\x08\x02\0\0\0" + bytes(4)
)
GIF_JS = b"GIF89a=1/*" + bytes(20) + b"*/;alert(1)//"
CSV = "Mã học sinh,Họ tên\r\n3800000001,Lê Thị An\r\n".encode()


@dataclass(frozen=True)
class Exhibit:
    label: str
    name: str
    data: bytes
    code: str


def exhibits() -> Iterator[Exhibit]:
    good = xlsx()
    x = "ds.xlsx"
    yield Exhibit("nothing in it", x, b"", "empty")
    yield Exhibit("only zeros", x, bytes(2_000), "empty")
    yield Exhibit("only blanks", "ds.csv", b" \r\n\t\r\n", "empty")
    yield Exhibit("only a mark and blanks", "ds.csv", b"\xef\xbb\xbf \r\n", "empty")
    yield Exhibit("over ten mebibytes", "ds.csv", b"a,b\n" * 2_700_000, "too_large")
    # names
    yield Exhibit("no name", " ", good, "name_empty")
    yield Exhibit("300 characters", "a" * 295 + ".xlsx", good, "name_long")
    yield Exhibit("right-to-left override", "bang\u202excod.xlsx", good, "name_hidden")
    yield Exhibit("isolate mark", "bang\u2066.xlsx", good, "name_hidden")
    yield Exhibit("NUL in the name", "bang.exe\0.xlsx", good, "name_hidden")
    yield Exhibit("line break in the name", "bang\r\nSet-Cookie: a.xlsx", good, "name_hidden")
    yield Exhibit("zero-width space", "bang\u200b.xlsx", good, "name_hidden")
    yield Exhibit("climbing path", "../../etc/cron.d/x.xlsx", good, "name_path")
    yield Exhibit("Windows path", "C:\\Users\\x.xlsx", good, "name_path")
    yield Exhibit("alternate stream", "x.exe:ds.xlsx", good, "name_path")
    yield Exhibit("program before the extension", "ds.exe.xlsx", good, "name_double")
    yield Exhibit("web page before the extension", "ds.html.csv", CSV, "name_double")
    yield Exhibit("PDF before the extension", "ds.pdf.xlsx", good, "name_double")
    yield Exhibit("program behind the extension", "ds.xlsx.exe", good, "extension")
    yield Exhibit("script behind the extension", "ds.xlsx.js", good, "extension")
    yield Exhibit("full-width extension of a program", "ds.xlsx.ｅｘｅ", good, "extension")
    yield Exhibit("no extension", "danh sach", good, "extension_missing")
    yield Exhibit("trailing dot", "ds.xlsx.", good, "extension_missing")
    yield Exhibit("binary workbook", "ds.xlsb", good, "extension")
    yield Exhibit("macro workbook", "ds.xlsm", good, "macros")
    yield Exhibit("add-in", "ds.xlam", good, "macros")
    # wrong content
    yield Exhibit("a PNG of 144 megapixels", x, PNG, "mismatch")
    yield Exhibit("GIF and JavaScript at once", x, GIF_JS, "mismatch")
    yield Exhibit("GIF and JavaScript as text", "ds.csv", GIF_JS, "mismatch")
    yield Exhibit("PDF and HTML at once", x, b"%PDF-1.7\n<html><script>alert(1)</script>", "mismatch")
    yield Exhibit("PNG in front of a zip", x, PNG + good, "mismatch")
    yield Exhibit("a Windows program", x, b"MZ\x90\0" + bytes(200), "mismatch")
    yield Exhibit("a Windows program as text", "ds.csv", b"MZ\x90\0" + bytes(200), "mismatch")
    yield Exhibit("a Linux program", x, b"\x7fELF" + bytes(200), "mismatch")
    yield Exhibit("a RAR", x, b"Rar!\x1a\x07\0" + bytes(50), "mismatch")
    yield Exhibit("text under .xlsx", x, CSV, "mismatch")
    yield Exhibit(".xls under .xlsx", x, xls(), "mismatch")
    yield Exhibit(".xlsx under .xls", "ds.xls", good, "mismatch")
    yield Exhibit(".xlsx under .csv", "ds.csv", good, "mismatch")
    yield Exhibit("web page under .xls", "ds.xls", b"<html><table><tr><td>1</td></tr></table>", "web_page")
    yield Exhibit("XML spreadsheet under .xls", "ds.xls", b'<?xml version="1.0"?><Workbook/>', "web_page")
    yield Exhibit(
        "web page under .csv", "ds.csv", b"\xef\xbb\xbf <!DOCTYPE html><script>1</script>", "web_page"
    )
    yield Exhibit("SVG with a script under .csv", "ds.csv", b"<svg onload='alert(1)'/>", "web_page")
    yield Exhibit("NUL in text", "ds.csv", b"a,b\n1,\x002\n", "binary_text")
    yield Exhibit("control characters in text", "ds.csv", b"a,b\n1,\x1b[2J\n", "binary_text")
    yield Exhibit("half a UTF-16 character", "ds.csv", b"\xff\xfea\0b\0\x00", "binary_text")
    yield Exhibit("test virus as text", "ds.csv", EICAR, "malware")
    yield Exhibit("test virus inside a part", x, xlsx({"xl/media/image1.png": EICAR}), "malware")
    # zip
    yield Exhibit("cut off in the middle", x, good[: len(good) // 2], "damaged")
    yield Exhibit("first bytes only", x, b"PK\x03\x04", "damaged")
    yield Exhibit("bytes behind the end", x, good + b"<script>alert(1)</script>", "archive_hidden")
    yield Exhibit("a kilobyte between parts", x, hidden_gap(), "archive_hidden")
    yield Exhibit("ten thousand parts", x, xlsx({f"a{n}": "" for n in range(10_000)}), "archive_entries")
    yield Exhibit("one part of 141 MiB", x, bomb(141), "archive_ratio")
    yield Exhibit("many parts of 3 MiB", x, many_bombs(), "archive_size")
    yield Exhibit("size smaller than the content", x, lying_smaller(), "archive_lies")
    yield Exhibit("directory and header disagree", x, directory_only_lie(), "archive_lies")
    yield Exhibit("two entries on the same bytes", x, overlapping(), "archive_lies")
    yield Exhibit("one entry twice", x, shared_bytes(), "archive_lies")
    yield Exhibit("wrong checksum", x, broken_crc(), "damaged")
    yield Exhibit("two parts of one name", x, duplicate_parts(), "archive_duplicate")
    yield Exhibit("part that climbs", x, xlsx({"xl/../../../etc/passwd": "x"}), "archive_path")
    yield Exhibit("part from the root", x, xlsx({"/etc/passwd": "x"}), "archive_path")
    yield Exhibit("part on a drive", x, xlsx({"C:/x.dll": "x"}), "archive_path")
    yield Exhibit("part that climbs the Windows way", x, xlsx({"xl\\..\\..\\x": "x"}), "archive_path")
    yield Exhibit("symbolic link", x, symlink(), "archive_symlink")
    yield Exhibit("encrypted part", x, encrypted_entry(), "encrypted")
    yield Exhibit("packed by LZMA", x, odd_method(14), "archive_method")
    yield Exhibit("a zip in the zip", x, xlsx({"xl/media/a.bin": zipped({"a": "b"})}), "embedded")
    yield Exhibit("a workbook in the workbook", x, xlsx({"xl/embeddings/a.xlsx": good}), "embedded")
    yield Exhibit("just a zip", x, zipped({"a.txt": "b"}), "not_workbook")
    yield Exhibit(
        "a Word file", x, zipped({"[Content_Types].xml": TYPES, "word/document.xml": "<a/>"}), "not_workbook"
    )
    yield Exhibit("no sheets", x, xlsx(workbook=WORKBOOK.replace("<sheet ", "<shoot ")), "not_workbook")
    # what a workbook must not hold
    yield Exhibit("VBA", x, xlsx({"xl/vbaProject.bin": b"\1\2\3"}), "macros")
    yield Exhibit(
        "VBA by content type only",
        x,
        xlsx(types=TYPES.replace("sheet.main", "sheet.macroEnabled.main")),
        "macros",
    )
    yield Exhibit("Excel 4 macro sheet", x, xlsx({"xl/macrosheets/sheet1.xml": "<a/>"}), "macros")
    yield Exhibit(
        "VBA under another name",
        x,
        xlsx({"xl/worksheets/_rels/sheet1.xml.rels": relations(relation("vbaProject", "../a.bin"))}),
        "macros",
    )
    yield Exhibit(
        "link to another workbook", x, xlsx({"xl/externalLinks/externalLink1.xml": "<a/>"}), "external"
    )
    yield Exhibit("data connection", x, xlsx({"xl/connections.xml": "<a/>"}), "external")
    yield Exhibit(
        "picture from the web",
        x,
        xlsx(
            {
                "xl/drawings/_rels/drawing1.xml.rels": relations(
                    relation("image", "http://192.0.2.1/p.png", external=True)
                )
            }
        ),
        "external",
    )
    yield Exhibit(
        "template from a share",
        x,
        xlsx(
            {
                "xl/_rels/a.xml.rels": relations(
                    relation("attachedTemplate", "\\\\192.0.2.1\\x", external=True)
                )
            }
        ),
        "external",
    )
    yield Exhibit("OLE object", x, xlsx({"xl/embeddings/oleObject1.bin": b"\1"}), "embedded")
    yield Exhibit(
        "OLE under another name",
        x,
        xlsx({"xl/media/image1.emf": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}),
        "embedded",
    )
    yield Exhibit("ActiveX", x, xlsx({"xl/activeX/activeX1.xml": "<a/>"}), "embedded")
    yield Exhibit("program as a picture", x, xlsx({"xl/media/image1.png": b"MZ\x90\0"}), "embedded")
    yield Exhibit("web extension", x, xlsx({"xl/webextensions/webextension1.xml": "<a/>"}), "active")
    yield Exhibit(
        "SVG with a script", x, xlsx({"xl/media/a.svg": "<svg><script>alert(1)</script></svg>"}), "active"
    )
    # XML
    yield Exhibit("billion laughs", x, xlsx(sheet=sheet_xml(before=laughs())), "xml_dtd")
    yield Exhibit(
        "external entity",
        x,
        xlsx(sheet=sheet_xml(before='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
        "xml_dtd",
    )
    yield Exhibit(
        "DTD in the shared strings",
        x,
        xlsx({"xl/sharedStrings.xml": '<!DOCTYPE sst SYSTEM "http://192.0.2.1/x"><sst/>'}),
        "xml_dtd",
    )
    yield Exhibit(
        "DTD behind a long comment",
        x,
        xlsx(sheet=sheet_xml(before="<!--" + "a" * 1_100_000 + "--><!DOCTYPE a []>")),
        "xml_dtd",
    )
    yield Exhibit("sheet in UTF-16", x, xlsx(sheet=sheet_xml().encode("utf-16")), "xml_encoding")
    yield Exhibit(
        "sheet in UTF-7",
        x,
        xlsx(sheet=sheet_xml(head='<?xml version="1.0" encoding="UTF-7"?>')),
        "xml_encoding",
    )
    # shapes that break readers
    yield Exhibit(
        "two cells in opposite corners",
        x,
        xlsx(sheet=sheet_xml(two_cells("XFD", 1_048_576))),
        "too_many_rows",
    )
    yield Exhibit(
        "a cell in the last column", x, xlsx(sheet=sheet_xml(two_cells("XFD", 2))), "too_many_columns"
    )
    yield Exhibit(
        "a large empty rectangle", x, xlsx(sheet=sheet_xml(two_cells("ABC", 90_000))), "too_many_cells"
    )
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 150))
    yield Exhibit(
        "150 sheets on one part",
        x,
        xlsx(workbook=WORKBOOK.replace("</sheets>", sheets + "</sheets>")),
        "too_many_sheets",
    )
    # .xls
    s = "ds.xls"
    yield Exhibit(".xls cut off", s, xls()[:1_000], "damaged")
    yield Exhibit(".xls header only", s, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged")
    yield Exhibit(".xls with VBA", s, ole({"Workbook": b"", "_VBA_PROJECT": b"x"}), "macros")
    yield Exhibit(".xls with a VBA project record", s, biff(record(0x00D3)), "macros")
    yield Exhibit(
        ".xls with an Excel 4 macro sheet",
        s,
        biff(record(0x0085, struct.pack("<LBBBB", 0, 0, 1, 1, 0) + b"M")),
        "macros",
    )
    yield Exhibit(".xls with a password", s, biff(record(0x002F, bytes(6))), "encrypted")
    yield Exhibit(
        ".xlsx with a password", x, ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"
    )
    yield Exhibit(
        ".xls linked to another file",
        s,
        biff(record(0x01AE, struct.pack("<HH", 1, 8) + b"\0\1C:\\a.xls")),
        "external",
    )
    yield Exhibit(".xls with an OLE object", s, ole({"Workbook": b"", "\x01Ole10Native": b"x"}), "embedded")
    yield Exhibit(".xls that is a Word file", s, ole({"WordDocument": b"x"}), "not_workbook")
    yield Exhibit(".xls whose book is noise", s, ole({"Workbook": b"\x99" * 64}), "not_workbook")
    yield Exhibit(".xls with far corners", s, xls(wide=(65_535, 255)), "too_many_cells")
    looped = bytearray(ole({"Workbook": b"x"}))
    struct.pack_into("<L", looped, 512 + 4, 1)
    yield Exhibit(".xls whose directory is a ring", s, bytes(looped), "damaged")
