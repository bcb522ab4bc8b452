"""House rules no ready-made linter knows, checked over every tracked file; prints one line a fault.

Each rule teaches: its message says what to do instead.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINES_AT_MOST = 600
TEXT = {
    ".py",
    ".html",
    ".txt",
    ".md",
    ".toml",
    ".css",
    ".js",
    ".sh",
    ".yml",
    ".yaml",
    ".json",
    ".cfg",
    ".in",
    ".po",
    ".sql",
    "",
}
VENDORED = ("/vendor/", "khue/locale/")
READ_OTHERWISE = {".yml", ".yaml", ".cfg", ".toml", ".in"}  # the scan joins lines of these before it looks
NO_DRAWERS = {"utils.py", "helpers.py", "common.py", "services.py", "misc.py"}

# Written with brackets so that this file does not break its own rule.
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|deb[.]debian[.]org|crates[.]io", re.I
)
MACHINE_PATH = re.compile(r"(?<![\w.<}])/(?:wor[k]|roo[t]|op[t]/wheels|hom[e]/[a-z]\w*)/")
INLINE = re.compile(
    r"<style\b|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:",
    re.I,
)
RAW = re.compile(r"\|\s*safe\b(?!\w)|{%\s*autoescape\s+off")


def tracked(root: Path) -> list[Path]:
    """The files git knows in `root`, and those it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [root / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def faults_of(path: Path, root: Path) -> Iterator[str]:
    """What is wrong with one file."""
    name = path.relative_to(root).as_posix()
    if path.suffix not in TEXT or any(part in f"/{name}" for part in VENDORED):
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    lines = text.splitlines()
    if path.name in NO_DRAWERS and name.startswith("khue/"):
        yield f"{name}: no drawers; name the file after what it holds"
    if path.suffix in {".py", ".html", ".js"} and len(lines) > LINES_AT_MOST:
        yield f"{name}: {len(lines)} lines; past {LINES_AT_MOST} split it by noun"
    is_template = path.suffix == ".html" and "/templates/" in f"/{name}"
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if REGISTRY.search(line):
            yield f"{where}: names a package registry's host; packages are named, hosts are the machine's business"
        if MACHINE_PATH.search(line):
            yield f"{where}: holds a path of one machine; make it relative to the repository"
        if is_template and INLINE.search(line):
            yield f"{where}: inline style, script or handler; use a class of khue.css or a file in static/"
        if is_template and RAW.search(line):
            yield f"{where}: turns escaping off; build safe text with format_html in Python"


def may_hold(path: Path, patterns: list[re.Pattern[str]]) -> bool:
    """Whether some pattern is met anywhere in a file: line by line, as the scan reads, takes twenty times as long."""
    if path.suffix in READ_OTHERWISE:
        return True
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return False  # the scan passes over it too
    return any(pattern.search(text) for pattern in patterns)


def secrets_in(paths: list[Path], root: Path) -> Iterator[str]:
    """What detect-secrets recognises: keys, tokens, passwords in addresses."""
    from detect_secrets.core.scan import get_plugins, scan_file
    from detect_secrets.settings import transient_settings

    detectors = [
        "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "GitHubTokenDetector",
        "GitLabTokenDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
        "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "StripeDetector",
        "TelegramBotTokenDetector", "TwilioKeyDetector",
    ]  # fmt: skip
    with transient_settings({"plugins_used": [{"name": name} for name in detectors]}):
        patterns = [pattern for plugin in get_plugins() for pattern in plugin.denylist]
        for path in paths:
            if path.suffix not in TEXT or not may_hold(path, patterns):
                continue
            for found in scan_file(str(path)):
                yield f"{path.relative_to(root).as_posix()}:{found.line_number}: looks like a secret ({found.type})"


def faults(root: Path = ROOT) -> list[str]:
    """Everything wrong in the repository at `root`."""
    paths = tracked(root)
    return [fault for path in paths for fault in faults_of(path, root)] + list(secrets_in(paths, root))


if __name__ == "__main__":
    found = faults()
    print("\n".join(found) or "tidy: nothing to say")
    sys.exit(1 if found else 0)
