"""Whose signatures the museum shows: a province with its authority, two schools, their people, and some rogues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from khue.kernel.signing import engine
from khue.kernel.signing.engine.authority import Authority, Issued, crl, issue, stamp_service, sub_authority
from khue.kernel.signing.samples import sample_pdf, sample_xml

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BORN = NOW - 400 * DAY
LAN, HUNG, SCHOOL, OTHER = "038175001234", "038170005678", "3800123456", "3800999999"


@dataclass
class World:
    """Everything the museum is made of; keys are made once."""

    authority: Authority = field(default_factory=lambda: Authority.make("Lam Giang", born=BORN))

    @cached_property
    def lan(self) -> Issued:
        return self.authority.person("Nguyễn Thị Lan", personal_id=LAN, begins=NOW - 30 * DAY)

    @cached_property
    def hung(self) -> Issued:
        return self.authority.person("Trần Văn Hùng", personal_id=HUNG, kind="ec", begins=NOW - 30 * DAY)

    @cached_property
    def school(self) -> Issued:
        return self.authority.institution(
            "Trường THCS Lê Quý Đôn", organisation_id=SCHOOL, begins=NOW - 30 * DAY
        )

    @cached_property
    def other_school(self) -> Issued:
        return self.authority.institution(
            "Trường THCS Mường Khoa", organisation_id=OTHER, begins=NOW - 30 * DAY
        )

    @cached_property
    def short(self) -> Issued:
        """A certificate that ended yesterday."""
        return self.authority.person("Nguyễn Thị Lan", personal_id=LAN, begins=NOW - 30 * DAY, ends=NOW - DAY)

    @cached_property
    def future(self) -> Issued:
        return self.authority.person("Nguyễn Thị Lan", personal_id=LAN, begins=NOW + DAY, ends=NOW + 30 * DAY)

    @cached_property
    def revoked(self) -> Issued:
        """A certificate that was withdrawn ten days ago."""
        made = self.authority.person("Nguyễn Thị Lan", personal_id=LAN, begins=NOW - 30 * DAY)
        self.authority.revoke(made.certificate, NOW - 10 * DAY)
        return made

    @cached_property
    def no_use(self) -> Issued:
        """A certificate for encryption, not for signing."""
        return issue(self.authority.issuing, LAN_NAME, begins=NOW - 30 * DAY, signs=False)

    @cached_property
    def stamp_only(self) -> Issued:
        """A certificate for time stamps alone."""
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return issue(self.authority.issuing, LAN_NAME, begins=NOW - 30 * DAY, extra=[(use, True)])

    @cached_property
    def weak(self) -> Issued:
        """A certificate over a key of 1,024 bits."""
        key = rsa.generate_private_key(65537, 1024)
        return issue(self.authority.issuing, LAN_NAME, key=key, begins=NOW - 30 * DAY)

    @cached_property
    def twin(self) -> Issued:
        """Another certificate over the key of `lan`, in another name."""
        return issue(self.authority.issuing, HUNG_NAME, key=self.lan.key, begins=NOW - 30 * DAY)

    @cached_property
    def by_a_person(self) -> Issued:
        """A certificate that Lan signed as if she were an authority."""
        made = issue(self.lan, HUNG_NAME, begins=NOW - 20 * DAY)
        return Issued(made.key, made.certificate, (self.lan.certificate, *self.lan.chain))

    @cached_property
    def revoked_authority(self) -> Issued:
        """An authority below the root that the root withdrew ten days ago."""
        made = sub_authority(self.authority.root, "CA bị thu hồi", born=BORN)
        self.authority.revoke(made.certificate, NOW - 10 * DAY)
        return made

    @cached_property
    def of_revoked_authority(self) -> Issued:
        made = issue(self.revoked_authority, LAN_NAME, begins=NOW - 30 * DAY)
        return Issued(made.key, made.certificate, (self.revoked_authority.certificate,))

    @cached_property
    def rogue(self) -> Authority:
        """Somebody else's authority under the very same names."""
        return Authority.make("Lam Giang", born=BORN)

    @cached_property
    def rogue_lan(self) -> Issued:
        made = self.rogue.person("Nguyễn Thị Lan", personal_id=LAN, begins=NOW - 30 * DAY)
        return Issued(made.key, made.certificate, (*made.chain, self.rogue.root.certificate))

    @cached_property
    def stranger(self) -> Issued:
        """A certificate of an authority nobody here knows."""
        made = sub_authority(self.rogue.root, "CA lạ", born=BORN)
        given = issue(made, LAN_NAME, begins=NOW - 30 * DAY)
        return Issued(given.key, given.certificate, ())

    @cached_property
    def wrong_stamper(self) -> Issued:
        """A service whose certificate is not for stamps."""
        return stamp_service(
            self.authority.issuing, "Không phải dấu", born=BORN, uses=[ExtendedKeyUsageOID.CODE_SIGNING]
        )

    @cached_property
    def everyone_revoked(self) -> None:
        """Make those who are withdrawn, so that the lists name them."""
        _ = self.revoked, self.revoked_authority

    def crls(self, at: datetime = NOW, days: int = 7) -> list[x509.CertificateRevocationList]:
        """The lists of the authority as of a moment."""
        _ = self.everyone_revoked
        made = self.authority.crls(at, days)
        return [*made, crl(self.revoked_authority, {}, at, days)]

    def policy(self, at: datetime = NOW) -> engine.Policy:
        """Believe the authority, with lists of the moment."""
        return engine.Policy(self.authority.anchors, engine.Evidence(self.crls(at)))

    @cached_property
    def xml(self) -> bytes:
        return sample_xml()

    @cached_property
    def pdf(self) -> bytes:
        return sample_pdf(pages=2, text="Toan 6.5")

    def stamper(self, at: datetime = NOW) -> engine.Stamper:
        return self.authority.stamper(at)


LAN_NAME = [(NameOID.COMMON_NAME, "Nguyễn Thị Lan"), (NameOID.USER_ID, f"CCCD:{LAN}")]
HUNG_NAME = [(NameOID.COMMON_NAME, "Trần Văn Hùng"), (NameOID.USER_ID, f"CCCD:{HUNG}")]


@lru_cache(maxsize=1)
def world() -> World:
    """The one world of the museum."""
    return World()


def sign(
    data: bytes, who: Issued, field_name: str, capacity: str, at: datetime = NOW, **more: object
) -> bytes:
    """Sign an XML or PDF file as somebody."""
    work = engine.sign_pdf if data.startswith(b"%PDF-") else engine.sign_xml
    with who.open() as signer:
        return work(data, signer, field=field_name, capacity=capacity, at=at, **more)  # type: ignore[operator]


def card(data: bytes, *, stamper: engine.Stamper | None = None, at: datetime = NOW) -> bytes:
    """A whole card: homeroom teacher, principal, school."""
    some = world()
    data = sign(data, some.lan, "GVCN", "Giáo viên chủ nhiệm", at, stamper=stamper)
    data = sign(data, some.hung, "HT", "Hiệu trưởng", at, stamper=stamper)
    return sign(data, some.school, "TRUONG", "Trường", at, stamper=stamper)


EXPECTED = (
    engine.Expected("GVCN", personal_id=LAN, capacity="Giáo viên chủ nhiệm"),
    engine.Expected("HT", personal_id=HUNG, capacity="Hiệu trưởng"),
    engine.Expected("TRUONG", organisation_id=SCHOOL),
)
