//! See `lmc_tests::targets::weights`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::weights(data));
