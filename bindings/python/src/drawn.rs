//! What draws randomness and reads the clock.
//!
//! It is the system's, in every build that people get. A build with the feature `vectors`, for the tests alone, takes both
//! from the test instead, so that the very bytes of a test vector come out.

#[cfg(not(feature = "vectors"))]
pub(crate) use cmkit::Values;
#[cfg(not(feature = "vectors"))]
pub(crate) use cmkit::steps::{generate_record, rewrap, rewrap_detached, seal};
#[cfg(feature = "vectors")]
pub(crate) use injected::{Values, generate_record, inject, rewrap, rewrap_detached, seal};

#[cfg(feature = "vectors")]
mod injected {
    use cmkit::envelope::{
        self, Backend, DataKey, NewRecord, RecordOptions, RewrapOptions, RustCrypto, SealOptions, Sealer,
    };
    use cmkit::key::RsaPublicKey;
    use cmkit::operation::Step;
    use cmkit::{Error, Native, NativeCipher};
    use pyo3::prelude::*;
    use rand_core::{CryptoRng, TryCryptoRng, TryRng};
    use std::convert::Infallible;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    struct State {
        stream: Vec<u8>,
        drawn: usize,
        now: u64,
    }

    static STATE: Mutex<State> = Mutex::new(State { stream: Vec::new(), drawn: 0, now: 0 });

    fn state() -> MutexGuard<'static, State> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what is drawn from now on and the time, and says how many bytes were drawn since the last call.
    #[pyfunction]
    pub(crate) fn inject(stream: Vec<u8>, now: u64) -> usize {
        let mut state = state();
        let drawn = state.drawn;
        *state = State { stream, drawn: 0, now };
        drawn
    }

    /// Hands out the injected bytes in order. Draws beyond their end are counted too: an operation that fails may draw more.
    struct Injected;

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
            let mut state = state();
            for byte in out {
                *byte = state.stream.get(state.drawn).copied().unwrap_or((state.drawn % 253) as u8);
                state.drawn += 1;
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Injected {}

    /// The native cipher with a wrap that draws from what is injected: aws-lc-rs draws a padding's seed itself.
    struct Injectable;

    impl Backend for Injectable {
        type Cipher = <Native as Backend>::Cipher;

        fn wrap_rsa_oaep_256(key: &RsaPublicKey, dek: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
            RustCrypto::wrap_rsa_oaep_256(key, dek, rng)
        }
    }

    fn now() -> u64 {
        state().now
    }

    pub(crate) fn seal(options: SealOptions) -> Result<Step<Sealer<NativeCipher>>, Error> {
        envelope::seal::<Injectable, _>(options, now(), Injected)
    }

    pub(crate) fn rewrap(input: &[u8], options: RewrapOptions) -> Result<Step<Vec<u8>>, Error> {
        envelope::rewrap::<Injectable, _>(input, options, now(), Injected)
    }

    pub(crate) fn rewrap_detached(head: &[u8], options: RewrapOptions) -> Result<Step<Vec<u8>>, Error> {
        envelope::rewrap_detached::<Injectable, _>(head, options, now(), Injected)
    }

    pub(crate) fn generate_record(options: RecordOptions) -> Result<Step<NewRecord>, Error> {
        DataKey::generate::<Injectable, _>(options, now(), Injected)
    }

    pub(crate) struct Values<'k>(envelope::Values<'k>);

    impl<'k> Values<'k> {
        pub(crate) fn new(key: &'k DataKey, namespace: &str, aad: &[u8]) -> Result<Self, Error> {
            Ok(Self(key.values(namespace, aad)?))
        }

        pub(crate) fn seal(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
            self.0.seal::<Injectable>(plaintext, &mut Injected)
        }

        pub(crate) fn seal_deterministic(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
            self.0.seal_deterministic::<Injectable>(plaintext)
        }

        pub(crate) fn open(&self, value: &[u8]) -> Result<Vec<u8>, Error> {
            self.0.open::<Injectable>(value)
        }
    }
}
