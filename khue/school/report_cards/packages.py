"""A pupil's cards in one signed file, for a school that is not ours: pure.

A zip with the two files of every card and, when the pupil leaves in mid-year, those of the transfer sheet; beside them
`muc-luc.xml`, the list of the files with their SHA-256, whose pupil it is, from where to where, signed by the school.
What is not in the list, or not as the list says, is no part of the package. Equal contents give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lxml import etree

from khue.school.report_cards.datafile import CERTIFIED, FORMAT, NAMESPACE, canonical

LIST: Final = "muc-luc.xml"
READ_ME: Final = "doc-truoc.txt"
ROOT: Final = f"{{{NAMESPACE}}}GoiHocBa"
FIELD: Final = "TRUONG"  # Id of the school's signature on the list
MOST_FILES: Final = 80
LARGEST_FILE: Final = 6_000_000  # bytes
LARGEST: Final = 40_000_000  # bytes, packed and unpacked
CARD, SHEET = "hoc-ba", "phieu-chuyen-truong"
_NAME: Final = re.compile(r"(?:hoc-ba|phieu-chuyen-truong)/[a-z0-9][a-z0-9-]{0,60}\.(?:xml|pdf)", re.ASCII)
_WHEN: Final = (2000, 1, 1, 0, 0, 0)
WORDS: Final = (
    "Gói học bạ số.\n\nmuc-luc.xml ghi tên và mã băm SHA-256 của từng tệp, có chữ ký số của trường gửi.\n"
    "hoc-ba/*.xml là dữ liệu có chữ ký số của giáo viên, hiệu trưởng, nhà trường; hoc-ba/*.pdf là bản để đọc, để in.\n"
    "Kiểm tra từng tệp: mở trang xác minh in trên học bạ, hoặc dùng lệnh khue verify.\n"
)


class PackageError(ValueError):
    """A file is no package, or not as its list says; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose package it is, from where, to whom, when."""

    learner_code: str
    personal_id: str
    full_name: str
    born_on: date | None
    school_name: str
    school_code: str
    province: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the list."""

    name: str
    sha256: str
    size: int

    @property
    def kind(self) -> str:
        """CARD or SHEET."""
        return self.name.partition("/")[0]

    @property
    def is_data(self) -> bool:
        """Whether it is a data file, not paper."""
        return self.name.endswith(".xml")


@dataclass(frozen=True, slots=True)
class Opened:
    """A package that is whole: its list as it lies in it, what the list says, its files by name."""

    listing: bytes
    about: About
    files: Mapping[str, bytes]
    listed: tuple[Listed, ...]

    def data_files(self, kind: str) -> list[tuple[str, bytes]]:
        """The data files of a kind, in order."""
        return [(one.name, self.files[one.name]) for one in self.listed if one.kind == kind and one.is_data]

    def papers(self) -> list[tuple[str, bytes]]:
        """The papers, in order."""
        return [(one.name, self.files[one.name]) for one in self.listed if not one.is_data]


def listing_of(about: About, files: Sequence[tuple[str, bytes]]) -> bytes:
    """The list of a package without its signature; canonical XML."""
    root = etree.Element(ROOT, nsmap={None: NAMESPACE})
    root.set("version", FORMAT)
    for word, text in (
        ("maHocSinh", about.learner_code), ("dinhDanh", about.personal_id), ("hoTen", about.full_name),
        ("ngaySinh", about.born_on.isoformat() if about.born_on else ""), ("truong", about.school_name),
        ("maTruong", about.school_code), ("tinh", about.province), ("noiNhan", about.to),
        ("luc", about.at.isoformat(timespec="seconds")),
    ):  # fmt: skip
        if text:
            root.set(word, text)
    for name, data in files:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name of a file in a package: {name}")
        child = etree.SubElement(root, f"{{{NAMESPACE}}}Tep")
        child.set("ten", name)
        child.set("sha256", hashlib.sha256(data).hexdigest())
        child.set("co", str(len(data)))
    return canonical(root)


def pack(listing: bytes, files: Sequence[tuple[str, bytes]]) -> bytes:
    """The package of a signed list and its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in ((LIST, listing), (READ_ME, WORDS.encode()), *files):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def unpack(data: bytes) -> Opened:
    """Open a package and compare every file with the list; raises PackageError. Says nothing about signatures."""
    if len(data) > LARGEST:
        raise PackageError("Tệp quá lớn, không phải gói học bạ.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _entries(archive)
    except PackageError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
    ) as problem:
        raise PackageError("Tệp không mở được, không phải gói học bạ.") from problem
    listing = found.pop(LIST, None)
    found.pop(READ_ME, None)
    if listing is None:
        raise PackageError("Gói không có mục lục (muc-luc.xml).")
    about, listed = _read(listing)
    if sorted(found) != sorted(one.name for one in listed):
        raise PackageError("Các tệp trong gói không đúng với mục lục.")
    for one in listed:
        if len(found[one.name]) != one.size or hashlib.sha256(found[one.name]).hexdigest() != one.sha256:
            raise PackageError(f"Tệp {one.name} đã bị sửa sau khi đóng gói.")
    return Opened(listing, about, found, listed)


def _entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(names) > MOST_FILES or len(set(names)) != len(names):
        raise PackageError("Gói có quá nhiều tệp hoặc tệp trùng tên.")
    if sum(entry.file_size for entry in entries) > LARGEST:
        raise PackageError("Gói quá lớn khi mở ra.")
    found = {}
    for entry in entries:
        if entry.filename not in (LIST, READ_ME) and not _NAME.fullmatch(entry.filename):
            raise PackageError(f"Gói có tệp lạ: {entry.filename[:60]}.")
        with archive.open(entry) as source:
            held = source.read(LARGEST_FILE + 1)
        if len(held) > LARGEST_FILE:
            raise PackageError(f"Tệp {entry.filename} quá lớn.")
        found[entry.filename] = held
    return found


def _read(listing: bytes) -> tuple[About, tuple[Listed, ...]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(listing, parser)
    except etree.XMLSyntaxError as problem:
        raise PackageError("Mục lục của gói không đọc được.") from problem
    if root.getroottree().docinfo.doctype or root.tag != ROOT or root.get("version") != FORMAT:
        raise PackageError("Mục lục của gói không đúng mẫu.")
    get = root.get
    try:
        born = date.fromisoformat(get("ngaySinh", "")) if get("ngaySinh") else None
        about = About(
            get("maHocSinh", ""), get("dinhDanh", ""), get("hoTen", ""), born, get("truong", ""), get("maTruong", ""),
            get("tinh", ""), get("noiNhan", ""), datetime.fromisoformat(get("luc", "")),
        )  # fmt: skip
        listed = tuple(
            Listed(child.get("ten", ""), child.get("sha256", ""), int(child.get("co", "")))
            for child in root
            if etree.QName(child).namespace not in CERTIFIED
        )
    except ValueError as problem:
        raise PackageError("Mục lục của gói thiếu hoặc sai thông tin.") from problem
    if any(not _NAME.fullmatch(one.name) for one in listed) or len({one.name for one in listed}) != len(
        listed
    ):
        raise PackageError("Mục lục của gói ghi tên tệp không đúng mẫu.")
    return about, listed
