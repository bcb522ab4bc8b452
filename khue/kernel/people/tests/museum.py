"""Passwords nobody should have: some met again and again in leaked lists, most made by the guessers' own rules.

Each room is a kind of guess. Nothing here belongs to anybody; the person guessed at is Lê Hoài An of the cast,
born 14/03/2013, telephone 0912 345 118, of class 8A3 of THCS Lê Quý Đôn.
"""

from __future__ import annotations

import unicodedata

YEARS = range(2005, 2027)


def bare(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in plain if not unicodedata.combining(char)).replace(" ", "")


def filled(text: str, size: int = 15) -> str:
    """A guess made long enough the way people do it: again, then with a count."""
    while len(text) < size:
        text += text if len(text) * 2 <= 30 else "123456789"[: max(1, size - len(text))]
    return text


SHORT = [
    "", " ", "1", "abc", "matkhau", "123456", "12345678", "hocsinh123", "Abc@12345", "lehoaian", "14032013",
    "ngắn quá", "vnedu@123", "P@ssw0rd", "iloveyou", "mật khẩu", "khue2026", "thcs lqd", "a" * 14, "bún cá trưa!",
]  # fmt: skip

WORDS_AND_NUMBERS = [
    filled(f"{word}{tail}")
    for word in (
        "matkhau", "MatKhau", "mậtkhẩu", "Mật khẩu ", "matkhaumoi", "hocsinh", "Học sinh ", "giaovien", "phuhuynh",
        "vnedu", "VnEdu@", "smas", "nhatruong", "thaygiao", "cogiao", "tieuhoc", "mamnon", "thcs", "THPT ", "giaoduc",
        "admin", "Admin@", "password", "welcome", "vietnam", "hanoi", "saigon", "thanhhoa",
    )
    for tail in ("123456789", "@123456", "2026", "2026@2026", "!!!!!!!!", "01012001")
]  # fmt: skip

LOVE = [
    filled(text)
    for text in (
        "iloveyou", "I love you 123", "iloveyou3000", "anhyeuem", "Anh yêu em ", "anhyeuem99999", "emyeuanh",
        "em yêu anh 2026", "yeuemnhieu", "yêu em nhiều ", "toiyeuem", "yeumaimai", "yêu mãi mãi ", "yeumaimai1314",
        "mottinhyeu", "tinhyeu", "hanhphuc", "Hạnh phúc ", "conyeume", "con yêu mẹ ", "giadinh", "gia đình tôi ",
        "babylove", "loveyou4ever", "anhyeuem vietnam", "iloveyou matkhau", "conyeubo conyeume", "em yêu trường em ",
    )
]  # fmt: skip

KEYS = [
    filled(text)
    for text in (
        "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwerty", "asdfgh", "1qaz2wsx", "1qaz2wsx3edc", "zaq12wsx",
        "zaq1xsw2cde3", "1q2w3e4r", "1q2w3e4r5t6y", "q1w2e3r4t5", "qazwsxedc", "qazwsxedcrfv", "poiuytrewq",
        "lkjhgfdsa", "mnbvcxz", "0987654321", "1234567890", "147258369", "159753", "789456123", "abcdefgh",
        "abcdefghijklmnop", "zyxwvutsrq", "aaaaaaaa", "111111", "00000000", "121212", "123123", "112233", "abcabc",
        "qweasdzxc", "asdf1234", "qwer1234", "abcd1234", "a1b2c3d4", "1a2b3c4d", "qwerty123456", "Qwerty@123456",
    )
]  # fmt: skip

DAYS = [
    text
    for d, m, y in ((14, 3, 2013), (20, 11, 2010), (2, 9, 2008), (1, 6, 2012), (30, 4, 1975), (19, 5, 1990))
    for text in (
        f"{d:02}{m:02}{y}{d:02}{m:02}{y}", f"{d:02}/{m:02}/{y} {d:02}/{m:02}/{y}", f"{d:02}-{m:02}-{y}-{y}{y}",
        f"{d}/{m}/{y} {d}/{m}/{y}", f"{d:02}.{m:02}.{y} 8A3 8A3", f"{y}{m:02}{d:02}{y}{m:02}{d:02}",
        f"Sinh {d:02}/{m:02}/{y}!!", f"ngày {d:02}/{m:02}/{y}", f"{d:02}{m:02}{y}matkhau", f"hocsinh{d:02}{m:02}{y}",
    )
]  # fmt: skip

PHONES = [
    shape.format(p=number, dots=f"{number[:4]}.{number[4:7]}.{number[7:]}", last=number[1:])
    for number in ("0912345118", "0987654321", "0356789012", "0774123456", "0868686868", "0321456987")
    for shape in ("{p}{p}", "{dots} {dots}", "+84{last} {p}", "matkhau{p}", "{p}@vnedu", "sdt {p} 1")
]

NAMES = [
    filled(shape.format(n=name, b=bare(name), y=year, d=f"{year % 28 + 1:02}{year % 12 + 1:02}{year}"))
    for name, year in zip(
        (
            "Nguyễn Văn An", "Trần Thị Lan", "Lê Minh Tuấn", "Phạm Thu Hà", "Hoàng Gia Bảo", "Vũ Ngọc Anh",
            "Đặng Quốc Huy", "Bùi Phương Thảo", "Đỗ Đức Mạnh", "Hồ Thanh Tùng", "Lý Tuấn Kiệt", "Dương Khánh Linh",
        ),
        YEARS,
        strict=False,
    )
    for shape in ("{b}{y}", "{n} {y}", "{b}{d}", "{y}{b}", "{b}@{y}", "{b}123456", "{b}{b}{y}")
    if "mạnh" not in name.lower() and "kiệt" not in name.lower() and "quốc" not in name.lower()
]  # fmt: skip

THE_PERSON = [
    filled(shape)
    for shape in (
        "lehoaian14032013", "LeHoaiAn@14032013", "Lê Hoài An 2013", "hoaian140313", "an.hoai.le.2013",
        "hoai an 8A3 2026",
        "Lê Hoài An lớp 8A3", "leqdon8a3", "Lê Quý Đôn 8A3", "THCS Lê Quý Đôn", "thcslequydon", "lequydon2026",
        "8A3 8A3 8A3 8A3", "lop8a3lequydon", "hocsinh8a3lequydon", "0912345118hoaian", "0912 345 118 An",
        "hoaian@vnedu.vn", "matkhau cua an", "An Lê 14/3/2013", "em An lớp 8A3", "hoaianhoaianhoaian",
        "trường Lê Quý Đôn", "Khuê Khuê Khuê 2026", "khue-hoai-an-2026", "20130314hoaian", "anlehoai8a3lqd1",
    )
]  # fmt: skip

LEET = [
    filled(text)
    for text in (
        "P@ssw0rd12345678", "P@$$w0rd", "Passw0rd2026", "m4tkh4u", "M@tkh@u", "m@tkh4u2026", "h0cs1nh", "H0c$inh@",
        "v13tn4m", "Vi3tn@m", "@dmin", "4dm1n", "adm1n@vnedu", "w3lc0me", "l3tm31n", "g1@ovien", "gi40vien", "il0vey0u",
        "1loveyou", "@nhyeuem", "4nhy3u3m", "s41gon", "h@noi", "f00tball", "dr4gon",
    )
]  # fmt: skip

PAIRS = [
    filled(f"{one}{between}{two}")
    for one, two in (
        ("superman", "batman11"), ("princess", "michelle"), ("football", "baseball"), ("dragon", "monkey77"),
        ("sunshine", "butterfly"), ("computer", "internet"), ("liverpool", "chelsea"), ("samsung", "nokia123"),
    )
    for between in ("", " ", "_", "-", "123")
]  # fmt: skip

LEAKED = [
    "passwordpassword1", "qwertyuiop123456789", "1234567890qwertyuiop", "thisisapassword", "letmein123456789",
    "iloveyousomuch12", "iloveyouforever1", "correcthorsebatterystaple", "trustno1trustno1", "changemechangeme",
    "qazwsxedcrfvtgbyhn", "asdfghjklzxcvbnm", "0123456789abcdef", "unbelievable12345", "administrator123",
    "january123456789", "starwarsstarwars", "motorola12345678", "manchesterunited", "internetexplorer",
]  # fmt: skip

ROOMS = {
    "short": SHORT, "words and numbers": WORDS_AND_NUMBERS, "love": LOVE, "keys": KEYS, "days": DAYS,
    "phones": PHONES, "names": NAMES, "the person": THE_PERSON, "leet": LEET, "pairs": PAIRS, "leaked": LEAKED,
}  # fmt: skip

SENTENCES = (
    "cây bàng trước cổng", "trưa nay ăn bún cá", "mưa rơi trên mái tôn cũ", "Xe đạp màu xanh của bà",
    "con mèo ngủ trên nóc tủ", "bà nội kể chuyện đêm trăng", "sáng thứ ba trời nhiều sương",
    "chiếc cặp có ba ngăn kéo", "cá rô đồng rán giòn rụm", "đường làng lát gạch nghiêng",
    "quạt mo mèo con bến sông 41", "tháng bảy nước lên bờ ao", "hoa mướp vàng leo kín giàn",
    "chú tôi trồng mười gốc bưởi", "em út sợ tiếng sấm đêm hè", "bút chì gãy giữa giờ toán",
    "đàn vịt bơi ngược dòng nước", "gió lùa qua khe cửa bếp", "mẹ gói bánh chưng không nhân",
    "hạt thóc rơi ngoài sân đình", "ai cũng quên ô khi trời nắng", "ngỗng trắng đuổi người đưa thư",
    "tiếng ve kêu suốt buổi trưa", "nồi cơm điện hỏng từ hôm qua", "ba con đò chở đầy dưa hấu",
    "chợ phiên họp ngày mồng bảy", "thầy dạy vẽ hay quên kính", "cô thủ thư nuôi hai con rùa",
    "lá bàng đỏ rụng kín sân", "đèn dầu cháy tới gà gáy", "trâu già không sợ dao phay!",
    "chân mây vắt ngang đỉnh đèo", "purple kettle sings at noon", "seven crooked umbrellas wait",
    "our goat ate the train ticket", "kYt7#pQz!mR2&wLx9", "xxxkYt7#pQz!mR2&wkYt7#pQz!mR2&w", "G7vq-Zp2m-Ht9c-Wk4d",
    "83920174650192837465", "tôi để quên chìa khóa ở nhà Lan",
)  # fmt: skip
