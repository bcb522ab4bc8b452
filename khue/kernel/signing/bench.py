"""What signing and checking cost, beside the bare signature of the key that nobody can do without."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import Result
from khue.kernel.signing import engine
from khue.kernel.signing.samples import sample_pdf, sample_xml


@bench("sign", group="report_cards")
def sign(run: Run) -> Iterator[Result]:
    """One card: four signatures in the data file, two on the paper; checking both; each with a held RSA-2048 key."""
    now = datetime.now(UTC)
    authority = engine.Authority.make()
    person = authority.person("Nguyễn Thị Lan", personal_id="038175001234")
    policy, stamper = authority.policy(), authority.stamper()
    xml, pdf, meter = sample_xml(), sample_pdf(pages=6), run.meter
    with person.open() as signer:

        def data_file(some: engine.Stamper | None = None) -> bytes:
            signed = xml
            for field in ("BM", "GVCN", "HT", "TRUONG"):
                signed = engine.sign_xml(signed, signer, field=field, capacity=field, at=now, stamper=some)
            return signed

        def paper(some: engine.Stamper | None = None) -> bytes:
            signed = pdf
            for field in ("HT", "TRUONG"):
                signed = engine.sign_pdf(signed, signer, field=field, capacity=field, at=now, stamper=some)
            return signed

        digest = hashlib.sha256(xml).digest()
        bare = meter.typical(lambda: signer.sign_digests([digest]), rounds=30, warm=5).cpu_ms
        signed_xml, signed_pdf = data_file(), paper()
        registered = policy.for_file(sha256=engine.content_sha256(signed_pdf))
        for name, work, count in (
            ("sign_xml", data_file, 4),
            ("sign_pdf", paper, 2),
            ("sign_xml_stamped", lambda: data_file(stamper), 4),
            ("sign_pdf_stamped", lambda: paper(stamper), 2),
            ("check_xml", lambda: engine.validate_xml(signed_xml, policy, now), 4),
            ("check_pdf", lambda: engine.validate_pdf(signed_pdf, policy, now), 2),
            ("check_pdf_registered", lambda: engine.validate_pdf(signed_pdf, registered, now), 2),
        ):
            cost = meter.typical(work, rounds=15, warm=2)
            ratio = cost.cpu_ms / count / bare
            yield Result(name, cost.cpu_ms, cost.wall_ms, count, bare, ratio, "chữ ký trần của khóa")
