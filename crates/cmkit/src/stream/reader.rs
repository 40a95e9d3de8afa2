//! Opening from a `Read`, front to end.

use super::{Progress, batch_chunks, into_io, io_error, read_full, read_head};
use crate::parallel::{open_whole, record_size};
use crate::{Code, Error, NativeCipher, Provider, Threads};
use cmkit_core::envelope::{Inspection, OpenOptions, Opener};
use std::io::{self, Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// Reads the plaintext of an envelope. Every byte it gives is authentic; only at its end is it certain that none is
/// missing, and a body that was cut ends in an error instead.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
/// use std::io::Read;
/// # let key = Arc::new(cmkit::generate_service_key("default")?);
/// # let envelope = cmkit::seal(b"some data", SealOptions::new([key.clone().into()]), &cmkit::NoVault)?;
/// let options = OpenOptions::new(OpenKeys { service: vec![key], ..OpenKeys::default() });
/// let mut plaintext = String::new();
/// cmkit::OpenReader::open(&envelope[..], &options, &cmkit::NoVault)?.read_to_string(&mut plaintext)?;
/// assert_eq!(plaintext, "some data");
/// # Ok(())
/// # }
/// ```
pub struct OpenReader<R> {
    opener: Opener<NativeCipher>,
    input: R,
    threads: Threads,
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    /// What of `plain` is not read yet.
    unread: std::ops::Range<usize>,
    next_chunk: u64,
    at_end: bool,
    /// How the body failed: every later read fails in the same way, so that no caller takes it for the end.
    failed: Option<Code>,
}

impl<R: Read> OpenReader<R> {
    /// Reads the head of an attached envelope and opens it.
    ///
    /// # Errors
    /// As [`crate::open`], and `io`.
    pub fn open(mut input: R, options: &OpenOptions, provider: &(impl Provider + ?Sized)) -> Result<Self, Error> {
        let head = read_head(&mut input, Some(options.max_header))?;
        let opener = crate::begin_open(&head, options, provider)?;
        Ok(Self::new(opener, input, Threads::All))
    }

    /// A reader of the body that belongs to an opened head; `input` is at the body's begin.
    pub fn new(opener: Opener<NativeCipher>, input: R, threads: Threads) -> Self {
        let suite = opener.suite();
        let chunks = batch_chunks(suite);
        Self {
            sealed: vec![0; chunks * record_size(suite)],
            plain: Zeroizing::new(vec![0; chunks * suite.chunk_size()]),
            opener,
            input,
            threads,
            unread: 0..0,
            next_chunk: 0,
            at_end: false,
            failed: None,
        }
    }

    /// What the head says, authenticated.
    #[must_use]
    pub fn inspection(&self) -> Inspection {
        self.opener.inspection()
    }

    /// Opens everything that is left into `output` and returns the bytes of plaintext. What is written is authentic, and
    /// complete once this returns without an error.
    ///
    /// # Errors
    /// `decrypt`, `truncated`, `io`, and what `progress` returns.
    pub fn copy_to(&mut self, output: &mut impl Write, progress: Progress<'_>) -> Result<u64, Error> {
        let mut copied = 0;
        loop {
            let batch = &self.plain[self.unread.clone()];
            output.write_all(batch).map_err(|error| io_error("writing", error))?;
            copied += batch.len() as u64;
            progress(copied)?;
            if self.at_end {
                return Ok(copied);
            }
            self.next_batch()?;
        }
    }

    /// Opens the next batch. The last one ends with the message's last chunk, which alone is not whole.
    fn next_batch(&mut self) -> Result<(), Error> {
        if let Some(code) = self.failed {
            return Err(Error::new(code, "the body failed before, and nothing more of it is read"));
        }
        let opened = self.open_batch();
        self.unread = 0..*opened.as_ref().unwrap_or(&0);
        opened.map(|_| ()).inspect_err(|error| {
            // Nothing of the failed batch stays in memory.
            self.failed = Some(error.code());
            self.plain.zeroize();
        })
    }

    fn open_batch(&mut self) -> Result<usize, Error> {
        let suite = self.opener.suite();
        let got = read_full(&mut self.input, &mut self.sealed)?;
        let (whole, last) = self.sealed[..got].split_at(got - got % record_size(suite));
        let whole_size = whole.len() / record_size(suite) * suite.chunk_size();
        let (whole_plain, last_plain) = self.plain.split_at_mut(whole_size);
        self.next_chunk = open_whole(&self.opener, self.next_chunk, whole, whole_plain, self.threads)?;
        if got == self.sealed.len() {
            return Ok(whole_size);
        }
        let last_size = self.opener.open_chunk_into(self.next_chunk, last, last_plain)?;
        self.at_end = true;
        Ok(whole_size + last_size)
    }
}

impl<R: Read> Read for OpenReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.unread.is_empty() && !self.at_end {
            self.next_batch().map_err(into_io)?;
        }
        let count = out.len().min(self.unread.len());
        out[..count].copy_from_slice(&self.plain[self.unread.start..self.unread.start + count]);
        self.unread.start += count;
        Ok(count)
    }
}
