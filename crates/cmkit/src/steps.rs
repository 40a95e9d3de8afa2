//! The operations step by step, for asynchronous providers: [`crate::run_async`] drives one to its end, and so does any
//! loop of a host's own.
//!
//! The clock and the randomness are the system's, and the cipher is the native one, as in the functions of the same names
//! that take a provider.
//!
//! ```
//! # fn main() -> Result<(), cmkit::Error> {
//! # use std::sync::Arc;
//! use cmkit::{envelope::SealOptions, operation::Step, steps};
//! # let key = Arc::new(cmkit::generate_service_key("default")?);
//! let Step::Done(sealer) = steps::seal(SealOptions::new([key.into()]))? else { panic!("only a vault is asked") };
//! assert!(!sealer.head().is_empty());
//! # Ok(())
//! # }
//! ```

use crate::message::{now, system_rng};
use crate::{Error, Native, NativeCipher};
use cmkit_core::envelope::{
    self, DataKey, Expect, NewRecord, OpenKeys, OpenOptions, Opener, RecordOptions, RewrapOptions, SealOptions, Sealer,
};
use cmkit_core::operation::Step;
use std::sync::Arc;

/// Begins a message: the step's result has the head, and seals the chunks.
///
/// # Errors
/// As [`crate::begin_seal`].
pub fn seal(options: SealOptions) -> Result<Step<Sealer<NativeCipher>>, Error> {
    envelope::seal::<Native, _>(options, now(), system_rng())
}

/// Opens the head at the front of `input`: the step's result opens the chunks.
///
/// # Errors
/// As [`crate::begin_open`].
pub fn open(input: &[u8], options: &OpenOptions) -> Result<Step<Opener<NativeCipher>>, Error> {
    envelope::open::<Native, _>(input, options, system_rng())
}

/// Opens a head that was detached from its body.
///
/// # Errors
/// As [`crate::begin_open_detached`].
pub fn open_detached(head: &[u8], options: &OpenOptions) -> Result<Step<Opener<NativeCipher>>, Error> {
    envelope::open_detached::<Native, _>(head, options, system_rng())
}

/// Rewraps a message or a key record: the step's result is the new head.
///
/// # Errors
/// As [`crate::rewrap`].
pub fn rewrap(input: &[u8], options: RewrapOptions) -> Result<Step<Vec<u8>>, Error> {
    envelope::rewrap::<Native, _>(input, options, now(), system_rng())
}

/// Rewraps a head that was detached from its body, or a key record.
///
/// # Errors
/// As [`crate::rewrap_detached`].
pub fn rewrap_detached(head: &[u8], options: RewrapOptions) -> Result<Step<Vec<u8>>, Error> {
    envelope::rewrap_detached::<Native, _>(head, options, now(), system_rng())
}

/// Makes a data key and its key record.
///
/// # Errors
/// As [`crate::generate_record`].
pub fn generate_record(options: RecordOptions) -> Result<Step<NewRecord>, Error> {
    DataKey::generate::<Native, _>(options, now(), system_rng())
}

/// Opens a key record.
///
/// # Errors
/// As [`crate::open_record`].
pub fn open_record(record: &[u8], keys: &OpenKeys, expect: Expect) -> Result<Step<Arc<DataKey>>, Error> {
    DataKey::open(record, keys, expect, system_rng())
}
