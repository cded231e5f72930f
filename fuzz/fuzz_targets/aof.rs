#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| resplay_conform::fuzz::run("aof", data));
