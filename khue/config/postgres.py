"""`khue pg PROGRAM ...`: PostgreSQL's own programs (pg_dump, psql, ...) on the embedded database.

`khue pg backup DIR` and `khue pg verify DIR` make a base backup with SHA-256 sums and check one: the wheel's own
pg_verifybackup crashes, and an unverified backup is none.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

MANIFEST = "backup_manifest"
NOT_LISTED = {MANIFEST}  # WAL is checked by PostgreSQL itself at recovery
USAGE = """khue pg CHƯƠNG_TRÌNH …   (pg_dump, pg_restore, psql, pg_basebackup, pg_amcheck, …)
khue pg backup THƯ_MỤC   sao lưu toàn bộ, có mã kiểm SHA-256
khue pg verify THƯ_MỤC   kiểm bản sao lưu: thiếu tệp, thừa tệp, sai nội dung"""


def main(argv: Sequence[str]) -> int:
    """Run one program of the wheel with the connection already set; its exit code is ours."""
    if not argv:
        print(USAGE, file=sys.stderr)
        return 2
    if argv[0] == "verify":
        return _verify(argv[1:])
    from khue.config import embedded, settings

    directory = settings.VAR / "postgres"
    if directory.resolve() not in embedded.joined():
        print(
            "khue pg: DATABASE_URL trỏ tới máy chủ khác; hãy dùng chương trình của máy chủ đó.",
            file=sys.stderr,
        )
        return 2
    words = list(argv)
    if words[0] == "backup" and len(words) == 2:
        words = ["pg_basebackup", "-D", words[1], "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256"]
    return subprocess.run(  # noqa: S603 - the administrator's own words
        [str(embedded.tool(words[0])), *words[1:]], env=embedded.tool_environment(directory), check=False
    ).returncode


def _verify(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        wrong = list(backup_faults(Path(arguments[0])))
    except (OSError, ValueError, KeyError) as error:
        print(f"khue pg verify: không đọc được {MANIFEST}: {error}", file=sys.stderr)
        return 1
    print("\n".join(wrong) or "Bản sao lưu nguyên vẹn.")
    return 1 if wrong else 0


def backup_faults(backup: Path) -> Iterator[str]:
    """What differs between a base backup and its manifest; raises ValueError when the manifest itself was changed."""
    text = (backup / MANIFEST).read_bytes()
    manifest = json.loads(text)
    body = text[: text.rindex(b'"Manifest-Checksum"')]
    if hashlib.sha256(body).hexdigest() != manifest["Manifest-Checksum"]:
        raise ValueError("mã kiểm của bản kê không khớp")
    listed = set()
    for entry in manifest["Files"]:
        name = entry["Path"]
        listed.add(name)
        file = backup / name
        if entry.get("Checksum-Algorithm") != "SHA256":
            raise ValueError("bản sao lưu không có mã kiểm SHA-256; hãy dùng khue pg backup")
        if not file.is_file():
            yield f"thiếu tệp {name}"
        elif file.stat().st_size != entry["Size"] or _sha256(file) != entry["Checksum"]:
            yield f"sai nội dung {name}"
    for file in sorted(backup.rglob("*")):
        name = file.relative_to(backup).as_posix()
        if file.is_file() and name not in listed | NOT_LISTED and not name.startswith("pg_wal/"):
            yield f"thừa tệp {name}"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
