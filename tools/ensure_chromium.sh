#!/usr/bin/env bash
# See to a Chromium for the browser journeys: take the one there is, install Debian's when root, else say so and
# exit 1 (the journeys are then skipped). KHUE_CHROMIUM names another one.
set -euo pipefail
for candidate in "${KHUE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "chromium: installing it from the distribution's packages for the browser journeys"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
        exit 0
    fi
fi
echo "chromium: none found; the browser journeys will be skipped (install chromium or set KHUE_CHROMIUM)" >&2
exit 1
