//! Notifications about keys: whatever is read names a key with its version, and what follows from it is of that key.
#![no_main]

use cmkit_core::document::event::read_key_events;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(notice) = read_key_events(text, &[]) else { return };
    for event in notice.events {
        assert!(event.key.version().is_some(), "{event:?}");
        assert!(event.rewrap_to.is_none_or(|to| to.version().is_none() && to.same_key(&event.key)));
    }
});
