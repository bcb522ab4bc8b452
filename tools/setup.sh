#!/usr/bin/env bash
# Make the virtual environment .venv hold exactly what a locked requirements file says, then touch the stamps.
# Usage: tools/setup.sh REQUIREMENTS STAMP...     PYTHON=/path/to/python chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements="$1"
shift

fits() { "$1" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2]))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "setup: Khuê needs Python 3.11 or newer; install it or call make with PYTHON=/path/to/python" >&2
    exit 1
}

if ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python="$(find_python)"
    echo "setup: making .venv with $("$python" --version)"
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -q && apt-get install -y -q python3-venv && "$python" -m venv .venv
        else
            echo "setup: this Python has no venv; on Debian: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
fi

# The fast installer and the build backend first, pinned and hashed like everything else.
pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes)
if ! .venv/bin/uv --version >/dev/null 2>&1 && ! "${pip[@]}" -r requirements-build.txt; then
    echo "setup: no uv for this machine, going on with pip"
    "${pip[@]}" -r <(awk '/^[a-z]/ { keep = /^setuptools==/ } keep' requirements-build.txt)
fi

echo "setup: installing $requirements"
if .venv/bin/uv --version >/dev/null 2>&1 &&
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements-build.txt -r "$requirements"; then
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
    "${pip[@]}" -r "$requirements"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
touch "$@"
