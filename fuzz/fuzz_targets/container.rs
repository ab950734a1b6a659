//! See `lmc_tests::targets::container`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::container(data));
