//! Opening from a `Read + Seek`: any part, reading and opening only the chunks it needs.

use super::{into_io, io_error, read_full, read_head};
use crate::parallel::record_size;
use crate::{Error, NativeCipher, Provider};
use cmkit_core::Code;
use cmkit_core::envelope::{Inspection, Layout, OpenOptions, Opener};
use std::io::{self, Read, Seek, SeekFrom};
use zeroize::Zeroizing;

/// The plaintext of an envelope as a seekable reader. The last chunk is opened first: it proves the length.
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
    /// The chunk in `plain`, if there is one.
    current: Option<u64>,
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
        Self::new(opener, input, head.len() as u64)
    }

    /// A reader of the body that belongs to an opened head and begins at the byte `body` of the input.
    ///
    /// # Errors
    /// `truncated` or `decrypt` where the last chunk is not whole and authentic, `io`.
    pub fn new(opener: Opener<NativeCipher>, mut input: R, body: u64) -> Result<Self, Error> {
        let end = seek(&mut input, SeekFrom::End(0))?;
        let suite = opener.suite();
        let layout = Layout::of(suite, end.saturating_sub(body))?;
        let mut reader = Self {
            plain: Zeroizing::new(vec![0; suite.chunk_size()]),
            sealed: vec![0; record_size(suite)],
            plain_size: 0,
            current: None,
            position: 0,
            opener,
            layout,
            input,
            body,
        };
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

    fn load(&mut self, index: u64) -> Result<(), Error> {
        if self.current == Some(index) {
            return Ok(());
        }
        self.current = None;
        let range = self.layout.record(index);
        seek(&mut self.input, SeekFrom::Start(self.body + range.start))?;
        let size = usize::try_from(range.end - range.start).unwrap_or(self.sealed.len());
        let got = read_full(&mut self.input, &mut self.sealed[..size])?;
        self.plain_size = self.opener.open_chunk_into(index, &self.sealed[..got], &mut self.plain)?;
        self.current = Some(index);
        Ok(())
    }
}

impl<R: Read + Seek> Read for SeekReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let end = self.position.saturating_add(out.len() as u64);
        // A position after the end reads nothing, as with a file.
        let range = self.position.min(self.layout.plaintext)..end.min(self.layout.plaintext);
        let Some(plan) = self.layout.plan(range).map_err(into_io)? else { return Ok(0) };
        let index = plan.chunks().start;
        self.load(index).map_err(into_io)?;
        let part = &self.plain[..self.plain_size][plan.within(index, self.plain_size)];
        out[..part.len()].copy_from_slice(part);
        self.position += part.len() as u64;
        Ok(part.len())
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
