//! See `lmc_tests::targets::sound_stream`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::sound_stream(data));
