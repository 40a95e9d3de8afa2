//! Values that cross: structured ones, options, errors, randomness.

#[cfg(any(feature = "envelope", feature = "policy"))]
use crate::camel::Camel;
use cmkit_core::error::Error;
use js_sys::{Object, Reflect};
#[cfg(feature = "envelope")]
use rand_core::UnwrapErr;
#[cfg(any(feature = "envelope", feature = "policy"))]
use serde::Serialize;
#[cfg(any(feature = "envelope", feature = "policy"))]
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// What every export fails with: a plain object, see [`thrown`].
pub(crate) type Outcome<T> = Result<T, JsValue>;

/// The platform's randomness. Where there is none, that is fatal, as it should be.
#[cfg(feature = "envelope")]
pub(crate) type Random = UnwrapErr<getrandom::SysRng>;

#[cfg(feature = "envelope")]
pub(crate) const fn random() -> Random {
    UnwrapErr(getrandom::SysRng)
}

/// A structured value as a plain object.
#[cfg(any(feature = "envelope", feature = "policy"))]
pub(crate) fn to_js(value: &(impl Serialize + ?Sized)) -> JsValue {
    Camel(value).serialize(&Serializer::json_compatible()).unwrap_or_else(|error| {
        // Our own types: text for names, numbers below 2^53.
        unreachable!("{error}")
    })
}

/// An error as a plain object: `code`, `message`, `retry` and, where a key holder refused, `refusal`.
pub(crate) fn thrown(error: &Error) -> JsValue {
    let object = Object::new();
    let set = |name: &str, value: JsValue| _ = Reflect::set(&object, &name.into(), &value);
    set("code", error.code().as_str().into());
    set("message", error.message().into());
    set("retry", error.code().retry().into());
    if let Some(refusal) = error.refusal() {
        let detail = Object::new();
        let set = |name: &str, value: JsValue| _ = Reflect::set(&detail, &name.into(), &value);
        set("reason", refusal.reason.as_ref().into());
        set("message", refusal.message.as_ref().into());
        set("retryAfter", refusal.retry_after.map_or(JsValue::NULL, JsValue::from));
        _ = Reflect::set(&object, &"refusal".into(), &detail);
    }
    object.into()
}

/// Makes what the core says of a failure what JavaScript is thrown.
pub(crate) trait Thrown<T> {
    fn or_throw(self) -> Outcome<T>;
}

impl<T> Thrown<T> for Result<T, Error> {
    fn or_throw(self) -> Outcome<T> {
        self.map_err(|error| thrown(&error))
    }
}

/// A fault of the caller.
#[cfg(any(feature = "envelope", feature = "policy"))]
pub(crate) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> JsValue {
    thrown(&Error::new(cmkit_core::Code::InvalidArgument, message))
}
