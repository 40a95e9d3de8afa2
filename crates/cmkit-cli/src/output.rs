//! Where commands write: files that appear whole or not at all, standard output, and notes beside it.

use crate::failure::{Exit, Failure, io_error};
use cmkit::NewFile;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a command writes its data; its errors name it.
pub(crate) struct Output {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    /// Standard output, which takes bytes as they come.
    Stdout(io::StdoutLock<'static>),
    /// A file that is not there yet.
    File(NewFile),
}

impl Output {
    /// `-` and nothing are standard output.
    pub(crate) fn create(target: Option<&Path>) -> Result<Self, Failure> {
        let path = target.unwrap_or(Path::new("-"));
        let sink = if path == Path::new("-") { Sink::Stdout(io::stdout().lock()) } else { Sink::File(new_file(path)?) };
        Ok(Self { path: path.to_owned(), sink })
    }

    /// Writes all of it.
    pub(crate) fn put(&mut self, data: &[u8]) -> Result<(), Failure> {
        self.write_all(data).map_err(|error| crate::input::failure_of("write", &self.path, error))
    }

    /// Makes the file appear under its name. Before this nothing is there, and what was there stays.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        match self.sink {
            Sink::Stdout(ref mut out) => out.flush().map_err(|error| Failure::io("write", &self.path, &error)),
            Sink::File(file) => file.commit().map_err(|error| Failure::io("write", &self.path, &error)),
        }
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = match &mut self.sink {
            Sink::Stdout(out) => out.write(data),
            Sink::File(file) => file.write(data),
        };
        written.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, io_error("write", &self.path, error)),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(out) => out.flush(),
            Sink::File(_) => Ok(()),
        }
    }
}

/// Prints text to standard output, in colour where that is wanted. A reader who has seen enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_to(anstream::stdout().lock(), text)
}

/// Prints what a machine reads to standard output, byte by byte as it is.
pub(crate) fn print_as_is(text: &str) -> Result<(), Failure> {
    print_to(io::stdout().lock(), text)
}

fn print_to(mut out: impl Write, text: &str) -> Result<(), Failure> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::io("write", Path::new("-"), &error)),
        _ => Ok(()),
    }
}

/// One JSON document, for scripts.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    json.map(|json| json + "\n").map_err(|error| Failure::new(Exit::Internal, format!("cannot print JSON: {error}")))
}

/// Says something beside the output.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Begins a file that takes the target's place once it is whole.
pub(crate) fn new_file(target: &Path) -> Result<NewFile, Failure> {
    NewFile::create(target).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => Failure::io("write", target, &error).help("name a file in it"),
        _ => Failure::io("create", target, &error).help("the file's folder must exist and be writable"),
    })
}
