//! What a request meets: who asks, by the token; which operation it is, by the path; and then the judge.

use super::keys;
use super::listen::Cut;
use super::problem::Problem;
use super::query::Query;
use super::route::Operation;
use super::token::Tokens;
use crate::vault::LocalVault;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::request::Parts;
use axum::http::{self, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cmkit::{Code, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes of a request's body at most. A backup of a key with many versions is the largest.
pub(super) const LARGEST_BODY: usize = 4 << 20;

/// What requests are answered from.
pub(super) struct Served {
    pub(super) vault: LocalVault,
    pub(super) tokens: Tokens,
    pub(super) identity: Option<String>,
    pub(super) identity_header: String,
    pub(super) control_token: String,
    /// Seconds that the vault's clock was put forward.
    pub(super) ahead: Arc<AtomicU64>,
}

/// Answers a request to the keys API.
pub(super) async fn answer(
    State(served): State<Arc<Served>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match served.judged(&parts, body).await {
        Ok((status, serde_json::Value::Null)) => status.into_response(),
        Ok((status, value)) => (status, Json(value)).into_response(),
        Err(problem) if problem.is_silence() => {
            cut.now();
            std::future::pending().await
        }
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-ms-keyvault-region"), HeaderValue::from_static("local"));
    for name in ["x-ms-client-request-id", "x-ms-request-id"] {
        if let Some(id) = parts.headers.get("x-ms-client-request-id") {
            headers.insert(HeaderName::from_static(name), id.clone());
        }
    }
    response
}

impl Served {
    pub(super) fn advance(&self, time: Duration) -> Result<(), Error> {
        // A century is more than any test needs, and keeps every later sum in range.
        let most = 100 * 366 * 86_400;
        let moved = self.ahead.load(Ordering::Relaxed).saturating_add(time.as_secs());
        if moved > most {
            return Err(Error::new(Code::InvalidArgument, "the clock goes forward by a century at most"));
        }
        self.ahead.store(moved, Ordering::Relaxed);
        self.vault.tick(self.vault.now()).map(|_| ())
    }

    async fn judged(self: &Arc<Self>, parts: &Parts, body: Body) -> Result<(StatusCode, serde_json::Value), Problem> {
        let host = dialled(parts)?;
        let identity = self.authenticate(parts)?;
        let operation = Operation::parse(parts.method.as_str(), parts.uri.path())?;
        let query = Query::parse(&parts.uri)?;
        let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Problem::bad_parameter("the body is too large"))?;
        let served = Arc::clone(self);
        // Making a key takes seconds, and a folder waits for its lock: not on the threads that serve everyone.
        let work = tokio::task::spawn_blocking(move || {
            let caller = served.vault.as_identity(&identity);
            keys::Request { caller, host: &host, query, body: &body }.answer(operation)
        });
        work.await.unwrap_or_else(|_| Err(Error::new(Code::Io, "the local vault failed").into()))
    }

    /// The identity that asks.
    fn authenticate(&self, parts: &Parts) -> Result<String, Problem> {
        let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let identity = match given {
            Some(authorization) => self.tokens.identity(authorization, self.vault.now()),
            None => Err("the request has no bearer token"),
        };
        identity.map_err(|message| {
            let resource = &self.tokens.resource;
            let mut challenge = format!("Bearer authorization=\"{AUTHORITY}\", resource=\"{resource}\"");
            if given.is_some() {
                challenge.push_str(&format!(", error=\"invalid_token\", error_description=\"{message}\""));
            }
            Problem::unauthorized(message, challenge)
        })
    }
}

/// Where the challenge sends a client for a token. A credential that does so needs another vault than a local one.
const AUTHORITY: &str = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000";

/// The host that the client dialled, lower case, with its port.
fn dialled(parts: &Parts) -> Result<String, Problem> {
    let given = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = given.or(parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    let sound = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    if host.is_empty() || !sound {
        return Err(Problem::bad_parameter("the request names no host"));
    }
    let host = host.to_ascii_lowercase();
    Ok(host.strip_suffix(":443").map_or(host.clone(), str::to_owned))
}
