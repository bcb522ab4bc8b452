#!/usr/bin/env bash
# See to the second opinions on signatures: poppler's pdfsig, xmlsec1, and SoftHSM as a token. Take those there are, install
# Debian's when root, else say so and exit 1 (their tests are then skipped, except where KHUE_REQUIRE_SIGNING_TOOLS=1).
set -euo pipefail
there() {
    command -v pdfsig >/dev/null && command -v xmlsec1 >/dev/null && command -v softhsm2-util >/dev/null
}
there && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "signing: installing poppler-utils, xmlsec1 and softhsm2 from the distribution's packages"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends poppler-utils xmlsec1 softhsm2 >/dev/null && there; then
        exit 0
    fi
fi
echo "signing: pdfsig, xmlsec1 or softhsm2-util is missing; tests that ask them will be skipped" >&2
exit 1
