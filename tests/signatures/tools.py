"""Second opinions: Debian's pdfsig and xmlsec1 asked about our files; SoftHSM as a token."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.signatures.world import world

SOFTHSM = next(
    (
        path
        for path in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")
        if Path(path).exists()
    ),
    "",
)


def needs(*programs: str) -> None:
    """Skip where a program is missing, and fail where it must not be (KHUE_REQUIRE_SIGNING_TOOLS)."""
    missing = [program for program in programs if not shutil.which(program)]
    if not missing:
        return
    words = f"{', '.join(missing)} missing: tools/ensure_signing_tools.sh"
    if os.environ.get("KHUE_REQUIRE_SIGNING_TOOLS") == "1":
        pytest.fail(words)
    pytest.skip(words)


def pdfsig_accepts(file: Path) -> bool:
    """Whether poppler finds a signature, every one of them sound, and the last over the whole document."""
    said = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    sound = re.findall(r"Signature Validation: (.*)", said)
    return (
        bool(sound) and all(one == "Signature is Valid." for one in sound) and "Total document signed" in said
    )


def xmlsec_accepts(file: Path, count: int, *, at: str = "2026-11-22+08:00:00") -> bool:
    """Whether xmlsec1 finds every one of the signatures sound and by the authority of the museum."""
    root = file.with_suffix(".crt")
    root.write_bytes(world().authority.root.certificate.public_bytes(Encoding.PEM))
    words = ["xmlsec1", "--verify", "--trusted-pem", str(root), "--verification-time", at]
    for name in (
        "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "http://www.w3.org/2000/09/xmldsig#:Signature",
        "urn:khue:thu:Mon",
    ):  # fmt: skip
        words += ["--id-attr:Id", name]
    return bool(count) and all(
        subprocess.run(
            [*words, "--node-xpath", f"/*/*[local-name()='Signature'][{place}]", str(file)],
            capture_output=True, timeout=60, check=False,
        ).returncode == 0
        for place in range(1, count + 1)
    )  # fmt: skip
