#!/usr/bin/env bash
# Regenerate requirements-build.txt (installer), requirements.txt (runtime), requirements-dev.txt (tests and checks) and requirements-cluster.txt (the engine for more than one machine) from pyproject.toml.
# Every line is pinned and hashed; no index, host or machine path may reach these files.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${1:-.venv/bin/python}"
uv="$(dirname "$python")/uv"
[ -x "$uv" ] || uv="$(command -v uv)"

lock() { # lock TARGET SOURCE [extra arguments]
    local target="$1" source="$2" made
    shift 2
    made="$(mktemp)"
    # Pins that still fit are kept; UPGRADE=1 moves every pin to its newest fitting version.
    [ "${UPGRADE:-0}" = 1 ] || [ ! -f "$target" ] || cp "$target" "$made"
    "$uv" pip compile "$source" --quiet --python-version 3.11 --universal --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --no-config \
        --annotation-style line --output-file "$made" "$@" >/dev/null
    if grep -nE '^ *(-|--)(i|f|index-url|extra-index-url|find-links)\b|@ *(file|https?):|://|(^|[ =])/[a-z]' "$made"; then
        echo "lock: an address or a machine path would land in $target" >&2
        exit 1
    fi
    { echo "# Made by 'make lock' from pyproject.toml; do not edit."; cat "$made"; } > "$target"
    rm -f "$made"
    echo "lock: $target holds $(grep -cE '^[a-z0-9].*==' "$target") packages"
}

lock requirements-build.txt tools/build.in
lock requirements.txt pyproject.toml
lock requirements-dev.txt pyproject.toml --extra dev --constraint requirements.txt
lock requirements-cluster.txt pyproject.toml --extra cluster --constraint requirements.txt
