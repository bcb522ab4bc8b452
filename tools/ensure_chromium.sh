#!/usr/bin/env bash
# See to a Chromium for the browser journeys: a whole one, and Debian's shell without windows, which is faster. Installs
# what is missing when root, else makes do with what there is; exit 1 when there is none at all (the journeys are then
# skipped). KHUE_CHROMIUM names another one.
set -euo pipefail
have() {
    for candidate in "$@"; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null; then return 0; fi
    done
    return 1
}
have "${KHUE_CHROMIUM:-}" && exit 0
missing=()
have chromium chromium-browser google-chrome || missing+=(chromium fonts-dejavu-core)
have chromium-headless-shell || missing+=(chromium-headless-shell)
if [ "${#missing[@]}" != 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "chromium: installing ${missing[*]} from the distribution's packages for the browser journeys"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null || true
    for package in "${missing[@]}"; do
        apt-get install -y -q --no-install-recommends "$package" >/dev/null || echo "chromium: no package $package" >&2
    done
fi
have chromium chromium-browser google-chrome chromium-headless-shell && exit 0
echo "chromium: none found; the browser journeys will be skipped (install chromium or set KHUE_CHROMIUM)" >&2
exit 1
