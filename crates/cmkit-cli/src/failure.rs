//! What the command ends in: exit codes, and failures that name the place, the cause and the mend.

use crate::mend;
use annotate_snippets::{Level, Renderer};
use cmkit::{Code, Error, FileError};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// The exit code, a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Good = 0,
    Findings = 1,
    Usage = 2,
    Input = 3,
    Unknown = 4,
    KeyUnavailable = 5,
    Decrypt = 6,
    Internal = 70,
}

impl Exit {
    pub(crate) fn from_clap(error: &clap::Error) -> Self {
        if error.use_stderr() { Self::Usage } else { Self::Good }
    }

    pub(crate) fn of(code: Code) -> Self {
        match code {
            Code::Malformed | Code::Unsupported | Code::TooLarge | Code::Truncated | Code::Input | Code::Io => {
                Self::Input
            }
            Code::NoKey | Code::Denied | Code::Unavailable | Code::Provider => Self::KeyUnavailable,
            Code::Decrypt | Code::Context => Self::Decrypt,
            Code::NotAllowed | Code::OutOfRange | Code::InvalidKeyUri | Code::InvalidArgument => Self::Usage,
            _ => Self::Internal,
        }
    }
}

/// A failure as the person sees it: what, where, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    code: Option<Code>,
    message: String,
    notes: Vec<String>,
    help: Option<String>,
    /// Nobody reads standard output any more, so there is nobody to tell.
    quiet: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, code: None, message: message.into(), notes: Vec::new(), help: None, quiet: false }
    }

    /// Bad arguments that clap cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file that cannot be read or written; `verb` is what was tried, for example `read`.
    pub(crate) fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        let mut failure = Self::new(Exit::Input, format!("{}: {error}", tried(verb, path)));
        failure.code = Some(Code::Io);
        failure.quiet = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to do about it, where it is about this code.
    pub(crate) fn help_on(self, code: Code, help: &str) -> Self {
        if self.code == Some(code) { self.help(help) } else { self }
    }

    /// Puts the place in front: the file, or whatever the message is about. An `io` failure names its own.
    pub(crate) fn at(mut self, place: impl Display) -> Self {
        if self.code != Some(Code::Io) {
            self.message = format!("{place}: {}", self.message);
        }
        self
    }

    /// Prints to standard error, in colour where that is wanted. Where even that fails, the exit code remains.
    pub(crate) fn print(&self) {
        if self.quiet {
            return;
        }
        let mut title = Level::ERROR.primary_title(&self.message);
        if let Some(code) = self.code {
            title = title.id(code.as_str());
        }
        let notes = self.notes.iter().map(|note| Level::NOTE.message(note));
        let help = self.help.iter().map(|help| Level::HELP.message(help));
        let report = [annotate_snippets::Group::with_title(title).elements(notes.chain(help))];
        let _ = writeln!(anstream::stderr(), "{}", Renderer::styled().render(&report));
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // The mend has a line of its own.
        let message = match error.refusal() {
            Some(refusal) => format!("{} ({})", refusal.message, refusal.reason),
            None => error.message().to_owned(),
        };
        let mut failure = Self::new(Exit::of(error.code()), message);
        failure.code = Some(error.code());
        failure.help = mend::of(&error);
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let of_file = cause.downcast_ref().map(|file: &FileError| &file.error);
            match cause.downcast_ref::<io::Error>().or(of_file) {
                // What the operating system says is the cause itself, not one more fact.
                Some(system) if failure.code == Some(Code::Io) => {
                    failure.message = format!("{}: {system}", failure.message);
                    failure.quiet = system.kind() == io::ErrorKind::BrokenPipe;
                }
                _ => failure.notes.push(cause.to_string()),
            }
            source = cause.source();
        }
        failure
    }
}

/// An operating system's error with what was tried and on which file, as a core error that travels through streams.
pub(crate) fn io_error(verb: &str, path: &Path, error: io::Error) -> Error {
    Error::new(Code::Io, tried(verb, path)).with_source(error.into())
}

fn tried(verb: &str, path: &Path) -> String {
    match (path == Path::new("-"), verb) {
        (false, _) => format!("cannot {verb} `{}`", path.display()),
        (true, "read") => "cannot read standard input".into(),
        (true, _) => format!("cannot {verb} standard output"),
    }
}
