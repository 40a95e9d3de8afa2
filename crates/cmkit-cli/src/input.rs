//! Input files and standard input, and the arguments that bind an envelope to its context.

use crate::failure::{Exit, Failure, io_error};
use clap::Args;
use cmkit::envelope::{Binding, Expect, ExternalContext};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A source of data; its errors name it.
pub(crate) struct Input {
    path: PathBuf,
    source: Source,
}

enum Source {
    Stdin(io::StdinLock<'static>),
    File(File),
}

/// Standard input gives its bytes once; a second reader would find nothing and take that for the data.
static STDIN_TAKEN: AtomicBool = AtomicBool::new(false);

impl Input {
    /// `-` and nothing are standard input.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.unwrap_or(Path::new("-"));
        let source = if path != Path::new("-") {
            Source::File(open_file(path)?)
        } else if STDIN_TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Failure::usage("standard input can only be read once").help("name a file for one of them"));
        } else {
            Source::Stdin(io::stdin().lock())
        };
        Ok(Self { path: path.to_owned(), source })
    }

    /// Bytes in the input, where that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.seekable().and_then(|file| file.metadata().ok()).map(|data| data.len())
    }

    /// The file, where any part of it can be read.
    pub(crate) fn seekable(&self) -> Option<&File> {
        match &self.source {
            Source::File(file) if file.metadata().is_ok_and(|data| data.is_file()) => Some(file),
            _ => None,
        }
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::Stdin(input) => input.read(out),
            Source::File(file) => file.read(out),
        };
        read.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, io_error("read", &self.path, error)),
        })
    }
}

/// Opens a file and refuses a folder, which can be opened but not read.
pub(crate) fn open_file(path: &Path) -> Result<File, Failure> {
    let reading = |error: io::Error| Failure::io("read", path, &error);
    let file = File::open(path).map_err(reading)?;
    if file.metadata().as_ref().is_ok_and(Metadata::is_dir) {
        return Err(reading(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// Reads a whole small file, `-` for standard input; at most `limit` bytes.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let input = Input::open(Some(path))?;
    input.take(limit + 1).read_to_end(&mut bytes).map_err(|error| failure_of("read", path, error))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::new(Exit::Input, format!("{} has more than {limit} bytes", name_of(path))));
    }
    Ok(bytes)
}

/// What a stream's error stands for: the core's own, or the operating system's about this file.
pub(crate) fn failure_of(verb: &str, path: &Path, error: io::Error) -> Failure {
    match error.downcast::<cmkit::Error>() {
        Ok(error) => Failure::from(error).at(name_of(path)),
        Err(error) => Failure::io(verb, path, &error),
    }
}

/// An input as messages call it.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { format!("`{}`", path.display()) }
}

/// What an envelope is bound to and says so.
#[derive(Args, Debug)]
pub(crate) struct Context {
    /// A pair of the encryption context: stored in clear, authenticated; repeatable. When opening: a pair that must be
    /// there
    #[arg(short = 'c', long = "context", value_name = "NAME=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// What the data is, for example `acme.invoice/v2`. When opening: what it must be
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
}

/// What an envelope is bound to without storing it.
#[derive(Args, Debug)]
pub(crate) struct External {
    /// A file whose bytes are authenticated and not stored: the opener must have the same
    #[arg(long, value_name = "FILE", conflicts_with = "external")]
    aad_file: Option<PathBuf>,
    /// A pair that is authenticated and of which only the name is stored: the opener must have the same; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    external: Vec<(String, String)>,
}

/// Bytes of external context at most; far more than anybody binds.
const MAX_AAD: u64 = 64 << 20;

impl Context {
    pub(crate) fn bound_with(&self, external: ExternalContext) -> Binding {
        Binding { context: self.context.clone(), external, namespace: self.namespace.clone(), content_type: None }
    }

    pub(crate) fn expect(&self) -> Expect {
        Expect { namespace: self.namespace.clone(), context: self.context.clone() }
    }
}

impl External {
    /// The external context, where the person gave any.
    pub(crate) fn given(&self) -> Result<Option<ExternalContext>, Failure> {
        Ok(match (&self.aad_file, self.external.as_slice()) {
            (Some(path), _) => Some(ExternalContext::Bytes(read_small(path, MAX_AAD)?)),
            (None, []) => None,
            (None, pairs) => Some(ExternalContext::Pairs(pairs.to_vec())),
        })
    }

    pub(crate) fn or_none(&self) -> Result<ExternalContext, Failure> {
        Ok(self.given()?.unwrap_or_default())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a pair is NAME=VALUE")?;
    if name.is_empty() { Err("the name is empty".into()) } else { Ok((name.into(), value.into())) }
}
