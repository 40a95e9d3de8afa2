//! Opening from a `Read + Seek`: any part, reading and opening only the chunks it needs.

use super::{batch_chunks, into_io, io_error, read_full, read_head};
use crate::parallel::{open_whole, record_size};
use crate::{Code, Error, NativeCipher, Provider, Threads};
use cmkit_core::envelope::{Inspection, Layout, OpenOptions, Opener};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use zeroize::{Zeroize, Zeroizing};

/// The plaintext of an envelope as a seekable reader. The last chunk is opened first: it proves the length. Who reads on is
/// read ahead for, up to a batch of 1 MiB; who jumps costs a chunk.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
/// use std::io::{Cursor, Read, Seek, SeekFrom};
/// # let key = Arc::new(cmkit::generate_service_key("default")?);
/// # let envelope = cmkit::seal(&[b'-'; 100_000], SealOptions::new([key.clone().into()]), &cmkit::NoVault)?;
/// let options = OpenOptions::new(OpenKeys { service: vec![key], ..OpenKeys::default() });
/// let mut reader = cmkit::SeekReader::open(Cursor::new(envelope), &options, &cmkit::NoVault)?;
/// assert_eq!(reader.len(), 100_000);
/// reader.seek(SeekFrom::End(-3))?;
/// let mut end = String::new();
/// reader.read_to_string(&mut end)?;
/// assert_eq!(end, "---");
/// # Ok(())
/// # }
/// ```
pub struct SeekReader<R> {
    opener: Opener<NativeCipher>,
    layout: Layout,
    input: R,
    /// Where the body begins in the input.
    body: u64,
    position: u64,
    threads: Threads,
    /// The chunks in `plain`.
    batch: Range<u64>,
    plain: Zeroizing<Vec<u8>>,
    plain_size: usize,
    sealed: Vec<u8>,
}

impl<R: Read + Seek> SeekReader<R> {
    /// Opens an attached envelope that begins at the input's begin.
    ///
    /// # Errors
    /// As [`crate::open`], and `io`.
    pub fn open(mut input: R, options: &OpenOptions, provider: &(impl Provider + ?Sized)) -> Result<Self, Error> {
        seek(&mut input, SeekFrom::Start(0))?;
        let head = read_head(&mut input, Some(options.max_header))?;
        let opener = crate::begin_open(&head, options, provider)?;
        Self::new(opener, input, head.len() as u64, Threads::All)
    }

    /// A reader of the body that belongs to an opened head and begins at the byte `body` of the input.
    ///
    /// # Errors
    /// `truncated` or `decrypt` where the last chunk is not whole and authentic, `io`.
    pub fn new(opener: Opener<NativeCipher>, mut input: R, body: u64, threads: Threads) -> Result<Self, Error> {
        let end = seek(&mut input, SeekFrom::End(0))?;
        let suite = opener.suite();
        let layout = Layout::of(suite, end.saturating_sub(body))?;
        let (plain, sealed) = (Zeroizing::new(Vec::new()), Vec::new());
        let mut reader =
            Self { opener, layout, input, body, position: 0, threads, batch: 0..0, plain, plain_size: 0, sealed };
        reader.load(layout.last)?;
        Ok(reader)
    }

    /// Bytes of plaintext.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a length, not a collection")]
    pub const fn len(&self) -> u64 {
        self.layout.plaintext
    }

    /// What the head says, authenticated.
    #[must_use]
    pub fn inspection(&self) -> Inspection {
        self.opener.inspection()
    }

    /// Sees to it that the chunk is there: it alone, or after the chunks before it twice as many as those were.
    fn load(&mut self, index: u64) -> Result<(), Error> {
        if self.batch.contains(&index) {
            return Ok(());
        }
        let suite = self.opener.suite();
        let before = std::mem::replace(&mut self.batch, 0..0);
        let follows = !before.is_empty() && before.end == index;
        let count = if follows { (before.end - before.start) * 2 } else { 1 };
        let count = count.min(batch_chunks(suite) as u64).min(self.layout.last + 1 - index);
        self.batch = match self.open_chunks(index..index + count) {
            // A chunk that nobody asked for yet is no reason to withhold this one.
            Err(error) if count > 1 && error.code() != Code::Io => self.open_chunks(index..index + 1),
            opened => opened,
        }?;
        Ok(())
    }

    fn open_chunks(&mut self, chunks: Range<u64>) -> Result<Range<u64>, Error> {
        let suite = self.opener.suite();
        let range = self.layout.record(chunks.start).start..self.layout.record(chunks.end - 1).end;
        let size = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        self.make_room(size.div_ceil(record_size(suite)));
        seek(&mut self.input, SeekFrom::Start(self.body + range.start))?;
        let got = read_full(&mut self.input, &mut self.sealed[..size])?;
        let (whole, last) = self.sealed[..got].split_at(got - got % record_size(suite));
        let (whole_plain, last_plain) = self.plain.split_at_mut(whole.len() / record_size(suite) * suite.chunk_size());
        self.plain_size = whole_plain.len();
        let next = open_whole(&self.opener, chunks.start, whole, whole_plain, self.threads);
        let opened = next.and_then(|next| match next < chunks.end {
            true => self.opener.open_chunk_into(next, last, last_plain),
            false => Ok(0),
        });
        self.plain_size += opened.inspect_err(|_| self.plain.zeroize())?;
        Ok(chunks)
    }

    /// Makes both buffers large enough. A vector that grows would leave plaintext where it was, so this is a new one.
    fn make_room(&mut self, chunks: usize) {
        let suite = self.opener.suite();
        if self.plain.len() < chunks * suite.chunk_size() {
            self.plain = Zeroizing::new(vec![0; chunks * suite.chunk_size()]);
            self.sealed = vec![0; chunks * record_size(suite)];
        }
    }
}

impl<R: Read + Seek> Read for SeekReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // A position after the end reads nothing, as with a file.
        if out.is_empty() || self.position >= self.layout.plaintext {
            return Ok(0);
        }
        let chunk_size = self.opener.suite().chunk_size() as u64;
        self.load(self.position / chunk_size).map_err(into_io)?;
        let from = usize::try_from(self.position - self.batch.start * chunk_size).unwrap_or(usize::MAX);
        let part = &self.plain[..self.plain_size][from..];
        let count = part.len().min(out.len());
        out[..count].copy_from_slice(&part[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for SeekReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.layout.plaintext.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let out_of_range = || into_io(Error::new(Code::OutOfRange, "a seek to before the begin"));
        self.position = target.ok_or_else(out_of_range)?;
        Ok(self.position)
    }
}

fn seek(input: &mut impl Seek, to: SeekFrom) -> Result<u64, Error> {
    input.seek(to).map_err(|error| io_error("seeking", error))
}
