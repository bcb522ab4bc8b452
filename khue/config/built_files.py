"""Static files as they are built for serving: named by their content, compressed once, without our own comments.

Two kilobytes of each first page were comments of ours; a village has 400 kbit/s.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

_COMMENT: Final = re.compile(rb"^[ \t]*/\*(?!!)(?:(?!\*/).)*\*/[ \t]*\r?\n", re.MULTILINE | re.DOTALL)


def slim(data: bytes) -> bytes:
    """A style or script without the block comments that stand on lines of their own; licences (`/*!`) stay."""
    return _COMMENT.sub(b"", data)


class SlimManifestFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Where built files lie."""

    def _save(self, name: str, content: Any) -> str:
        if name.endswith((".css", ".js")) and "vendor/" not in name:
            content = ContentFile(
                slim(b"".join(content.chunks()))
            )  # from its beginning, wherever it was read to
        saved: str = super()._save(name, content)
        return saved
