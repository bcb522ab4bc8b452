"""The signing engine: pure, without database or Django, so that a command by itself can use it. One door to it all.

What works on PDF comes when it is first asked for: its library takes 20 MB, and most processes never sign a paper.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from khue.kernel.signing.engine.authority import Authority, Issued
from khue.kernel.signing.engine.evidence import Evidence, OnlineEvidence
from khue.kernel.signing.engine.identity import Identity, fingerprint, identity
from khue.kernel.signing.engine.keys import FileKey, HeldKey, KeySource, Signer
from khue.kernel.signing.engine.prepared import Prepared, content_sha256, sign_many
from khue.kernel.signing.engine.reasons import (
    INDETERMINATE,
    INVALID,
    VALID,
    KeyProblem,
    Reason,
    RefusedToSign,
    SigningProblem,
    StampProblem,
    reason,
)
from khue.kernel.signing.engine.remote import RemoteKey
from khue.kernel.signing.engine.stamps import HttpStamper, Stamper
from khue.kernel.signing.engine.trust import Expected, Policy, Whom, check_certificate
from khue.kernel.signing.engine.verdicts import Finding, Verdict
from khue.kernel.signing.engine.xml_checking import validate_xml
from khue.kernel.signing.engine.xml_signing import prepare_xml, sign_xml

if TYPE_CHECKING:
    from khue.kernel.signing.engine.pdf_checking import validate_pdf
    from khue.kernel.signing.engine.pdf_long import archive, with_revocation
    from khue.kernel.signing.engine.pdf_signing import Box, prepare_pdf, sign_pdf
    from khue.kernel.signing.engine.token import TokenKey

_LATER = {
    "validate_pdf": "pdf_checking", "archive": "pdf_long", "with_revocation": "pdf_long", "Box": "pdf_signing",
    "prepare_pdf": "pdf_signing", "sign_pdf": "pdf_signing",
    "TokenKey": "token",
}  # fmt: skip

# Names in Vietnamese certificates pass 64 bytes (not letters) often, and reading one would warn each time.
warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)

__all__ = [
    "INDETERMINATE", "INVALID", "VALID", "Authority", "Box", "Evidence", "Expected", "FileKey", "Finding",
    "HeldKey", "HttpStamper", "Identity", "Issued", "KeyProblem", "KeySource", "OnlineEvidence", "Policy",
    "Prepared", "Reason", "RefusedToSign", "RemoteKey", "Signer", "SigningProblem", "StampProblem",
    "Stamper", "TokenKey", "Verdict", "Whom", "archive", "check_certificate", "content_sha256",
    "fingerprint", "identity", "prepare_pdf", "prepare_xml", "reason", "sign_many", "sign_pdf", "sign_xml",
    "validate_pdf", "validate_xml", "with_revocation",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A name of the PDF part, brought in at its first use."""
    if name not in _LATER:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found
