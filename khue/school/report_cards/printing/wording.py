"""What each form shows, in the words of the circulars: pure functions from the shape to plain texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from django.utils.translation import gettext as _

from khue.kernel.papers import PaperError
from khue.kernel.papers.qr import qr_svg
from khue.lib.sexes import Sex
from khue.school.report_cards.printing.shape import (
    BookData,
    CardData,
    CardForm,
    Outcome,
    PartialLine,
    Proof,
    Pupil,
    School,
    Signature,
    Signer,
    TraitLine,
    TransferData,
)

HANOI: Final = timezone(timedelta(hours=7))

LEVELS: Final = {
    "": "",
    "TOT": "Tốt",
    "KHA": "Khá",
    "DAT": "Đạt",
    "CHUA_DAT": "Chưa đạt",
    "GIOI": "Giỏi",
    "TRUNG_BINH": "Trung bình",
    "YEU": "Yếu",
    "KEM": "Kém",
}
PRIMARY_RESULTS: Final = {
    "": "",
    "XUAT_SAC": "Hoàn thành xuất sắc",
    "TOT": "Hoàn thành tốt",
    "HOAN_THANH": "Hoàn thành",
    "CHUA_HOAN_THANH": "Chưa hoàn thành",
}
LEVEL_NAMES: Final = {
    CardForm.PRIMARY: "TIỂU HỌC",
    CardForm.LOWER_SECONDARY: "TRUNG HỌC CƠ SỞ",
    CardForm.UPPER_SECONDARY: "TRUNG HỌC PHỔ THÔNG",
    CardForm.CONTINUING_LOWER: "GIÁO DỤC THƯỜNG XUYÊN\nCẤP TRUNG HỌC CƠ SỞ",
    CardForm.CONTINUING_UPPER: "GIÁO DỤC THƯỜNG XUYÊN\nCẤP TRUNG HỌC PHỔ THÔNG",
}
TEST_WORDS: Final = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
TEST_WARNING: Final = "Bản thử, ký bằng chứng thư thử nghiệm: không có giá trị pháp lý."
TRAIT_GROUPS: Final = {
    "quality": ("2. Những phẩm chất chủ yếu", "", "Phẩm chất"),
    "general_competence": ("3. Những năng lực cốt lõi", "3.1. Những năng lực chung", "Năng lực chung"),
    "specific_competence": ("", "3.2. Những năng lực đặc thù", "Năng lực đặc thù"),
}


class CannotPrintError(PaperError):
    """A card that says what no form knows; the text names the field and the value."""


def code_in_words(table: dict[str, str], code: str, what: str) -> str:
    """A stored code in words."""
    try:
        return table[code]
    except KeyError:
        raise CannotPrintError(_("{what}: không có mức “{code}”.").format(what=what, code=code)) from None


def mark_text(mark: str) -> str:
    """A mark as books show it: "7.9" is 7,9; "M" is exempt."""
    return "Miễn" if mark == "M" else mark.replace(".", ",")


def day_text(day: date | None) -> str:
    """A day as 29/05/2026; nothing for none."""
    return f"{day.day:02}/{day.month:02}/{day.year}" if day else ""


def birth_text(pupil: Pupil) -> str:
    """The birthday as far as it is known: 29/05/2012, 05/2012 or 2012."""
    text = day_text(pupil.born_on)
    return {"month": text[3:], "year": text[6:]}.get(pupil.born_precision, text)


def year_text(year: int) -> str:
    """2026 is "2026 – 2027"."""
    return f"{year} – {year + 1}"


def instant_text(at: datetime) -> str:
    """An instant in the clock of Việt Nam."""
    return f"{at.astimezone(HANOI):%d/%m/%Y %H:%M:%S} +07:00"


def day_line(place: str, day: date | None) -> str:
    """The line above the head's signature: "Đông Kinh, ngày 29 tháng 5 năm 2026"; dots where no day is known."""
    # A day below 10 and the months 1 and 2 are written with a nought, as in every official document (NĐ 30/2020).
    if day is None:
        rest = "ngày ..... tháng ..... năm ........."
    else:
        month = f"{day.month:02}" if day.month < 3 else str(day.month)
        rest = f"ngày {day.day:02} tháng {month} năm {day.year}"
    return f"{place}, {rest}" if place else rest


def created_at(signatures: tuple[Signature, ...], signed_on: date | None, year: int) -> dict[str, int]:
    """The instant a paper bears (equal data, equal bytes): the last signature, the day, or the year's end."""
    if signatures:
        at = max(s.at for s in signatures).astimezone(UTC)
    else:
        on = signed_on or date(year + 1, 5, 31)
        at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    parts = ("year", "month", "day", "hour", "minute", "second")
    return dict(zip(parts, at.timetuple()[:6], strict=True))


def is_continuing(form: CardForm) -> bool:
    """Whether the form is of continuing education, where people are "học viên"."""
    return form in (CardForm.CONTINUING_LOWER, CardForm.CONTINUING_UPPER)


def learner_word(form: CardForm) -> str:
    """What the form calls those it is about."""
    return "học viên" if is_continuing(form) else "học sinh"


def serial_text(serial: str) -> str:
    """A certificate's number in fours, so that a long one can be read and breaks between them."""
    bare = serial.replace(" ", "").replace(":", "")
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def _signed(signatures: tuple[Signature, ...], role: str) -> dict[str, str] | None:
    one = next((s for s in signatures if s.role == role), None)
    if one is None:
        return None
    if role == "school":
        words = f"Chữ ký số của tổ chức\n{instant_text(one.at)}"
    else:
        words = f"Ký số lúc {instant_text(one.at)}"
    if one.serial:
        words += f"\nChứng thư số: {serial_text(one.serial)}"
    return {"name": one.name, "words": words}


def signed_places(signatures: tuple[Signature, ...]) -> dict[str, dict[str, str] | None]:
    """The words in the three places at the end of a paper."""
    return {role: _signed(signatures, role) for role in ("homeroom", "principal", "school")}


def _subject_signed(signatures: tuple[Signature, ...], code: str) -> str:
    one = next((s for s in signatures if s.role == "subject" and s.subject == code), None)
    return "" if one is None else f"Đã ký: {one.name}, {day_text(one.at.astimezone(HANOI).date())}"


def absent_text(excused: int | None, unexcused: int | None) -> str:
    """Half-day sessions missed: "3 có phép, 1 không phép"; nothing while unknown."""
    counts = ((excused, "có phép"), (unexcused, "không phép"))
    return ", ".join(f"{count} {words}" for count, words in counts if count is not None)


def signer_words(signer: Signer, title: str) -> dict[str, Any]:
    """A place of the form: the lines of the office above, the name below."""
    return {"name": signer.full_name, "title": (signer.title or title).split("\n")}


def proof_words(proof: Proof | None, what: str = "học bạ này") -> dict[str, str] | None:
    """The strip at the foot; `what` the reader holds: "học bạ này", "phiếu này"."""
    if proof is None:
        return None
    print_ = proof.fingerprint
    short = f"{print_[:4]} {print_[4:8]} {print_[8:12]} {print_[12:16]} … {print_[-4:]}" if print_ else ""
    return {
        "qr": qr_svg(proof.url),
        "alt": f"Mã QR để xác minh, mã {proof.code}",
        "words": f"{proof.where}, nhập {proof.code} để xem {what} còn giá trị hay không.",
        "print": short,
        "warning": TEST_WARNING if proof.is_test else "",
    }


def _outcome_line(card: CardData) -> tuple[str, str] | None:
    result = card.result
    after = ""
    if result is not None and result.learning_after:
        after = " sau kiểm tra, đánh giá lại"
    elif result is not None and result.conduct_after:
        after = " sau rèn luyện trong kì nghỉ hè"
    if card.outcome == Outcome.PROMOTED:
        return (f"Được lên lớp{after}", card.promoted_to or "Được lên lớp")
    if card.outcome == Outcome.RETAINED:
        return ("Không được lên lớp", f"học lại lớp {card.grade}")
    if card.outcome == Outcome.SUMMER_TRAINING:
        return ("Chưa xét lên lớp", "rèn luyện trong kì nghỉ hè")
    if card.outcome == Outcome.RETEST:
        return ("Chưa xét lên lớp", "kiểm tra, đánh giá lại các môn chưa đạt")
    if card.outcome == Outcome.PRINCIPAL_DECIDES:
        return ("Lên lớp", "chờ hiệu trưởng quyết định")
    if card.outcome:
        raise CannotPrintError(_("Kết quả cuối năm: không có “{code}”.").format(code=card.outcome))
    return None


def _completion_line(card: CardData) -> tuple[str, str] | None:
    if not card.completion and not card.decision:
        return None
    return ("Xác nhận", " ".join(filter(None, (card.completion, card.decision and f"({card.decision})"))))


def _common(card: CardData) -> dict[str, Any]:
    signed = max((s.at for s in card.signatures), default=None)
    version = f"Bản {card.version}"
    if signed is not None:
        version += f", ký ngày {day_text(signed.astimezone(HANOI).date())}"
    notes = [card.replaces] if card.replaces else []
    if card.individual_plan:
        notes.append(card.individual_plan)
    return {
        "kind": "primary" if card.form.is_primary else "secondary",
        "school": card.school.name,
        "place_line": ", ".join(filter(None, (card.school.commune, card.school.province))),
        "code_label": f"Mã {learner_word(card.form)}",
        "code": card.pupil.learner_code,
        "version_line": version,
        "under": f"(Theo Thông tư số {card.circular})",
        "who": [
            ("Họ và tên", card.pupil.full_name),
            ("Ngày sinh", birth_text(card.pupil)),
            ("Số định danh cá nhân", card.pupil.personal_id),
            ("Lớp", f"{card.classroom}, năm học {year_text(card.year)}"),
        ],
        "day_line": day_line(card.place, card.signed_on),
        "principal": signer_words(card.principal, "GIÁM ĐỐC" if is_continuing(card.form) else "HIỆU TRƯỞNG"),
        "signed": signed_places(card.signatures),
        "notes": notes,
    }


def _secondary(card: CardData) -> dict[str, Any]:
    result = card.result
    if result is None:
        raise CannotPrintError(_("Học bạ chưa có kết quả cả năm."))
    older = card.circular.startswith("58/")
    means = (result.mean_first, result.mean_second, result.mean_year)
    head = "giám đốc" if is_continuing(card.form) else "hiệu trưởng"
    lines = [line for line in (_outcome_line(card),) if line]
    completion = _completion_line(card)
    if completion:
        lines.append(completion)
    lines += [
        ("Chứng chỉ (nếu có)", card.certificates),
        ("Kết quả tham gia các cuộc thi (nếu có)", card.prizes),
        ("Khen thưởng đặc biệt (nếu có)" if older else "Khen thưởng (nếu có)", card.awards),
    ]
    common = _common(card)
    common["notes"].append(
        f"Chữ ký của giáo viên chủ nhiệm, {head} và nhà trường ở cuối bản này xác nhận mọi trang."
    )
    return {
        **common,
        "title": "KẾT QUẢ HỌC TẬP CÁC MÔN HỌC",
        "name_line": f"{card.pupil.full_name}, lớp {card.classroom}, năm học {year_text(card.year)}",
        "subjects": [
            {
                "name": s.name,
                "first": mark_text(s.first),
                "second": mark_text(s.second),
                "year": mark_text(s.year),
                "retest": mark_text(s.retest),
                "comment": s.comment,
                "signed": _subject_signed(card.signatures, s.code),
                "teacher": s.teacher,
            }
            for s in card.subjects
        ],
        "result": {
            "conduct": [
                code_in_words(LEVELS, level, "Rèn luyện")
                for level in (
                    result.conduct_first,
                    result.conduct_second,
                    result.conduct_year,
                    result.conduct_after,
                )
            ],
            "learning": [
                code_in_words(LEVELS, level, "Học tập")
                for level in (
                    result.learning_first,
                    result.learning_second,
                    result.learning_year,
                    result.learning_after,
                )
            ],
            "mean": [mark_text(mean) for mean in means] if any(means) else [],
            "absences": "" if result.absences is None else f"{result.absences:02}",
        },
        "lines": lines,
        "homeroom": signer_words(card.homeroom, "GIÁO VIÊN CHỦ NHIỆM"),
        "homeroom_comment": card.homeroom_comment,
        "summer": result.summer_comment,
        "principal_comment": card.principal_comment or "Đồng ý với kết quả đánh giá của giáo viên chủ nhiệm.",
        "words": {
            "marks_head": "Điểm trung bình"
            if is_continuing(card.form)
            else "Điểm trung bình hoặc mức đánh giá",
            "result_title": "KẾT QUẢ RÈN LUYỆN VÀ TỔNG KẾT NĂM HỌC",
            "conduct": "Hạnh kiểm" if older else "Rèn luyện",
            "learning": "Học lực" if older else "Học tập",
            "homeroom_title": "NHẬN XÉT CỦA GIÁO VIÊN CHỦ NHIỆM",
            "principal_title": f"PHÊ DUYỆT CỦA {head.upper()}",
        },
    }


def _traits(lines: tuple[TraitLine, ...], comments: dict[str, str]) -> list[dict[str, Any]]:
    groups = []
    for group, (title, under, head) in TRAIT_GROUPS.items():
        found = [{"name": line.name, "level": mark_text(line.level)} for line in lines if line.group == group]
        if found:
            groups.append(
                {"title": title, "under": under, "head": head, "lines": found, "comment": comments[group]}
            )
    return groups


def _primary(card: CardData) -> dict[str, Any]:
    result = card.primary_result
    if result is None:
        raise CannotPrintError(_("Học bạ chưa có kết quả cả năm."))
    common = _common(card)
    body = " ".join(
        filter(
            None,
            (
                result.height_cm and f"cao {result.height_cm} cm,",
                result.weight_kg and f"nặng {result.weight_kg} kg,",
                result.health,
            ),
        )
    ).rstrip(",")
    absent = absent_text(result.absences_excused, result.absences_unexcused)
    common["who"] += [("Sức khỏe", body), ("Số buổi nghỉ", absent)]
    lines = [
        (
            "4. Đánh giá kết quả giáo dục",
            code_in_words(PRIMARY_RESULTS, result.result, "Kết quả giáo dục"),
        ),
        ("5. Khen thưởng", ". ".join(filter(None, (card.awards, card.prizes)))),
        (
            "6. Hoàn thành chương trình lớp học, chương trình tiểu học",
            _completion(card, result.after_support),
        ),
    ]
    if card.homeroom_comment:
        lines.insert(0, ("Nhận xét của giáo viên chủ nhiệm", card.homeroom_comment))
    return {
        **common,
        "title": "KẾT QUẢ HỌC TẬP VÀ RÈN LUYỆN",
        "subjects": [
            {
                "name": s.name,
                "level": mark_text(s.level),
                "mark": mark_text(s.mark),
                "comment": s.comment,
                "signed": _subject_signed(card.signatures, s.code),
                "teacher": s.teacher,
            }
            for s in card.primary_subjects
        ],
        "traits": _traits(
            result.traits,
            {
                "quality": result.quality_comment,
                "general_competence": result.general_comment,
                "specific_competence": result.specific_comment,
            },
        ),
        "lines": lines,
        "homeroom": signer_words(card.homeroom, "GIÁO VIÊN CHỦ NHIỆM"),
        "words": {
            "subject_letters": "T: Hoàn thành tốt; H: Hoàn thành; C: Chưa hoàn thành.",
            "trait_letters": "T: Tốt; Đ: Đạt; C: Cần cố gắng.",
        },
    }


def _completion(card: CardData, after_support: str) -> str:
    parts = [card.completion, after_support, card.decision and f"({card.decision})"]
    if card.outcome == Outcome.PROMOTED and card.promoted_to:
        parts.insert(1, f"được lên {card.promoted_to}")
    elif card.outcome == Outcome.RETAINED:
        parts.insert(1, f"học lại lớp {card.grade}")
    return ", ".join(part for part in parts[:-1] if part) + (f" {parts[-1]}" if parts[-1] else "")


def card_pages(card: CardData) -> dict[str, Any]:
    """The pages of one school year."""
    return _primary(card) if card.form.is_primary else _secondary(card)


def _paper(
    title: str, school: School, proof: Proof | None, created: dict[str, int], foot: str
) -> dict[str, Any]:
    return {
        "title": title,
        "author": [school.name],
        "created": created,
        "proof": proof_words(proof),
        "foot": foot,
        "across": TEST_WORDS if proof is not None and proof.is_test else "",
    }


def card_words(card: CardData) -> dict[str, Any]:
    """Everything the card of one year shows."""
    return {
        **_paper(
            f"Học bạ {card.pupil.full_name}, năm học {year_text(card.year)}",
            card.school,
            card.proof,
            created_at(card.signatures, card.signed_on, card.year),
            "Bản in từ học bạ số.",
        ),
        "pages": 0 if card.form.is_primary else 2,
        "card": card_pages(card),
    }


def _relatives(pupil: Pupil) -> list[tuple[str, str]]:
    lines = []
    for relation, label in (("father", "cha"), ("mother", "mẹ"), ("guardian", "người giám hộ")):
        found = [one for one in pupil.relatives if one.relation == relation]
        for one in found:
            job = f", nghề nghiệp: {one.job}" if one.job else ""
            lines.append((f"Họ và tên {label}", one.full_name + job))
        if not found:
            lines.append((f"Họ và tên {label}", ""))
    return lines


def _about(book: BookData) -> list[tuple[str, str]]:
    pupil = book.pupil
    sex = Sex(pupil.sex).label if pupil.sex in (1, 2) else ""
    lines = [
        ("Họ và tên", pupil.full_name),
        ("Giới tính", sex),
        ("Ngày, tháng, năm sinh", birth_text(pupil)),
        ("Nơi sinh", pupil.birth_place),
        ("Quê quán", pupil.home_town),
        ("Dân tộc", pupil.ethnic_group),
        ("Quốc tịch", pupil.nationality),
        ("Số định danh cá nhân", pupil.personal_id),
        (f"Mã {learner_word(book.form)}", pupil.learner_code),
        ("Chỗ ở hiện tại", pupil.address),
        *_relatives(pupil),
    ]
    if pupil.policy:
        lines.insert(6, ("Con liệt sĩ, con thương binh, diện chính sách", pupil.policy))
    return lines


def book_words(book: BookData) -> dict[str, Any]:
    """Everything the book of a school life shows."""
    level = LEVEL_NAMES[book.form].split("\n")
    last = max((card.year for card in book.cards), default=book.opened_on.year if book.opened_on else 2000)
    signatures = book.signatures + tuple(s for card in book.cards for s in card.signatures)
    days = [card.signed_on for card in book.cards if card.signed_on]
    return {
        **_paper(
            f"Học bạ {book.pupil.full_name}",
            book.school,
            book.proof,
            created_at(signatures, max(days, default=book.opened_on), last),
            f"Bản in từ học bạ số của {book.pupil.full_name}.",
        ),
        "book": {
            "level": level,
            "learner": learner_word(book.form),
            "cover": [
                (f"Họ và tên {learner_word(book.form)}", book.pupil.full_name),
                ("Trường", book.school.name),
                ("Xã, phường", book.school.commune),
                ("Tỉnh, thành phố", book.school.province),
                ("Số", book.number),
            ],
            "about": _about(book),
            "day_line": day_line(book.place, book.opened_on),
            "principal": signer_words(
                book.principal, "GIÁM ĐỐC" if is_continuing(book.form) else "HIỆU TRƯỞNG"
            ),
            "signed": signed_places(book.signatures),
            "history": [
                {
                    "year": year_text(row.year),
                    "classroom": row.classroom,
                    "school": row.school,
                    "number": row.register_number,
                    "joined": day_text(row.joined_on),
                    "note": row.note,
                }
                for row in book.history
            ],
            "cards": [
                {
                    **card_pages(card),
                    "bookmark": f"Năm học {year_text(card.year)}, lớp {card.classroom}, {card.school.name}",
                }
                for card in book.cards
            ],
        },
    }


def over_school(form: CardForm, school: School) -> str:
    """Who stands over a school: the department over upper secondary and continuing, else the commune."""
    if form in (CardForm.PRIMARY, CardForm.LOWER_SECONDARY):
        return f"Ủy ban nhân dân\n{school.commune}"
    return f"Sở Giáo dục và Đào tạo\n{school.province}"


def _partial(line: PartialLine) -> dict[str, str]:
    book = f"Sách: {line.book}" if line.book else ""
    return {
        "name": line.name,
        "first": mark_text(line.first),
        "regular": "; ".join(mark_text(mark) for mark in line.regular),
        "middle": mark_text(line.middle),
        "end": mark_text(line.end),
        "average": mark_text(line.average),
        "comment": "\n".join(filter(None, (line.comment, book))),
        "teacher": "",  # the sheet is signed as a whole
        "signed": "",
    }


def transfer_words(sheet: TransferData) -> dict[str, Any]:
    """Everything the sheet of partial results shows."""
    closing = [
        ("Kết quả học tập học kì I", code_in_words(LEVELS, sheet.learning_first, "Học tập")),
        ("Kết quả rèn luyện học kì I", code_in_words(LEVELS, sheet.conduct_first, "Rèn luyện")),
    ]
    if sheet.form.is_primary or sheet.term == 1:
        closing = []
    closing += [
        (
            "Số buổi nghỉ học tính đến ngày chuyển",
            absent_text(sheet.absences_excused, sheet.absences_unexcused),
        ),
        ("Nhận xét của giáo viên chủ nhiệm", sheet.comment),
        ("Lý do chuyển trường", sheet.reason),
    ]
    traits = "; ".join(f"{line.name}: {mark_text(line.level)}" for line in sheet.traits if line.level)
    return {
        **_paper(
            f"Phiếu kết quả khi chuyển trường, {sheet.pupil.full_name}",
            sheet.school,
            sheet.proof,
            created_at(sheet.signatures, sheet.signed_on or sheet.as_of, sheet.year),
            "Bản in từ hồ sơ chuyển trường số.",
        ),
        "proof": proof_words(sheet.proof, "phiếu này"),
        "pages": 1,
        "sheet": {
            "kind": "primary" if sheet.form.is_primary else "secondary",
            "over": over_school(sheet.form, sheet.school),
            "school": sheet.school.name,
            "number": sheet.number,
            "title": "PHIẾU KẾT QUẢ HỌC TẬP, RÈN LUYỆN KHI CHUYỂN TRƯỜNG",
            "under": f"(Tính đến ngày {day_text(sheet.as_of)}, học kì {'I' * sheet.term}, năm học "
            f"{year_text(sheet.year)}, theo Thông tư số {sheet.circular})",
            "who": [
                ("Họ và tên", sheet.pupil.full_name),
                ("Ngày sinh", birth_text(sheet.pupil)),
                ("Số định danh cá nhân", sheet.pupil.personal_id),
                (f"Mã {learner_word(sheet.form)}", sheet.pupil.learner_code),
                ("Chuyển đến", sheet.to_school),
                ("Lớp đang học", sheet.classroom),
                ("Giáo viên chủ nhiệm", sheet.homeroom.full_name),
            ],
            "marks_title": "Kết quả các môn học đến ngày chuyển",
            "lines": [_partial(line) for line in sheet.lines],
            "traits": f"Phẩm chất, năng lực: {traits}." if traits else "",
            "closing": closing,
            "day_line": day_line(sheet.place, sheet.signed_on),
            "principal": signer_words(
                sheet.principal, "GIÁM ĐỐC" if is_continuing(sheet.form) else "HIỆU TRƯỞNG"
            ),
            "signed": signed_places(sheet.signatures),
        },
    }
