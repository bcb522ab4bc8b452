"""Old Vietnamese fonts: text typed for TCVN3 (ABC) or VNI fonts is told apart, never converted silently.

Such text looks like "NguyÔn V¨n An" (TCVN3) or "Nguyeãn Vaên An" (VNI) once the font is gone.
"""

from __future__ import annotations

import re

# Marks and letters that TCVN3 puts inside words and that no Vietnamese, minority or European name holds there.
_TCVN3 = re.compile(
    "[A-Za-z][¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹»¼½¾×÷ßþÞ]|[§®¸µ¹«¬ª©¨][A-Za-z]|[a-z][ÇÆÈÊËÌÎÏÐÑÒÓÔÕÖÜÝÞßØ](?=[a-z]|\\b)"
)
# VNI writes a vowel and then a second character for its marks: "eã", "aâ", "oø", "uû"; đ is "ñ".
_VNI = re.compile(
    "[aA][âàáãåäêéèúüëÂÀÁÃÅÄÊÉÈÚÜË]|[eE][âàáãåäÂÀÁÃÅÄ]|[aeiouyAEIOUY][øûïØÛÏ]|[oO][âåäÂÅÄ]|[öÖ][ïøûùõïÙØÛÕÏ]?[a-z]"
    "|\\b[ñÑ][aeiouyöAEIOUYÖ]"
)
_ORDINARY = re.compile("^[\x00-\x7fàáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]*$")


def legacy_font(text: str) -> str | None:
    """The name of the old font a text was typed for ("TCVN3" or "VNI"), or None."""
    if text.isascii():
        return None
    if _VNI.search(text):
        return "VNI"
    if _ORDINARY.match(text) and not re.search("[a-z][ÌÒÓÔÕÝ](?=[a-z])", text):
        return None
    return "TCVN3" if _TCVN3.search(text) else None
