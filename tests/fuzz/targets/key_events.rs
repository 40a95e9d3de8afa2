//! `key_events` of `cmkit-hostile`, fed by a fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cmkit_hostile::run("key_events", data));
