//! The commands on envelopes as people run them: the real binary, on folders of its own.

mod big;
mod errors;
mod fleet;
mod inventory;
#[cfg(target_os = "linux")]
mod kill;
mod ranges;
mod record;
mod rewrap;
mod seal_open;
mod service_managed;
mod support;
mod text;
