//! See `lmc_tests::targets::sound_packet`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::sound_packet(data));
