"""The two names of a card for the public: 128 random bits for the QR code, sixty bits for typing."""

from __future__ import annotations

import secrets
from typing import Final

# Crockford's alphabet: no I, L, O, U, so that what is read aloud or copied by hand comes out right.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", "-": "", " ": "", ".": ""})
LETTERS: Final = 12


def new_reference() -> str:
    """26 letters, 128 random bits."""
    bits = secrets.randbits(128)
    return "".join(ALPHABET[bits >> (5 * place) & 31] for place in range(26))


def new_code() -> str:
    """`7KQ4-M2XD-91TB`: sixty random bits to type."""
    letters = "".join(secrets.choice(ALPHABET) for _place in range(LETTERS))
    return "-".join(letters[begin : begin + 4] for begin in range(0, LETTERS, 4))


def clean_code(typed: str) -> str | None:
    """What somebody typed as a code, brought into form; None when it cannot be one."""
    letters = typed.strip().upper().translate(_ALIKE)
    if len(letters) != LETTERS or any(letter not in ALPHABET for letter in letters):
        return None
    return "-".join(letters[begin : begin + 4] for begin in range(0, LETTERS, 4))


def clean_reference(given: str) -> str | None:
    """A reference as a QR code carries it; None when it cannot be one."""
    letters = given.strip().upper()
    return letters if len(letters) == 26 and all(letter in ALPHABET for letter in letters) else None
