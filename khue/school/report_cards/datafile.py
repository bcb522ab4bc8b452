"""The data file of a card: everything it says, as XML that other systems read (rules/02 section 4).

One file a pupil, year and edition, UTF-8, namespace `urn:hbs:1` until the ministry's own schema is at hand; whoever
has that writes a second pair of `write` and `read` and nothing else changes. The bytes are canonical (exclusive C14N):
equal cards give equal bytes, whose SHA-256 is the card's fingerprint. Each subject's row has an `Id`, so that its
teacher signs it alone, and carries the card's reference, so that no row can be moved to another card.
Signatures (`ds:Signature`) follow the content, in the order in which they were made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from lxml import etree
from pydantic import TypeAdapter

from khue.school.report_cards.packing import LARGEST
from khue.school.report_cards.printing.shape import (
    CardData,
    PartialLine,
    PrimaryLine,
    PrimaryResult,
    Pupil,
    Relative,
    School,
    SecondaryResult,
    Signer,
    SubjectLine,
    TraitLine,
    TransferData,
)

NAMESPACE: Final = "urn:hbs:1"
ROOT: Final = f"{{{NAMESPACE}}}HocBa"
SHEET_ROOT: Final = f"{{{NAMESPACE}}}PhieuChuyenTruong"
FORMAT: Final = "1"
LEFT_OUT: Final = frozenset({"signatures", "proof"})  # made after the content, of the content
CERTIFIED: Final = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://uri.etsi.org/01903/v1.3.2#",
)

# The words of the file: what a part is called, and what its values are called.
TAGS: Final[Mapping[type, str]] = {
    Pupil: "HocSinh", Relative: "NguoiThan", School: "Truong", Signer: "NguoiKy", SubjectLine: "MonHoc",
    PrimaryLine: "MonHocTieuHoc", SecondaryResult: "TongKet", PrimaryResult: "TongKetTieuHoc",
    TraitLine: "PhamChatNangLuc", PartialLine: "MonDangHoc",
}  # fmt: skip
WORDS: Final[Mapping[str, str]] = {
    "form": "mau", "circular": "thongTu", "version": "ban", "year": "namHoc", "grade": "khoi", "classroom": "lop",
    "full_name": "hoTen", "born_on": "ngaySinh", "born_precision": "doChinhXacNgaySinh", "sex": "gioiTinh",
    "learner_code": "maHocSinh", "personal_id": "dinhDanh", "ethnic_group": "danToc", "nationality": "quocTich",
    "birth_place": "noiSinh", "home_town": "queQuan", "address": "choO", "policy": "dienChinhSach",
    "relation": "quanHe", "job": "ngheNghiep", "name": "ten", "commune": "xa", "province": "tinh", "code": "ma",
    "title": "chucDanh", "by_marks": "tinhDiem", "first": "HK1", "second": "HK2", "retest": "KTL",
    "comment": "nhanXet", "teacher": "giaoVien", "learning_first": "hocTapHK1", "learning_second": "hocTapHK2",
    "learning_year": "hocTap", "conduct_first": "renLuyenHK1", "conduct_second": "renLuyenHK2",
    "conduct_year": "renLuyen", "absences": "vang", "learning_after": "hocTapSauKTL",
    "conduct_after": "renLuyenSauHe", "summer_comment": "nhanXetHe", "mean_first": "TBHK1", "mean_second": "TBHK2",
    "mean_year": "TBCN", "level": "muc", "mark": "diemKT", "group": "nhom", "quality_comment": "nhanXetPhamChat",
    "general_comment": "nhanXetNangLucChung", "specific_comment": "nhanXetNangLucDacThu", "height_cm": "chieuCao",
    "weight_kg": "canNang", "health": "sucKhoe", "absences_excused": "vangCoPhep",
    "absences_unexcused": "vangKhongPhep", "result": "ketQuaGiaoDuc", "after_support": "sauDanhGiaBoSung",
    "outcome": "ketQua", "promoted_to": "lenLop", "completion": "hoanThanh", "decision": "quyetDinh",
    "certificates": "chungChi", "prizes": "giaiThuong", "awards": "khenThuong",
    "homeroom_comment": "nhanXetChuNhiem", "principal_comment": "nhanXetHieuTruong", "place": "noiKy",
    "signed_on": "ngayKy", "replaces": "thayThe", "individual_plan": "keHoachCaNhan",
    "to_school": "truongDen", "term": "hocKy", "as_of": "tinhDenNgay", "regular": "thuongXuyen", "middle": "giuaKi",
    "end": "cuoiKi", "average": "TB", "book": "sach", "reason": "lyDo", "number": "soPhieu",
}  # fmt: skip
YEAR_MARK: Final = "CN"  # `year` of a subject is a mark, of the card a school year
ROLES: Final[Mapping[str, str]] = {"homeroom": "ChuNhiem", "principal": "HieuTruong"}

content_adapter: TypeAdapter[CardData] = TypeAdapter(CardData)
sheet_adapter: TypeAdapter[TransferData] = TypeAdapter(TransferData)
WHOLE: Final = (CardData, TransferData)  # what a file says; the rest are parts of it


class DataFileError(ValueError):
    """A file is no card of ours; the text says why, in Vietnamese."""


def content_of(card: CardData) -> dict[str, Any]:
    """Everything a card says, as plain data for the database; signatures and proof left out."""
    plain: dict[str, Any] = content_adapter.dump_python(card, mode="json", exclude=set(LEFT_OUT))
    return plain


def card_of(content: Mapping[str, Any]) -> CardData:
    """The card from plain data; raises pydantic's ValidationError when it is none."""
    return content_adapter.validate_python(dict(content))


def write(card: CardData, reference: str) -> bytes:
    """The canonical data file without signatures."""
    root = etree.Element(ROOT, nsmap={None: NAMESPACE})
    root.set("version", FORMAT)
    root.set("the", reference)
    _fill(root, card, reference)
    return canonical(root)


def write_sheet(sheet: TransferData, reference: str) -> bytes:
    """The same of a sheet of partial results."""
    root = etree.Element(SHEET_ROOT, nsmap={None: NAMESPACE})
    root.set("version", FORMAT)
    root.set("the", reference)
    _fill(root, sheet, reference)
    return canonical(root)


def fingerprint(card: CardData, reference: str) -> str:
    """SHA-256 of what the card says, in hexadecimal."""
    return hashlib.sha256(write(card, reference)).hexdigest()


def canonical(root: etree._Element) -> bytes:
    """Exclusive C14N of an element, which is itself a whole XML file."""
    data: bytes = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    return data


def read(data: bytes) -> tuple[CardData, str]:
    """The card and its reference from a data file, signed or not; raises DataFileError.

    Says nothing about the signatures: `khue.kernel.signing` does.
    """
    card, reference = _read(CardData, parse(data))
    return card, reference


def read_sheet(data: bytes) -> tuple[TransferData, str]:
    """The same of a sheet of partial results."""
    sheet, reference = _read(TransferData, parse(data, SHEET_ROOT))
    return sheet, reference


def _read(kind: type, root: etree._Element) -> tuple[Any, str]:
    reference = root.get("the", "")
    if root.get("version") != FORMAT or not reference:
        raise DataFileError("Tệp không ghi phiên bản hoặc mã học bạ.")
    try:
        return _built(kind, root), reference
    except (TypeError, ValueError, KeyError) as problem:
        raise DataFileError(f"Tệp thiếu hoặc sai thông tin: {problem}.") from problem


def parse(data: bytes, tag: str = ROOT) -> etree._Element:
    """The root of a data file; raises DataFileError for what is no XML, too large, has a DTD or another root."""
    if len(data) > LARGEST:
        raise DataFileError("Tệp quá lớn, không phải học bạ.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise DataFileError("Tệp không đọc được.") from problem
    if root.getroottree().docinfo.doctype or root.tag != tag:
        raise DataFileError("Tệp không phải học bạ số.")
    return root


def without_signatures(data: bytes) -> bytes:
    """The content of a signed file as it was before its first signature; raises DataFileError."""
    root = parse(data)
    for child in list(root):
        if etree.QName(child).namespace in CERTIFIED:
            root.remove(child)
    return canonical(root)


# --- parts and values -------------------------------------------------------------------------------------------------


@cache
def _parts(kind: type) -> tuple[tuple[str, str, type | None, bool, Any], ...]:
    """Of a dataclass: field, its word, the class of its parts if it has parts, whether many, its plain type."""
    hints = get_type_hints(kind)
    found: list[tuple[str, str, type | None, bool, Any]] = []
    for one in fields(kind):
        if kind in WHOLE and one.name in LEFT_OUT:
            continue
        plain = _without_none(hints[one.name])
        many = get_origin(plain) is tuple
        inner = get_args(plain)[0] if many else plain
        part = inner if inner in TAGS else None
        if part is Signer:
            word = ROLES[one.name]
        elif part is not None:
            word = TAGS[part]
        else:
            word = YEAR_MARK if one.name == "year" and kind not in WHOLE else WORDS[one.name]
        found.append((one.name, word, part, many, plain))
    return tuple(found)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (UnionType, Union):
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def _kind(value: Any) -> type:
    kind: type = type(value)
    return kind


def _fill(element: etree._Element, value: Any, reference: str) -> None:
    for name, word, part, many, _plain in _parts(_kind(value)):
        held = getattr(value, name)
        if part is None:
            text = _text(held)
            if text:
                element.set(word, text)
            continue
        for one in held if many else (held,):
            if one is None:
                continue
            child = etree.SubElement(element, f"{{{NAMESPACE}}}{word}")
            if isinstance(one, SubjectLine | PrimaryLine):
                child.set("Id", f"MON_{one.code}")
                child.set("the", reference)
            _fill(child, one, reference)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _built(kind: type, element: etree._Element) -> Any:
    values: dict[str, Any] = {}
    for name, word, part, many, plain in _parts(kind):
        if part is None:
            text = element.get(word)
            if text is not None:
                values[name] = _value(plain, text)
            continue
        children = [_built(part, child) for child in _children(element, word)]
        if many:
            values[name] = tuple(children)
        elif children:
            values[name] = children[0]
    return _whole(kind, values)


def _whole(kind: type, values: dict[str, Any]) -> Any:
    """The dataclass; a text that was empty was not written, so a required text that is missing is empty."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        if one.name not in values and hints[one.name] is str:
            values[one.name] = ""
        elif one.name not in values and type(None) in get_args(hints[one.name]):
            values[one.name] = None
    return kind(**values)


def _children(element: etree._Element, word: str) -> Iterator[etree._Element]:
    yield from element.iterchildren(f"{{{NAMESPACE}}}{word}")


def _value(plain: Any, text: str) -> Any:
    if plain is bool:
        return text == "1"
    if plain is date:
        return date.fromisoformat(text)
    if get_origin(plain) is tuple:
        return tuple(text.split(" "))
    return plain(text)
