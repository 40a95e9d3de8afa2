//! What the benchmarks share: a message's worth of buffers, the raw loop they are held against, and ratios.
//!
//! A figure alone says little on a shared machine; every benchmark runs its peer in turn with itself and prints the
//! ratio of the medians.

#![expect(clippy::missing_panics_doc, reason = "a benchmark ends where anything is off")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions, ServiceKey, Suite};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of plaintext in a chunk of the default suite.
pub const CHUNK: usize = 16384;
/// Bytes of a sealed chunk.
pub const RECORD: usize = CHUNK + 16;

/// The raw loop: AES-256-GCM of aws-lc-rs over chunks of 16 KiB in the same buffer, tags beside them.
pub struct Raw(LessSafeKey);

impl Default for Raw {
    fn default() -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes")))
    }
}

impl Raw {
    /// Seals one record in place.
    pub fn seal(&self, index: u64, record: &mut [u8]) {
        let (data, room) = record.split_at_mut(record.len() - 16);
        let tag = self.0.seal_in_place_separate_tag(nonce(index), Aad::empty(), data).expect("sealed");
        room.copy_from_slice(tag.as_ref());
    }

    /// Opens one record in place.
    pub fn open(&self, index: u64, record: &mut [u8]) {
        self.0.open_in_place(nonce(index), Aad::empty(), record).expect("authentic");
    }
}

fn nonce(index: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&index.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// A service-managed key, so that no vault is in the way of what is measured.
pub fn key() -> Arc<ServiceKey> {
    Arc::new(cmkit::generate_service_key("bench").expect("a key"))
}

/// Options that seal under this key.
pub fn sealing(key: &Arc<ServiceKey>) -> SealOptions {
    SealOptions { suite: Suite::Chunk16K, ..SealOptions::new([key.clone().into()]) }
}

/// Options that open with this key.
pub fn opening(key: &Arc<ServiceKey>) -> OpenOptions {
    OpenOptions::new(OpenKeys { service: vec![key.clone()], ..OpenKeys::default() })
}

/// Times each of several ways in turn, round after round, and returns their median times. The rounds are interleaved so
/// that whatever else the machine does falls on all of them alike.
pub fn medians<const N: usize>(rounds: usize, mut ways: [&mut dyn FnMut() -> Duration; N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            times.push(way());
        }
    }
    times.map(|mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    })
}

/// How long a piece of work takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Prints one line of a ratio: `peer` over `ours`, so that more is better.
pub fn print_ratio(what: &str, bytes: usize, ours: Duration, peer: Duration) {
    let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e9;
    println!(
        "{what:<44} {:>7.2} GB/s   peer {:>7.2} GB/s   ratio {:.3}",
        rate(ours),
        rate(peer),
        peer.as_secs_f64() / ours.as_secs_f64()
    );
}
