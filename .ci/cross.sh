#!/usr/bin/env bash
# The decoder builds for other machines: WebAssembly and 64-bit ARM. Needs rustup, or standard libraries that are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

crates=(-p lmc-kernels -p lmc-entropy -p lmc-codec --no-default-features --features lmc-codec/codecs --lib)

# Whether the compiler has the standard library of a target; rustup gets it where it is missing.
has_std() {
    [ -d "$(rustc --print target-libdir --target "$1")" ] || rustup target add "$1"
}
skip() {
    printf '\n=== SKIPPED: the build for %s: %s ===\n\n' "$1" "$2" >&2
}

wasm=wasm32-unknown-unknown
if has_std "$wasm"; then
    RUSTFLAGS="-C target-feature=+simd128" cargo build --release --target "$wasm" "${crates[@]}"
else
    skip "$wasm" "its standard library cannot be had"
fi

arm=aarch64-unknown-linux-gnu
if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    root=""
    [ "$(id -u)" = 0 ] || root="sudo"
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gcc-aarch64-linux-gnu libc6-dev-arm64-cross || true
fi
if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    skip "$arm" "there is no aarch64-linux-gnu-gcc to link with"
elif has_std "$arm"; then
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
        cargo build --release --target "$arm" "${crates[@]}"
else
    skip "$arm" "its standard library cannot be had"
fi
