//! See `lmc_tests::targets::picture_file`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::picture_file(data));
