//! Messages: seal, open, rewrap, and the keys and nonces of chunks for `WebCrypto`.

use crate::fields::{Fields, Pairs};
use crate::keys::{AllowedKeys, SealKeys};
use crate::operation::{Operation, Product};
use crate::value::{Outcome, Random, Thrown, invalid, random, to_js};
use cmkit_core::envelope::{
    self, Backend, Binding, ChunkCipher, DEFAULT_MAX_HEADER, DEFAULT_MAX_KEYS, DEFAULT_MAX_MESSAGE, Expect,
    ExternalContext, Keep, Layout, NONCE_SIZE, OpenOptions, Pad, RewrapOptions, RustCrypto, RustCryptoCipher,
    SealOptions, Suite, TAG_SIZE,
};
use cmkit_core::error::Error;
use cmkit_core::key::RsaPublicKey;
use std::cell::OnceCell;
use std::sync::OnceLock;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// The key of a message's chunks: for `WebCrypto`, which gets its bytes once, or for the portable cipher, which is made
/// when it is first used.
pub(crate) struct HostCipher {
    key: Zeroizing<[u8; 32]>,
    cipher: OnceLock<RustCryptoCipher>,
}

impl HostCipher {
    fn portable(&self) -> &RustCryptoCipher {
        self.cipher.get_or_init(|| RustCryptoCipher::new(&self.key))
    }
}

impl ChunkCipher for HostCipher {
    fn new(key: &[u8; 32]) -> Self {
        Self { key: Zeroizing::new(*key), cipher: OnceLock::new() }
    }

    #[inline(never)]
    fn seal_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8]) -> [u8; TAG_SIZE] {
        self.portable().seal_in_place(nonce, data)
    }

    #[inline(never)]
    fn open_in_place(&self, nonce: &[u8; NONCE_SIZE], data: &mut [u8], tag: &[u8; TAG_SIZE]) -> bool {
        self.portable().open_in_place(nonce, data, tag)
    }
}

/// The portable backend with that cipher.
pub(crate) struct Host;

impl Backend for Host {
    type Cipher = HostCipher;

    fn wrap_rsa_oaep_256(
        key: &RsaPublicKey,
        dek: &[u8],
        rng: &mut impl rand_core::CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        RustCrypto::wrap_rsa_oaep_256(key, dek, rng)
    }
}

/// Begins to seal; `now` is in seconds since 1970-01-01 UTC, `aad` external context as bytes.
#[wasm_bindgen]
pub fn seal(keys: SealKeys, aad: Option<Vec<u8>>, options: JsValue, now: f64) -> Outcome<Operation> {
    let fields = Fields::of(
        options,
        &["context", "named", "namespace", "contentType", "suite", "padTo", "maxKeys", "maxHeader", "maxMessage"],
    )?;
    let options = SealOptions {
        keys: keys.0,
        binding: Binding {
            context: fields.pairs("context")?.unwrap_or_default(),
            external: external(aad, fields.pairs("named")?),
            namespace: fields.text("namespace")?,
            content_type: fields.text("contentType")?,
        },
        suite: suite(fields.number("suite")?)?,
        pad_to: fields.size("padTo")?,
        max_keys: fields.size("maxKeys")?.unwrap_or(DEFAULT_MAX_KEYS),
        max_header: fields.size("maxHeader")?.unwrap_or(DEFAULT_MAX_HEADER),
        max_message: fields.number("maxMessage")?.unwrap_or(DEFAULT_MAX_MESSAGE),
    };
    Operation::begin(envelope::seal::<Host, Random>(options, now as u64, random()), Product::Sealer)
}

fn suite(id: Option<u64>) -> Outcome<Suite> {
    match id {
        None => Ok(Suite::default()),
        Some(1) => Ok(Suite::Chunk16K),
        Some(2) => Ok(Suite::Chunk256K),
        Some(id) => Err(invalid(format!("`{id}` is not a suite: 1 has chunks of 16 KiB, 2 of 256 KiB"))),
    }
}

fn external(aad: Option<Vec<u8>>, named: Option<Pairs>) -> ExternalContext {
    match named {
        Some(pairs) => ExternalContext::Pairs(pairs),
        None => ExternalContext::Bytes(aad.unwrap_or_default()),
    }
}

/// What an opener expects.
pub(crate) fn expect(fields: &Fields) -> Outcome<Expect> {
    Ok(Expect { namespace: fields.text("namespace")?, context: fields.pairs("context")?.unwrap_or_default() })
}

/// Begins to open an envelope, of which at least the head is given, and with `detached` nothing else.
#[wasm_bindgen]
pub fn open(input: &[u8], keys: &AllowedKeys, aad: Option<Vec<u8>>, options: JsValue) -> Outcome<Operation> {
    let fields = Fields::of(options, &["named", "namespace", "context", "maxHeader", "detached"])?;
    let options = OpenOptions {
        keys: keys.0.clone(),
        external: external(aad, fields.pairs("named")?),
        expect: expect(&fields)?,
        max_header: fields.size("maxHeader")?.unwrap_or(DEFAULT_MAX_HEADER),
    };
    let step = match fields.flag("detached")? {
        true => envelope::open_detached::<Host, _>(input, &options, random()),
        false => envelope::open::<Host, _>(input, &options, random()),
    };
    Operation::begin(step, Product::Opener)
}

/// Begins a rewrap of an envelope's head, or of a key record.
#[wasm_bindgen]
pub fn rewrap(
    input: &[u8],
    open: &AllowedKeys,
    to: SealKeys,
    aad: Option<Vec<u8>>,
    options: JsValue,
    now: f64,
) -> Outcome<Operation> {
    let fields = Fields::of(options, &["named", "keep", "padTo", "inPlace", "detached", "maxKeys", "maxHeader"])?;
    let (named, detached) = (fields.pairs("named")?, fields.flag("detached")?);
    let given = aad.is_some() || named.is_some();
    let options = RewrapOptions {
        open: open.0.clone(),
        to: to.0,
        keep: if fields.flag("keep")? { Keep::All } else { Keep::None },
        pad: match (fields.flag("inPlace")?, fields.size("padTo")?) {
            (true, _) => Pad::InPlace,
            (false, Some(size)) => Pad::To(size),
            (false, None) => Pad::None,
        },
        external: given.then(|| external(aad, named)),
        max_keys: fields.size("maxKeys")?.unwrap_or(DEFAULT_MAX_KEYS),
        max_header: fields.size("maxHeader")?.unwrap_or(DEFAULT_MAX_HEADER),
    };
    let step = match detached {
        true => envelope::rewrap_detached::<Host, _>(input, options, now as u64, random()),
        false => envelope::rewrap::<Host, _>(input, options, now as u64, random()),
    };
    Operation::begin(step, Product::Head)
}

/// What a head says, without any key.
#[wasm_bindgen]
pub fn inspect(input: &[u8]) -> Outcome<JsValue> {
    Ok(to_js(&envelope::inspect(input).or_throw()?))
}

/// The size of the head at the front of these bytes, of which 12 are enough.
#[wasm_bindgen(js_name = headSize)]
pub fn head_size(input: &[u8], max_header: Option<usize>) -> Outcome<usize> {
    envelope::head_size(input, max_header.unwrap_or(DEFAULT_MAX_HEADER)).or_throw()
}

/// A message that is being sealed.
#[wasm_bindgen]
pub struct Sealer {
    inner: envelope::Sealer<HostCipher>,
    key: OnceCell<()>,
}

impl Sealer {
    pub(crate) const fn new(inner: envelope::Sealer<HostCipher>) -> Self {
        Self { inner, key: OnceCell::new() }
    }
}

#[wasm_bindgen]
impl Sealer {
    #[wasm_bindgen(getter)]
    pub fn head(&self) -> Vec<u8> {
        self.inner.head().to_vec()
    }

    #[wasm_bindgen(getter, js_name = chunkSize)]
    pub fn chunk_size(&self) -> usize {
        self.inner.suite().chunk_size()
    }

    /// The key of the chunks, once: `WebCrypto` imports it as one that can't be exported.
    #[wasm_bindgen(js_name = takeKey)]
    pub fn take_key(&self) -> Outcome<Vec<u8>> {
        take(&self.key, self.inner.cipher())
    }

    /// The nonce of the next chunk, which has so many bytes of plaintext.
    #[wasm_bindgen(js_name = nextNonce)]
    pub fn next_nonce(&self, size: usize) -> Outcome<Vec<u8>> {
        Ok(self.inner.next_chunk().into_nonce(size).or_throw()?.to_vec())
    }

    /// The next chunk, sealed here.
    #[wasm_bindgen(js_name = sealChunk)]
    pub fn seal_chunk(&self, plaintext: &[u8]) -> Outcome<Vec<u8>> {
        let mut out = vec![0; plaintext.len() + TAG_SIZE];
        self.inner.next_chunk().seal_into(plaintext, &mut out).or_throw()?;
        Ok(out)
    }
}

/// A message whose head is authentic.
#[wasm_bindgen]
pub struct Opener {
    inner: envelope::Opener<HostCipher>,
    key: OnceCell<()>,
}

impl Opener {
    pub(crate) const fn new(inner: envelope::Opener<HostCipher>) -> Self {
        Self { inner, key: OnceCell::new() }
    }
}

#[wasm_bindgen]
impl Opener {
    #[wasm_bindgen(getter, js_name = headSize)]
    pub fn head_size(&self) -> usize {
        self.inner.head_size()
    }

    #[wasm_bindgen(getter, js_name = chunkSize)]
    pub fn chunk_size(&self) -> usize {
        self.inner.suite().chunk_size()
    }

    /// What the head says, authenticated.
    pub fn inspection(&self) -> JsValue {
        to_js(&self.inner.inspection())
    }

    /// The key of the chunks, once: `WebCrypto` imports it as one that can't be exported.
    #[wasm_bindgen(js_name = takeKey)]
    pub fn take_key(&self) -> Outcome<Vec<u8>> {
        take(&self.key, self.inner.cipher())
    }

    /// The nonce of a chunk, which has so many bytes with its tag.
    pub fn nonce(&self, index: f64, record: usize) -> Outcome<Vec<u8>> {
        Ok(self.inner.chunk_nonce(index as u64, record).or_throw()?.to_vec())
    }

    /// A chunk, opened here.
    #[wasm_bindgen(js_name = openChunk)]
    pub fn open_chunk(&self, index: f64, record: &[u8]) -> Outcome<Vec<u8>> {
        let mut out = vec![0; record.len().saturating_sub(TAG_SIZE)];
        self.inner.open_chunk_into(index as u64, record, &mut out).or_throw()?;
        Ok(out)
    }

    /// For a body of this many bytes and a range of its plaintext: the number of the last chunk, the plaintext's size,
    /// then first chunk and one past the last that the range needs. Nothing more for an empty range.
    pub fn plan(&self, body: f64, start: f64, end: f64) -> Outcome<Vec<f64>> {
        let layout = Layout::of(self.inner.suite(), body as u64).or_throw()?;
        let mut out = vec![layout.last as f64, layout.plaintext as f64];
        if let Some(plan) = layout.plan(start as u64..end as u64).or_throw()? {
            out.extend([plan.chunks().start as f64, plan.chunks().end as f64]);
        }
        Ok(out)
    }
}

/// Once: a key that was handed over twice could be imported twice, and under one sealer that is one message.
fn take(taken: &OnceCell<()>, cipher: &HostCipher) -> Outcome<Vec<u8>> {
    taken.set(()).map_err(|()| invalid("the key was taken already"))?;
    Ok(cipher.key.to_vec())
}
