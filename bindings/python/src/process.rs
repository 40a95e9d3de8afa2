//! What belongs to one process. A fork copies memory, but neither the threads that hold its locks nor the meaning of its
//! file locks, so a child makes its own.

use pyo3::prelude::*;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value and the process that made it. The lock is only held by threads that are attached to the interpreter, as the
/// token in each signature sees to, and so never while another thread forks.
pub(crate) struct PerProcess<T>(Mutex<Option<(u32, T)>>);

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> PerProcess<T> {
    /// What this process made.
    pub(crate) fn get(&self, py: Python<'_>) -> Option<T> {
        self.lock(py).as_ref().filter(|(owner, _)| *owner == process::id()).map(|(_, value)| value.clone())
    }

    /// What this process or the one that it was forked from made.
    pub(crate) fn inherited(&self, py: Python<'_>) -> Option<T> {
        self.lock(py).as_ref().map(|(_, value)| value.clone())
    }

    /// Keeps what this process made, unless another of its threads was faster.
    pub(crate) fn keep(&self, py: Python<'_>, value: T) -> T {
        let mut held = self.lock(py);
        match &*held {
            Some((owner, first)) if *owner == process::id() => first.clone(),
            _ => held.insert((process::id(), value)).1.clone(),
        }
    }

    pub(crate) fn forget(&self, py: Python<'_>) {
        let held = self.lock(py).take();
        drop(held); // without the lock: dropping may take time
    }

    fn lock(&self, _: Python<'_>) -> MutexGuard<'_, Option<(u32, T)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
