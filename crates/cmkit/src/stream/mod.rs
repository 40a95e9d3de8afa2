//! Messages larger than memory, over `Read`, `Write` and `Seek`: bounded buffers, chunks sealed and opened on several
//! threads.

mod reader;
mod seek;
mod writer;

pub use reader::OpenReader;
pub use seek::SeekReader;
pub use writer::SealWriter;

use crate::{Code, Error, Provider, Threads};
use cmkit_core::envelope::{DEFAULT_MAX_HEADER, FIXED_PREFIX, OpenOptions, SealOptions, Suite, head_size};
use std::io::{self, Read, Write};

/// Bytes of plaintext that are sealed or opened at a time.
const BATCH: usize = 1 << 20;

/// Chunks that make up a batch.
const fn batch_chunks(suite: Suite) -> usize {
    BATCH / suite.chunk_size()
}

/// What a long seal or open reports after every batch: bytes of plaintext done so far. An error ends the work and comes back
/// as it is.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> Result<(), Error>;

/// Seals everything that `input` has into `output`, head first, and returns the bytes of plaintext.
///
/// Memory stays at a few batches of 1 MiB, whatever the input's size.
///
/// ```
/// # fn main() -> Result<(), cmkit::Error> {
/// # use std::sync::Arc;
/// # use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
/// let key = Arc::new(cmkit::generate_service_key("default")?);
/// let (mut sealed, mut opened) = (Vec::new(), Vec::new());
/// cmkit::seal_stream(&b"some data"[..], &mut sealed, SealOptions::new([key.clone().into()]), &cmkit::NoVault, &mut |_| Ok(()))?;
///
/// let options = OpenOptions::new(OpenKeys { service: vec![key], ..OpenKeys::default() });
/// cmkit::open_stream(&sealed[..], &mut opened, &options, &cmkit::NoVault, &mut |_| Ok(()))?;
/// assert_eq!(opened, b"some data");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`crate::seal`], `io` where reading or writing failed, and what `progress` returns.
pub fn seal_stream(
    mut input: impl Read,
    output: impl Write,
    options: SealOptions,
    provider: &(impl Provider + ?Sized),
    progress: Progress<'_>,
) -> Result<u64, Error> {
    let sealer = crate::begin_seal(options, provider)?;
    let mut writer = SealWriter::new(sealer, output, Threads::All);
    writer.write_head()?;
    loop {
        let more = writer.fill_from(&mut input)?;
        progress(writer.plaintext_written())?;
        if !more {
            break;
        }
    }
    let written = writer.plaintext_written();
    writer.finish()?;
    Ok(written)
}

/// Opens an attached envelope from `input` into `output` and returns the bytes of plaintext.
///
/// Each batch is written only after its tags were checked; on an error what was written so far is authentic but not
/// complete, and belongs thrown away.
///
/// # Errors
/// As [`crate::open`], `io` where reading or writing failed, and what `progress` returns.
pub fn open_stream(
    input: impl Read,
    mut output: impl Write,
    options: &OpenOptions,
    provider: &(impl Provider + ?Sized),
    progress: Progress<'_>,
) -> Result<u64, Error> {
    let mut reader = OpenReader::open(input, options, provider)?;
    reader.copy_to(&mut output, progress)
}

/// Reads the head at the front of a stream and nothing after it.
///
/// # Errors
/// The faults of a head's first 12 bytes, `truncated` where the stream ends inside the head, `io`.
pub fn read_head(mut input: impl Read, max_header: Option<usize>) -> Result<Vec<u8>, Error> {
    let mut head = vec![0; FIXED_PREFIX];
    let got = read_full(&mut input, &mut head)?;
    head.truncate(got);
    let size = head_size(&head, max_header.unwrap_or(DEFAULT_MAX_HEADER))?;
    head.resize(size, 0);
    let got = read_full(&mut input, &mut head[FIXED_PREFIX..])?;
    head.truncate(FIXED_PREFIX + got);
    Ok(head)
}

/// Fills the buffer as far as the input goes.
pub(crate) fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_error("reading", error)),
        }
    }
    Ok(filled)
}

pub(crate) fn io_error(doing: &str, error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::new(Code::Io, format!("{doing} failed")).with_source(error.into()),
    }
}

/// An error of cmkit inside an `io::Error`, which `downcast` gives back.
pub(crate) fn into_io(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
