"""From approved results to what a card says: pure (rules/02 sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.lib.ethnic_groups import GROUPS as ETHNIC_GROUPS
from khue.school.gradebook import judging
from khue.school.gradebook.judging import TERMS, TEST, YEAR, Course, Room, Stored
from khue.school.gradebook.judging import Pupil as Judged
from khue.school.gradebook.layout import TRAITS
from khue.school.gradebook.rules import marks
from khue.school.gradebook.rules.primary import Completion, YearResult
from khue.school.gradebook.rules.promotion import Outcome
from khue.school.report_cards.printing.shape import (
    CardData,
    CardForm,
    PrimaryLine,
    PrimaryResult,
    Pupil,
    Relative,
    School,
    SecondaryResult,
    Signer,
    SubjectLine,
    TraitLine,
)
from khue.school.report_cards.queries.facts import ClassFacts, PersonFacts
from khue.school.report_cards.rules import NO_PERSONAL_ID

# Why a card cannot be signed yet, in words; the codes are stored.
PROBLEMS: Final[Mapping[str, str | Promise]] = {
    NO_PERSONAL_ID: _("Chưa có số định danh cá nhân"),
    "CHUA_DUYET": _("Kết quả cả năm của lớp chưa được duyệt"),
    "THIEU_KET_QUA": _("Còn thiếu kết quả môn học"),
    "CHO_SAU_HE": _("Còn kiểm tra lại, rèn luyện hè hoặc chờ hiệu trưởng quyết định"),
    "THIEU_NGAY_SINH": _("Chưa có ngày sinh"),
    "THIEU_CHU_NHIEM": _("Lớp chưa có giáo viên chủ nhiệm"),
    "THIEU_HIEU_TRUONG": _("Trường chưa có hiệu trưởng"),
}
CIRCULARS: Final = {
    "TT22_2021": "22/2021/TT-BGDĐT",
    "TT27_2020": "27/2020/TT-BGDĐT",
    "TT43_2021": "43/2021/TT-BGDĐT",
    "TT58_2011": "58/2011/TT-BGDĐT",
    "TT30_2014": "30/2014/TT-BGDĐT",
}
TRAIT_GROUPS: Final = {
    "Phẩm chất chủ yếu": "quality",
    "Năng lực chung": "general_competence",
    "Năng lực đặc thù": "specific_competence",
}
# Results of the year in primary school as the data file and the paper name them.
YEAR_RESULTS: Final = {
    YearResult.EXCELLENT: "XUAT_SAC", YearResult.WELL: "TOT", YearResult.DONE: "HOAN_THANH",
    YearResult.NOT_DONE: "CHUA_HOAN_THANH",
}  # fmt: skip
TRAIT_LETTERS: Final = "CĐT"
LEVEL_LETTERS: Final = "CHT"
LAST_PRIMARY, LAST_LOWER, LAST = 5, 9, 12


@dataclass(frozen=True, slots=True)
class Composed:
    """A pupil's card before anybody has signed it."""

    judged: Judged
    person: PersonFacts
    card: CardData
    problems: tuple[str, ...]
    subjects: tuple[str, ...]  # whose teachers sign, where the policy asks them


def compose(facts: ClassFacts, province: str, *, edition: int = 1, replaces: str = "") -> list[Composed]:
    """The cards of a class, in the order of the class; `province` as "Tỉnh Lam Giang"."""
    return [
        compose_one(facts, judged, province, edition=edition, replaces=replaces) for judged in facts.pupils
    ]


def compose_one(
    facts: ClassFacts, judged: Judged, province: str, *, edition: int = 1, replaces: str = ""
) -> Composed:
    """The card of one pupil of the class, in Vietnamese whoever composes it."""
    with translation.override("vi"):
        return _composed(facts, judged, province, edition, replaces)


def _composed(facts: ClassFacts, judged: Judged, province: str, edition: int, replaces: str) -> Composed:
    room, person = facts.room, facts.people[judged.person_id]
    year = judged.stored.get(YEAR)
    courses = [one for one in room.courses if one.first or one.second]
    card = CardData(
        form=form_of(room),
        circular=CIRCULARS[str(room.rules.code)],
        version=edition,
        pupil=pupil_of(person),
        school=School(
            full_school_name(facts.school_name),
            lower_first(facts.commune),
            lower_first(province),
            facts.school_code,
        ),
        year=room.year_id,
        grade=room.grade,
        classroom=room.name,
        homeroom=Signer(facts.homeroom),
        principal=Signer(facts.principal, director_title(room)),
        outcome=_outcome(year),
        promoted_to=_promoted_to(room, year),
        completion=_completion(room, year),
        decision=year.decision if year else "",
        awards=_awards(year),
        homeroom_comment="" if room.is_primary else facts.comments.get((judged.enrolment_id, ""), ""),
        place=place_of(facts.commune),
        replaces=replaces,
        individual_plan="Đánh giá theo kế hoạch giáo dục cá nhân." if judged.has_plan else "",
        **_body(facts, judged, courses),
    )
    return Composed(
        judged, person, card, _problems(facts, person, year), tuple(one.subject for one in courses)
    )


def form_of(room: Room) -> CardForm:
    """The printed form of a class."""
    if room.level == "GDTX":
        return CardForm.CONTINUING_UPPER if room.grade > LAST_LOWER else CardForm.CONTINUING_LOWER
    return CardForm(room.level)


def full_school_name(name: str) -> str:
    """A school by its whole name: "THCS Lê Quý Đôn" is "Trường THCS Lê Quý Đôn"."""
    return name if name.startswith(("Trường ", "Trung tâm ")) else f"Trường {name}"


def lower_first(words: str) -> str:
    """In the middle of a line: "Tỉnh Lam Giang" is "tỉnh Lam Giang"."""
    return words[:1].lower() + words[1:]


def director_title(room: Room) -> str:
    """What the head is called at the foot of the form."""
    return "GIÁM ĐỐC" if room.level == "GDTX" else "HIỆU TRƯỞNG"


def pupil_of(person: PersonFacts) -> Pupil:
    """A pupil as the page about the pupil names them."""
    return Pupil(
        full_name=person.full_name,
        born_on=person.born_on,
        sex=person.sex,
        learner_code=person.ministry_code or person.code,
        personal_id=person.personal_id,
        ethnic_group=ETHNIC_GROUPS[person.ethnicity].name if person.ethnicity in ETHNIC_GROUPS else "",
        nationality="Việt Nam" if person.nationality == "VN" else person.nationality,
        birth_place=person.birth_place,
        home_town=person.home_town,
        address=person.address,
        policy=person.policy,
        relatives=tuple(
            Relative(relation if relation in ("father", "mother") else "guardian", name)
            for relation, name in person.relatives
        ),
        born_precision={"d": "day", "m": "month", "y": "year"}[person.born_precision],
    )


def _body(facts: ClassFacts, judged: Judged, courses: Sequence[Course]) -> dict[str, Any]:
    if facts.room.is_primary:
        return _primary(facts, judged, courses)
    stored = judged.stored
    year = stored.get(YEAR)
    lines = tuple(
        SubjectLine(
            code=one.subject,
            name=one.name,
            by_marks=one.is_scored,
            first=_result(stored.get(1), one),
            second=_result(stored.get(2), one),
            year=_result(year, one),
            retest=_shown(year.retest.get(one.subject), one) if year else "",
            comment=facts.comments.get((judged.enrolment_id, one.subject), ""),
            teacher=facts.teachers.get(one.subject, ""),
        )
        for one in courses
    )
    verdicts = {term: stored[term].verdict for term in (*TERMS, YEAR) if term in stored}
    first, second, whole = (verdicts.get(term) for term in (1, 2, YEAR))
    result = SecondaryResult(
        learning_first=first.learning if first else "",
        learning_second=second.learning if second else "",
        learning_year=whole.learning if whole else "",
        conduct_first=first.conduct if first else "",
        conduct_second=second.conduct if second else "",
        conduct_year=whole.conduct if whole else "",
        absences=whole.absences if whole else None,
        learning_after=whole.retest_learning if whole else "",
        conduct_after=year.summer_conduct if year else "",
    )
    return {"subjects": lines, "result": result}


def _primary(facts: ClassFacts, judged: Judged, courses: Sequence[Course]) -> dict[str, Any]:
    year = judged.stored.get(YEAR)
    subjects = year.subjects if year else {}
    lines = tuple(
        PrimaryLine(
            code=one.subject,
            name=one.name,
            level=_letter(subjects.get(one.subject), LEVEL_LETTERS),
            mark=_test(subjects.get(one.subject + TEST)),
            comment=facts.comments.get((judged.enrolment_id, one.subject), ""),
            teacher=facts.teachers.get(one.subject, ""),
        )
        for one in courses
    )
    ranks = dict(judging.owed_traits(facts.room.grade, judging.traits_of(judged.traits)))
    traits = tuple(
        TraitLine(code, str(title), TRAIT_GROUPS[str(group)], _letter(ranks[code], TRAIT_LETTERS))
        for code, _label, title, group in TRAITS
        if code in ranks
    )
    words = facts.comments.get((judged.enrolment_id, ""), "")
    excused, unexcused = _primary_absences(judged)
    result = PrimaryResult(
        traits=traits,
        quality_comment=words,
        absences_excused=excused,
        absences_unexcused=unexcused,
        result=_year_result(year),
        after_support=year.decision if year else "",
    )
    return {"primary_subjects": lines, "primary_result": result}


def _primary_absences(judged: Judged) -> tuple[int | None, int | None]:
    """The year's half-day sessions of absence by roll call; none where the class kept its roll on paper in a term."""
    if any(term not in judged.rolled for term in TERMS):
        return None, None
    return sum(judged.rolled[term][0] for term in TERMS), sum(judged.rolled[term][1] for term in TERMS)


def _year_result(year: Stored | None) -> str:
    found = judging.YEAR_RESULTS.get(year.verdict.learning) if year else None
    return YEAR_RESULTS[found] if found is not None else ""


def _result(stored: Stored | None, course: Course) -> str:
    return _shown(stored.subjects.get(course.subject), course) if stored else ""


def _shown(result: int | None, course: Course) -> str:
    if result is None or result == marks.NOT_TAKEN:
        return ""
    return marks.show(result, course.assessed).replace(",", ".")


def _letter(rank: int | None, letters: str) -> str:
    if rank is None:
        return ""
    return letters[rank] if rank >= 0 else marks.show(rank)


def _test(tenths: int | None) -> str:
    if tenths is None:
        return ""
    return str(tenths // 10) if tenths >= 0 else marks.show(tenths)


def _outcome(year: Stored | None) -> str:
    found = year.outcome if year else ""
    return str(Outcome.PROMOTED) if found == Completion.COMPLETED else found


def _promoted_to(room: Room, year: Stored | None) -> str:
    if _outcome(year) != Outcome.PROMOTED or room.grade in (LAST_PRIMARY, LAST_LOWER, LAST):
        return ""
    return f"lớp {room.grade + 1}"


def _completion(room: Room, year: Stored | None) -> str:
    """The statement of completion that a card makes (rules/02 section 7)."""
    if _outcome(year) != Outcome.PROMOTED:
        return ""
    if room.is_primary:
        if room.grade == LAST_PRIMARY:
            return "Hoàn thành chương trình tiểu học"
        return f"Hoàn thành chương trình lớp {room.grade}"
    if room.grade == LAST_LOWER:
        return "Hoàn thành chương trình trung học cơ sở"
    return "Hoàn thành chương trình giáo dục phổ thông" if room.grade == LAST else ""


def _awards(year: Stored | None) -> str:
    if year is None:
        return ""
    label = judging.award_label(year.verdict.award)
    said = [str(label)] if label else []
    return "; ".join([*said, year.distinction] if year.distinction else said)


def place_of(commune: str) -> str:
    """ "Phường Đông Kinh" signs at "Đông Kinh"."""
    for kind in ("Phường ", "Xã ", "Đặc khu ", "Thị trấn "):
        if commune.startswith(kind):
            return commune.removeprefix(kind)
    return commune


def _problems(facts: ClassFacts, person: PersonFacts, year: Stored | None) -> tuple[str, ...]:
    found = []
    if not person.personal_id:
        found.append(NO_PERSONAL_ID)
    if person.born_on is None:
        found.append("THIEU_NGAY_SINH")
    if not facts.is_approved or year is None or not year.is_approved:
        found.append("CHUA_DUYET")
    elif year.outcome in judging.PENDING:
        found.append("CHO_SAU_HE")
    elif year.verdict.missing or year.outcome == Outcome.INCOMPLETE:
        found.append("THIEU_KET_QUA")
    if not facts.homeroom:
        found.append("THIEU_CHU_NHIEM")
    if not facts.principal:
        found.append("THIEU_HIEU_TRUONG")
    return tuple(found)
