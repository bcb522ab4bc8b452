"""What a paper says, read back from the PDF."""

from __future__ import annotations

import subprocess
from pathlib import Path

from khue.school.report_cards import keeping


def words_of(sha256: str, folder: Path) -> str:
    """The text of a kept paper as it lies on the page."""
    place = folder / f"{sha256}.pdf"
    place.write_bytes(keeping.content(sha256) or b"")
    done = subprocess.run(
        ["/usr/bin/pdftotext", "-layout", str(place), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout
