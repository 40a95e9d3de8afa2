//! The body: plaintext cut into chunks, each sealed under its own nonce.
//!
//! A body of n bytes has floor(n / chunk size) + 1 chunks; all but the last are whole, the last is shorter and may be
//! empty. So the writer needs no length in advance, and a reader sees where a body was cut.

use super::dek::MessageKeys;
use super::header::{Head, Suite};
use super::inspect::Inspection;
use crate::crypto::{ChunkCipher, NONCE_SIZE, TAG_SIZE};
use crate::error::{Code, Error};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of plaintext that a writer accepts in one message unless told otherwise: 1 TiB.
pub const DEFAULT_MAX_MESSAGE: u64 = 1 << 40;
/// Bytes of plaintext that the format has room for in one message.
pub const HARD_MAX_MESSAGE: u64 = (1 << 52) - 1;

/// The cipher of one message's body.
struct Body<C> {
    cipher: C,
    base: Zeroizing<[u8; NONCE_SIZE]>,
    suite: Suite,
}

impl<C: ChunkCipher> Body<C> {
    fn new(keys: &MessageKeys, suite: Suite) -> Self {
        Self { cipher: C::new(&keys.key), base: keys.base.clone(), suite }
    }

    fn nonce(&self, index: u64) -> [u8; NONCE_SIZE] {
        let mut nonce = *self.base;
        for (byte, index) in nonce[NONCE_SIZE - 8..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= index;
        }
        nonce
    }
}

/// A message that is being sealed: its head, which is ready before the first byte of plaintext, and its chunks.
///
/// Chunks are handed out in order and may be sealed on any thread; no two get the same nonce, whatever the caller does.
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # use std::sync::Arc;
/// # fn done<T>(step: Step<T>) -> T { let Step::Done(value) = step else { panic!("no vault is asked here") }; value }
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let keys = OpenKeys { service: vec![key.clone()], ..OpenKeys::default() };
/// // `key` is service-managed, so this asks nobody; `now` is the writer's clock.
/// let sealer = done(seal::<RustCrypto, _>(SealOptions::new([key.into()]), 1_800_000_000, rng())?);
/// let mut envelope = sealer.head().to_vec();
/// let mut record = [0; 4 + TAG_SIZE];
/// sealer.next_chunk().seal_into(b"data", &mut record)?; // shorter than a chunk, so the last
/// envelope.extend_from_slice(&record);
///
/// let opener = done(open::<RustCrypto, _>(&envelope, &OpenOptions::new(keys), rng())?);
/// assert_eq!(opener.open(&envelope[opener.head_size()..])?, b"data");
/// # Ok(())
/// # }
/// ```
pub struct Sealer<C> {
    head: Vec<u8>,
    body: Body<C>,
    next: AtomicU64,
    max_message: u64,
}

impl<C: ChunkCipher> Sealer<C> {
    pub(super) fn new(head: Vec<u8>, keys: &MessageKeys, suite: Suite, max_message: u64) -> Self {
        let max_message = max_message.min(HARD_MAX_MESSAGE);
        Self { head, body: Body::new(keys, suite), next: AtomicU64::new(0), max_message }
    }

    /// The head: it goes in front of the body, or is kept elsewhere.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// How the body is cut.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.body.suite
    }

    /// The cipher of the chunks, for a host that runs it elsewhere; see [`Chunk::into_nonce`].
    #[must_use]
    pub const fn cipher(&self) -> &C {
        &self.body.cipher
    }

    /// The next chunk of the message. The chunk after which the caller stops must be shorter than the chunk size, and
    /// all before it exactly of that size.
    pub fn next_chunk(&self) -> Chunk<'_, C> {
        Chunk { sealer: self, index: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// Seals all of a plaintext: head and body in one vector.
    ///
    /// # Errors
    /// `too_large` over the limit of the message's size.
    pub fn seal(self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let head_size = self.head.len();
        let mut out = vec![0; head_size + sealed_size(self.suite(), plaintext.len())];
        let (head, body) = out.split_at_mut(head_size);
        head.copy_from_slice(&self.head);
        self.seal_body_into(plaintext, body)?;
        Ok(out)
    }

    /// Seals all of a plaintext into a buffer of exactly [`sealed_size`] bytes, without the head.
    ///
    /// # Errors
    /// `too_large` over the limit of the message's size, `invalid_argument` for a buffer of another size.
    pub fn seal_body_into(self, plaintext: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let (chunk_size, record_size) = (self.suite().chunk_size(), self.suite().record_size());
        if out.len() != sealed_size(self.suite(), plaintext.len()) {
            return Err(Error::new(Code::InvalidArgument, "the output buffer has not the size of the sealed body"));
        }
        let whole = plaintext.chunks_exact(chunk_size);
        let last = whole.remainder();
        let mut records = out.chunks_mut(record_size);
        for (chunk, record) in whole.chain([last]).zip(&mut records) {
            self.next_chunk().seal_into(chunk, record)?;
        }
        Ok(())
    }
}

/// One chunk to be sealed, once; see [`Sealer`].
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # use std::sync::Arc;
/// # fn done<T>(step: Step<T>) -> T { let Step::Done(value) = step else { panic!("no vault is asked here") }; value }
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let keys = OpenKeys { service: vec![key.clone()], ..OpenKeys::default() };
/// let sealer = done(seal::<RustCrypto, _>(SealOptions::new([key.into()]), 1_800_000_000, rng())?);
/// let mut buffer = *b"data, and 16 bytes of room..";
/// sealer.next_chunk().seal_in_place(&mut buffer)?;
/// assert_ne!(&buffer[..12], b"data, and 16");
/// # let _ = keys;
/// # Ok(())
/// # }
/// ```
pub struct Chunk<'a, C> {
    sealer: &'a Sealer<C>,
    index: u64,
}

impl<C: ChunkCipher> Chunk<'_, C> {
    /// Seals from one buffer into another, which has 16 bytes more.
    ///
    /// # Errors
    /// `too_large` over the limit of the message's size, `invalid_argument` for buffers that do not fit.
    pub fn seal_into(self, plaintext: &[u8], out: &mut [u8]) -> Result<(), Error> {
        self.check(plaintext.len(), out.len())?;
        let (data, tag) = out.split_at_mut(plaintext.len());
        let body = &self.sealer.body;
        tag.copy_from_slice(&body.cipher.seal_into(&body.nonce(self.index), plaintext, data));
        Ok(())
    }

    /// Seals in place: the buffer holds the plaintext and 16 bytes of room for the tag.
    ///
    /// # Errors
    /// `too_large` over the limit of the message's size, `invalid_argument` for a buffer that does not fit.
    pub fn seal_in_place(self, buffer: &mut [u8]) -> Result<(), Error> {
        let size = buffer.len().saturating_sub(TAG_SIZE);
        self.check(size, buffer.len())?;
        let (data, tag) = buffer.split_at_mut(size);
        let body = &self.sealer.body;
        tag.copy_from_slice(&body.cipher.seal_in_place(&body.nonce(self.index), data));
        Ok(())
    }

    /// The nonce of the chunk, for a host that seals it elsewhere, as `WebCrypto` does: `size` is that of the plaintext. The
    /// chunk is used up, so no other one gets this nonce.
    ///
    /// # Errors
    /// `too_large` over the limit of the message's size, `invalid_argument` over that of a chunk.
    pub fn into_nonce(self, size: usize) -> Result<[u8; NONCE_SIZE], Error> {
        self.check(size, size.saturating_add(TAG_SIZE))?;
        Ok(self.sealer.body.nonce(self.index))
    }

    fn check(&self, size: usize, out: usize) -> Result<(), Error> {
        let chunk_size = self.sealer.suite().chunk_size();
        if size > chunk_size || out != size + TAG_SIZE {
            return Err(Error::new(Code::InvalidArgument, "a buffer has not the size of a chunk"));
        }
        let end = self.index.saturating_mul(chunk_size as u64).saturating_add(size as u64);
        if end > self.sealer.max_message {
            return Err(Error::new(Code::TooLarge, "the message is over the limit of its size"));
        }
        Ok(())
    }
}

/// A message whose head is authentic: its context and the key of its chunks.
///
/// ```
/// # use cmkit_core::{Error, envelope::*, operation::Step};
/// # use std::sync::Arc;
/// # fn done<T>(step: Step<T>) -> T { let Step::Done(value) = step else { panic!("no vault is asked here") }; value }
/// # fn main() -> Result<(), Error> {
/// # let rng = || rand_core::UnwrapErr(getrandom::SysRng);
/// # let key = Arc::new(ServiceKey::generate("default", &mut rng())?);
/// # let keys = OpenKeys { service: vec![key.clone()], ..OpenKeys::default() };
/// let sealer = done(seal::<RustCrypto, _>(SealOptions::new([key.into()]), 1_800_000_000, rng())?);
/// let envelope = sealer.seal(&[7; 40_000])?;
///
/// let opener = done(open::<RustCrypto, _>(&envelope, &OpenOptions::new(keys), rng())?);
/// assert_eq!(opener.inspection().mode, Mode::ServiceManaged);
/// // Two chunks are opened for this: the one it is in, and the last, which proves the end.
/// assert_eq!(opener.open_range(&envelope[opener.head_size()..], 100..103)?, [7; 3]);
/// # Ok(())
/// # }
/// ```
pub struct Opener<C> {
    body: Body<C>,
    head: Head,
}

impl<C: ChunkCipher> Opener<C> {
    pub(super) fn new(keys: &MessageKeys, head: Head) -> Self {
        Self { body: Body::new(keys, head.preamble.suite), head }
    }

    /// Bytes of the head: where the body begins in an attached envelope.
    #[must_use]
    pub const fn head_size(&self) -> usize {
        self.head.preamble.head_size()
    }

    /// How the body is cut.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.body.suite
    }

    /// What the head says, authenticated.
    #[must_use]
    pub fn inspection(&self) -> Inspection {
        Inspection::of(&self.head)
    }

    /// The cipher of the chunks, for a host that runs it elsewhere; see [`Opener::chunk_nonce`].
    #[must_use]
    pub const fn cipher(&self) -> &C {
        &self.body.cipher
    }

    /// The nonce of a chunk, for a host that opens it elsewhere, as `WebCrypto` does; `record` is its size with the tag. What
    /// [`Opener::open_chunk_into`] says about the last chunk holds here too.
    ///
    /// # Errors
    /// `truncated` for less than a tag, `invalid_argument` or `too_large` for a chunk that no message has.
    pub fn chunk_nonce(&self, index: u64, record: usize) -> Result<[u8; NONCE_SIZE], Error> {
        self.check(index, record)?;
        Ok(self.body.nonce(index))
    }

    /// Opens all of a body.
    ///
    /// # Errors
    /// `decrypt` for a changed body, `truncated` for one that was cut at a chunk's border.
    pub fn open(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = vec![0; opened_size_at_most(self.suite(), body.len())];
        let size = self.open_into(body, &mut out)?;
        out.truncate(size);
        Ok(out)
    }

    /// Opens all of a body into a buffer and returns the plaintext's size. Nothing stays in the buffer on an error.
    ///
    /// # Errors
    /// As [`Opener::open`]; `invalid_argument` for a buffer that is too small.
    pub fn open_into(&self, body: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let mut written = 0;
        let result = (0..).zip(records(self.suite(), body)).try_for_each(|(index, record)| {
            let record = record?;
            let room = out.get_mut(written..).unwrap_or_default();
            written += self.open_chunk_into(index, record, room)?;
            Ok(())
        });
        if let Err(error) = result {
            out.zeroize();
            return Err(error);
        }
        Ok(written)
    }

    /// Opens one sealed chunk, tag included, into the front of a buffer and returns the plaintext's size.
    ///
    /// A caller who opens chunks one by one must go on to the last one, which alone is shorter than the others: before
    /// that, a cut body looks like a whole one.
    ///
    /// # Errors
    /// `truncated` for less than a tag, `decrypt` for anything changed, `invalid_argument` for a buffer that is too
    /// small.
    pub fn open_chunk_into(&self, index: u64, record: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let (data, tag) = self.split(index, record)?;
        let out = out
            .get_mut(..data.len())
            .ok_or_else(|| Error::new(Code::InvalidArgument, "the output buffer is smaller than the plaintext"))?;
        if self.body.cipher.open_into(&self.body.nonce(index), data, tag, out) {
            Ok(data.len())
        } else {
            out.zeroize();
            Err(Error::decrypt())
        }
    }

    /// Opens one sealed chunk, tag included, in place and returns its plaintext, which is the front of the buffer.
    ///
    /// # Errors
    /// As [`Opener::open_chunk_into`].
    pub fn open_chunk_in_place<'b>(&self, index: u64, record: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let tag = *self.split(index, record)?.1;
        let (data, _) = record.split_at_mut(record.len() - TAG_SIZE);
        if self.body.cipher.open_in_place(&self.body.nonce(index), data, &tag) {
            Ok(data)
        } else {
            data.zeroize();
            Err(Error::decrypt())
        }
    }

    /// Opens a range of the plaintext of an attached or detached body that is all in memory.
    ///
    /// # Errors
    /// `out_of_range` where the range starts after the end, else as [`Opener::open`].
    #[expect(
        clippy::indexing_slicing,
        reason = "the layout was made from this body's length, and cuts what it gives out"
    )]
    pub fn open_range(&self, body: &[u8], range: Range<u64>) -> Result<Vec<u8>, Error> {
        let layout = Layout::of(self.suite(), body.len() as u64)?;
        let record = |index: u64| {
            let range = layout.record(index);
            // The layout was made from this body's length, so its records lie inside.
            &body[range.start as usize..range.end as usize]
        };
        let mut buffer = Zeroizing::new(vec![0; self.suite().chunk_size()]);
        // The last chunk is opened first, whatever the range: it alone proves where the body ends.
        self.open_chunk_into(layout.last, record(layout.last), &mut buffer)?;
        let Some(plan) = layout.plan(range)? else { return Ok(Vec::new()) };
        // Wiped where a later chunk fails; whole from the start, so that no copy is left behind by growing.
        let mut out = Zeroizing::new(Vec::with_capacity(plan.size()));
        for index in plan.chunks() {
            let size = self.open_chunk_into(index, record(index), &mut buffer)?;
            out.extend_from_slice(&buffer[..size][plan.within(index, size)]);
        }
        Ok(core::mem::take(&mut *out))
    }

    fn split<'b>(&self, index: u64, record: &'b [u8]) -> Result<(&'b [u8], &'b [u8; TAG_SIZE]), Error> {
        self.check(index, record.len())?;
        record.split_last_chunk().ok_or_else(truncated)
    }

    fn check(&self, index: u64, record: usize) -> Result<(), Error> {
        let suite = self.suite();
        if index > HARD_MAX_MESSAGE / suite.chunk_size() as u64 {
            return Err(Error::new(Code::TooLarge, "the message is over the limit of the format"));
        }
        if record > suite.record_size() {
            return Err(Error::new(Code::InvalidArgument, "a chunk is over its size"));
        }
        if record < TAG_SIZE { Err(truncated()) } else { Ok(()) }
    }
}

/// Bytes of the body that a plaintext of this size seals to.
#[must_use]
pub const fn sealed_size(suite: Suite, plaintext: usize) -> usize {
    plaintext + (plaintext / suite.chunk_size() + 1) * TAG_SIZE
}

/// Bytes of plaintext that a body of this size opens to at most.
#[must_use]
pub const fn opened_size_at_most(suite: Suite, body: usize) -> usize {
    body / suite.record_size() * suite.chunk_size() + (body % suite.record_size()).saturating_sub(TAG_SIZE)
}

/// The sealed chunks of a body in input order; the last item says how the body ends.
fn records(suite: Suite, body: &[u8]) -> impl Iterator<Item = Result<&[u8], Error>> {
    let whole = body.chunks_exact(suite.record_size());
    let last = whole.remainder();
    whole.map(Ok).chain([if last.len() < TAG_SIZE { Err(truncated()) } else { Ok(last) }])
}

fn truncated() -> Error {
    Error::new(Code::Truncated, "the body ends where a chunk is due")
}

/// Where the chunks of a body lie, told by its length alone.
///
/// ```
/// use cmkit_core::envelope::{Layout, Suite};
/// let layout = Layout::of(Suite::Chunk16K, 16400 + 20)?; // one whole chunk and one of four bytes
/// assert_eq!((layout.last, layout.plaintext), (1, 16388));
/// assert_eq!(layout.record(1), 16400..16420);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    suite: Suite,
    body: u64,
    /// The number of the last chunk. Whoever reads a part of the body opens this one first: it proves the end.
    pub last: u64,
    /// Bytes of plaintext, proven only once the last chunk was opened.
    pub plaintext: u64,
}

impl Layout {
    /// The layout of a body of this many bytes.
    ///
    /// # Errors
    /// `truncated` for a length that no body has.
    pub fn of(suite: Suite, body: u64) -> Result<Self, Error> {
        let record = suite.record_size() as u64;
        let (last, rest) = (body / record, body % record);
        let Some(rest) = rest.checked_sub(TAG_SIZE as u64) else { return Err(truncated()) };
        Ok(Self { suite, body, last, plaintext: last * suite.chunk_size() as u64 + rest })
    }

    /// Where a sealed chunk lies in the body.
    #[must_use]
    pub fn record(&self, index: u64) -> Range<u64> {
        let record = self.suite.record_size() as u64;
        let start = index.saturating_mul(record).min(self.body);
        start..(start + record).min(self.body)
    }

    /// Which chunks a range of the plaintext needs; `None` for an empty one. A range that runs over the end is cut.
    ///
    /// # Errors
    /// `out_of_range` where the range starts after the end, `invalid_argument` where it ends before it starts.
    pub fn plan(&self, range: Range<u64>) -> Result<Option<RangePlan>, Error> {
        if range.start > range.end {
            return Err(Error::new(Code::InvalidArgument, "the range ends before it starts"));
        }
        if range.start > self.plaintext {
            return Err(Error::new(Code::OutOfRange, "the range starts after the end of the data"));
        }
        let range = range.start..range.end.min(self.plaintext);
        Ok((!range.is_empty()).then_some(RangePlan { chunk: self.suite.chunk_size() as u64, range }))
    }
}

/// The chunks that a range of the plaintext needs, and which part of each.
///
/// ```
/// use cmkit_core::envelope::{Layout, Suite};
/// let layout = Layout::of(Suite::Chunk16K, 2 * 16400 + 20)?;
/// let plan = layout.plan(16380..16390)?.expect("not empty");
/// assert_eq!((plan.chunks(), plan.within(0, 16384), plan.within(1, 16384)), (0..2, 16380..16384, 0..6));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangePlan {
    chunk: u64,
    range: Range<u64>,
}

impl RangePlan {
    /// The numbers of the chunks.
    #[must_use]
    pub fn chunks(&self) -> Range<u64> {
        self.range.start / self.chunk..(self.range.end - 1) / self.chunk + 1
    }

    /// Bytes of plaintext in the range.
    fn size(&self) -> usize {
        usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX)
    }

    /// Which bytes of the plaintext of a chunk are in the range; `size` is what the chunk opened to.
    #[must_use]
    pub fn within(&self, index: u64, size: usize) -> Range<usize> {
        let start = index * self.chunk;
        let clamp = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX).min(size);
        clamp(self.range.start)..clamp(self.range.end)
    }
}
