//! Chunks of one body sealed and opened on several threads. Order and bytes do not depend on how many.

use cmkit_core::Error;
use cmkit_core::envelope::{ChunkCipher, Opener, Sealer, Suite, TAG_SIZE, opened_size_at_most};
use rayon::prelude::*;
use std::sync::OnceLock;
use zeroize::Zeroize;

/// On how many threads the chunks of a body are sealed and opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// The caller's alone.
    One,
    /// Those of rayon's global pool, once there is enough to do. In a process that was forked after it, the caller's alone.
    #[default]
    All,
}

/// Below this many bytes a second thread costs more than it saves.
const WORTH_SHARING: usize = 256 * 1024;

impl Threads {
    fn share(self, bytes: usize) -> bool {
        self == Self::All && bytes >= WORTH_SHARING && pool_is_here() && rayon::current_num_threads() > 1
    }
}

/// Whether rayon's pool is this process's own. A process that was forked from one with a pool has none of its threads, and
/// would wait for them forever.
fn pool_is_here() -> bool {
    static PROCESS: OnceLock<u32> = OnceLock::new();
    let process = std::process::id();
    *PROCESS.get_or_init(|| process) == process
}

/// Bytes of a whole sealed chunk.
pub(crate) const fn record_size(suite: Suite) -> usize {
    suite.chunk_size() + TAG_SIZE
}

/// Chunks that one thread takes at a time: enough that handing them out costs nothing beside sealing them.
const fn share_of(suite: Suite) -> usize {
    let chunks = (64 * 1024) / suite.chunk_size();
    if chunks == 0 { 1 } else { chunks }
}

/// Seals a plaintext into a buffer of exactly the sealed body's size.
pub(crate) fn seal_into<C: ChunkCipher>(
    sealer: &Sealer<C>,
    plaintext: &[u8],
    out: &mut [u8],
    threads: Threads,
) -> Result<(), Error> {
    let suite = sealer.suite();
    let whole = plaintext.chunks_exact(suite.chunk_size());
    let last = whole.remainder();
    let jobs = whole.chain([last]).zip(out.chunks_mut(record_size(suite)));
    let jobs = jobs.map(|(chunk, record)| (sealer.next_chunk(), chunk, record));
    if threads.share(plaintext.len()) {
        let jobs: Vec<_> = jobs.collect();
        let jobs = jobs.into_par_iter().with_min_len(share_of(suite));
        jobs.try_for_each(|(chunk, plaintext, record)| chunk.seal_into(plaintext, record))
    } else {
        jobs.into_iter().try_for_each(|(chunk, plaintext, record)| chunk.seal_into(plaintext, record))
    }
}

/// Seals chunks in place. Each takes the chunk's size and 16 bytes of room for its tag; only the last may be shorter, and
/// then it is the message's last.
///
/// # Errors
/// `too_large` over the limit of the message's size, `invalid_argument` for less than 16 bytes of room.
pub fn seal_in_place<C: ChunkCipher>(sealer: &Sealer<C>, records: &mut [u8], threads: Threads) -> Result<(), Error> {
    let suite = sealer.suite();
    let shared = threads.share(records.len());
    let jobs = records.chunks_mut(record_size(suite)).map(|record| (sealer.next_chunk(), record));
    if shared {
        let jobs: Vec<_> = jobs.collect();
        jobs.into_par_iter().with_min_len(share_of(suite)).try_for_each(|(chunk, record)| chunk.seal_in_place(record))
    } else {
        jobs.into_iter().try_for_each(|(chunk, record)| chunk.seal_in_place(record))
    }
}

/// Opens all of a body to the end of `out`. On an error nothing of it stays there.
pub(crate) fn open_into<C: ChunkCipher>(
    opener: &Opener<C>,
    body: &[u8],
    out: &mut Vec<u8>,
    threads: Threads,
) -> Result<(), Error> {
    let suite = opener.suite();
    let before = out.len();
    out.resize(before + opened_size_at_most(suite, body.len()), 0);
    let plain = &mut out[before..];
    let (whole, last) = body.split_at(body.len() - body.len() % record_size(suite));
    let (whole_plain, last_plain) = plain.split_at_mut(whole.len() / record_size(suite) * suite.chunk_size());
    let result = open_whole(opener, 0, whole, whole_plain, threads).and_then(|chunks| {
        opener.open_chunk_into(chunks, last, last_plain)?;
        Ok(())
    });
    if result.is_err() {
        out[before..].zeroize();
        out.truncate(before);
    }
    result
}

/// Opens whole chunks from number `first` on into a buffer of exactly their size, and returns the number of the next.
///
/// Faults are reported in the input's order, however many threads there are. The caller wipes `out` on an error.
pub(crate) fn open_whole<C: ChunkCipher>(
    opener: &Opener<C>,
    first: u64,
    records: &[u8],
    out: &mut [u8],
    threads: Threads,
) -> Result<u64, Error> {
    let suite = opener.suite();
    let count = (records.len() / record_size(suite)) as u64;
    let open = |(index, (record, out)): (u64, (&[u8], &mut [u8]))| -> Result<(), Error> {
        opener.open_chunk_into(index, record, out)?;
        Ok(())
    };
    if threads.share(records.len()) {
        let jobs = records.par_chunks(record_size(suite)).zip(out.par_chunks_mut(suite.chunk_size()));
        jobs.enumerate()
            .with_min_len(share_of(suite))
            .map(|(index, job)| (first + index as u64, job))
            .try_for_each(open)?;
    } else {
        let jobs = records.chunks(record_size(suite)).zip(out.chunks_mut(suite.chunk_size()));
        (first..).zip(jobs).try_for_each(open)?;
    }
    Ok(first + count)
}
