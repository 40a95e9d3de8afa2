//! Progress of long work: a bar on standard error, on a terminal only, and only for what takes longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A bar that shows itself after a second.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: bool,
}

impl Progress {
    /// `total`: the bytes of all the work, where that is known.
    pub(crate) fn new(total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
            None => "{spinner} {bytes} {bytes_per_sec}",
        };
        Self::with_template(total, template)
    }

    /// `total`: how many there are, where that is known; `what` they are.
    pub(crate) fn counting(total: Option<u64>, what: &str) -> Self {
        let template = match total {
            Some(_) => format!("{{bar:30}} {{pos}}/{{len}} {what} {{per_sec}} {{eta}} left"),
            None => format!("{{spinner}} {{pos}} {what} {{per_sec}}"),
        };
        Self::with_template(total, &template)
    }

    fn with_template(total: Option<u64>, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, begun: Instant::now(), shown: !std::io::stderr().is_terminal() }
    }

    /// So much is done.
    pub(crate) fn set(&mut self, done: u64) {
        if !self.shown && self.begun.elapsed() >= Duration::from_secs(1) {
            self.shown = true;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
