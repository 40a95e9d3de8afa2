//! Sound envelopes, records and values that hostile ones are made from, the same in every run, and the vault that opens
//! them. The vault's key stands in the open, so whatever is wrapped yields some data key: all that protects a message here
//! is what the envelope adds.

use cmkit_core::Error;
use cmkit_core::envelope::{
    self, Binding, DataKey, OpenKeys, RecordOptions, RustCrypto, SealKey, SealOptions, ServiceKey, Suite,
};
use cmkit_core::key::{KeyUri, KeyVersion};
use cmkit_core::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState, Step};
use cmkit_core::secret::Secret;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

/// The writer's clock.
const NOW: u64 = 1_796_083_200;
/// What every value seals.
pub(crate) const VALUE: &[u8] = b"4111 1111 1111 1111";

/// An envelope with its plaintext.
pub(crate) struct Base {
    pub envelope: Vec<u8>,
    pub head_size: usize,
    pub chunk: usize,
    pub plaintext: Vec<u8>,
}

/// All that is made once.
pub(crate) struct Bases {
    pub messages: Vec<Base>,
    pub record: Vec<u8>,
    /// A random value and a deterministic one.
    pub values: [Vec<u8>; 2],
    pub data_key: Arc<DataKey>,
    pub keys: OpenKeys,
}

/// The bases; see there.
pub(crate) fn bases() -> &'static Bases {
    static BASES: LazyLock<Bases> = LazyLock::new(|| make().expect("sound envelopes"));
    &BASES
}

fn make() -> Result<Bases, Error> {
    let mut rng = Counter(1);
    let vault = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
    let service = Arc::new(ServiceKey::generate("default", &mut rng)?);
    let options = RecordOptions { deterministic: true, ..RecordOptions::new([service.clone().into()]) };
    let made = run(DataKey::generate::<RustCrypto, _>(options, NOW, Counter(2))?)?;
    let (record, data_key) = (made.record, made.key);
    let values = [
        data_key.seal_value::<RustCrypto>("acme.card", b"7", VALUE, &mut rng)?,
        data_key.seal_value_deterministic::<RustCrypto>("acme.card", b"7", VALUE)?,
    ];
    let named = Binding {
        context: vec![("tenant".into(), "acme".into())],
        namespace: Some("acme.invoice/v2".into()),
        content_type: Some("text/plain".into()),
        ..Binding::default()
    };
    let keys: [&[SealKey]; 4] = [
        &[vault.clone().into()],
        &[service.clone().into()],
        &[data_key.clone().into()],
        &[vault.clone().into(), service.clone().into(), data_key.clone().into()],
    ];
    let mut messages = Vec::new();
    for (number, (keys, size)) in (3..).zip(keys.into_iter().zip([5, 0, 2 * 16384, 40_000])) {
        let binding = if size == 40_000 { named.clone() } else { Binding::default() };
        let options = SealOptions { binding, suite: Suite::Chunk16K, ..SealOptions::new(keys.iter().cloned()) };
        let sealer = run(envelope::seal::<RustCrypto, _>(options, NOW, Counter(number))?)?;
        let plaintext: Vec<u8> = (0..size).map(|at| (at % 251) as u8 ^ number as u8).collect();
        let (head_size, chunk) = (sealer.head().len(), sealer.suite().chunk_size() + envelope::TAG_SIZE);
        messages.push(Base { envelope: sealer.seal(&plaintext)?, head_size, chunk, plaintext });
    }
    let keys = OpenKeys { service: vec![service], records: vec![data_key.clone()], ..OpenKeys::vault([vault]) };
    Ok(Bases { messages, record, values, data_key, keys })
}

/// Runs an operation to its end against the vault.
pub(crate) fn run<T>(mut step: Step<T>) -> Result<T, Error> {
    let mut unwraps = 0;
    loop {
        match step {
            Step::Done(value) => return Ok(value),
            Step::Ask(ask) => {
                let request = ask.request();
                let key = request.key();
                assert!(key.host() == "orders.vault.azure.net" && key.name() == "orders-kek", "a call to {key}");
                unwraps += u32::from(matches!(request, KeyRequest::Unwrap { .. }));
                assert!(unwraps <= 3, "more than three unwraps");
                let reply = answer(request);
                step = ask.resume(reply)?;
            }
        }
    }
}

/// A symmetric key whose wrap is XOR.
fn answer(request: &KeyRequest) -> KeyReply {
    let mask = |bytes: &[u8]| -> Vec<u8> { bytes.iter().map(|byte| byte ^ 0x5a).collect() };
    match request {
        KeyRequest::Wrap { dek, .. } => KeyReply::Wrapped([mask(dek.expose()), vec![0; 8]].concat()),
        KeyRequest::Unwrap { wrapped, .. } => {
            KeyReply::Unwrapped(Secret::new(mask(wrapped.get(..32).unwrap_or_default())))
        }
        _ => KeyReply::Resolved(KeyState {
            key: request.key().with_version(KeyVersion::from_bytes([7; 16])),
            material: KeyMaterial::Symmetric,
            enabled: true,
            not_before: None,
            expires: None,
            created: None,
            may_wrap: true,
        }),
    }
}

/// Draws that are the same in every run, another sequence for each number (splitmix64).
pub(crate) struct Counter(pub u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            *byte = self.try_next_u64()? as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

#[cfg(test)]
mod tests {
    use super::*;
    use cmkit_core::envelope::{Expect, OpenOptions};

    /// Without edits everything opens, so a target that sees it refused after some has been past every check.
    #[test]
    fn sound_ones_open() {
        let bases = bases();
        let options = OpenOptions::new(bases.keys.clone());
        for base in &bases.messages {
            let step = envelope::open::<RustCrypto, _>(&base.envelope, &options, Counter(99)).expect("begun");
            let opener = run(step).expect("opened");
            assert_eq!(opener.open(&base.envelope[base.head_size..]).expect("opened"), base.plaintext);
        }
        let step = DataKey::open(&bases.record, &bases.keys, Expect::default(), Counter(99)).expect("begun");
        assert_eq!(run(step).expect("opened").id(), bases.data_key.id());
        for value in &bases.values {
            assert_eq!(bases.data_key.open_value::<RustCrypto>("acme.card", b"7", value).expect("opened"), VALUE);
        }
    }
}
