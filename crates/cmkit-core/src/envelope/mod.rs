//! The envelope: data sealed under a fresh data key, which is wrapped under one or more keys that somebody else holds.
//!
//! ```text
//! CMK (RSA, in Key Vault)  wraps  data key  derives  body key  encrypts  chunks of 16 KiB
//!
//! +----------+-----------------------+------------+------+------------+---------+---------+--
//! | preamble | header: context, keys | header MAC | salt | commitment | chunk 0 | chunk 1 | ..
//! +----------+-----------------------+------------+------+------------+---------+---------+--
//!            \__ rewritten by rewrap ____________/ \__ never changes
//! ```
//!
//! * [`seal`] and [`open`] a message; [`Sealer`] and [`Opener`] work on its chunks.
//! * [`rewrap`] after a rotation: new key entries, the same body.
//! * [`DataKey`], a key record: the customer-managed key wraps one data key, which wraps those of messages and seals
//!   compact values, without a call for each.
//! * [`inspect`] without any key.
//!
//! Salt, commitment and chunks of the default suite are a message of C2SP chunked-encryption (Cobblestone-256), so other
//! implementations of it open the body, given the data key.

mod cbor;
#[cfg(test)]
mod cobblestone;
mod compact;
mod context;
mod dek;
mod head_keys;
mod header;
mod inspect;
mod kek;
mod keys;
mod open;
mod record;
mod rewrap;
mod seal;
mod stream;
mod unwrap;
mod wrap;

pub use crate::crypto::{Backend, ChunkCipher, NONCE_SIZE, RustCrypto, RustCryptoCipher, TAG_SIZE};
pub use compact::{COMPACT_OVERHEAD, MAX_COMPACT, Values, find_data_key};
pub use context::{Binding, ExternalContext};
pub use head_keys::{HeadKey, HeadKeys, KeyHolder};
pub use header::{DEFAULT_MAX_HEADER, FIXED_PREFIX, HARD_MAX_HEADER, MAX_KEYS, Suite, head_size};
pub use inspect::{EnvelopeKind, Holder, Inspection, KeyEntry, Mode, inspect, plaintext_size};
pub use keys::{AllowedKey, OpenKeys, SealKey, ServiceKey};
pub use open::{Expect, OpenOptions, open, open_detached};
pub use record::{DataKey, NewRecord, RecordOptions};
pub use rewrap::{Keep, Pad, RewrapOptions, rewrap, rewrap_detached};
pub use seal::{MessageKey, SealOptions, seal};
pub use stream::{
    Chunk, DEFAULT_MAX_MESSAGE, HARD_MAX_MESSAGE, Layout, Opener, RangePlan, Sealer, opened_size_at_most, sealed_size,
};
pub use wrap::DEFAULT_MAX_KEYS;
