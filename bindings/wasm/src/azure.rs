//! Key Vault's own words, for the provider that the npm package builds on its SDK: where a key is, what an answer means.

use crate::value::{Outcome, Thrown};
use cmkit_core::error::{Refusal, RefusalKind};
use cmkit_core::key::{KeyUri, Service};
use cmkit_core::operation::key_vault::{self, Answer};
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

/// A key that a vault is asked for.
#[wasm_bindgen]
pub struct VaultKey(KeyUri);

#[wasm_bindgen]
impl VaultKey {
    /// Only hosts of Azure's are taken, and `hosts`.
    #[wasm_bindgen(constructor)]
    pub fn new(key: &str, hosts: Vec<String>) -> Outcome<Self> {
        let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
        Ok(Self(KeyUri::parse_on(key, &hosts).or_throw()?))
    }

    #[wasm_bindgen(getter)]
    pub fn host(&self) -> String {
        self.0.host().into()
    }

    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<String> {
        self.0.version().map(|version| version.to_string())
    }

    /// Whether the host is one of Azure's.
    #[wasm_bindgen(getter)]
    pub fn official(&self) -> bool {
        self.0.service() != Service::Custom
    }

    /// What an error answer means; `undefined` where it is not a refusal of the request. `retry_after` is the header.
    pub fn refusal(
        &self,
        status: u16,
        code: Option<String>,
        inner_code: Option<String>,
        message: &str,
        retry_after: Option<String>,
        unwrapping: bool,
    ) -> JsValue {
        let (code, inner_code) = (code.as_deref(), inner_code.as_deref());
        let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok());
        let answer = Answer { status, code, inner_code, message, retry_after };
        answer.refusal(&self.0, unwrapping).map_or(JsValue::UNDEFINED, |refusal| plain(&refusal))
    }

    /// What it means that there was no answer.
    pub fn unreachable(&self, cause: &str) -> JsValue {
        plain(&key_vault::unreachable(&self.0, cause))
    }

    /// What it means that the key is of a type that wraps nothing.
    #[wasm_bindgen(js_name = wrapsNothing)]
    pub fn wraps_nothing(&self, kind: &str) -> JsValue {
        plain(&key_vault::wraps_nothing(&self.0, kind))
    }

    /// Refuses an answer that is about another key than was asked.
    pub fn answered(&self, kid: &str) -> Outcome<()> {
        key_vault::check_answered(&self.0, kid).or_throw()
    }
}

/// A refusal as a provider of JavaScript tells it.
fn plain(refusal: &Refusal) -> JsValue {
    let object = Object::new();
    let set = |name: &str, value: JsValue| _ = Reflect::set(&object, &name.into(), &value);
    set(
        "kind",
        match refusal.kind {
            RefusalKind::Denied => "denied",
            RefusalKind::Unavailable => "unavailable",
            RefusalKind::WrongCiphertext => "wrongCiphertext",
        }
        .into(),
    );
    set("reason", refusal.reason.as_ref().into());
    set("message", refusal.message.as_ref().into());
    if let Some(seconds) = refusal.retry_after {
        set("retryAfter", seconds.into());
    }
    if let Some(mend) = &refusal.mend {
        set("mend", mend.as_ref().into());
    }
    object.into()
}
