"""Make Khuê's two web fonts from Be Vietnam Pro (SIL OFL 1.1).

Be Vietnam Pro has no tabular figures: "1" is 385 units wide and "4" is 710, so columns of marks do not line up and
`font-variant-numeric: tabular-nums` does nothing. This script adds ten figures of one width with the OpenType feature
`tnum`, keeps one subset (Latin + Vietnamese + the letters of minority languages), and writes one woff2 a weight.

Use: python make_fonts.py FOLDER_WITH_TTF      (needs fonttools, brotli)
"""
# mypy: ignore-errors

import sys
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.misc.transform import Transform
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables as ot

WIDTH = {"Regular": 648, "SemiBold": 664}
VIETNAMESE = "ăâđêôơư"
TONES = "\u0300\u0301\u0303\u0309\u0323"
MINORITY = "ĕĔŏŎŭŬčČñÑƀɃĭĬüÜöÖäÄëË"
SIGNS = "–—‘’“”•…‰−×÷±≤≥≠≈→←↑↓₫€·§°²³½¼¾«»№\u00a0\u202f\u200b/"


def wanted():
    letters = {chr(c) for c in range(0x20, 0x7F)} | {chr(c) for c in range(0xA0, 0x100)}
    for base in "aeiouy" + VIETNAMESE:
        for tone in ("", *tuple(TONES)):
            for letter in (base, base.upper()):
                letters |= set(unicodedata.normalize("NFC", letter + tone))
    return sorted(
        ord(c) for c in letters | set(MINORITY) | set(SIGNS) | set(TONES) | set("\u0302\u0306\u031b")
    )


def add_tabular_figures(font, width):
    """Draw ten figures of one width; narrow a figure only where it would touch its neighbour."""
    glyphs, metrics = font["glyf"], font["hmtx"]
    cmap = font.getBestCmap()
    names = [cmap[ord(figure)] for figure in "0123456789"]
    outlines = font.getGlyphSet()
    for name in names:
        old = glyphs[name]
        ink = old.xMax - old.xMin
        scale = min(1.0, (width - 56) / ink)
        shift = (width - ink * scale) / 2 - old.xMin * scale
        pen = TTGlyphPen(None)
        outlines[name].draw(TransformPen(pen, Transform(scale, 0, 0, 1, shift, 0)))
        new = name + ".tf"
        glyphs[new] = pen.glyph()
        glyphs[new].recalcBounds(glyphs)
        metrics[new] = (width, glyphs[new].xMin)
    font.setGlyphOrder(glyphs.glyphOrder)
    return names


def add_feature(font, names):
    """Append `tnum` to the existing GSUB by hand, for every script and language, so that nothing else is rebuilt."""
    table = font["GSUB"].table
    single = ot.SingleSubst()
    single.mapping = {name: name + ".tf" for name in names}
    lookup = ot.Lookup()
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = 1, 0, [single], 1
    table.LookupList.Lookup.append(lookup)
    table.LookupList.LookupCount = len(table.LookupList.Lookup)
    feature = ot.Feature()
    feature.FeatureParams, feature.LookupListIndex, feature.LookupCount = (
        None,
        [table.LookupList.LookupCount - 1],
        1,
    )
    record = ot.FeatureRecord()
    record.FeatureTag, record.Feature = "tnum", feature
    table.FeatureList.FeatureRecord.append(record)
    table.FeatureList.FeatureCount = len(table.FeatureList.FeatureRecord)
    index = table.FeatureList.FeatureCount - 1
    for script in table.ScriptList.ScriptRecord:
        systems = [script.Script.DefaultLangSys] + [r.LangSys for r in script.Script.LangSysRecord]
        for system in filter(None, systems):
            system.FeatureIndex.append(index)
            system.FeatureCount = len(system.FeatureIndex)


def main(folder):
    for style, number in (("Regular", 400), ("SemiBold", 600)):
        font = TTFont(next(Path(folder).rglob(f"BeVietnamPro-{style}.ttf")))
        names = add_tabular_figures(font, WIDTH[style])
        add_feature(font, names)
        options = subset.Options()
        options.layout_features = ["ccmp", "locl", "kern", "mark", "mkmk", "liga", "tnum"]
        options.hinting, options.flavor = False, "woff2"
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        options.drop_tables += ["DSIG"]
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted())
        cutter.subset(font)
        for record in font["name"].names:
            if record.nameID in (1, 3, 4, 6):
                record.string = (
                    str(record)
                    .replace("Be Vietnam Pro", "Be Vietnam Khue")
                    .replace("BeVietnamPro", "BeVietnamKhue")
                )
        out = f"be-vietnam-khue-{number}.woff2"
        font.flavor = "woff2"
        font.save(out)
        print(out, Path(out).stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1])
