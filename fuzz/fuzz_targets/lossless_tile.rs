//! See `lmc_tests::targets::lossless_tile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::lossless_tile(data));
