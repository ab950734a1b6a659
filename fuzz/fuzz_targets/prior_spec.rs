//! See `lmc_tests::targets::prior_spec`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::prior_spec(data));
