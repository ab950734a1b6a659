#!/usr/bin/env bash
# Builds the C library and installs it: `install.sh PREFIX [arguments of cargo]`, such as
# `install.sh /usr/local --no-default-features --features images`.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
prefix="${1:?usage: install.sh PREFIX [arguments of cargo]}"
shift

version="$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$here/../../Cargo.toml")"
abi="$(sed -n 's/^const ABI: u32 = \([0-9]*\);/\1/p' "$here/build.rs")"
target="$(cargo metadata --manifest-path "$here/Cargo.toml" --no-deps --format-version 1 |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')"

# What a static library needs of the system, as the compiler says.
notes="$(cargo rustc --manifest-path "$here/Cargo.toml" --profile embed --lib "$@" -- --print native-static-libs 2>&1 |
    tee >(cat >&2) | sed -n 's/^note: native-static-libs: //p' | tail -1)"
built="$target/embed"

mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
install -m 644 "$here/include/lmc.h" "$prefix/include/lmc.h"
install -m 644 "$built/liblmc_c.a" "$prefix/lib/liblmc.a"
if [ -e "$built/liblmc_c.dylib" ]; then
    install -m 755 "$built/liblmc_c.dylib" "$prefix/lib/liblmc.$abi.dylib"
    ln -sf "liblmc.$abi.dylib" "$prefix/lib/liblmc.dylib"
else
    install -m 755 "$built/liblmc_c.so" "$prefix/lib/liblmc.so.$abi.$version"
    ln -sf "liblmc.so.$abi.$version" "$prefix/lib/liblmc.so.$abi"
    ln -sf "liblmc.so.$abi" "$prefix/lib/liblmc.so"
fi
sed -e "s|@prefix@|$prefix|" -e "s|@version@|$version|" -e "s|@private@|${notes:--lpthread -lm -ldl}|" \
    "$here/lmc.pc.in" > "$prefix/lib/pkgconfig/lmc.pc"
