#!/usr/bin/env bash
# The unsafe code of the exact crates under Miri, where a nightly compiler has it: in the portable form and in that for
# AVX2, whose instructions Miri interprets. It runs the small tests only, in some minutes; no other check asks for it.
set -euo pipefail
cd "$(dirname "$0")/.."

toolchain="${LMC_NIGHTLY:-nightly}"
if ! cargo "+$toolchain" miri --version >/dev/null 2>&1; then
    printf '\n=== SKIPPED: Miri: rustup toolchain install %s --component miri rust-src ===\n\n' "$toolchain" >&2
    exit 0
fi
# Rayon keeps its threads to the end and casts pointers to integers; proptest asks for the working directory.
export MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-ignore-leaks -Zmiri-permissive-provenance"
export RAYON_NUM_THREADS=2
small() {
    cargo "+$toolchain" miri test -p lmc-kernels --lib -- "${kernels[@]}"
    cargo "+$toolchain" miri test -p lmc-entropy --lib -- "${entropy[@]}"
}
kernels=(dots:: isa::)
entropy=(trellis::tests::all_forms)
small
RUSTFLAGS="-Ctarget-feature=+avx2" small
