//! The vault from outside, by its public items.

mod answers;
mod common;
mod folder;
mod killed;
mod lifecycle;
