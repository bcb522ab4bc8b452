"""Vietnamese letters, tones and the shape of a syllable."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""Letters in dictionary order; f j w z stand at their Latin places for minority and foreign names."""

GRAVE: Final = "\u0300"
ACUTE: Final = "\u0301"
TILDE: Final = "\u0303"
HOOK: Final = "\u0309"
DOT: Final = "\u0323"

TONE_RANK: Final[dict[str, int]] = {GRAVE: 1, HOOK: 2, TILDE: 3, ACUTE: 4, DOT: 5}
"""Order of tones in a dictionary: level (0), grave, hook, tilde, acute, dot below."""

_VOWELS: Final = frozenset("aăâeêioôơuưy")
_MARKED_VOWELS: Final = frozenset("ăâêôơư")

_SYLLABLE: Final = re.compile(
    r"(?P<onset>ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
    r"(?P<nucleus>iê|yê|uyê|uya|ươ|uô|uâ|uê|uơ|uy|oa|oă|oe|oo|ia|ya|ưa|ua|[aăâeêioôơuưy])"
    r"(?P<coda>ng|nh|ch|[cmnptiouy])?"
)


def split_tone(word: str) -> tuple[str, str, int]:
    """Take the tone marks off a word; give the word without, the last mark and how many there were."""
    plain: list[str] = []
    tone = ""
    count = 0
    for char in unicodedata.normalize("NFD", word):
        if char in TONE_RANK:
            tone = char
            count += 1
        else:
            plain.append(char)
    return unicodedata.normalize("NFC", "".join(plain)), tone, count


def _tone_place(letters: str) -> int | None:
    """Find the vowel that carries the tone in the newer spelling (hòa, thúy), or None when unclear."""
    glided = letters.startswith("gi") and letters[2:3] in _VOWELS
    start = 2 if len(letters) > 2 and (letters.startswith("qu") or glided) else 0
    places = [i for i in range(start, len(letters)) if letters[i] in _VOWELS]
    if not places or places[-1] - places[0] + 1 != len(places) or len(places) > 3:
        return None
    marked = [i for i in places if letters[i] in _MARKED_VOWELS]
    if marked:
        return marked[-1]
    if len(places) == 2:
        ends_open = places[-1] == len(letters) - 1
        return places[0] if ends_open else places[1]
    return places[len(places) // 2]


@lru_cache(maxsize=65536)
def canonical_tone(word: str) -> str:
    """Move the one tone mark of a word to its canonical vowel, so that Hoà and Hòa become equal."""
    if word.isascii():
        return word
    plain, tone, count = split_tone(word)
    if count != 1:
        return unicodedata.normalize("NFC", word)
    place = _tone_place(plain.lower())
    if place is None:
        return unicodedata.normalize("NFC", word)
    return unicodedata.normalize("NFC", plain[: place + 1] + tone + plain[place + 1 :])


@lru_cache(maxsize=65536)
def is_vietnamese_syllable(word: str) -> bool:
    """Tell whether a word has the shape of one Vietnamese syllable, written lower, upper or capitalised."""
    if not (word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())):
        return False
    plain, tone, count = split_tone(word.lower())
    if count > 1:
        return False
    if plain == "gi":
        return True
    match = _SYLLABLE.fullmatch(plain)
    if match is None:
        return False
    stopped = match["coda"] in ("c", "ch", "p", "t")
    return not stopped or tone in (ACUTE, DOT)
