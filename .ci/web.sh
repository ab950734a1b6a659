#!/usr/bin/env bash
# The decoder in WebAssembly gives the values of this machine, under Node and in headless Chromium: a few minutes.
# Parts whose programs cannot be had are skipped, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
    printf '\n=== SKIPPED: %s: %s ===\n\n' "$1" "$2" >&2
}
# Whether a program is there; Debian's package is installed where it is not.
has() {
    command -v "$1" >/dev/null && return
    local root=""
    [ "$(id -u)" = 0 ] || root="sudo"
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" >/dev/null || return
    command -v "$1" >/dev/null
}

wasm=wasm32-unknown-unknown
if ! [ -d "$(rustc --print target-libdir --target "$wasm")" ] && ! rustup target add "$wasm"; then
    skip "the decoder in WebAssembly" "the standard library of $wasm cannot be had"
    exit
fi
has wasm-opt binaryen || skip "wasm-opt" "the package binaryen cannot be had; the module stays larger"
bindings/web/build.sh

# Without weights it stays small enough for any page.
limit=500000
bytes=$(gzip -9 -c bindings/web/package/lmc.wasm | wc -c)
echo "lmc.wasm: $(stat -c %s bindings/web/package/lmc.wasm) bytes, $bytes gzipped"
if [ "$bytes" -gt "$limit" ]; then
    echo "the module has more than $limit bytes gzipped" >&2
    exit 1
fi

if ! has node nodejs || ! node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'; then
    skip "the tests of the decoder in WebAssembly" "there is no Node of version 18 or newer"
    exit
fi

# The kernels' own tests, on instructions of WebAssembly.
wasi=wasm32-wasip1
if [ -d "$(rustc --print target-libdir --target "$wasi")" ] || rustup target add "$wasi"; then
    CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings $PWD/bindings/web/tests/wasi.mjs" \
        CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-C target-feature=+simd128" \
        cargo test --release -p lmc-kernels --lib --target "$wasi"
else
    skip "the tests of the kernels in WebAssembly" "the standard library of $wasi cannot be had"
fi

target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
LMC_EXPECTED=$(mktemp -d)
export LMC_EXPECTED
trap 'rm -rf "$LMC_EXPECTED"' EXIT
"$target/release/examples/expected" "$LMC_EXPECTED" tests/golden/*/*.lmc
node --test bindings/web/tests/node.mjs

if has chromium chromium; then
    node --test bindings/web/tests/chromium.mjs
else
    skip "the tests in a browser" "there is no Chromium"
fi
