"""Make the fonts of printed forms from Liberation Serif 2.1.5 (SIL OFL 1.1), metric-compatible with Times New Roman.

Kept: Latin with all Vietnamese and minority letters, combining signs, Greek, Cyrillic, punctuation, currency, arrows,
mathematical signs; kerning. Dropped: hints and the rest, so that three faces weigh 276 KB instead of 1.1 MB and a
document's subset is made quickly. The name is ours, as the licence asks of a changed font. Also writes letters.txt,
the code points every face has.

Use: python make_fonts.py FOLDER_WITH_TTF      (needs fonttools; the folder is Debian's fonts-liberation2 unpacked)
"""
# mypy: ignore-errors

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x45F), (0x1E00, 0x1EFF), (0x2010, 0x205F),
    (0x2070, 0x20CF), (0x2100, 0x2195), (0x2200, 0x226F), (0x25A0, 0x2610),
)  # fmt: skip


def main(folder):
    common = None
    here = Path(__file__).parent
    for style in ("Regular", "Bold", "Italic"):
        font = TTFont(next(Path(folder).rglob(f"LiberationSerif-{style}.ttf")))
        letters = {code for first, last in RANGES for code in range(first, last + 1)} & set(
            font.getBestCmap()
        )
        common = letters if common is None else common & letters
        options = subset.Options()
        options.layout_features = ["ccmp", "locl", "kern", "mark", "mkmk", "liga"]
        options.hinting = options.glyph_names = False
        options.notdef_outline = True
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        options.drop_tables += ["DSIG", "FFTM"]
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=sorted(letters))
        cutter.subset(font)
        for record in font["name"].names:
            if record.nameID in (1, 3, 4, 6):
                name = str(record).replace("Liberation Serif", "Khue Serif")
                record.string = name.replace("LiberationSerif", "KhueSerif")
        font.recalcTimestamp = False
        font.save(here / f"KhueSerif-{style}.ttf")
    runs, codes = [], sorted(common)
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    words = [f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in runs]
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    (here / "letters.txt").write_text("\n".join([*lines, line.rstrip()]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
