"""Every sentence the rules say to people, as Vietnamese texts with placeholders which pages translate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

Values = dict[str, object]


def gettext_noop(text: str) -> str:
    """Mark a text for the translators without translating it here."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with its values, some of them sentences or words themselves; `cells.told` says it to a reader."""

    text: str
    values: Values = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)

    def __hash__(self) -> int:
        return hash((self.text, str(self)))


def say(text: str, **values: object) -> Message:
    """Put values into a sentence."""
    return Message(text, values)


def show_mark(tenths: int) -> str:
    """Show a mark of tenths as books do: 85 gives "8,5", 100 gives "10,0"."""
    return f"{tenths // 10},{tenths % 10}"


def show_bound(tenths: int) -> str:
    """Show a bound or a typed mark shortly: 85 gives "8,5", 80 gives "8"."""
    return show_mark(tenths) if tenths % 10 else str(tenths // 10)


# --- columns and cells ---------------------------------------------------------------------------------------------

REGULAR: Final = gettext_noop("Thường xuyên {number}")
TOPIC: Final = gettext_noop("Chuyên đề học tập {number}")
MID: Final = gettext_noop("Giữa kì")
PERIODIC: Final = gettext_noop("Kiểm tra một tiết {number}")
END: Final = gettext_noop("Cuối kì")

PASS: Final = gettext_noop("Đạt")
FAIL: Final = gettext_noop("Chưa đạt")
EMPTY: Final = gettext_noop("Chưa có điểm")
MISSING: Final = gettext_noop("Vắng kiểm tra, chưa có phép")
MAKEUP_SCHEDULED: Final = gettext_noop("Vắng có phép, chờ kiểm tra bù")
ZEROED: Final = gettext_noop("Không kiểm tra bù, tính 0 điểm")
ZEROED_COMMENT: Final = gettext_noop("Không kiểm tra bù, tính chưa đạt")
EXEMPT: Final = gettext_noop("Được miễn")
NOT_TAKEN: Final = gettext_noop("Không học phần này")

MARK_OUT_OF_RANGE: Final = gettext_noop("Chưa ghi “{typed}”. Điểm từ 0 đến 10.")
MARK_TOO_FINE: Final = gettext_noop(
    "Chưa ghi “{typed}”. Điểm lấy một chữ số sau dấu phẩy: {lower} hoặc {upper}."
)
MARK_NOT_WHOLE: Final = gettext_noop("Chưa ghi “{typed}”. Bài kiểm tra tiểu học cho điểm nguyên từ 0 đến 10.")
MARK_UNREADABLE: Final = gettext_noop("Chưa ghi “{typed}”. Gõ điểm từ 0 đến 10, V khi vắng, M khi được miễn.")
MARK_QUESTION: Final = gettext_noop("Đã gõ “{typed}”. Ghi {meant} phải không?")
COMMENT_UNREADABLE: Final = gettext_noop("Chưa ghi “{typed}”. Gõ Đ hoặc CĐ, V khi vắng, M khi được miễn.")
COMMENT_GIVEN_A_MARK: Final = gettext_noop("Chưa ghi “{typed}”. Môn này đánh giá Đ hoặc CĐ, không có điểm.")
MARK_GIVEN_A_COMMENT: Final = gettext_noop("Chưa ghi “{typed}”. Môn này có điểm, gõ điểm từ 0 đến 10.")
LEVEL_UNREADABLE: Final = gettext_noop("Chưa ghi “{typed}”. Gõ {letters}.")

MOVE_NEEDS_MAKEUP: Final = gettext_noop(
    "Ô này đã tính 0 vì không kiểm tra bù. Hẹn kiểm tra bù trước rồi ghi điểm."
)
MOVE_NEEDS_DECISION: Final = gettext_noop("Em này đang được miễn. Bỏ quyết định miễn trước rồi ghi điểm.")
MOVE_NOTHING_MISSED: Final = gettext_noop("Chỉ tính 0 khi ô đã ghi là vắng kiểm tra.")
MOVE_UNKNOWN: Final = gettext_noop("Không chuyển được ô từ “{before}” sang “{after}”.")

# --- averages and levels -------------------------------------------------------------------------------------------

AVERAGE_MISSING: Final = gettext_noop("Chưa có trung bình: còn thiếu {columns}.")
AVERAGE_FORMULA: Final = gettext_noop("({sum}) : {weight} = {value}")
YEAR_MISSING: Final = gettext_noop("Chưa có trung bình cả năm: còn thiếu học kì {semesters}.")
NO_SUBJECTS: Final = gettext_noop("Chưa có môn nào được đánh giá.")

TOT: Final = gettext_noop("Tốt")
KHA: Final = gettext_noop("Khá")
DAT: Final = gettext_noop("Đạt")
CHUA_DAT: Final = gettext_noop("Chưa đạt")

LEVEL_MISSING: Final = gettext_noop("Chưa xếp mức được: còn thiếu kết quả môn {subjects}.")
LEVEL_IS: Final = gettext_noop("Xếp mức {level} theo {source}.")
LEVEL_ADJUSTED: Final = gettext_noop(
    "Chỉ vì môn {subject} mà từ mức {target} xuống mức {raw}, nên được điều chỉnh lên mức {level} ({source})."
)
EXCLUDED: Final = gettext_noop("Không xét môn {subjects} (được miễn hoặc không học).")
COMMENTS_MET: Final = gettext_noop("Mức {level}: các môn đánh giá bằng nhận xét đều Đạt.")
COMMENTS_MET_BUT: Final = gettext_noop(
    "Mức {level}: có {found} môn đánh giá bằng nhận xét chưa đạt, được tối đa {allowed}."
)
COMMENTS_FAILED: Final = gettext_noop(
    "Chưa được mức {level}: môn {subjects} chưa đạt, được tối đa {allowed} môn."
)
FLOOR_MET: Final = gettext_noop("Mức {level}: mọi môn có điểm từ {bound} trở lên.")
FLOOR_FAILED: Final = gettext_noop("Chưa được mức {level}: dưới {bound} có môn {subjects}.")
HIGH_MET: Final = gettext_noop("Mức {level}: có {found} môn từ {bound} trở lên, cần ít nhất {needed}.")
HIGH_FAILED: Final = gettext_noop(
    "Chưa được mức {level}: có {found} môn từ {bound} trở lên, cần ít nhất {needed}."
)
MEAN_MET: Final = gettext_noop("Mức {level}: trung bình các môn {mean}, cần từ {bound} trở lên.")
MEAN_FAILED: Final = gettext_noop("Chưa được mức {level}: trung bình các môn {mean}, cần từ {bound} trở lên.")
MAIN_MET: Final = gettext_noop("Mức {level}: môn {subjects} từ {bound} trở lên.")
MAIN_FAILED: Final = gettext_noop(
    "Chưa được mức {level}: không có môn nào trong {subjects} từ {bound} trở lên."
)
SPECIAL_FAILED: Final = gettext_noop("Chưa được mức {level}: môn chuyên {subjects} dưới {bound}.")
SPECIAL_MET: Final = gettext_noop("Mức {level}: môn chuyên {subjects} từ {bound} trở lên.")

CONDUCT_YEAR: Final = gettext_noop(
    "Rèn luyện học kì I {first}, học kì II {second}: cả năm {year} ({source})."
)
CONDUCT_MISSING: Final = gettext_noop("Chưa có kết quả rèn luyện học kì {semesters}.")

# --- the older circulars -------------------------------------------------------------------------------------------

GIOI: Final = gettext_noop("Giỏi")
OLDER_KHA: Final = gettext_noop("Khá")
TRUNG_BINH: Final = gettext_noop("Trung bình")
YEU: Final = gettext_noop("Yếu")
KEM: Final = gettext_noop("Kém")

# --- promotion and awards ------------------------------------------------------------------------------------------

OUTCOME_PROMOTED: Final = gettext_noop("Được lên lớp")
OUTCOME_SUMMER_TRAINING: Final = gettext_noop("Rèn luyện trong kì nghỉ hè")
OUTCOME_RETEST: Final = gettext_noop("Kiểm tra, đánh giá lại")
OUTCOME_RETAINED: Final = gettext_noop("Không được lên lớp")
OUTCOME_PRINCIPAL_DECIDES: Final = gettext_noop("Hiệu trưởng quyết định")
OUTCOME_INCOMPLETE: Final = gettext_noop("Chưa đủ kết quả để xét")

PROMOTED_ALL_MET: Final = gettext_noop(
    "Rèn luyện {conduct}, học tập {learning}, nghỉ {absences} buổi: đủ điều kiện lên lớp."
)
PROMOTED_WITHOUT_CONDUCT: Final = gettext_noop(
    "Học tập {learning}, nghỉ {absences} buổi, không xét rèn luyện: đủ điều kiện lên lớp."
)
TOO_MANY_ABSENCES: Final = gettext_noop("Nghỉ {absences} buổi, quá {limit} buổi trong năm học.")
CONDUCT_FAILED: Final = gettext_noop(
    "Rèn luyện cả năm Chưa đạt: rèn luyện trong kì nghỉ hè, có chữ ký của phụ huynh."
)
SUMMER_PASSED: Final = gettext_noop("Sau rèn luyện hè, rèn luyện được đánh giá lại: {conduct}.")
SUMMER_FAILED: Final = gettext_noop("Sau rèn luyện hè, rèn luyện vẫn Chưa đạt.")
LEARNING_FAILED: Final = gettext_noop(
    "Học tập cả năm Chưa đạt: được chọn kiểm tra lại trong các môn {subjects}."
)
RETEST_WAITING: Final = gettext_noop("Còn chờ kết quả kiểm tra lại môn {subjects}.")
RETEST_REPLACED: Final = gettext_noop("Môn {subject}: kết quả kiểm tra lại {after} thay cho {before}.")
RETEST_PASSED: Final = gettext_noop("Xếp lại sau kiểm tra: học tập {learning}.")
RETEST_FAILED: Final = gettext_noop("Xếp lại sau kiểm tra: học tập vẫn {learning}.")
RETEST_NOT_TAKEN: Final = gettext_noop("Đã hết đợt kiểm tra lại mà chưa có bài kiểm tra nào.")
RETEST_NOT_ELIGIBLE: Final = gettext_noop("Môn {subjects} không thuộc diện kiểm tra lại.")
BOTH_FAILED: Final = gettext_noop("Rèn luyện và học tập cả năm đều Chưa đạt.")
LEARNING_LOWEST: Final = gettext_noop("Học lực cả năm loại Kém: ở lại lớp.")
INCOMPLETE_LEARNING: Final = gettext_noop("Chưa có mức học tập cả năm.")
INCOMPLETE_CONDUCT: Final = gettext_noop("Chưa có mức rèn luyện cả năm.")
INDIVIDUAL_PLAN: Final = gettext_noop(
    "Em học theo kế hoạch giáo dục cá nhân: hiệu trưởng xét theo kế hoạch đó."
)
NOT_ENDED_YEAR: Final = gettext_noop("Số buổi nghỉ không thể là {absences}.")

AWARD_EXCELLENT: Final = gettext_noop("Học sinh Xuất sắc")
AWARD_GOOD: Final = gettext_noop("Học sinh Giỏi")
AWARD_ADVANCED: Final = gettext_noop("Học sinh Tiên tiến")
AWARD_OUTSTANDING_PRIMARY: Final = gettext_noop(
    "Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện"
)
AWARD_EXCELLENT_WHY: Final = gettext_noop("Rèn luyện Tốt, học tập Tốt, {found} môn từ 9,0 trở lên.")
AWARD_GOOD_WHY: Final = gettext_noop("Rèn luyện Tốt, học tập Tốt.")
AWARD_PRIMARY_EXCELLENT_WHY: Final = gettext_noop("Kết quả giáo dục Hoàn thành xuất sắc.")
AWARD_PRIMARY_OUTSTANDING_WHY: Final = gettext_noop(
    "Kết quả Hoàn thành tốt, nổi bật ở {strengths}, được tập thể lớp công nhận."
)

# --- primary -------------------------------------------------------------------------------------------------------

SUBJECT_DONE_WELL: Final = gettext_noop("Hoàn thành tốt")
SUBJECT_DONE: Final = gettext_noop("Hoàn thành")
SUBJECT_NOT_DONE: Final = gettext_noop("Chưa hoàn thành")
TRAIT_GOOD: Final = gettext_noop("Tốt")
TRAIT_MET: Final = gettext_noop("Đạt")
TRAIT_NEEDS_EFFORT: Final = gettext_noop("Cần cố gắng")
RESULT_EXCELLENT: Final = gettext_noop("Hoàn thành xuất sắc")
RESULT_WELL: Final = gettext_noop("Hoàn thành tốt")
RESULT_DONE: Final = gettext_noop("Hoàn thành")
RESULT_NOT_DONE: Final = gettext_noop("Chưa hoàn thành")
PERIOD_MID_1: Final = gettext_noop("Giữa học kì I")
PERIOD_END_1: Final = gettext_noop("Cuối học kì I")
PERIOD_MID_2: Final = gettext_noop("Giữa học kì II")
PERIOD_END_2: Final = gettext_noop("Cuối năm học")
PRIMARY_SUBJECTS_FAILED: Final = gettext_noop("Chưa được {result}: môn {subjects} chưa tới mức {needed}.")
PRIMARY_SUBJECTS_MET: Final = gettext_noop("{result}: mọi môn học và hoạt động từ mức {needed} trở lên.")
PRIMARY_TRAITS_FAILED: Final = gettext_noop("Chưa được {result}: {subjects} chưa tới mức {needed}.")
PRIMARY_TRAITS_MET: Final = gettext_noop("{result}: mọi phẩm chất, năng lực từ mức {needed} trở lên.")
PRIMARY_MARKS_FAILED: Final = gettext_noop(
    "Chưa được {result}: bài kiểm tra cuối năm môn {subjects} dưới {bound} điểm."
)
PRIMARY_MARKS_MET: Final = gettext_noop("{result}: các bài kiểm tra cuối năm từ {bound} điểm trở lên.")
PRIMARY_MISSING: Final = gettext_noop("Chưa xét được: còn thiếu {subjects}.")
PRIMARY_TEST_OF: Final = gettext_noop("bài kiểm tra {subject}")
WARN_HIGH_MARK: Final = gettext_noop(
    "{subject}: bài kiểm tra {mark} điểm mà mức đạt được là {level}. Xem lại mức hoặc điểm."
)
WARN_LOW_MARK: Final = gettext_noop(
    "{subject}: bài kiểm tra {mark} điểm mà mức đạt được là {level}. Xem lại, hoặc đề nghị bài kiểm tra khác."
)
COMPLETION_CONFIRMED: Final = gettext_noop("Hoàn thành chương trình lớp học")
COMPLETION_SCHOOL: Final = gettext_noop("Hoàn thành chương trình tiểu học")
COMPLETION_SUPPLEMENT: Final = gettext_noop("Hướng dẫn, giúp đỡ rồi đánh giá bổ sung")
COMPLETION_PRINCIPAL: Final = gettext_noop("Hiệu trưởng xét cho lên lớp hoặc ở lại lớp")
COMPLETION_PROMOTED: Final = gettext_noop("Chưa hoàn thành, hiệu trưởng cho lên lớp")
COMPLETION_RETAINED: Final = gettext_noop("Chưa hoàn thành, ở lại lớp")

# --- sources -------------------------------------------------------------------------------------------------------

SOURCE_TT22: Final = gettext_noop("Thông tư 22/2021/TT-BGDĐT")
SOURCE_TT43: Final = gettext_noop("Thông tư 43/2021/TT-BGDĐT")
SOURCE_TT58: Final = gettext_noop("Thông tư 58/2011/TT-BGDĐT")
SOURCE_TT58_AMENDED: Final = gettext_noop("Thông tư 58/2011/TT-BGDĐT, sửa đổi bởi Thông tư 26/2020/TT-BGDĐT")
SOURCE_TT27: Final = gettext_noop("Thông tư 27/2020/TT-BGDĐT")
SOURCE_TT30: Final = gettext_noop("Thông tư 30/2014/TT-BGDĐT, sửa đổi bởi Thông tư 22/2016/TT-BGDĐT")
SOURCE_PRESCHOOL: Final = gettext_noop("Chương trình giáo dục mầm non")
ARTICLE_TT22_LEVEL: Final = gettext_noop("khoản 2 Điều 9 Thông tư 22/2021")
ARTICLE_TT22_ADJUSTMENT: Final = gettext_noop("khoản 3 Điều 9 Thông tư 22/2021")
ARTICLE_TT22_CONDUCT: Final = gettext_noop("Điều 8 Thông tư 22/2021")
ARTICLE_TT43: Final = gettext_noop("Thông tư 43/2021")
ARTICLE_TT58_LEVEL: Final = gettext_noop("Điều 13 Thông tư 58/2011")
ARTICLE_TT58_ADJUSTMENT: Final = gettext_noop("khoản 6 Điều 13 Thông tư 58/2011")
ARTICLE_TT27: Final = gettext_noop("Điều 9 Thông tư 27/2020")
NO_RULE_SET: Final = gettext_noop("Chưa có quy định đánh giá cho khối {grade} của cấp {level}.")

# --- preschool -----------------------------------------------------------------------------------------------------

AREA_PHYSICAL: Final = gettext_noop("Phát triển thể chất")
AREA_COGNITIVE: Final = gettext_noop("Phát triển nhận thức")
AREA_LANGUAGE: Final = gettext_noop("Phát triển ngôn ngữ")
AREA_SOCIAL: Final = gettext_noop("Phát triển tình cảm và kĩ năng xã hội")
AREA_AESTHETIC: Final = gettext_noop("Phát triển thẩm mĩ")
AREA_SOCIAL_AESTHETIC: Final = gettext_noop("Phát triển tình cảm, kĩ năng xã hội và thẩm mĩ")
STAGE_MONTHS: Final = gettext_noop("Cuối {months} tháng tuổi")
STAGE_THEME: Final = gettext_noop("Cuối chủ đề")
STAGE_AGE: Final = gettext_noop("Cuối độ tuổi {first}-{last} tuổi")
AREA_PROGRESS: Final = gettext_noop("{area}: đạt {achieved} trong {judged} kết quả mong đợi đã đánh giá.")
SIGN_UNREADABLE: Final = gettext_noop("Chưa ghi “{typed}”. Gõ + khi đạt, - khi chưa đạt.")

# --- what looks odd ------------------------------------------------------------------------------------------------

ODD_SAME: Final = gettext_noop("Cột {column}: {count} trong {all} em cùng điểm {mark}.")
ODD_COPIED: Final = gettext_noop("Cột {column} giống hệt cột {other} ở cả {count} em.")
ODD_BURST: Final = gettext_noop("{count} trong {all} điểm được vào trong {minutes} phút trước giờ khóa.")
ODD_AFTER_LOCK: Final = gettext_noop("Sửa từ {before} thành {after} sau khi khóa, có đơn mở khóa.")
ODD_AFTER_LOCK_UNGRANTED: Final = gettext_noop(
    "Sửa từ {before} thành {after} sau khi khóa, không có đơn mở khóa."
)
ODD_JUMP_PUPIL: Final = gettext_noop("{column} được {mark}, lệch xa điểm thường xuyên (trung bình {mean}).")
ODD_JUMP_CLASS: Final = gettext_noop(
    "Trung bình cả lớp cột {column} là {mark}, điểm thường xuyên trung bình {mean}."
)
ODD_ALTERED: Final = gettext_noop("Trong sổ là {value}, bản gốc là {recorded}, không có đơn sửa điểm.")
ODD_LOST: Final = gettext_noop("Trong sổ còn trống, bản gốc là {recorded}.")
ODD_UNLIKELY: Final = gettext_noop("Điểm {value} khác hẳn các điểm còn lại của em (khoảng {likely}).")

# --- pasted blocks -------------------------------------------------------------------------------------------------

BLOCK_LOCKED: Final = gettext_noop("Cột {column} đã khóa. Xin mở khóa rồi dán lại.")
BLOCK_NO_PUPIL: Final = gettext_noop("Lớp không có em “{name}”.")
BLOCK_ELSEWHERE: Final = gettext_noop("“{name}” là học sinh lớp {classroom}.")
BLOCK_TWICE: Final = gettext_noop("Trùng em ở dòng {row}, chọn một.")
BLOCK_NAMESAKES: Final = gettext_noop("Lớp có {count} em tên “{name}”. Thêm cột mã học sinh rồi dán lại.")
BLOCK_CODE_AND_NAME: Final = gettext_noop("Mã {code} là của em {owner}, không phải “{name}”.")
BLOCK_NO_ROW: Final = gettext_noop("Dòng này ở dưới em cuối của lớp.")
BLOCK_FOLDED_NAME: Final = gettext_noop("Tên gõ thiếu dấu, đã ghép.")
BLOCK_LONGER_NAME: Final = gettext_noop("Tên có thêm chữ, đã ghép.")
BLOCK_MOVE: Final = gettext_noop("Ô đang là “{before}”, không ghi đè được: {why}")
WARN_EMPTY: Final = gettext_noop("Không có điểm nào trong phần vừa dán.")
WARN_TOO_BIG: Final = gettext_noop("Phần vừa dán có {rows} dòng, {columns} cột. Dán từng lớp một.")
WARN_ORDER: Final = gettext_noop(
    "Thứ tự trong Excel lệch từ dòng {row}. Điểm được ghép theo tên hoặc mã, không theo thứ tự; xem các dòng tô vàng."
)
WARN_MORE_ROWS: Final = gettext_noop("Phần vừa dán có {rows} dòng, từ ô đang chọn chỉ còn {pupils} em.")
WARN_FEWER_ROWS: Final = gettext_noop(
    "Phần vừa dán có {rows} dòng, lớp có {pupils} em. Xem có thiếu dòng nào ở giữa không."
)
WARN_WIDE: Final = gettext_noop("Phần vừa dán thừa {count} cột so với sổ, từ ô đang chọn.")
WARN_OTHER_CLASS: Final = gettext_noop(
    "{count} trong {rows} dòng là học sinh lớp {classroom}. Có thể đã chép nhầm lớp."
)
WARN_UNKNOWN_PUPILS: Final = gettext_noop("{count} trong {rows} dòng không phải học sinh lớp này.")
WARN_HEADER_MOVED: Final = gettext_noop(
    "Tiêu đề ghi {header}, ô đang chọn ở cột {selected}. Điểm sẽ ghi theo tiêu đề."
)
WARN_LIKE_COLUMN: Final = gettext_noop(
    "Điểm dán vào cột {column} trùng với cột {other} đã có ở {same} trong {pairs} em. Có thể lệch cột."
)
WARN_CORRELATED: Final = gettext_noop(
    "Điểm dán vào cột {column} khác điểm đang có nhưng rất giống cột {other}. Có thể lệch cột."
)
WARN_SHIFTED_ROW: Final = gettext_noop(
    "Điểm dán vào cột {column} giống điểm đang có nếu lệch {offset} dòng. Có thể lệch dòng."
)
WARN_ROW_MISFIT: Final = gettext_noop(
    "Điểm dán vào cột {column} hợp với sức học của lớp hơn nếu lệch {offset} dòng. Có thể lệch dòng."
)
WARN_CLASS_MISFIT: Final = gettext_noop(
    "Điểm dán vào cột {column} không theo sức học của các em trong lớp. Có thể chép nhầm lớp."
)
WARN_MOSTLY_REFUSED: Final = gettext_noop(
    "{count} trong {all} ô không phải điểm của cột đã chọn. Có thể lệch cột."
)
WARN_IGNORED_COLUMNS: Final = gettext_noop("Không dùng cột: {columns}.")
