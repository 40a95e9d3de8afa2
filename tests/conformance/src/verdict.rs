//! Judging many cases: all of them run, every mismatch is listed, and a panic is a mismatch too.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The judgement over one file's cases.
#[derive(Default)]
pub struct Verdict {
    run: usize,
    failed: Vec<String>,
}

impl Verdict {
    /// Runs one case in one way.
    pub fn judge(&mut self, name: &str, way: &str, case: impl FnOnce() -> Result<(), String>) {
        self.run += 1;
        let result = catch_unwind(AssertUnwindSafe(case)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(format!("panics: {}", text.unwrap_or_default()))
        });
        if let Err(mismatch) = result {
            self.failed.push(format!("{name} [{way}]: {mismatch}"));
        }
    }

    /// Fails with all mismatches, if there are any.
    pub fn finish(self) {
        println!("{} runs, {} mismatches", self.run, self.failed.len());
        assert!(self.run > 0, "no case was run");
        assert!(self.failed.is_empty(), "{} of {} mismatch:\n{}", self.failed.len(), self.run, self.failed.join("\n"));
    }
}

/// # Errors
/// Every fault among the checks, in one line.
pub fn all(checks: impl IntoIterator<Item = Result<(), String>>) -> Result<(), String> {
    let faults: Vec<String> = checks.into_iter().filter_map(Result::err).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

/// # Errors
/// Where what was found is not what is due.
pub fn due<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, due: &T) -> Result<(), String> {
    if found == due { Ok(()) } else { Err(format!("{what}: {found:?}, due {due:?}")) }
}
