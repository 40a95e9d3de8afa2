//! The flat form of a portal, from a corpus of that kind.
#![no_main]

use cmkit_fuzz::whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| whole(&[("input.json", text)]));
