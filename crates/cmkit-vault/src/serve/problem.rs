//! What went wrong, as Key Vault answers it: a status and `{"error":{"code","message","innererror":{"code"}}}`.

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cmkit::{Code, Error};
use serde_json::json;
use std::borrow::Cow;

/// The code of what is never answered: a vault that is not there sends none.
const SILENCE: &str = "Unreachable";

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    inner: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    retry_after: Option<u32>,
    challenge: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, inner: None, message: message.into(), retry_after: None, challenge: None }
    }

    /// 400 `BadParameter`: the request itself is wrong.
    pub(super) fn bad_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadParameter", message)
    }

    /// 404: not a path of Key Vault's keys.
    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", "this is not an operation on keys that the local vault knows")
    }

    /// 401 with the challenge that says where a token comes from and for what it must be.
    pub(super) fn unauthorized(message: &'static str, challenge: String) -> Self {
        let problem = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", message);
        Self { challenge: Some(challenge), ..problem }
    }

    /// Whether there is to be no answer at all: nobody is there.
    pub(super) fn is_silence(&self) -> bool {
        self.code == SILENCE
    }

    /// The reason that a refusal gives, as Key Vault sorts it.
    fn of_reason(reason: Cow<'static, str>, message: String) -> Self {
        let (status, code, has_inner) = match reason.as_ref() {
            "BadParameter" => (StatusCode::BAD_REQUEST, "BadParameter", false),
            "Forbidden" => (StatusCode::FORBIDDEN, "Forbidden", false),
            "KeyNotFound" => (StatusCode::NOT_FOUND, "KeyNotFound", false),
            "KeyAlreadyExists" => (StatusCode::CONFLICT, "Conflict", false),
            "ObjectIsDeletedButRecoverable" => (StatusCode::CONFLICT, "Conflict", true),
            "Throttled" => (StatusCode::TOO_MANY_REQUESTS, "Throttled", false),
            "Unreachable" => (StatusCode::SERVICE_UNAVAILABLE, SILENCE, false),
            "ServiceUnavailable" => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", false),
            _ => (StatusCode::FORBIDDEN, "Forbidden", true),
        };
        Self { inner: has_inner.then_some(reason), ..Self::new(status, code, message) }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Some(refusal) = error.refusal() {
            let problem = Self::of_reason(refusal.reason.clone(), refusal.message.to_string());
            return Self { retry_after: refusal.retry_after, ..problem };
        }
        match error.code() {
            Code::Decrypt => Self::bad_parameter("the value was not encrypted by this key with this algorithm"),
            Code::InvalidArgument | Code::InvalidKeyUri | Code::Input | Code::Unsupported | Code::TooLarge => {
                Self::bad_parameter(error.message().to_owned())
            }
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", error.message().to_owned()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, inner, message, retry_after, challenge } = self;
        let mut error = json!({ "code": code, "message": message });
        if let Some(inner) = inner {
            error["innererror"] = json!({ "code": inner });
        }
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
