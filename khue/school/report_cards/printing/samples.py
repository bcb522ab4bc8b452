"""Invented cards, for tests, for the bench and for whoever wants to see a form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from khue.school.report_cards.printing.shape import (
    BookData,
    CardData,
    CardForm,
    PartialLine,
    PrimaryLine,
    PrimaryResult,
    Proof,
    Pupil,
    Relative,
    School,
    SchoolYearLine,
    SecondaryResult,
    Signature,
    Signer,
    SubjectLine,
    TraitLine,
    TransferData,
)

SCHOOL: Final = School("Trường THCS Lê Quý Đôn", "phường Đông Kinh", "tỉnh Lam Giang", "20801503")
PUPIL: Final = Pupil(
    full_name="Lê Hoài An",
    born_on=date(2013, 10, 20),
    sex=2,
    learner_code="3826104417",
    personal_id="020313001234",
    ethnic_group="Tày",
    birth_place="Bệnh viện Đa khoa tỉnh Lam Giang",
    home_town="Xã Hoàng Đồng, tỉnh Lam Giang",
    address="Số 12, đường Bà Triệu, phường Đông Kinh, tỉnh Lam Giang",
    relatives=(
        Relative("father", "Lê Văn Bình", "Lái xe"),
        Relative("mother", "Hoàng Thị Dung", "Giáo viên"),
    ),
)
PROOF: Final = Proof(
    url="https://xacminh.langiang.example/hb/3f9a61c2d4b84e1790aa5e6c7d8b9012",
    code="7KQ4-M2XD-91TB",
    site="xacminh.langiang.example",
    fingerprint="9f3c71ab04de5c2288f0c2a1b0d99e7733415161f9e8a7c6b5d4e3f201928e10",
)
_SUBJECTS: Final = (
    ("NGU_VAN", "Ngữ văn", True, "7.2", "7.6", "7.5", "Viết có ý, cần đọc thêm.", "Lê Thị Hằng"),
    ("TOAN", "Toán", True, "8.0", "8.4", "8.3", "Tư duy tốt, trình bày rõ.", "Nguyễn Thị Lan"),
    ("NGOAI_NGU_1", "Ngoại ngữ 1 (Tiếng Anh)", True, "8.6", "8.9", "8.8", "Phát âm tốt, tự tin.", "Ngô Bích Ngọc"),
    ("GDCD", "Giáo dục công dân", True, "8.1", "8.5", "8.4", "Tích cực.", "Đặng Thu Trang"),
    ("LS_DL", "Lịch sử và Địa lí", True, "6.4", "6.7", "6.6", "Cần mạnh dạn phát biểu.", "Đặng Thu Trang"),
    ("KHTN", "Khoa học tự nhiên", True, "7.4", "7.8", "7.7", "Thực hành cẩn thận.", "Phạm Đức Thịnh"),
    ("CONG_NGHE", "Công nghệ", True, "8.0", "8.2", "8.1", "Hoàn thành tốt dự án.", "Mai Văn Tú"),
    ("TIN_HOC", "Tin học", True, "8.5", "8.8", "8.7", "Sử dụng bảng tính tốt.", "Lý Thị Thơm"),
    ("GDTC", "Giáo dục thể chất", False, "Đ", "Đ", "Đ", "Thể lực tốt.", "Lương Văn Hải"),
    ("NGHE_THUAT", "Nghệ thuật", False, "Đ", "Đ", "Đ", "Có năng khiếu vẽ.", "Hà Thu Phương"),
    ("HDTN", "Hoạt động trải nghiệm, hướng nghiệp", False, "Đ", "Đ", "Đ", "Tham gia đầy đủ.", "Nguyễn Văn Tùng"),
    ("GDDP", "Nội dung giáo dục của địa phương", False, "Đ", "Đ", "Đ", "Hoàn thành.", "Hà Thu Phương"),
)  # fmt: skip


def _at(day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 5, day, hour - 7, minute, second, tzinfo=UTC)


SIGNATURES: Final = (
    *(
        Signature("subject", row[7], _at(24 + i % 4, 15, i, 11), subject=row[0])
        for i, row in enumerate(_SUBJECTS)
    ),
    Signature("homeroom", "Nguyễn Văn Tùng", _at(29, 15, 2, 11), "5A3F 0091 77C2"),
    Signature("principal", "Trần Quốc Hùng", _at(29, 16, 38, 57), "5A3F 0091 70B1"),
    Signature("school", "TRƯỜNG THCS LÊ QUÝ ĐÔN", _at(29, 16, 40, 3), "5A3F 0091 0004"),
)

SECONDARY: Final = CardData(
    form=CardForm.LOWER_SECONDARY,
    circular="22/2021/TT-BGDĐT",
    version=1,
    pupil=PUPIL,
    school=SCHOOL,
    year=2025,
    grade=7,
    classroom="7A3",
    homeroom=Signer("Nguyễn Văn Tùng"),
    principal=Signer("Trần Quốc Hùng", "HIỆU TRƯỞNG"),
    subjects=tuple(
        SubjectLine(code, name, by_marks, one, two, year, comment=comment, teacher=teacher)
        for code, name, by_marks, one, two, year, comment, teacher in _SUBJECTS
    ),
    result=SecondaryResult(
        learning_first="KHA",
        learning_second="KHA",
        learning_year="KHA",
        conduct_first="TOT",
        conduct_second="TOT",
        conduct_year="TOT",
        absences=4,
    ),
    outcome="LEN_LOP",
    promoted_to="lớp 8",
    awards="Giấy khen có thành tích trong phong trào Đội năm học 2025 – 2026",
    homeroom_comment="Em ngoan, chăm chỉ, giúp đỡ bạn. Tiếp thu tốt các môn Toán, Tiếng Anh. Cần đọc sách nhiều hơn "
    "và mạnh dạn phát biểu trong giờ Lịch sử và Địa lí.",
    place="Đông Kinh",
    signed_on=date(2026, 5, 29),
    signatures=SIGNATURES,
    proof=PROOF,
)

_PRIMARY_SUBJECTS: Final = (
    ("TIENG_VIET", "Tiếng Việt", "T", "9", "Đọc to, rõ; viết đúng chính tả, câu văn giàu hình ảnh."),
    ("TOAN", "Toán", "T", "10", "Nắm chắc kiến thức, tính nhanh và đúng."),
    ("NGOAI_NGU_1", "Ngoại ngữ 1 (Tiếng Anh)", "H", "8", "Nghe tốt, cần nói nhiều hơn."),
    ("DAO_DUC", "Đạo đức", "T", "", "Biết giúp đỡ bạn, lễ phép với thầy cô."),
    ("LS_DL", "Lịch sử và Địa lí", "T", "9", "Nhớ các sự kiện chính của bài."),
    ("KHOA_HOC", "Khoa học", "T", "9", "Ham tìm hiểu, biết làm thí nghiệm đơn giản."),
    ("TIN_CN", "Tin học và Công nghệ", "H", "8", "Soạn được bài trình chiếu ngắn."),
    ("GDTC", "Giáo dục thể chất", "T", "", "Tích cực luyện tập."),
    ("AM_NHAC", "Nghệ thuật (Âm nhạc)", "T", "", "Hát đúng giai điệu."),
    ("MI_THUAT", "Nghệ thuật (Mĩ thuật)", "T", "", "Vẽ có ý tưởng riêng."),
    ("HDTN", "Hoạt động trải nghiệm", "T", "", "Tham gia đầy đủ, mạnh dạn."),
)
_TRAITS: Final = (
    ("quality", ("Yêu nước", "Nhân ái", "Chăm chỉ", "Trung thực", "Trách nhiệm")),
    (
        "general_competence",
        ("Tự chủ và tự học", "Giao tiếp và hợp tác", "Giải quyết vấn đề và sáng tạo"),
    ),
    (
        "specific_competence",
        ("Ngôn ngữ", "Tính toán", "Khoa học", "Công nghệ", "Tin học", "Thẩm mĩ", "Thể chất"),
    ),
)
_PRIMARY_SCHOOL: Final = School("Trường Tiểu học Kim Đồng", "phường Đông Kinh", "tỉnh Lam Giang", "20801201")

PRIMARY: Final = replace(
    SECONDARY,
    form=CardForm.PRIMARY,
    circular="27/2020/TT-BGDĐT",
    school=_PRIMARY_SCHOOL,
    year=2023,
    grade=5,
    classroom="5A1",
    homeroom=Signer("Hoàng Thị Minh"),
    principal=Signer("Đỗ Thị Thanh", "HIỆU TRƯỞNG"),
    subjects=(),
    result=None,
    primary_subjects=tuple(
        PrimaryLine(code, name, level, mark, comment)
        for code, name, level, mark, comment in _PRIMARY_SUBJECTS
    ),
    primary_result=PrimaryResult(
        traits=tuple(
            TraitLine(f"{group}_{i}", name, group, "Đ" if name in ("Trách nhiệm", "Tin học") else "T")
            for group, names in _TRAITS
            for i, name in enumerate(names)
        ),
        quality_comment="Chăm học, thật thà, biết yêu thương và giúp đỡ bạn.",
        general_comment="Tự giác học tập, biết hợp tác trong nhóm.",
        specific_comment="Có năng khiếu về ngôn ngữ và tính toán; cần luyện thêm tin học.",
        height_cm="138",
        weight_kg="31",
        health="sức khỏe loại A",
        absences_excused=2,
        absences_unexcused=0,
        result="TOT",
    ),
    outcome="LEN_LOP",
    promoted_to="lớp 6",
    completion="Hoàn thành chương trình tiểu học",
    awards="Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện",
    homeroom_comment="",
    signed_on=date(2024, 5, 28),
    signatures=(
        Signature("homeroom", "Hoàng Thị Minh", datetime(2024, 5, 28, 8, 11, 9, tzinfo=UTC), "5A3F 0091 5510"),
        Signature("principal", "Đỗ Thị Thanh", datetime(2024, 5, 28, 9, 30, 1, tzinfo=UTC), "5A3F 0091 5502"),
        Signature("school", "TRƯỜNG TIỂU HỌC KIM ĐỒNG", datetime(2024, 5, 28, 9, 31, tzinfo=UTC), "5A3F 0091 0003"),
    ),
)  # fmt: skip

BOOK: Final = BookData(
    form=CardForm.LOWER_SECONDARY,
    pupil=PUPIL,
    school=SCHOOL,
    number="127/2024/THCS",
    history=(
        SchoolYearLine(
            2024,
            "6A3",
            "Trường THCS Lê Quý Đôn, phường Đông Kinh, tỉnh Lam Giang",
            date(2024, 9, 5),
            "0127",
        ),
        SchoolYearLine(2025, "7A3", "Trường THCS Lê Quý Đôn, phường Đông Kinh, tỉnh Lam Giang", None, "0127"),
    ),
    cards=(
        replace(
            SECONDARY,
            year=2024,
            grade=6,
            classroom="6A3",
            promoted_to="lớp 7",
            signatures=(),
            signed_on=date(2025, 5, 30),
        ),
        SECONDARY,
    ),
    principal=Signer("Trần Quốc Hùng", "HIỆU TRƯỞNG"),
    place="Đông Kinh",
    opened_on=date(2024, 9, 16),
    proof=PROOF,
)

TRANSFER: Final = TransferData(
    form=CardForm.LOWER_SECONDARY,
    circular="22/2021/TT-BGDĐT",
    pupil=PUPIL,
    school=SCHOOL,
    to_school="Trường THCS Nguyễn Du, xã Hoàng Đồng, tỉnh Lam Giang",
    year=2025,
    grade=7,
    classroom="7A3",
    term=2,
    as_of=date(2026, 3, 14),
    homeroom=Signer("Nguyễn Văn Tùng"),
    principal=Signer("Trần Quốc Hùng", "HIỆU TRƯỞNG"),
    lines=tuple(
        PartialLine(
            code,
            name,
            by_marks,
            regular=("8.0", "7.5", "9.0") if by_marks else ("Đ",),
            middle="8.5" if by_marks else "Đ",
            first=one,
            teacher=teacher,
            book="Kết nối tri thức với cuộc sống",
        )
        for code, name, by_marks, one, _two, _year, _comment, teacher in _SUBJECTS
    ),
    learning_first="KHA",
    conduct_first="TOT",
    absences_excused=3,
    absences_unexcused=0,
    reason="Gia đình chuyển chỗ ở",
    comment="Em ngoan, hòa đồng, có cố gắng trong học tập.",
    number="Số: 12/THCS",
    place="Đông Kinh",
    signed_on=date(2026, 3, 16),
    proof=PROOF,
)
