#!/usr/bin/env bash
# The regression gate: sizes, qualities and work against tests/gate/baseline.json, within 1%. Two minutes on an idle
# machine. `.ci/gate.sh --update` writes the baseline anew and prints what changed.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -m)" != x86_64 ]; then
    printf '\n=== SKIPPED: the regression gate: its baseline is of x86-64 ===\n\n' >&2
    exit
fi
# Where CI is set, work is measured for certain.
if [ -n "${CI:-}" ] && ! command -v valgrind >/dev/null; then
    root=""
    [ "$(id -u)" = 0 ] || root="sudo"
    $root apt-get update
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends valgrind
fi
# The default build: instructions are counted of what users install.
lmc=$(cargo build --release --bin lmc --message-format=json-render-diagnostics |
    python3 -c 'import json, sys; print(next(e for e in (m.get("executable") for m in map(json.loads, sys.stdin)) if e))')
python3 tests/gate/gate.py "$lmc" "$@"
