//! The command `cmkit`, which `python -m cmkit` is.

use pyo3::prelude::*;
use std::ffi::OsString;
use std::io::{Write, stdout};

/// Runs the command with these arguments, the program's name first, and gives its exit code.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| {
        let exit = cmkit_cli::run(arguments);
        // A program of Rust does so when it ends; a program of Python does not know of this buffer.
        let _ = stdout().flush();
        exit
    })
}
