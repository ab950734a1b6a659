//! See `lmc_tests::targets::speech_packet`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lmc_tests::targets::speech_packet(data));
