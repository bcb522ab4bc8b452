"""Everything a report card says, as plain frozen data: the printed form and the data file are both made from it.

Marks and averages are strings with one decimal and a point ("7.9"); a comment subject says "Đ" or "CĐ" ("T", "H", "C"
in primary school); "M" is exempt; "" is nothing. Levels are the codes that the gradebook stores ("TOT", "KHA", "DAT",
"CHUA_DAT"; "GIOI", "TRUNG_BINH", "YEU", "KEM" before TT 22/2021; "XUAT_SAC", "TOT", "HOAN_THANH", "CHUA_HOAN_THANH"
for the year's result of primary school). Days are dates, instants are aware datetimes. Nothing here is markup: text
is printed as it stands, whatever it contains. Legal source: TT 27/2020, TT 22/2021, TT 43/2021 (rules/01, rules/02).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

PATH: Final = "/xac-minh/"  # where anybody verifies; printed on paper: it never changes


class CardForm(StrEnum):
    """Which printed form a card follows."""

    PRIMARY = "TH"
    LOWER_SECONDARY = "THCS"
    UPPER_SECONDARY = "THPT"
    CONTINUING_LOWER = "GDTX_THCS"
    CONTINUING_UPPER = "GDTX_THPT"

    @property
    def is_primary(self) -> bool:
        """Whether it is the form of TT 27/2020 (levels, qualities, competences)."""
        return self is CardForm.PRIMARY


class Outcome(StrEnum):
    """What becomes of the pupil; the gradebook's codes, and those of a completed level."""

    PROMOTED = "LEN_LOP"
    RETAINED = "O_LAI"
    SUMMER_TRAINING = "REN_LUYEN_HE"
    RETEST = "KIEM_TRA_LAI"
    PRINCIPAL_DECIDES = "HIEU_TRUONG_XET"


@dataclass(frozen=True, slots=True)
class Relative:
    """A parent or guardian on the page about the pupil; `relation`: "father", "mother" or "guardian"."""

    relation: str
    full_name: str
    job: str = ""


@dataclass(frozen=True, slots=True)
class Pupil:
    """Who the card is about."""

    full_name: str
    born_on: date | None
    sex: int | None  # ISO 5218, as people.Person
    learner_code: str = ""  # mã định danh của Bộ (10 digits), else Khuê's own
    personal_id: str = ""  # 12 digits; "" prints a dotted line
    ethnic_group: str = ""  # in words: "Kinh"
    nationality: str = "Việt Nam"
    birth_place: str = ""
    home_town: str = ""
    address: str = ""
    policy: str = ""  # con liệt sĩ, con thương binh ...
    relatives: tuple[Relative, ...] = ()
    born_precision: str = "day"  # "day", "month" or "year": what of `born_on` is known


@dataclass(frozen=True, slots=True)
class School:
    """A school as the card names it: name "Trường THCS Lê Quý Đôn", commune "phường Đông Kinh", "tỉnh Lam Giang"."""

    name: str
    commune: str
    province: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs at a place of the form; `title`: "HIỆU TRƯỞNG", "KT. HIỆU TRƯỞNG\\nPHÓ HIỆU TRƯỞNG", "GIÁM ĐỐC"."""

    full_name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A digital signature already made, shown in its place; without one the place is left blank.

    `role`: "subject" (of `subject`), "homeroom", "principal" or "school". `serial` is the certificate's number.
    """

    role: str
    name: str
    at: datetime
    serial: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject in secondary or continuing education: semesters, year, and the mark taken again in the summer."""

    code: str
    name: str
    by_marks: bool  # False: judged by comments (Đ, CĐ)
    first: str = ""
    second: str = ""
    year: str = ""
    retest: str = ""
    comment: str = ""
    teacher: str = ""


@dataclass(frozen=True, slots=True)
class SecondaryResult:
    """The year in secondary and continuing education: levels by semester, absences, what follows."""

    learning_first: str = ""
    learning_second: str = ""
    learning_year: str = ""
    conduct_first: str = ""
    conduct_second: str = ""
    conduct_year: str = ""
    absences: int | None = None  # half-day sessions of the whole year
    learning_after: str = ""  # after the re-test
    conduct_after: str = ""  # after the summer training
    summer_comment: str = ""
    mean_first: str = ""  # average of all subjects: only before TT 22/2021
    mean_second: str = ""
    mean_year: str = ""


@dataclass(frozen=True, slots=True)
class PrimaryLine:
    """A subject or activity in primary school: level T, H or C at the year's end, end mark, comment."""

    code: str
    name: str
    level: str = ""
    mark: str = ""  # whole: "9"; "" where the grade has no test
    comment: str = ""
    teacher: str = ""


@dataclass(frozen=True, slots=True)
class TraitLine:
    """A quality or competence: group "quality", "general_competence" or "specific_competence"; level T, Đ or C."""

    code: str
    name: str
    group: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class PrimaryResult:
    """The year in primary school: qualities and competences with their comments, health, absences, result."""

    traits: tuple[TraitLine, ...] = ()
    quality_comment: str = ""
    general_comment: str = ""
    specific_comment: str = ""
    height_cm: str = ""
    weight_kg: str = ""
    health: str = ""
    absences_excused: int | None = None
    absences_unexcused: int | None = None
    result: str = ""  # XUAT_SAC, TOT, HOAN_THANH, CHUA_HOAN_THANH
    after_support: str = ""  # the principal's decision after the supplementary assessment, in words


@dataclass(frozen=True, slots=True)
class Proof:
    """How paper leads back to the signed record."""

    url: str  # what the QR code holds: https, an opaque identifier, no personal data
    code: str  # "7KQ4-M2XD-91TB", to be typed
    site: str  # "xacminh.langiang.example"; "" when the installation knows none
    fingerprint: str = ""  # SHA-256 of the data file, hexadecimal
    is_test: bool = False  # signed by the test authority: "không có giá trị pháp lý" stands across every page

    @property
    def where(self) -> str:
        """Where to verify; where no site is known, whose site it is and the path on it."""
        if self.site:
            return f"Quét mã hoặc vào {self.site}"
        return f"Mở trang Khuê của Sở Giáo dục và Đào tạo, vào {PATH}"


@dataclass(frozen=True, slots=True)
class CardData:
    """One pupil's card of one school year, one version of it."""

    form: CardForm
    circular: str  # "22/2021/TT-BGDĐT"
    version: int
    pupil: Pupil
    school: School
    year: int  # 2026 is the school year 2026-2027
    grade: int
    classroom: str
    homeroom: Signer
    principal: Signer
    subjects: tuple[SubjectLine, ...] = ()  # every form but primary
    primary_subjects: tuple[PrimaryLine, ...] = ()
    result: SecondaryResult | None = None
    primary_result: PrimaryResult | None = None
    outcome: str = ""  # Outcome's codes
    promoted_to: str = ""  # "lớp 8"; with outcome PROMOTED
    completion: str = ""  # "Hoàn thành chương trình tiểu học", "... lớp 4", "... trung học cơ sở": in words
    decision: str = (
        ""  # the decision by which completion or promotion was confirmed: "số 41/QĐ-THCS ngày 30/5/2027"
    )
    certificates: str = ""  # chứng chỉ
    prizes: str = ""  # giải thưởng trong các kì thi
    awards: str = ""  # khen thưởng, in words
    homeroom_comment: str = ""
    principal_comment: str = ""  # "" prints "Đồng ý với kết quả đánh giá của giáo viên chủ nhiệm."
    place: str = ""  # "Đông Kinh", before the day of signing
    signed_on: date | None = None  # None prints dots to be filled in by hand
    signatures: tuple[Signature, ...] = ()
    proof: Proof | None = None
    replaces: str = ""  # versions after the first: what was corrected, why, by which decision
    individual_plan: str = ""  # pupils with disabilities judged by their own plan: one sentence


@dataclass(frozen=True, slots=True)
class SchoolYearLine:
    """A row of the table "Quá trình học tập"."""

    year: int
    classroom: str
    school: str  # with commune and province
    joined_on: date | None = None
    register_number: str = ""  # số đăng bộ
    note: str = ""  # "Chuyển đến ngày 05/01/2027"


@dataclass(frozen=True, slots=True)
class BookData:
    """A pupil's school life at one level or at all of them: cover, page about the pupil, history, years in order."""

    form: CardForm
    pupil: Pupil
    school: School  # the school that keeps the record now
    number: str  # of the book: "127/2024/THCS"
    history: tuple[SchoolYearLine, ...]
    cards: tuple[CardData, ...]
    principal: Signer
    place: str = ""
    opened_on: date | None = None
    signatures: tuple[Signature, ...] = ()
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class PartialLine:
    """A subject in the middle of a semester.

    In primary school `first`, `middle` and `end` are levels (T, H, C) and `average` the mark of the last periodic test.
    """

    code: str
    name: str
    by_marks: bool
    regular: tuple[str, ...] = ()
    middle: str = ""
    end: str = ""
    average: str = ""  # of the open semester, when complete
    first: str = ""  # the closed first semester
    comment: str = ""
    teacher: str = ""
    book: str = ""  # textbook or programme in use


@dataclass(frozen=True, slots=True)
class TransferData:
    """Partial results of the running year when a pupil moves (rules/02 section 6)."""

    form: CardForm
    circular: str
    pupil: Pupil
    school: School
    to_school: str
    year: int
    grade: int
    classroom: str
    term: int  # the semester that is open: 1 or 2
    as_of: date
    homeroom: Signer
    principal: Signer
    lines: tuple[PartialLine, ...] = ()
    traits: tuple[TraitLine, ...] = ()  # primary school
    learning_first: str = ""
    conduct_first: str = ""
    absences_excused: int | None = None
    absences_unexcused: int | None = None
    reason: str = ""
    comment: str = ""
    number: str = ""  # of the paper: "Số: 12/THCS"
    place: str = ""
    signed_on: date | None = None
    signatures: tuple[Signature, ...] = ()
    proof: Proof | None = None
