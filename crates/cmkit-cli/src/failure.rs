//! What the command ends in: exit codes, and failures that name the place, the cause and the mend.

use annotate_snippets::{Level, Renderer};
use cmkit::{Code, Error};
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

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

    fn of(code: Code) -> Self {
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure as the person sees it: what, where, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    code: Option<&'static str>,
    message: String,
    notes: Vec<String>,
    help: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, code: None, message: message.into(), notes: Vec::new(), help: None }
    }

    /// Bad arguments that clap cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file that cannot be read or written; `verb` is what was tried, for example `read`.
    pub(crate) fn io(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(Exit::Input, format!("cannot {verb} `{}`: {error}", path.display()))
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to do about it, where it is about a size.
    pub(crate) fn help_if_too_large(self, help: &str) -> Self {
        if self.code == Some(Code::TooLarge.as_str()) { self.help(help) } else { self }
    }

    /// One more fact.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Puts the place in front: the file, or whatever the message is about.
    pub(crate) fn at(mut self, place: impl Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Prints to standard error, in colour where that is wanted.
    pub(crate) fn print(&self) {
        let mut title = Level::ERROR.primary_title(&self.message);
        if let Some(code) = self.code {
            title = title.id(code);
        }
        let notes = self.notes.iter().map(|note| Level::NOTE.message(note));
        let help = self.help.iter().map(|help| Level::HELP.message(help));
        let report = [annotate_snippets::Group::with_title(title).elements(notes.chain(help))];
        anstream::eprintln!("{}", Renderer::styled().render(&report));
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::new(Exit::of(error.code()), error.message());
        failure.code = Some(error.code().as_str());
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            failure.notes.push(cause.to_string());
            source = cause.source();
        }
        failure
    }
}
