"""Translations without the gettext programs: texts are Vietnamese in the code, English lives in locale/en.

`khue messages extract` gathers every marked text, and what modules declare as data (`Module.texts`), into
khue/locale/en/LC_MESSAGES/django.po and keeps what is translated; `check` fails when a text has no English, a
placeholder differs or a line is stale; `compile` builds the .mo files.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HOUSE = Path(__file__).resolve().parents[1]
SOURCE = HOUSE
LOCALE = SOURCE / "locale"
CATALOG = LOCALE / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_now": None,
    "said": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What a manifest says to users, by call: its places and keywords. Pages translate it when they show it.
DECLARED: dict[str, tuple[set[int], set[str]]] = {
    "Module": ({1}, {"label"}),
    "Permission": ({1}, {"label"}),
    "NavLink": ({0, 4, 7}, {"label", "group", "short"}),
    "Setting": ({1, 6}, {"label", "help"}),
    "Job": ({1}, {"label"}),
    "SearchSource": ({1}, {"label"}),
    "PeopleScope": ({2}, {"label"}),
    "PreschoolGroup": ({1}, {"label"}),
}
# Words of code that knows no Django: labels there, in dictionaries and calls; pages translate them too.
SPOKEN = ("lib/class_names.py", "lib/disabilities.py", "lib/enrolment_rules.py")
AUDIT_NAME = "audit_name"  # what a row is called in the audit log
MENU = {"NavLink": "menu"}  # context: what one row is called, many are called in the menu
PLACEHOLDER = re.compile(r"%\([a-z_A-Z0-9]+\)[sdf]|%[sd]|\{[a-z_A-Z0-9]*\}")
UNSTEADY = tuple(
    f'"{name}'
    for name in (
        "POT-Creation",
        "PO-Revision",
        "Last-Translator",
        "Language-Team",
        "Project-Id",
        "Report-Msgid",
        "Generated-By",
    )
)
Found = tuple[Path, Any, list[str], Any]


def sources() -> Iterator[Path]:
    """Every file that may hold a marked text; tests and migrations do not speak to users."""
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in sorted(SOURCE.rglob(pattern)):
            parts = path.relative_to(SOURCE).parts
            if pattern != "*.py" and "templates" not in parts:
                continue
            if not {"tests", "migrations", "static", "locale"} & set(parts) and path.name != "conftest.py":
                yield path


def marked() -> Iterator[Found]:
    """Every marked text with its file, comments and context; templates go through Django's own reader."""
    _set_up_templates()
    from django.utils.translation.template import templatize

    for path in sources():
        text = path.read_text(encoding="utf-8")
        code = text if path.suffix == ".py" else _calls(templatize(text, origin=str(path)))
        for _line, message, comments, context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
            yield path, message, list(comments), context
        if path.suffix == ".py" and "{_(" in text:
            for label in _in_f_strings(text):
                yield path, label, [], None
        is_spoken = path.relative_to(SOURCE).as_posix() in SPOKEN
        if path.name == "module.py" or is_spoken:
            for label, context in _declared(text):
                yield path, label, [], context
        if is_spoken or path.name == "models.py":
            for label in _assigned(text):
                yield path, label, [], None


def declared() -> Iterator[Found]:
    """What the modules of the house declare as data: indicators, rules of alerts, forms of reports."""
    _set_up_house()
    from khue.kernel.registry import each, load

    for path in each("texts"):
        where = SOURCE.parent / f"{path.rpartition('.')[0].replace('.', '/')}.py"
        for context, text in load(path)():
            yield where, text, [], context


def _in_f_strings(source: str) -> Iterator[str]:
    """What `_()` says inside f-strings, which Python before 3.12 reads as one piece."""
    for whole in ast.walk(ast.parse(source)):
        for call in ast.walk(whole) if isinstance(whole, ast.JoinedStr) else ():
            match call:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                    yield text


def _assigned(source: str) -> Iterator[str]:
    """The labels of dictionaries called LABELS, and the names rows have in the audit log."""
    for found in ast.walk(ast.parse(source)):
        if not isinstance(found, ast.Assign | ast.AnnAssign) or found.value is None:
            continue
        target = found.targets[0] if isinstance(found, ast.Assign) else found.target
        name = target.id if isinstance(target, ast.Name) else ""
        words = [found.value] if name == AUDIT_NAME else []
        if name.endswith("LABELS") and isinstance(found.value, ast.Dict):
            words = found.value.values
        for word in words:
            if isinstance(word, ast.Constant) and isinstance(word.value, str):
                yield word.value


def _declared(source: str) -> Iterator[tuple[str, str | None]]:
    """The labels a manifest declares: plain words, and the choices of settings and kinds of tasks."""
    for call in ast.walk(ast.parse(source)):
        if (
            not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
            or call.func.id not in DECLARED
        ):
            continue
        places, names = DECLARED[call.func.id]
        words = [argument for place, argument in enumerate(call.args) if place in places]
        for keyword in call.keywords:
            if keyword.arg in names:
                words.append(keyword.value)
            elif keyword.arg == "choices" and isinstance(keyword.value, ast.Tuple):
                words += [pair.elts[1] for pair in keyword.value.elts if isinstance(pair, ast.Tuple)]
            elif keyword.arg in {"task_kinds", "action_labels"} and isinstance(keyword.value, ast.Dict):
                words += keyword.value.values
        for word in words:
            if isinstance(word, ast.Constant) and isinstance(word.value, str) and word.value:
                yield word.value, MENU.get(call.func.id)


def _calls(templatized: str) -> str:
    """The gettext calls in what Django's reader leaves of a template: the rest of it is no Python."""
    calls = []
    for start in re.finditer(r"\b(?:_|n?p?gettext)\(", templatized):
        for end in re.finditer(r"\)", templatized[start.end() :]):
            call = templatized[start.start() : start.end() + end.end()]
            try:
                ast.parse(call)
            except SyntaxError:
                continue
            calls.append(call)
            break
    return "\n".join(calls) + "\n"


def _set_up_house() -> None:
    """Django with all its modules; no database is asked, so none is started."""
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DATABASE_URL", "postgresql:///nothing-is-read")
        django.setup()


def _set_up_templates() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)


def read_catalog() -> Catalog:
    """The English catalog as it is kept; empty when there is none yet."""
    if not CATALOG.exists():
        return _empty()
    with CATALOG.open("rb") as file:
        return read_po(file, locale="en")


def _empty() -> Catalog:
    catalog = Catalog(locale="en", project="Khuê", charset="utf-8", fuzzy=False)
    catalog.header_comment = (
        "# English texts of Khuê; the keys are the Vietnamese texts of code and templates."
    )
    return catalog


def gathered() -> Catalog:
    """All marked texts, with the English that is already known."""
    known, catalog = read_catalog(), _empty()
    for path, message, comments, context in chain(declared() if SOURCE == HOUSE else (), marked()):
        identity = message[0] if isinstance(message, tuple) else message
        if not identity:
            continue
        where = path.relative_to(SOURCE.parent).as_posix()
        old = known.get(identity, context)
        entry = catalog.add(
            message,
            string=None if old is None or old.fuzzy else old.string,
            locations=[(where, 0)],
            auto_comments=comments,
            context=context,
        )
        entry.locations = sorted(set(entry.locations))
    return catalog


def write_catalog(catalog: Catalog) -> None:
    """Write the catalog sorted by text, without dates and line numbers, so that versions compare well."""
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False)
    lines = [line for line in written.getvalue().decode().splitlines() if not line.startswith(UNSTEADY)]
    CATALOG.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def faults() -> list[str]:
    """What is wrong with the English: a text without one, a placeholder lost, a line nobody uses."""
    found, known = gathered(), read_catalog()
    wrong = []
    for message in found:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        identities = message.id if isinstance(message.id, tuple | list) else (message.id,)
        where = message.locations[0][0]
        if not texts or not all(texts):
            wrong.append(f"{where}: no English for “{identities[0]}”")
            continue
        wanted = set(PLACEHOLDER.findall(str(identities[-1])))
        given = [set(PLACEHOLDER.findall(str(text))) for text in texts]
        if any(found - wanted for found in given) or wanted - given[-1]:
            wrong.append(f"{where}: placeholders differ in the English of “{identities[0]}”")
    used = {(message.context, _first(message.id)) for message in found}
    wrong += [
        f"{CATALOG.name}: nobody says “{_first(message.id)}” any more (run: khue messages extract)"
        for message in known
        if message.id and (message.context, _first(message.id)) not in used
    ]
    return wrong


def _first(identity: Any) -> str:
    return str(identity[0] if isinstance(identity, tuple | list) else identity)


def compile_stale() -> int:
    """Build each .mo that is missing or older than its .po; gives how many were built."""
    built = 0
    for source in LOCALE.rglob("*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3])
        written = io.BytesIO()
        write_mo(written, catalog)
        fresh = target.with_suffix(".mo.new")
        fresh.write_bytes(written.getvalue())
        fresh.replace(target)
        built += 1
    return built


def main(argv: Sequence[str]) -> int:
    """Gather, check or build the translations."""
    parser = argparse.ArgumentParser(prog="khue messages", description="Bản dịch tiếng Anh của giao diện.")
    parser.add_argument("what", choices=["extract", "compile", "check"])
    what = parser.parse_args(argv).what
    if what == "extract":
        catalog = gathered()
        write_catalog(catalog)
        print(f"{len(catalog)} texts in {CATALOG.relative_to(SOURCE.parent)}")
    elif what == "check":
        wrong = faults()
        print("\n".join(wrong[:200]) or "translations: complete")
        if wrong:
            print(f"translations: {len(wrong)} faults", file=sys.stderr)
        return 1 if wrong else 0
    compile_stale()
    return 0
