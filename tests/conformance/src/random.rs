//! Randomness that a case injects: a stream of bytes that every draw of the operation is taken from.

use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

/// Hands out the bytes of a stream in order. Clones share the stream, so that the case keeps an eye on it while the
/// operation draws.
///
/// Draws beyond the end give a counter's bytes and are noted: an operation that fails may draw more than the case says.
#[derive(Clone)]
pub struct Injected(Arc<Mutex<State>>);

struct State {
    stream: Vec<u8>,
    drawn: usize,
}

impl Injected {
    /// A generator of these bytes.
    #[must_use]
    pub fn new(stream: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(State { stream: stream.to_vec(), drawn: 0 })))
    }

    /// A generator for operations whose draws do not show in their result.
    #[must_use]
    pub fn any() -> Self {
        Self::new(&[])
    }

    /// # Errors
    /// Unless exactly the stream was drawn.
    pub fn check_used_up(&self) -> Result<(), String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (drawn, length) = (state.drawn, state.stream.len());
        if drawn == length { Ok(()) } else { Err(format!("{drawn} of {length} random bytes were drawn")) }
    }
}

impl TryRng for Injected {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in out {
            *byte = state.stream.get(state.drawn).copied().unwrap_or((state.drawn % 253) as u8);
            state.drawn += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Injected {}
