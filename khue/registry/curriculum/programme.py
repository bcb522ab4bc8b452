"""The 2018 general-education programme as data: subjects, and the periods a year of each grade.

Source: Thông tư 32/2018/TT-BGDĐT as amended by 20/2021, 13/2022, 17/2025 (rules/01 section E). It came into force
grade by grade: 1 in 2020, 2 and 6 in 2021, 3, 7, 10 in 2022, 4, 8, 11 in 2023, 5, 9, 12 in 2024.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "TT 32/2018/TT-BGDĐT"
STARTED = {
    1: 2020, 2: 2021, 6: 2021, 3: 2022, 7: 2022, 10: 2022, 4: 2023, 8: 2023, 11: 2023, 5: 2024, 9: 2024, 12: 2024,
}  # fmt: skip

M, C = "marks", "comments"
COMPULSORY, ELECTIVE, OPTIONAL, TOPIC = "compulsory", "elective", "optional", "topic"


@dataclass(frozen=True)
class SubjectLine:
    """A subject: code, names, order in books, other wordings met in files."""

    code: str
    name: str
    name_en: str
    short_name: str
    words: str = ""


SUBJECTS = (
    SubjectLine("TIENG_VIET", "Tiếng Việt", "Vietnamese", "Tiếng Việt", "TV"),
    SubjectLine("NGU_VAN", "Ngữ văn", "Literature", "Ngữ văn", "Văn|Văn học|Ngữ Văn"),
    SubjectLine("TOAN", "Toán", "Mathematics", "Toán", "Toán học"),
    SubjectLine("NGOAI_NGU_1", "Ngoại ngữ 1", "Foreign language 1", "Tiếng Anh", "Tiếng Anh|Anh văn|Ngoại ngữ|Anh"),
    SubjectLine("GDCD", "Giáo dục công dân", "Civic education", "GDCD", "Công dân"),
    SubjectLine("DAO_DUC", "Đạo đức", "Ethics", "Đạo đức"),
    SubjectLine("TNXH", "Tự nhiên và Xã hội", "Nature and society", "TN và XH", "TNXH|Tự nhiên xã hội"),
    SubjectLine("KHOA_HOC", "Khoa học", "Science", "Khoa học"),
    SubjectLine("KHTN", "Khoa học tự nhiên", "Natural science", "KHTN"),
    SubjectLine("LS_DL", "Lịch sử và Địa lí", "History and geography", "LS và ĐL", "Lịch sử và Địa lý|Sử Địa|LSĐL"),
    SubjectLine("LICH_SU", "Lịch sử", "History", "Lịch sử", "Sử"),
    SubjectLine("DIA_LI", "Địa lí", "Geography", "Địa lí", "Địa lý|Địa"),
    SubjectLine(
        "KTPL", "Giáo dục kinh tế và pháp luật", "Economics and law", "KT và PL",
        "GD kinh tế và pháp luật|GDKTPL|GDKT&PL|Kinh tế pháp luật",
    ),
    SubjectLine("VAT_LI", "Vật lí", "Physics", "Vật lí", "Vật lý|Lý|Lí"),
    SubjectLine("HOA_HOC", "Hóa học", "Chemistry", "Hóa học", "Hoá học|Hóa|Hoá"),
    SubjectLine("SINH_HOC", "Sinh học", "Biology", "Sinh học", "Sinh"),
    SubjectLine("TIN_HOC", "Tin học", "Informatics", "Tin học", "Tin"),
    SubjectLine("CONG_NGHE", "Công nghệ", "Technology", "Công nghệ", "KTCN|KTNN"),
    SubjectLine("TIN_CN", "Tin học và Công nghệ", "Informatics and technology", "Tin và CN", "Tin học - Công nghệ"),
    SubjectLine("GDTC", "Giáo dục thể chất", "Physical education", "GDTC", "Thể dục|TD|GD thể chất"),
    SubjectLine(
        "GDQP", "Giáo dục quốc phòng và an ninh", "Defence education", "GDQP và AN", "GDQP|GDQP&AN|Quốc phòng"
    ),
    SubjectLine("NGHE_THUAT", "Nghệ thuật", "Arts", "Nghệ thuật", "Âm nhạc - Mĩ thuật|Nghệ thuật (Âm nhạc, Mĩ thuật)"),
    SubjectLine("AM_NHAC", "Âm nhạc", "Music", "Âm nhạc", "Nhạc"),
    SubjectLine("MI_THUAT", "Mĩ thuật", "Fine arts", "Mĩ thuật", "Mỹ thuật|Họa|Hoạ"),
    SubjectLine(
        "HDTN", "Hoạt động trải nghiệm, hướng nghiệp", "Experiential activities", "HĐTN, HN",
        "Hoạt động trải nghiệm|HĐTN|HĐTNHN|HĐTN-HN",
    ),
    SubjectLine(
        "GDDP", "Nội dung giáo dục của địa phương", "Local education", "GDĐP", "Giáo dục địa phương|GD địa phương"
    ),
    SubjectLine("TIENG_DTTS", "Tiếng dân tộc thiểu số", "Ethnic minority language", "Tiếng DTTS", "Tiếng dân tộc"),
    SubjectLine("NGOAI_NGU_2", "Ngoại ngữ 2", "Foreign language 2", "Ngoại ngữ 2"),
    SubjectLine("MAM_NON", "Chăm sóc, giáo dục trẻ", "Care and early education", "Chăm sóc GD", "Mầm non"),
)  # fmt: skip

# (level, subject, kind, assessed by, {grade: periods a year})
_PRIMARY = (
    ("TIENG_VIET", COMPULSORY, M, {1: 420, 2: 350, 3: 245, 4: 245, 5: 245}),
    ("TOAN", COMPULSORY, M, {1: 105, 2: 175, 3: 175, 4: 175, 5: 175}),
    ("NGOAI_NGU_1", OPTIONAL, C, {1: 70, 2: 70}),
    ("NGOAI_NGU_1", COMPULSORY, M, {3: 140, 4: 140, 5: 140}),
    ("DAO_DUC", COMPULSORY, C, {1: 35, 2: 35, 3: 35, 4: 35, 5: 35}),
    ("TNXH", COMPULSORY, C, {1: 70, 2: 70, 3: 70}),
    ("LS_DL", COMPULSORY, M, {4: 70, 5: 70}),
    ("KHOA_HOC", COMPULSORY, M, {4: 70, 5: 70}),
    ("TIN_CN", COMPULSORY, M, {3: 70, 4: 70, 5: 70}),
    ("GDTC", COMPULSORY, C, {1: 70, 2: 70, 3: 70, 4: 70, 5: 70}),
    ("NGHE_THUAT", COMPULSORY, C, {1: 70, 2: 70, 3: 70, 4: 70, 5: 70}),
    ("HDTN", COMPULSORY, C, {1: 105, 2: 105, 3: 105, 4: 105, 5: 105}),
    ("TIENG_DTTS", OPTIONAL, M, {1: 70, 2: 70, 3: 70, 4: 70, 5: 70}),
)
_LOWER = (
    ("NGU_VAN", COMPULSORY, M, {6: 140, 7: 140, 8: 140, 9: 140}),
    ("TOAN", COMPULSORY, M, {6: 140, 7: 140, 8: 140, 9: 140}),
    ("NGOAI_NGU_1", COMPULSORY, M, {6: 105, 7: 105, 8: 105, 9: 105}),
    ("GDCD", COMPULSORY, M, {6: 35, 7: 35, 8: 35, 9: 35}),
    ("LS_DL", COMPULSORY, M, {6: 105, 7: 105, 8: 105, 9: 105}),
    ("KHTN", COMPULSORY, M, {6: 140, 7: 140, 8: 140, 9: 140}),
    ("CONG_NGHE", COMPULSORY, M, {6: 35, 7: 35, 8: 52, 9: 52}),
    ("TIN_HOC", COMPULSORY, M, {6: 35, 7: 35, 8: 35, 9: 35}),
    ("GDTC", COMPULSORY, C, {6: 70, 7: 70, 8: 70, 9: 70}),
    ("NGHE_THUAT", COMPULSORY, C, {6: 70, 7: 70, 8: 70, 9: 70}),
    ("HDTN", COMPULSORY, C, {6: 105, 7: 105, 8: 105, 9: 105}),
    ("GDDP", COMPULSORY, C, {6: 35, 7: 35, 8: 35, 9: 35}),
    ("TIENG_DTTS", OPTIONAL, M, {6: 105, 7: 105, 8: 105, 9: 105}),
    ("NGOAI_NGU_2", OPTIONAL, M, {6: 105, 7: 105, 8: 105, 9: 105}),
)
_UPPER_EACH = {10: 1, 11: 1, 12: 1}
_UPPER = tuple(
    (code, kind, assessed, dict.fromkeys(_UPPER_EACH, periods))
    for code, kind, assessed, periods in (
        ("NGU_VAN", COMPULSORY, M, 105),
        ("TOAN", COMPULSORY, M, 105),
        ("NGOAI_NGU_1", COMPULSORY, M, 105),
        ("LICH_SU", COMPULSORY, M, 52),
        ("GDTC", COMPULSORY, C, 70),
        ("GDQP", COMPULSORY, M, 35),
        ("HDTN", COMPULSORY, C, 105),
        ("GDDP", COMPULSORY, C, 35),
        ("DIA_LI", ELECTIVE, M, 70),
        ("KTPL", ELECTIVE, M, 70),
        ("VAT_LI", ELECTIVE, M, 70),
        ("HOA_HOC", ELECTIVE, M, 70),
        ("SINH_HOC", ELECTIVE, M, 70),
        ("CONG_NGHE", ELECTIVE, M, 70),
        ("TIN_HOC", ELECTIVE, M, 70),
        ("AM_NHAC", ELECTIVE, C, 70),
        ("MI_THUAT", ELECTIVE, C, 70),
        ("TIENG_DTTS", OPTIONAL, M, 105),
        ("NGOAI_NGU_2", OPTIONAL, M, 105),
    )
)

ELECTIVES_TAKEN = 4  # of upper secondary
TOPIC_PERIODS = 105  # three topic clusters of 35, on top of their subjects
PERIODS_OF_TOPIC = 35


@dataclass(frozen=True)
class PlanLine:
    """A subject in a grade."""

    subject: str
    level: str
    grade: int
    kind: str
    periods_a_year: int
    assessed_by: str
    valid_from: int


def plan_lines() -> list[PlanLine]:
    """Every line; continuing education (GDTX) takes the upper-secondary core without GDTC and GDQP."""
    found = []
    for level, table in (("TH", _PRIMARY), ("THCS", _LOWER), ("THPT", _UPPER)):
        for subject, kind, assessed, grades in table:
            for grade, periods in grades.items():
                found.append(PlanLine(subject, level, grade, kind, periods, assessed, STARTED[grade]))
    for subject, kind, assessed, grades in _UPPER:
        if subject in {"GDTC", "GDQP", "AM_NHAC", "MI_THUAT", "TIENG_DTTS", "NGOAI_NGU_2"}:
            continue
        for grade, periods in grades.items():
            elective = kind == ELECTIVE or subject in {"NGOAI_NGU_1", "GDDP"}
            chosen = ELECTIVE if elective else COMPULSORY
            found.append(PlanLine(subject, "GDTX", grade, chosen, periods, assessed, STARTED[grade]))
    return found


def total_compulsory(level: str, grade: int) -> int:
    """Periods a year every pupil of a grade has: compulsory subjects, plus electives and topics at upper secondary."""
    total = sum(
        line.periods_a_year
        for line in plan_lines()
        if line.level == level and line.grade == grade and line.kind == COMPULSORY
    )
    return total + (ELECTIVES_TAKEN * 70 + TOPIC_PERIODS if level == "THPT" else 0)
