"""Names of uploaded files: what is refused, and a name that is safe to keep and to give back."""

from __future__ import annotations

import re
import unicodedata

from .kinds import ALL_KINDS, FileKind, UploadProblem

MAX_NAME = 200
_KEPT_NAME = 120
# Control, bidirectional and zero-width characters: none belongs in a file's name.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_MACRO_EXTENSIONS = frozenset(("xlsm", "xltm", "xlam", "xla", "xlm", "xll"))
_ACTIVE_EXTENSIONS = _MACRO_EXTENSIONS | frozenset(
    """
    exe com bat cmd scr pif msi msp dll cpl hta lnk url vbs vbe js jse mjs ws wsf wsh ps1 psm1 reg inf jar sh bash
    py pl rb php phtml asp aspx jsp htm html xhtml shtml svg xml swf chm apk dmg iso img zip rar 7z gz tar pdf doc
    docx docm dot dotm ppt pptx pptm rtf png jpg jpeg gif
    """.split()  # noqa: SIM905
)


def check_name(name: str, kinds: frozenset[FileKind] = ALL_KINDS) -> FileKind:
    """The kind a file's name promises; refuses names that hide, mislead or escape."""
    if not name.strip():
        raise UploadProblem("name_empty")
    if len(name) > MAX_NAME:
        raise UploadProblem("name_long", length=len(name), limit=MAX_NAME)
    if _HIDDEN.search(name):
        raise UploadProblem("name_hidden")
    if any(mark in name for mark in "/\\:") or ".." in name:
        raise UploadProblem("name_path")
    *inner, extension = [part.strip().lower() for part in unicodedata.normalize("NFKC", name).split(".")]
    if not inner or not extension:
        raise UploadProblem("extension_missing")
    if extension in _MACRO_EXTENSIONS:
        raise UploadProblem("macros")
    if extension not in {kind.value for kind in kinds}:
        raise UploadProblem("extension", extension=extension[:20])
    for part in inner[1:]:
        if part in _ACTIVE_EXTENSIONS:
            raise UploadProblem("name_double", inner=part, outer=extension)
    return FileKind(extension)


def safe_name(name: str) -> str:
    """The same name fit for any disk and any header: no path, no hidden characters, at most 120 characters."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    text = _FORBIDDEN.sub("-", _HIDDEN.sub("", text))
    text = " ".join(text.split()).rstrip(". ")
    stem, dot, extension = text.rpartition(".")
    if not dot:
        stem, extension = text, ""
    stem = stem.strip(". ")[: _KEPT_NAME - len(extension[:10]) - 1].strip(". ")
    if not stem or _RESERVED.match(stem.split(".")[0]):
        stem = f"tep-{stem}" if stem else "tep"
    return f"{stem}.{extension[:10]}" if extension else stem
