#!/usr/bin/env bash
# The crates with unsafe code under AddressSanitizer, which stable compilers have behind a switch.
set -euo pipefail
cd "$(dirname "$0")/.."

host="$(rustc -vV | sed -n 's/^host: //p')"
if [ "$host" != x86_64-unknown-linux-gnu ]; then
    printf '\n=== SKIPPED: AddressSanitizer: this is a check for x86_64-unknown-linux-gnu, not %s ===\n\n' "$host" >&2
    exit 0
fi
# A target is named so that build scripts and macros are built without the sanitizer.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" \
    cargo test --release --target "$host" -p lmc-kernels -p lmc-entropy --lib
