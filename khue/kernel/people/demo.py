"""People of a demo province and their accounts: one line of COPY text each, every key joined from keyed name parts.

Nobody is real and nobody can be taken for a real person by a number: ministry codes begin with 17, which no province
of the demo's neighbours issues; telephone numbers begin with 050, a prefix given to no network.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from khue.kernel.demo.engine import NULL, Demo
from khue.kernel.demo.names import Family, Given, Namer, parted

PROVINCES: Final = ("017",) * 18 + ("014", "022")
PERSON: Final = "people.Person"
_CHECKS: Final = tuple(
    sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(f"{low:04d}"))
    for low in range(10_000)
)


def make(demo: Demo) -> None:
    """Leave "people": the maker that later modules call."""
    demo.put("people", People(demo))


class People:
    """Makes persons and accounts."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.rng = demo.rng("people")
        self.namer = Namer(demo.rng("people", "names"))
        self.persons = demo.table(
            PERSON,
            "id", "full_name", "given_name", "birth_date", "sex", "ethnicity", "personal_id", "ministry_code", "code",
            "phone", "birth_place", "home_town", "address", "commune_code", "search_key", "sort_key",
        )  # fmt: skip
        self.accounts = demo.table(
            "people.Account", "id", "person_id", "login_name", "activated_at", "password"
        )
        self.next_id = demo.counter(PERSON)
        self._person, self._account = self.persons.line, self.accounts.line
        self._numbers: dict[str, int] = {}
        self._ministry = 0
        self._phones = 0

    def add(
        self,
        family: Family,
        given: Given,
        birth: str,
        sex: int,
        group: str,
        place: str,
        *,
        ministry_code: str = NULL,
        has_personal_id: bool = True,
        has_phone: bool = False,
        login_name: str = "",
    ) -> int:
        """Write a person (birth as ISO text, `place` from `places`) with an account; gives the id.

        People sign in by ministry code, guardians by telephone number; the cast by first names.
        """
        pk = self.next_id()
        code = f"K{pk:010d}{-(_CHECKS[pk % 10_000] + _high(pk // 10_000)) % 10}"
        number = self.personal_id(birth, sex) if has_personal_id else NULL
        phone = self.phone() if has_phone else ""
        self._person(
            f"{pk}\t{family[0]}{given[0]}\t{given[2]}\t{birth}\t{sex}\t{group}\t{number}\t{ministry_code}\t{code}\t"
            f"{phone}\t{place}\t{family[1]}{given[1]}\t{given[3]}-{family[2]}{given[4]}"
        )
        activated = self.demo.moment if login_name else NULL
        wish = ministry_code if ministry_code != NULL else f"0{phone[3:]}" if phone else code.lower()
        self._account(f"{pk}\t{pk}\t{login_name or wish}\t{activated}\t!")
        return pk

    def personal_id(self, birth: str, sex: int) -> str:
        """A personal number nobody else in the demo has, agreeing with sex and year of birth (rules/03 section 1)."""
        key = f"{birth[:4]}{sex}"
        count = self._numbers[key] = self._numbers.get(key, 0) + 1
        century = 0 if birth[0] == "1" else 2
        number = (count * 618_033 + sex * 71_993) % 1_000_000
        return f"{PROVINCES[count % 20]}{century + sex - 1}{birth[2:4]}{number:06d}"

    def ministry_code(self) -> str:
        """The next ten-digit code."""
        self._ministry += 1
        return f"17{(self._ministry * 61_803_399 + 20_262_027) % 100_000_000:08d}"

    def phone(self) -> str:
        """The next telephone number, E.164."""
        self._phones += 1
        return f"+8450{(self._phones * 6_180_339 + 1_234_567) % 10_000_000:07d}"

    def named(
        self, full_name: str, birth: str, sex: int, group: str, place: str, *, ministry_code: str = NULL,
        has_phone: bool = False, login_name: str = "",
    ) -> int:  # fmt: skip
        """Write a person whose name is given."""
        family, given = parted(full_name)
        return self.add(
            family, given, birth, sex, group, place, ministry_code=ministry_code, has_phone=has_phone,
            login_name=login_name,
        )  # fmt: skip


@lru_cache(maxsize=4)
def _high(high: int) -> int:
    """The weighted sum of the six leading digits; places keep their parity because four digits follow."""
    total, place = 0, 5
    while high:
        high, digit = divmod(high, 10)
        total += digit * (3 if place % 2 == 0 else 1)
        place -= 1
    return total


def places(commune: str, hamlets: int = 12) -> list[str]:
    """Birth place, home town, address and commune code as COPY text, one for each hamlet of a commune."""
    lower = commune[0].lower() + commune[1:]
    is_ward = commune.startswith("Phường")
    word = "tổ dân phố" if is_ward else "thôn"
    return [
        f"{commune}, tỉnh Lam Giang\t{commune}, tỉnh Lam Giang\t{word.capitalize()} {number}, {lower}\t"
        for number in range(1, hamlets + 1)
    ]
