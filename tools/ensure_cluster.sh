#!/usr/bin/env bash
# See to the cluster engine of figures: Java 17 and PySpark. Take those there are, install what is missing, else say so and
# exit 1 (its tests are then skipped, except where KHUE_REQUIRE_CLUSTER=1).
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
if ! command -v java >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "cluster: installing Java 17 from the distribution's packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends openjdk-17-jre-headless >/dev/null || true
fi
if ! command -v java >/dev/null; then
    echo "cluster: Java 17 is missing; tests of the cluster engine will be skipped" >&2
    exit 1
fi
if ! "$python" -c "import pyspark" 2>/dev/null; then
    echo "cluster: installing PySpark from requirements-cluster.txt"
    .venv/bin/uv pip install --quiet --python "$python" --require-hashes -r requirements-cluster.txt
fi
