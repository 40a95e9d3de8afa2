//! Sealing into a `Write`.

use super::{batch_chunks, into_io, io_error, read_full};
use crate::parallel::{record_size, seal_in_place};
use crate::{Code, Error, NativeCipher, Threads};
use cmkit_core::envelope::{Sealer, TAG_SIZE};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// Seals what is written to it. [`SealWriter::finish`] writes the last chunk; without it the envelope is truncated, and
/// every reader will say so.
///
/// Plaintext is gathered in the very buffer it is sealed in, a batch of about 1 MiB.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::SealOptions;
/// use std::io::Write;
/// let key = Arc::new(cmkit::generate_service_key("default")?);
/// let sealer = cmkit::begin_seal(SealOptions::new([key.into()]), &cmkit::NoVault)?;
/// let mut writer = cmkit::SealWriter::new(sealer, Vec::new(), cmkit::Threads::All);
/// writer.write_head()?;
/// writer.write_all(b"some data")?;
/// let envelope = writer.finish()?;
/// # assert!(envelope.len() > 9);
/// # Ok(())
/// # }
/// ```
pub struct SealWriter<W> {
    sealer: Sealer<NativeCipher>,
    output: W,
    threads: Threads,
    /// Whole records; plaintext lies where its ciphertext will.
    batch: Zeroizing<Vec<u8>>,
    /// Bytes of plaintext in the batch.
    filled: usize,
    written: u64,
    /// How it failed: bytes may be lost or written in part, so nothing makes the envelope whole any more.
    failed: Option<Code>,
}

impl<W: Write> SealWriter<W> {
    /// A writer of the body that belongs to the sealer's head. The head itself is written by [`SealWriter::write_head`],
    /// or kept elsewhere.
    pub fn new(sealer: Sealer<NativeCipher>, output: W, threads: Threads) -> Self {
        let suite = sealer.suite();
        let batch = Zeroizing::new(vec![0; batch_chunks(suite) * record_size(suite)]);
        Self { sealer, output, threads, batch, filled: 0, written: 0, failed: None }
    }

    /// The head of the message.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.sealer.head()
    }

    /// Writes the head in front of the body: once, before anything else.
    ///
    /// # Errors
    /// `io`.
    pub fn write_head(&mut self) -> Result<(), Error> {
        self.guard(|writer| writer.output.write_all(writer.sealer.head()).map_err(|error| io_error("writing", error)))
    }

    /// Bytes of plaintext taken so far.
    #[must_use]
    pub const fn plaintext_written(&self) -> u64 {
        self.written + self.filled as u64
    }

    /// Takes as much of `input` as fills the batch; `false` at the input's end.
    ///
    /// # Errors
    /// `io`, `too_large`.
    pub fn fill_from(&mut self, input: &mut impl Read) -> Result<bool, Error> {
        loop {
            if self.is_full() {
                self.seal_batch()?;
                return Ok(true);
            }
            let wanted = self.room().len();
            let got = self.guard(|writer| read_full(input, writer.room()))?;
            self.filled += got;
            if got < wanted {
                return Ok(false);
            }
        }
    }

    /// Seals and writes what is left, the last chunk among it, and gives the output back.
    ///
    /// # Errors
    /// `io`, `too_large`; after a failure always, with its code.
    pub fn finish(mut self) -> Result<W, Error> {
        if self.is_full() {
            self.seal_batch()?;
        }
        let chunk_size = self.sealer.suite().chunk_size();
        let chunks = self.filled / chunk_size;
        let end = chunks * record_size(self.sealer.suite()) + self.filled % chunk_size + TAG_SIZE;
        self.seal_up_to(end)?;
        self.output.flush().map_err(|error| io_error("writing", error))?;
        Ok(self.output)
    }

    fn is_full(&self) -> bool {
        self.filled == batch_chunks(self.sealer.suite()) * self.sealer.suite().chunk_size()
    }

    /// What is free of the chunk that is being filled.
    fn room(&mut self) -> &mut [u8] {
        let suite = self.sealer.suite();
        let start = self.filled / suite.chunk_size() * record_size(suite);
        let within = self.filled % suite.chunk_size();
        &mut self.batch[start + within..start + suite.chunk_size()]
    }

    fn seal_batch(&mut self) -> Result<(), Error> {
        self.seal_up_to(self.batch.len())
    }

    fn seal_up_to(&mut self, end: usize) -> Result<(), Error> {
        self.guard(|writer| {
            seal_in_place(&writer.sealer, &mut writer.batch[..end], writer.threads)?;
            writer.output.write_all(&writer.batch[..end]).map_err(|error| io_error("writing", error))
        })?;
        self.written += self.filled as u64;
        self.filled = 0;
        Ok(())
    }

    /// Does what can fail, once at most.
    fn guard<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if let Some(code) = self.failed {
            return Err(Error::new(code, "sealing failed before, and the envelope stays truncated"));
        }
        work(self).inspect_err(|error| self.failed = Some(error.code()))
    }
}

impl<W: Write> Write for SealWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.is_full() {
            self.seal_batch().map_err(into_io)?;
        }
        let room = self.room();
        let count = room.len().min(data.len());
        room[..count].copy_from_slice(&data[..count]);
        self.filled += count;
        Ok(count)
    }

    /// Flushes the output. Plaintext that does not fill a batch stays: its chunk's end is not known yet.
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
