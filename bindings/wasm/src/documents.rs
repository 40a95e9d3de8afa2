//! Documents and what is asked about them: check, explain, what-if, calendar, plan, fix.

use crate::fields::Fields;
use crate::report::Report;
use crate::rows::rows;
use crate::value::{Outcome, Thrown, thrown, to_js};
use cmkit_core::document;
use cmkit_core::document::mend::{self, Choice, Mended, Reason};
use cmkit_core::error::{Code, Error};
use cmkit_core::policy::{self, Baseline, Deployment, Event, Options, Selection, Timestamp};
use serde::Serialize;
use std::cell::OnceCell;
use wasm_bindgen::prelude::*;

/// Texts that make one deployment.
#[wasm_bindgen]
#[derive(Default)]
pub struct Documents {
    files: Vec<(String, String)>,
    deployment: OnceCell<Deployment>,
}

impl Documents {
    fn texts(&self) -> Vec<(&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }

    fn deployment(&self) -> Outcome<&Deployment> {
        if let Some(deployment) = self.deployment.get() {
            return Ok(deployment);
        }
        let deployment = document::read(&self.texts()).or_throw()?;
        Ok(self.deployment.get_or_init(|| deployment))
    }
}

#[wasm_bindgen]
impl Documents {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text, which crosses as UTF-8: that is several times as fast as a string.
    pub fn add(&mut self, name: String, text: Vec<u8>) -> Outcome<()> {
        let not_utf8 = |_| thrown(&Error::new(Code::Input, format!("{name}: this is not text: save it as UTF-8")));
        let text = String::from_utf8(text).map_err(not_utf8)?;
        self.files.push((name, text));
        self.deployment = OnceCell::new();
        Ok(())
    }

    /// What a check says, as [`rows`].
    pub fn check(&self, at: f64, settings: &Settings) -> Outcome<JsValue> {
        Ok(rows(&settings.check(self.deployment()?, time(at))))
    }

    /// What a check says, to be written.
    pub fn report(&self, at: f64, settings: &Settings) -> Outcome<Report> {
        Ok(Report::new(settings.check(self.deployment()?, time(at))))
    }

    pub fn explain(&self, text: &str, at: f64, settings: &Settings) -> Outcome<JsValue> {
        Ok(to_js(&policy::explain_in(text, self.deployment()?, time(at), &settings.options)))
    }

    #[wasm_bindgen(js_name = whatIf)]
    pub fn what_if(&self, event: &str, at: f64, selection: JsValue) -> Outcome<JsValue> {
        let fields = Fields::of(selection, &["key", "version", "vault", "identity", "cluster"])?;
        let mut selection = Selection::default();
        selection.key = fields.text("key")?;
        selection.version = fields.text("version")?;
        selection.vault = fields.text("vault")?;
        selection.identity = fields.text("identity")?;
        selection.cluster = fields.text("cluster")?;
        let event = Event::parse(event).or_throw()?;
        Ok(to_js(&policy::what_if(self.deployment()?, event, time(at), &selection).or_throw()?))
    }

    pub fn calendar(&self, from: f64, days: Option<f64>, settings: &Settings) -> Outcome<JsValue> {
        let days = days.map(|days| days as i64);
        Ok(to_js(&policy::calendar(self.deployment()?, time(from), days, &settings.options)))
    }

    /// What a change from these documents to others does, or, without others, what the Terraform plans here do.
    pub fn plan(&self, after: Option<Documents>, at: f64, settings: &Settings) -> Outcome<JsValue> {
        let options = &settings.options;
        Ok(to_js(&match after {
            Some(after) => policy::plan(self.deployment()?, after.deployment()?, time(at), options),
            None => policy::planned(self.deployment()?, time(at), options),
        }))
    }

    pub fn fix(&self, choice: JsValue, at: f64, settings: &Settings) -> Outcome<JsValue> {
        let fields = Fields::of(choice, &["only", "irreversible"])?;
        let choice =
            Choice { only: fields.texts("only")?.unwrap_or_default(), irreversible: fields.flag("irreversible")? };
        let check = |deployment: &Deployment| settings.check(deployment, time(at));
        let Mended { texts, done, left } = mend::mend(&self.texts(), &choice, check).or_throw()?;
        let left = left.iter().map(|(finding, reason)| Left { finding, reason: *reason }).collect();
        Ok(to_js(&Fixed { texts: &texts, done: &done, left }))
    }
}

/// Explains the code of a rule, or any text, without documents.
#[wasm_bindgen]
pub fn explain(text: &str) -> JsValue {
    to_js(&policy::explain(text))
}

#[derive(Serialize)]
struct Fixed<'a> {
    texts: &'a [String],
    done: &'a [policy::Finding],
    left: Vec<Left<'a>>,
}

#[derive(Serialize)]
struct Left<'a> {
    finding: &'a policy::Finding,
    reason: Reason,
}

fn time(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds as i64)
}

/// The time that a text names, in seconds since 1970-01-01 UTC.
#[wasm_bindgen(js_name = parseTime)]
pub fn parse_time(text: &str) -> Outcome<f64> {
    Ok(Timestamp::parse(text).or_throw()?.seconds() as f64)
}

/// The settings of `.cmkit.json` and a baseline.
#[wasm_bindgen]
#[derive(Default)]
pub struct Settings {
    options: Options,
    baseline: Option<Baseline>,
}

impl Settings {
    fn check(&self, deployment: &Deployment, at: Timestamp) -> policy::Report {
        let mut report = policy::check(deployment, at, &self.options);
        if let Some(baseline) = &self.baseline {
            baseline.accept(&mut report);
        }
        report
    }
}

#[wasm_bindgen]
impl Settings {
    /// Settings by default, until something is read.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn read(&mut self, name: &str, text: &str) -> Outcome<()> {
        self.options = document::read_settings(name, text).or_throw()?;
        Ok(())
    }

    pub fn baseline(&mut self, name: &str, text: &str) -> Outcome<()> {
        self.baseline = Some(document::read_baseline(name, text).or_throw()?);
        Ok(())
    }
}
