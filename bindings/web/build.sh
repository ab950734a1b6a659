#!/usr/bin/env bash
# Builds the npm package in `package/` (module, weights for decoders, licences) and the streams of the demo.
set -euo pipefail
cd "$(dirname "$0")"
package=$PWD/package
demo=$PWD/demo/media
cd ../..

wasm=wasm32-unknown-unknown
[ -d "$(rustc --print target-libdir --target "$wasm")" ] || rustup target add "$wasm"
flags=CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS
env "$flags=-C target-feature=+simd128" cargo build --profile web -p lmc-web --lib --target "$wasm"
cargo build --release -p lmc-web --examples

target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
module=$target/$wasm/web/lmc_web.wasm
if command -v wasm-opt >/dev/null; then
    wasm-opt -O3 --converge --enable-simd --enable-bulk-memory --enable-sign-ext --enable-mutable-globals \
        --enable-nontrapping-float-to-int "$module" -o "$package/lmc.wasm"
else
    echo "wasm-opt is not there (package binaryen): the module stays a little larger" >&2
    cp "$module" "$package/lmc.wasm"
fi
rm -rf "$package/weights" "$demo"
mkdir -p "$demo"
"$target/release/examples/package" "$package"
"$target/release/examples/melody" "$demo/melody.lmc"
cp tests/golden/wavelet-psnr-v2/sample-60.lmc "$demo/cat.lmc"
cp tests/golden/wavelet-perceptual-v1/sample-20.lmc "$demo/small.lmc"
cp LICENSE-MIT LICENSE-APACHE "$package"
cp bindings/web/README.md "$package"
