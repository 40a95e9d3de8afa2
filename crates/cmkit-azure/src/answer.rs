//! What the SDK fails with: a refusal of the vault, by the core's table, or a failure of this side, unchanged.

use azure_core::error::ErrorKind;
use azure_core::http::{RawResponse, headers};
use cmkit::key::KeyUri;
use cmkit::operation::KeyReply;
use cmkit::operation::key_vault::{self, Answer};
use cmkit::{BoxError, Error};
use serde::Deserialize;

/// Why there is no answer to a request.
pub(crate) enum Failed {
    /// The SDK says so.
    Theirs(azure_core::Error),
    /// This provider says so.
    Ours(Error),
}

impl From<azure_core::Error> for Failed {
    fn from(error: azure_core::Error) -> Self {
        Self::Theirs(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// The refusal that a failure means; anything else is given back as it is.
pub(crate) fn reply_of(failed: Failed, key: &KeyUri, unwrapping: bool) -> Result<KeyReply, BoxError> {
    let error = match failed {
        Failed::Theirs(error) => error,
        Failed::Ours(error) => return Err(error.into()),
    };
    let refusal = match error.kind() {
        ErrorKind::HttpResponse { status, error_code, raw_response } => {
            let body = raw_response.as_deref().and_then(body_of).unwrap_or_default();
            let answer = Answer {
                status: u16::from(*status),
                code: body.code.as_deref().or(error_code.as_deref()),
                inner_code: body.inner_error.as_deref().and_then(InnerError::innermost),
                message: body.message.as_deref().unwrap_or_default(),
                retry_after: raw_response.as_deref().and_then(retry_after),
            };
            answer.refusal(key, unwrapping)
        }
        ErrorKind::Connection | ErrorKind::Io => Some(key_vault::unreachable(key, &causes(&error))),
        _ => None,
    };
    refusal.map(KeyReply::Refused).ok_or_else(|| error.into())
}

/// The body of an error answer.
#[derive(Deserialize)]
struct ErrorBody {
    error: Option<ErrorDetail>,
}

#[derive(Default, Deserialize)]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "innererror", alias = "innerError")]
    inner_error: Option<Box<InnerError>>,
}

#[derive(Deserialize)]
struct InnerError {
    code: Option<String>,
    #[serde(rename = "innererror", alias = "innerError")]
    inner_error: Option<Box<InnerError>>,
}

impl InnerError {
    fn innermost(&self) -> Option<&str> {
        self.inner_error.as_deref().and_then(Self::innermost).or(self.code.as_deref())
    }
}

fn body_of(response: &RawResponse) -> Option<ErrorDetail> {
    serde_json::from_slice::<ErrorBody>(response.body().as_ref()).ok()?.error
}

fn retry_after(response: &RawResponse) -> Option<u32> {
    response.headers().get_optional_str(&headers::RETRY_AFTER)?.trim().parse().ok()
}

/// An error with what caused it, on one line: the SDK's own message says only that something failed.
fn causes(error: &azure_core::Error) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_says = cause.to_string();
        if !said.contains(&cause_says) {
            said = format!("{said}: {cause_says}");
        }
        source = cause.source();
    }
    said
}
