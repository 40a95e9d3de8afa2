//! Input files and standard input, and the arguments that bind an envelope to its context.

use crate::failure::Failure;
use clap::Args;
use cmkit::envelope::{Binding, Expect, ExternalContext};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A source of data.
pub(crate) enum Input {
    Stdin(io::StdinLock<'static>),
    File(File),
}

impl Input {
    /// `-` and nothing are standard input.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        match path {
            None => Ok(Self::Stdin(io::stdin().lock())),
            Some(path) if path == Path::new("-") => Ok(Self::Stdin(io::stdin().lock())),
            Some(path) => open_file(path).map(Self::File),
        }
    }

    /// Bytes in the input, where that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::Stdin(_) => None,
            Self::File(file) => file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len()),
        }
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stdin(input) => input.read(out),
            Self::File(file) => file.read(out),
        }
    }
}

/// Opens a file and refuses a folder, which can be opened but not read.
pub(crate) fn open_file(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    match file.metadata() {
        Ok(data) if data.is_dir() => Err(Failure::io("read", path, &io::ErrorKind::IsADirectory.into())),
        _ => Ok(file),
    }
}

/// Reads a whole small file, `-` for standard input; at most `limit` bytes.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let input = Input::open(Some(path))?;
    input.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Failure::io("read", path, &error))?;
    if bytes.len() as u64 > limit {
        let message = format!("`{}` has more than {limit} bytes", path.display());
        return Err(Failure::new(crate::failure::Exit::Input, message));
    }
    Ok(bytes)
}

/// How many bytes of a file come after its position.
pub(crate) fn rest_of(file: &mut File) -> io::Result<u64> {
    let at = file.stream_position()?;
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(at))?;
    Ok(end.saturating_sub(at))
}

/// What an envelope is bound to.
#[derive(Args, Debug)]
pub(crate) struct Context {
    /// A pair of the encryption context: stored in clear, authenticated. When opening: a pair that must be there
    #[arg(short = 'c', long = "context", value_name = "NAME=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// What the data is. When opening: what it must be
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// A file whose bytes are authenticated and not stored: the opener must have the same
    #[arg(long, value_name = "FILE", conflicts_with = "external")]
    aad_file: Option<PathBuf>,
    /// A pair that is authenticated and of which only the name is stored: the opener must have the same
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    external: Vec<(String, String)>,
}

/// Bytes of external context at most; far more than anybody binds.
const MAX_AAD: u64 = 64 << 20;

impl Context {
    pub(crate) fn external(&self) -> Result<ExternalContext, Failure> {
        match (&self.aad_file, self.external.as_slice()) {
            (Some(path), _) => Ok(ExternalContext::Bytes(read_small(path, MAX_AAD)?)),
            (None, []) => Ok(ExternalContext::default()),
            (None, pairs) => Ok(ExternalContext::Pairs(pairs.to_vec())),
        }
    }

    /// The external context, where the person gave any.
    pub(crate) fn given_external(&self) -> Result<Option<ExternalContext>, Failure> {
        let given = self.aad_file.is_some() || !self.external.is_empty();
        given.then(|| self.external()).transpose()
    }

    pub(crate) fn binding(&self) -> Result<Binding, Failure> {
        let external = self.external()?;
        Ok(Binding { context: self.context.clone(), external, namespace: self.namespace.clone(), content_type: None })
    }

    pub(crate) fn expect(&self) -> Expect {
        Expect { namespace: self.namespace.clone(), context: self.context.clone() }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a pair is NAME=VALUE")?;
    if name.is_empty() { Err("the name is empty".into()) } else { Ok((name.into(), value.into())) }
}
