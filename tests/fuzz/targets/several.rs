//! Several documents, divided by a line of its own, joined into one deployment.
#![no_main]

use cmkit_fuzz::whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let names = ["a.json", "b.json", "c.json", "d.json"];
    let files: Vec<_> = names.into_iter().zip(text.splitn(names.len(), "\n----\n")).collect();
    whole(&files);
});
