//! Options as an object of JavaScript, read field by field: what serde would bring along for it is a tenth of the envelope
//! module.

use crate::value::{Outcome, invalid};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// Pairs of name and value.
#[cfg(feature = "envelope")]
pub(crate) type Pairs = Vec<(String, String)>;

/// The members of an options object, or of none.
pub(crate) struct Fields(JsValue);

impl Fields {
    /// Refuses a member whose name is not among `known`: a misspelt limit must not be no limit.
    pub(crate) fn of(value: JsValue, known: &[&str]) -> Outcome<Self> {
        if value.is_undefined() {
            return Ok(Self(Object::new().into()));
        }
        let object = value.dyn_ref::<Object>().ok_or_else(|| invalid("options are an object"))?;
        for name in Object::keys(object).iter().filter_map(|name| name.as_string()) {
            if !known.contains(&name.as_str()) {
                return Err(invalid(format!("`{name}` is not an option: there are `{}`", known.join("`, `"))));
            }
        }
        Ok(Self(value))
    }

    pub(crate) fn text(&self, name: &str) -> Outcome<Option<String>> {
        self.get(name, "text", JsValue::as_string)
    }

    pub(crate) fn flag(&self, name: &str) -> Outcome<bool> {
        Ok(self.get(name, "true or false", JsValue::as_bool)?.unwrap_or_default())
    }

    /// A whole number from 0 to 2^53 - 1.
    pub(crate) fn number(&self, name: &str) -> Outcome<Option<u64>> {
        const SAFE: f64 = 9_007_199_254_740_991.0;
        let whole = |number: &f64| (0.0..=SAFE).contains(number) && *number as u64 as f64 == *number;
        self.get(name, "a whole number", |value| value.as_f64().filter(whole).map(|number| number as u64))
    }

    #[cfg(feature = "envelope")]
    pub(crate) fn size(&self, name: &str) -> Outcome<Option<usize>> {
        // What does not fit an address is over every limit there is.
        Ok(self.number(name)?.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }

    #[cfg(feature = "policy")]
    pub(crate) fn texts(&self, name: &str) -> Outcome<Option<Vec<String>>> {
        self.get(name, "a list of texts", |value| {
            value.dyn_ref::<Array>()?.iter().map(|item| item.as_string()).collect()
        })
    }

    #[cfg(feature = "envelope")]
    pub(crate) fn pairs(&self, name: &str) -> Outcome<Option<Pairs>> {
        self.get(name, "a list of pairs of text", |value| {
            let pair = |pair: JsValue| {
                let [name, value] = [0, 1].map(|at| pair.dyn_ref::<Array>().and_then(|pair| pair.get(at).as_string()));
                Some((name?, value?))
            };
            value.dyn_ref::<Array>()?.iter().map(pair).collect()
        })
    }

    fn get<T>(&self, name: &str, takes: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Outcome<Option<T>> {
        let value = Reflect::get(&self.0, &name.into())?;
        if value.is_undefined() || value.is_null() {
            return Ok(None);
        }
        read(&value).map(Some).ok_or_else(|| invalid(format!("`{name}` is {takes}")))
    }
}
