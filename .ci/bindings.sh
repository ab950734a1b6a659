#!/usr/bin/env bash
# The library for C and the package for Python as their users get them: built, installed, called. Some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
skip() {
    printf '\n=== SKIPPED: %s ===\n\n' "$1" >&2
}

# Streams to decode, and what the program makes of them.
cargo build --release --bin lmc
lmc="$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release/lmc"
sound=tests/golden/audio-v1/stereo-60.lmc
"$lmc" encode tests/samples/chelsea.png -o "$work/cat.lmc" --quiet
"$lmc" decode "$work/cat.lmc" -o "$work/wanted.ppm" --quiet
"$lmc" decode "$work/cat.lmc" -o "$work/wanted-small.ppm" --scale 1/4 --quiet
"$lmc" decode "$sound" -o "$work/wanted.raw" --raw --quiet
# A film of five frames: bytes of a picture, each frame one row further.
mkdir "$work/videos"
tail -c 200000 "$work/wanted.ppm" > "$work/noise"
{
    printf 'YUV4MPEG2 W70 H50 F25:1 Ip C420\n'
    for frame in 0 1 2 3 4; do
        printf 'FRAME\n'
        # `tail` reads all that `head` writes: the other way round, the first of the two would end by a signal.
        head -c $((70 * frame + 70 * 50 + 2 * 35 * 25)) "$work/noise" | tail -c $((70 * 50 + 2 * 35 * 25))
    done
} > "$work/clip.y4m"
"$lmc" encode "$work/clip.y4m" -o "$work/videos/clip.lmc" --quiet
"$lmc" decode "$work/videos/clip.lmc" -o "$work/videos/wanted.y4m" --quiet

# The header is that of the sources.
cargo run --quiet --manifest-path bindings/c/header/Cargo.toml -- --check

c_compiler="$(command -v "${CC:-cc}" || command -v gcc || command -v clang || true)"
if [ -z "$c_compiler" ]; then
    skip "the example in C: there is no compiler for C"
else
    bindings/c/install.sh "$work/prefix"
    # The example with the shared library, then with the static one under AddressSanitizer.
    strict=(-std=c11 -Wall -Wextra -Werror -O1 -I "$work/prefix/include" bindings/c/examples/decode.c)
    "$c_compiler" "${strict[@]}" -o "$work/shared" -L "$work/prefix/lib" -llmc -Wl,-rpath,"$work/prefix/lib"
    programs=("$work/shared")
    read -ra private <<<"$(sed -n 's/^Libs.private: //p' "$work/prefix/lib/pkgconfig/lmc.pc")"
    if "$c_compiler" "${strict[@]}" -g -fsanitize=address -o "$work/checked" "$work/prefix/lib/liblmc.a" "${private[@]}"; then
        programs+=("$work/checked")
    else
        skip "AddressSanitizer: $c_compiler has no libasan"
    fi
    for program in "${programs[@]}"; do
        "$program" "$work/cat.lmc" "$work/cat.ppm"
        cmp "$work/cat.ppm" "$work/wanted.ppm"
        "$program" "$work/cat.lmc" "$work/small.ppm" 4
        cmp "$work/small.ppm" "$work/wanted-small.ppm"
        "$program" "$work/cat.lmc" "$work/cat.pam"
        "$program" "$sound" "$work/sound.wav"
        # Behind the 44 bytes of the header.
        cmp <(tail -c +45 "$work/sound.wav") "$work/wanted.raw"
        "$program" "$work/videos/clip.lmc" "$work/clip-again.y4m"
        cmp <(tail -n +2 "$work/clip-again.y4m") <(tail -n +2 "$work/videos/wanted.y4m")
        # Damage is an error with a message, and no crash.
        head -c 3000 "$work/cat.lmc" > "$work/cut.lmc"
        if "$program" "$work/cut.lmc" "$work/cut.ppm" 2> "$work/message"; then
            echo "a cut stream was decoded" >&2
            exit 1
        fi
        grep -q '(malformed)' "$work/message"
    done
    if command -v readelf >/dev/null; then
        readelf -d "$work/prefix/lib/liblmc.so" | grep -q 'SONAME.*liblmc\.so\.1\]'
    fi
    echo "the library for C: ${#programs[@]} programs, same bytes as lmc"
fi

# The wheel, installed into a fresh environment without the sources beside it.
python="$(command -v python3 || true)"
if [ -z "$python" ] || ! "$python" -m venv "$work/build" || ! "$work/build/bin/pip" install -q "maturin>=1.9,<2"; then
    skip "the package for Python: python3 with venv, or maturin, cannot be had"
else
    "$work/build/bin/maturin" build --release --quiet --manifest-path bindings/python/Cargo.toml --out "$work/wheels"
    "$python" -m venv "$work/venv"
    "$work/venv/bin/pip" install -q "$work"/wheels/lmc-*.whl pytest pillow
    cp -r bindings/python/tests "$work/tests"
    (cd "$work" && LMC_TEST_VIDEOS="$work/videos" "$work/venv/bin/python" -m pytest -q tests)
    # Three lines decode an image and open it with Pillow, and the bytes are those of the program.
    (cd "$work" && "$work/venv/bin/python" - <<'PYTHON')
import lmc, lmc.pillow
from PIL import Image
pixels = lmc.decode(open("cat.lmc", "rb").read())
assert Image.open("cat.lmc").tobytes() == pixels.tobytes()
assert open("wanted.ppm", "rb").read().endswith(pixels.tobytes()), "other pixels than those of lmc"
print("the wheel: same bytes as lmc")
PYTHON
    # The types hold, where mypy can be had.
    if "$work/build/bin/pip" install -q mypy numpy; then
        "$work/build/bin/mypy" --ignore-missing-imports bindings/python/python/lmc
    else
        skip "the types of the package for Python: mypy cannot be had"
    fi
fi
