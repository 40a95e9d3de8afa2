//! An operation under way: what it asks, the reply, and what comes of it.

use crate::fields::Fields;
use crate::keys::DataKey;
use crate::message::{HostCipher, Opener, Sealer};
use crate::value::{Outcome, Thrown, invalid, thrown};
use cmkit_core::envelope;
use cmkit_core::error::{Code, Error, Refusal, RefusalKind};
use cmkit_core::key::{KeyUri, KeyUriProblem, RsaPublicKey};
use cmkit_core::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState, Step};
use cmkit_core::secret::Secret;
use js_sys::{Object, Reflect, Uint8Array};
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// What an operation makes.
pub(crate) enum Product {
    Sealer(envelope::Sealer<HostCipher>),
    Opener(envelope::Opener<HostCipher>),
    Head(Vec<u8>),
    DataKey { key: Arc<envelope::DataKey>, record: Vec<u8> },
}

/// An operation: it asks until it is done.
#[wasm_bindgen]
pub struct Operation(Option<Step<Product>>);

impl Operation {
    pub(crate) fn begin<T: 'static>(
        step: Result<Step<T>, Error>,
        product: impl FnOnce(T) -> Product + Send + 'static,
    ) -> Outcome<Self> {
        Ok(Self(Some(step.or_throw()?.map(product))))
    }

    fn reply(&mut self, reply: KeyReply) -> Outcome<()> {
        let Some(Step::Ask(ask)) = self.0.take() else { return Err(invalid("the operation asks nothing")) };
        self.0 = Some(ask.resume(reply).or_throw()?);
        Ok(())
    }

    fn take(&mut self) -> Outcome<Product> {
        match self.0.take() {
            Some(Step::Done(product)) => Ok(product),
            _ => Err(invalid("the operation is not done")),
        }
    }
}

#[wasm_bindgen]
impl Operation {
    /// What is asked, as a plain object with `op`; `undefined` once the operation is done.
    pub fn request(&self) -> JsValue {
        let Some(Step::Ask(ask)) = &self.0 else { return JsValue::UNDEFINED };
        let object = Object::new();
        let set = |name: &str, value: JsValue| _ = Reflect::set(&object, &name.into(), &value);
        let request = ask.request();
        set("key", request.key().to_string().into());
        match request {
            KeyRequest::Resolve { .. } => set("op", "resolve".into()),
            KeyRequest::Wrap { algorithm, dek, .. } => {
                set("op", "wrap".into());
                set("algorithm", algorithm.as_str().into());
                set("dek", bytes(dek.expose()));
            }
            KeyRequest::WrapPublic { algorithm, public, dek, .. } => {
                set("op", "wrapPublic".into());
                set("algorithm", algorithm.as_str().into());
                set("modulus", bytes(public.modulus()));
                set("dek", bytes(dek.expose()));
            }
            KeyRequest::Unwrap { algorithm, wrapped, cache_id, .. } => {
                set("op", "unwrap".into());
                set("algorithm", algorithm.as_str().into());
                set("wrapped", bytes(wrapped));
                set("cacheId", cache_id.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into());
            }
            _ => set("op", "unknown".into()),
        }
        object.into()
    }

    /// Replies to `resolve`: a key's state, and for RSA the modulus and the exponent as big-endian bytes.
    pub fn resolved(&mut self, state: JsValue, modulus: Option<Vec<u8>>, exponent: Option<Vec<u8>>) -> Outcome<()> {
        let Some(Step::Ask(ask)) = &self.0 else { return Err(invalid("the operation asks nothing")) };
        let state = state_of(state, modulus, exponent, ask.request().key()).map_err(|error| of_the_reply(&error))?;
        self.reply(KeyReply::Resolved(state))
    }

    /// Replies to `wrap` and `wrapPublic`.
    pub fn wrapped(&mut self, wrapped: Vec<u8>) -> Outcome<()> {
        self.reply(KeyReply::Wrapped(wrapped))
    }

    /// Replies to `unwrap`.
    pub fn unwrapped(&mut self, dek: Vec<u8>) -> Outcome<()> {
        self.reply(KeyReply::Unwrapped(Secret::new(dek)))
    }

    /// Replies to anything: the holder said no.
    pub fn refused(
        &mut self,
        kind: &str,
        reason: String,
        message: String,
        retry_after: Option<u32>,
        mend: Option<String>,
    ) -> Outcome<()> {
        let kind = match kind {
            "denied" => RefusalKind::Denied,
            "unavailable" => RefusalKind::Unavailable,
            "wrongCiphertext" => RefusalKind::WrongCiphertext,
            _ => {
                return Err(invalid(format!(
                    "`{kind}` is not a kind of refusal: `denied`, `unavailable` or `wrongCiphertext`"
                )));
            }
        };
        let mend = mend.map(Into::into);
        self.reply(KeyReply::Refused(Refusal { retry_after, mend, ..Refusal::new(kind, reason, message) }))
    }

    /// What sealing came to.
    pub fn sealer(&mut self) -> Outcome<Sealer> {
        match self.take()? {
            Product::Sealer(sealer) => Ok(Sealer::new(sealer)),
            _ => Err(invalid("the operation does not seal")),
        }
    }

    /// What opening came to.
    pub fn opener(&mut self) -> Outcome<Opener> {
        match self.take()? {
            Product::Opener(opener) => Ok(Opener::new(opener)),
            _ => Err(invalid("the operation does not open a message")),
        }
    }

    /// The new head that a rewrap came to.
    pub fn head(&mut self) -> Outcome<Vec<u8>> {
        match self.take()? {
            Product::Head(head) => Ok(head),
            _ => Err(invalid("the operation makes no head")),
        }
    }

    /// The data key that was made or opened; the record of a new one goes with it.
    #[wasm_bindgen(js_name = dataKey)]
    pub fn data_key(&mut self) -> Outcome<DataKey> {
        match self.take()? {
            Product::DataKey { key, record } => Ok(DataKey::new(key, record)),
            _ => Err(invalid("the operation makes no data key")),
        }
    }
}

/// A key's state as a provider says it.
fn state_of(state: JsValue, modulus: Option<Vec<u8>>, exponent: Option<Vec<u8>>, asked: &KeyUri) -> Outcome<KeyState> {
    let fields = Fields::of(state, &["key", "enabled", "notBefore", "expires", "created", "mayWrap"])?;
    let key = fields.text("key")?.ok_or_else(|| invalid("a key's state has a `key`"))?;
    Ok(KeyState {
        // The host is one that the request named: configuration allows it.
        key: match KeyUri::diagnose(&key, &[asked.host()]) {
            Ok(key) => key,
            // The core refuses a holder whose versions no envelope can name.
            Err(fault) if fault.problem == KeyUriProblem::Version => asked.versionless(),
            Err(fault) => return Err(invalid(fault.message)),
        },
        material: match (modulus, exponent) {
            (Some(n), Some(e)) => KeyMaterial::Rsa(RsaPublicKey::from_components(&n, &e).or_throw()?),
            _ => KeyMaterial::Symmetric,
        },
        enabled: fields.flag("enabled")?,
        not_before: fields.number("notBefore")?,
        expires: fields.number("expires")?,
        created: fields.number("created")?,
        may_wrap: fields.flag("mayWrap")?,
    })
}

/// An invalid argument that came from a provider is an invalid reply.
fn of_the_reply(error: &JsValue) -> JsValue {
    let get = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    match (get("code"), get("message")) {
        (Some(code), Some(message)) if code == Code::InvalidArgument.as_str() => {
            thrown(&Error::new(Code::InvalidReply, message))
        }
        _ => error.clone(),
    }
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}
