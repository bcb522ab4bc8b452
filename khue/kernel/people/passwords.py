"""What a password must be (reliability F4): long, not guessable from the person or the school, nothing else asked.

With a second factor 12 characters are enough; a password that stands alone needs 15 (NIST SP 800-63B-4), for pupils
and parents too: a sentence of four or five Vietnamese words has them. No composition rules, no expiry, paste welcome.
"""

from __future__ import annotations

import gzip
import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import django.contrib.auth.password_validation as django_rules
from django.utils.translation import gettext as _

from khue.kernel.people.models import Account
from khue.lib.phones import national_digits

WITH_SECOND_FACTOR = 12
ALONE = 15
LONGEST = 200
LEFT_OVER = 5  # letters that must remain once everything guessable is taken out

SCHOOL_WORDS = (
    "matkhau", "password", "hocsinh", "giaovien", "phuhuynh", "hieutruong", "vanthu", "thaygiao", "cogiao", "nhatruong",
    "truonghoc", "tieuhoc", "mamnon", "trunghoc", "thcs", "thpt", "gdtx", "giaoduc", "sogiaoduc", "vnedu", "smas",
    "khue", "csdl", "lophoc", "namhoc", "xinchao", "iloveyou", "anhyeuem", "emyeuanh", "vietnam", "admin", "welcome",
    "letmein", "qwerty", "asdfgh", "zxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx", "abc", "lop",
)  # fmt: skip
RUNS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
)

_WORD_LIST = (
    "bàng phượng bằng lăng sấu xoan tre trúc sen súng cúc mai đào lúa ngô khoai sắn cà chua chuối mít ổi "
    "xoài nhãn vải trâu nghé bò dê ngựa mèo chó gà vịt ngan ong bướm chuồn kiến cò sáo sẻ cá tôm cua ốc "
    "ếch sông suối hồ ao đồi núi đèo biển bãi thuyền bè cầu đường phố ngõ chợ làng bản nhà sân vườn giếng "
    "bếp mái ngói cửa sổ bàn ghế bảng phấn sách vở bút mực thước cặp trống kẻng đèn quạt nón ô áo khăn "
    "giày dép xe đạp tàu mưa nắng gió mây sao trăng sương sấm xanh đỏ vàng tím nâu trắng đen hồng cam cao "
    "thấp rộng hẹp sâu nông gần xa nhanh chậm sớm muộn trước sau bên trong"
)
WORDS = _WORD_LIST.split()


def normal(password: str) -> str:
    """One form for what keyboards type in several: é is é, composed or not."""
    return unicodedata.normalize("NFKC", password)


def folded(text: str) -> str:
    """Lower case, without diacritics, spaces and punctuation: how a guesser reads a password."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in plain if char.isalnum() and not unicodedata.combining(char))


@cache
def common() -> frozenset[str]:
    """Django's 20,000 most common passwords."""
    path = Path(django_rules.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(folded(line.strip()) for line in lines)


def problem(password: str, account: Account, *, has_second_factor: bool, more: Iterable[str] = ()) -> str:
    """What is wrong with a password, in words; nothing when it will do. `more` are names of schools and the like."""
    text = normal(password)
    least = WITH_SECOND_FACTOR if has_second_factor else ALONE
    if len(text) < least:
        return _("Mật khẩu này có %(n)s ký tự, cần ít nhất %(least)s. Một câu ngắn bốn, năm tiếng là đủ.") % {
            "n": len(text), "least": least,
        }  # fmt: skip
    if len(text) > LONGEST:
        return _("Mật khẩu dài quá %(most)s ký tự.") % {"most": LONGEST}
    if _is_common(folded(text)):
        return _("Mật khẩu này nằm trong danh sách hay bị thử đầu tiên. Chọn câu khác.")
    rest = folded(text)
    for token in sorted({*SCHOOL_WORDS, *_of_person(account), *_folded_words(more)}, key=len, reverse=True):
        rest = rest.replace(token, "")
    if len(_without_runs(rest)) < LEFT_OVER or len(set(folded(text))) < LEFT_OVER:
        return _(
            "Mật khẩu này dễ đoán: gần như chỉ có tên, ngày sinh, số điện thoại, tên trường hoặc dãy phím. "
            "Chọn câu khác."
        )
    return ""


def _is_common(text: str) -> bool:
    stem = text.strip("0123456789")
    half = text[: len(text) // 2]
    return (
        text in common() or stem in common() or (len(text) % 2 == 0 and half * 2 == text and half in common())
    )


def _without_runs(text: str) -> str:
    """The text without repeated letters and without pieces of the keyboard or the alphabet."""
    text = re.sub(r"(.)\1{2,}", "", text)
    for run in RUNS:
        for size in (10, 8, 6, 5, 4):
            for start in range(len(run) - size + 1):
                text = text.replace(run[start : start + size], "")
    half = re.fullmatch(r"(.{1,6}?)\1{2,}", text)
    return half[1] if half else text


def _of_person(account: Account) -> set[str]:
    person = account.person
    tokens = {folded(account.login_name), folded(person.full_name), folded(person.code)}
    tokens |= {folded(word) for word in person.full_name.split() if len(folded(word)) >= 3}
    for number in (person.phone and national_digits(person.phone), person.personal_id, person.ministry_code):
        if number:
            tokens |= {folded(number), folded(number)[1:]}
    if person.birth_date:
        tokens |= _of_day(person.birth_date)
    if person.email:
        tokens.add(folded(person.email.split("@")[0]))
    return {token for token in tokens if len(token) >= 3}


def _of_day(day: date) -> set[str]:
    d, m, y = f"{day.day:02}", f"{day.month:02}", f"{day.year}"
    return {d + m + y, y + m + d, m + d + y, d + m + y[2:], f"{day.day}{day.month}{y}", y, d + m}


def _folded_words(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        found.add(folded(text))
        found |= {folded(word) for word in text.split()}
    return {word for word in found if len(word) >= 3}


def suggestions(count: int = 3) -> list[str]:
    """Sentences one may take instead of thinking of one: five words out of 130, drawn by chance, kept nowhere."""
    return [
        " ".join(secrets.choice(WORDS) for _word in range(5)) + f" {secrets.randbelow(90) + 10}"
        for _one in range(count)
    ]
