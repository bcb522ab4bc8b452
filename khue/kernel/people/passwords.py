"""What a password must be (reliability F4): long, not guessable from the person or the school, nothing else asked.

With a second factor 12 characters are enough; a password that stands alone needs 15 (NIST SP 800-63B-4), for pupils
and parents too: a sentence of four or five Vietnamese words has them. No composition rules, no expiry, paste welcome.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from khue.kernel.people import guessable
from khue.kernel.people.models import Account

WITH_SECOND_FACTOR = 12
ALONE = 15
LONGEST = 200
LEFT_OVER = 5  # letters that must remain once everything guessable is taken out

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
    if guessable.is_known(text):
        return _("Mật khẩu này nằm trong danh sách hay bị thử đầu tiên. Chọn câu khác.")
    tokens = guessable.of_person(account.person, account.login_name) | guessable.of_words(more)
    if guessable.left_over(text, tokens) < LEFT_OVER or len(set(guessable.folded(text))) < LEFT_OVER:
        return _(
            "Mật khẩu này dễ đoán: gần như chỉ có tên, ngày sinh, số điện thoại, tên trường hoặc dãy phím. "
            "Chọn câu khác."
        )
    return ""


def suggestions(count: int = 3) -> list[str]:
    """Sentences one may take instead of thinking of one: five words out of 130, drawn by chance, kept nowhere."""
    return [
        " ".join(secrets.choice(WORDS) for _word in range(5)) + f" {secrets.randbelow(90) + 10}"
        for _one in range(count)
    ]
